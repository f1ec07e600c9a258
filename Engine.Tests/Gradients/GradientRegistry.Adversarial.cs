using Engine.Layers;
using Engine.Losses;
using Engine.Models;

namespace Engine.Tests.Gradients;

/// <content>Losses of two networks, and penalties on slopes.</content>
public static partial class GradientRegistry
{
    private static IEnumerable<GradientRow> AdversarialRows()
    {
        foreach (GanLoss loss in (GanLoss[])
            [GanLoss.NonSaturating, GanLoss.Minimax, GanLoss.LeastSquares, GanLoss.Hinge, GanLoss.Wasserstein])
        {
            Draw draw = loss == GanLoss.Hinge ? Draw.Distinct : Draw.Normal;
            yield return new("GanLoss", t => loss.Generator(t[0]), [[5, 1]]) { Case = $"generator, {loss}", Draw = draw };
            yield return new("GanLoss", t => loss.Discriminator(t[0], t[1]), [[5, 1], [4, 1]])
                { Case = $"discriminator, {loss}", Draw = draw };
        }

        foreach (GanLoss loss in (GanLoss[])[GanLoss.NonSaturating, GanLoss.LeastSquares])
        {
            yield return new("GanLoss", t => loss.WithLabelSmoothing(0.1).Discriminator(t[0], t[1]), [[5, 1], [4, 1]])
                { Case = $"smoothed, {loss}" };
        }

        // With respect to the weights this is the derivative of a derivative at order 1, and a third derivative at order 2.
        yield return new("CriticPenalty", t => CriticPenalty.OneCentered(x => Critic(x, t), t[0]), CriticShapes) { Case = "one-centered" };
        yield return new("CriticPenalty", t => CriticPenalty.ZeroCentered(x => Critic(x, t), t[0]), CriticShapes) { Case = "zero-centered" };
        yield return new("CriticPenalty", t => CriticPenalty.Between(t[0], t[1], new RandomGenerator(3)), [[3, 2, 2], [3, 2, 2]])
            { Case = "between", Linear = true };
        yield return new(
            "CriticPenalty",
            t => CriticPenalty.OneCentered(x => x.Convolution2D(t[1], t[2]).Tanh().Reshape(2, -1).MatMul(t[3]), t[0]),
            [[2, 3, 3, 1], [2, 2, 1, 2], [2], [8, 1]]) { Case = "one-centered, convolution" };
    }

    private static IEnumerable<GradientRow> AdversarialModelRows() =>
    [
        Of("", () => new Gan(
            new Sequential(new Input([3], DType.Float64), new Dense(4, Activation.Tanh), new Dense(2)),
            new Sequential(new Dense(4, Activation.Tanh), new Dense(1)), 3), [5, 3]),
        new("ConditionalGan", t => t[0], [])
        {
            Check = order => GradientCheck.Layer(
                new ConditionalGan(
                    new Sequential(new Input([5], DType.Float64), new Dense(4, Activation.Tanh), new Dense(2)),
                    new Sequential(new Dense(4, Activation.Tanh), new Dense(1)), 3, classes: 3, embeddingSize: 2),
                [GradientRow.Values(Draw.Normal, [4, 3], new RandomGenerator(2)), Indices([4], 0, 2, 1, 2)], new RandomGenerator(5), order: order),
        },
        Of("training", () => new Vae(
            new Sequential(new Input([4], DType.Float64), new Dense(4)), new Sequential(new Dense(3, Activation.Tanh), new Dense(4)), 2),
            [5, 4], training: true),
        Of("training", () => new LatentSampling(), [5, 4], training: true),
        Of("inference", () => new LatentSampling(), [2, 3, 4]),
        Of("dense", () => new SpectralNormalization(new Dense(4, Activation.Tanh)), [5, 3]),
        Of("convolution", () => new SpectralNormalization(new Conv2D(3, 2, Activation.Tanh)), [2, 4, 4, 2]),
        Of("transposed convolution", () => new SpectralNormalization(new Conv2DTranspose(3, 3, Activation.Tanh, strides: 2)), [2, 3, 3, 2]),
    ];

    private static Shape[] CriticShapes => [[3, 2], [2, 4], [4], [4, 1]];

    private static Tensor Critic(Tensor x, Tensor[] weights) => (x.MatMul(weights[1]) + weights[2]).Tanh().MatMul(weights[3]);
}
