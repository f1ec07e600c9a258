using Engine.Layers;
using Engine.Models;

namespace Engine.Tests.Gradients;

/// <content>Layers.</content>
public static partial class GradientRegistry
{
    private static IEnumerable<GradientRow> LayerRows() =>
    [
        Of("", () => new Dense(5), [4, 3]),
        Of("tanh, three axes", () => new Dense(5, Activation.Tanh), [2, 4, 3]),
        Of("fused ReLU", () => new Dense(6, Activation.ReLU), [5, 4]),
        Of("softmax, no bias", () => new Dense(4, Activation.Softmax, useBias: false), [3, 5]),
        Of("tanh", () => new Conv2D(3, (3, 3), Activation.Tanh), [2, 6, 5, 2]),
        Of("fused ReLU, same padding, strides", () => new Conv2D(4, (3, 2), Activation.ReLU, strides: 2, padding: Padding.Same), [2, 5, 6, 2]),
        Of("flipped, dilated, explicit padding", () => new Conv2D(2, 2, dilation: (2, 1), padding: Padding.Explicit(1, 0, 2, 1), flipKernel: true), [1, 5, 4, 2]),
        Of("groups, sigmoid, no bias", () => new Conv2D(4, 2, Activation.Sigmoid, groups: 2, useBias: false), [2, 4, 4, 4]),
        Of("", () => new Conv1D(3, 3, Activation.Tanh), [2, 7, 2]),
        Of("strides, same padding, dilation", () => new Conv1D(4, 2, dilation: 2, padding: Padding.Same), [2, 7, 3]),
        Of("causal, strides", () => new Conv1D(3, 3, strides: 2, padding: Padding.Causal), [2, 7, 2]),
        Of("tanh, multiplier", () => new DepthwiseConv2D((3, 2), Activation.Tanh, depthMultiplier: 2), [2, 5, 4, 3]),
        Of("fused ReLU, same padding, strides, no bias", () => new DepthwiseConv2D(3, Activation.ReLU, 2, Padding.Same, useBias: false), [2, 5, 5, 3]),
        Of("causal, dilation", () => new DepthwiseConv1D(2, padding: Padding.Causal, dilation: 3), [2, 6, 3]),
        Of("tanh, multiplier, dilation", () => new SeparableConv2D(4, 2, Activation.Tanh, dilation: (1, 2), depthMultiplier: 2), [2, 4, 5, 2]),
        Of("fused ReLU, same padding", () => new SeparableConv2D(3, 3, Activation.ReLU, padding: Padding.Same), [2, 4, 4, 2]),
        Of("strides", () => new SeparableConv1D(3, 3, Activation.Sigmoid, strides: 2), [2, 7, 2]),
        Of("tanh, strides", () => new Conv2DTranspose(3, (3, 2), Activation.Tanh, strides: (2, 3)), [2, 3, 3, 2]),
        Of("fused ReLU, same padding", () => new Conv2DTranspose(3, 3, Activation.ReLU, 2, Padding.Same), [2, 3, 3, 2]),
        Of("explicit and output padding, dilation, no bias", () => new Conv2DTranspose(
            2, 3, strides: 2, padding: Padding.Explicit(1, 2, 0, 1), outputPadding: (1, 0), dilation: (1, 2), useBias: false), [1, 3, 3, 2]),
        Of("same padding, strides", () => new Conv1DTranspose(3, 4, Activation.Tanh, strides: 2, padding: Padding.Same), [2, 4, 2]),
        Of("", () => new Flatten(), [2, 3, 2, 2]),
        Of("", () => new Reshape(6, -1), [2, 3, 4]),
        Of("", () => new ActivationLayer(Activation.GELU), [3, 7]),
        Of("custom", () => new ActivationLayer(Activation.Custom("cube", x => x * x * x)), [3, 7]),
        Of("training", () => new Dropout(0.4), [5, 7], training: true),
        Of("inference", () => new Dropout(0.4), [5, 7]),
        Of("", () => new MaxPooling2D(), [2, 4, 4, 3]),
        Of("overlap, same padding", () => new MaxPooling2D(3, strides: 2, padding: Padding.Same), [1, 5, 4, 2]),
        Of("", () => new MaxPooling1D(), [2, 6, 3]),
        Of("same padding", () => new AveragePooling2D((3, 2), strides: 1, padding: Padding.Same), [2, 4, 5, 2]),
        Of("same padding", () => new AveragePooling1D(3, strides: 2, padding: Padding.Same), [2, 6, 3]),
        Of("", () => new SumPooling2D(2), [2, 4, 4, 3]),
        Of("", () => new SumPooling1D(2), [2, 6, 3]),
        Of("", () => new GlobalAveragePooling2D(), [2, 3, 4, 3]),
        Of("", () => new GlobalAveragePooling1D(), [2, 5, 3]),
        Of("", () => new GlobalMaxPooling2D(), [2, 3, 4, 3]),
        Of("", () => new GlobalMaxPooling1D(), [2, 5, 3]),
        Of("", () => new Sequential(new Dense(4, Activation.Tanh), new Dropout(0.3), new Dense(2)), [5, 3], training: true),
        Of("a layer used twice", SharedModel, [4, 3]),
        Of("", () => new Input([3, 2], DType.Float64), [2, 3, 2]),
    ];

    private static Model SharedModel()
    {
        SymbolicTensor x = SymbolicTensor.Input(Shape.Create([3]), DType.Float64);
        var shared = new Dense(3, Activation.Tanh);
        return new Model(x, shared.Apply(shared.Apply(x)));
    }

    private static GradientRow Of<TLayer>(string name, Func<TLayer> layer, Shape inputShape, bool training = false)
        where TLayer : Layer =>
        new(typeof(TLayer).Name, t => t[0], [])
        {
            Case = name,
            Check = order => GradientCheck.Layer(layer(), inputShape, new RandomGenerator(seed: 5), training, order),
        };
}
