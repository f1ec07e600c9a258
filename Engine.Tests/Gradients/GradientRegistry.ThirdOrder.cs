using Engine.Layers;

namespace Engine.Tests.Gradients;

/// <content>Third derivatives: rows whose function is a first derivative already.</content>
public static partial class GradientRegistry
{
    private static IEnumerable<GradientRow> ThirdOrderRows()
    {
        yield return Third("Tanh()", t => t[0].Tanh(), One);
        yield return Third("Sigmoid()", t => t[0].Sigmoid(), One);
        yield return Third("Softplus()", t => t[0].Softplus(), One);
        yield return Third("Exp()", t => t[0].Exp(), One);
        yield return Third(
            "Convolution2D(Tensor, Tensor, ConvolutionGeometry, bool, bool)",
            t => t[0].Convolution2D(t[1], t[2]).Tanh(),
            [[1, 4, 4, 2], [3, 3, 2, 2], [2]]);
        yield return Third(
            "ConvolutionInputGradient(Tensor, Shape, Tensor, ConvolutionGeometry, bool)",
            t => t[0].ConvolutionInputGradient(t[1], [1, 4, 4, 2]).Tanh(),
            [[1, 2, 2, 3], [3, 3, 2, 3]]);
        yield return Third("Linear(Tensor, Tensor, bool)", t => t[0].Linear(t[1], t[2]).Tanh(), [[3, 4], [4, 5], [5]]);
        yield return Third("BatchNormalization(Tensor, Tensor, double)", t => t[0].BatchNormalization(t[1], t[2], 0.1).Output.Tanh(), [[6, 3], [3], [3]]);
        yield return ThirdOf("Dense", () => new Dense(3, Activation.Tanh), [4, 3]);
        yield return ThirdOf("Conv2D", () => new Conv2D(2, 2, Activation.Tanh), [2, 3, 3, 2]);
        yield return ThirdOf("Conv2DTranspose", () => new Conv2DTranspose(2, 2, Activation.Tanh, strides: 2), [2, 2, 2, 2]);
        yield return ThirdOf("BatchNormalization", () => new BatchNormalization(epsilon: 0.1), [5, 3], training: true);
    }

    /// <summary>The derivative for the first input of a fixed weighted sum: its second derivatives are third ones of the function.</summary>
    private static GradientRow Third(string covers, Func<Tensor[], Tensor> function, Shape[] shapes) => new(
        covers,
        t => Derivatives.Jacobian(x =>
        {
            Tensor y = function([x, .. t[1..]]);
            return (y * GradientRow.Values(Draw.AwayFromZero, y.Shape, new RandomGenerator(seed: 23))).Sum();
        }, t[0]),
        shapes) { Case = "third order" };

    private static GradientRow ThirdOf(string covers, Func<Layer> make, Shape shape, bool training = false)
    {
        Layer layer = make();
        layer.Apply(Tensor.Zeros(shape, DType.Float64));
        return Third(covers, t => layer.Apply(t[0], training), [shape]) with { Case = "layer, third order" };
    }
}
