using Engine.Layers;

namespace Engine.Tests.Gradients;

/// <content>Normalising, noisy, shaping and merging layers.</content>
public static partial class GradientRegistry
{
    private static IEnumerable<GradientRow> ToolboxRows() =>
    [
        Of("training", () => new BatchNormalization(), [6, 3], training: true),
        Of("training, images, no shift", () => new BatchNormalization(center: false), [2, 3, 4, 5], training: true),
        Of("training, channels first, no factor", () => new BatchNormalization(axis: 1, scale: false), [3, 4, 5], training: true),
        Of("training, frozen", () => new BatchNormalization { Trainable = false }, [6, 3], training: true),
        Of("inference", () => new BatchNormalization(), [6, 3]),
        Of("inference, neither factor nor shift", () => new BatchNormalization(center: false, scale: false), [2, 3, 3]),
        Of("", () => new LayerNormalization(), [4, 7]),
        Of("two axes, no shift", () => new LayerNormalization(axis: [-2, -1], center: false), [2, 3, 4, 5]),
        Of("an axis in the middle, no factor", () => new LayerNormalization(axis: [1], scale: false), [2, 5, 3]),
        Of("", () => new GroupNormalization(2), [2, 3, 6]),
        Of("instances, neither factor nor shift", () => new GroupNormalization(-1, center: false, scale: false), [2, 3, 2, 3]),
        Of("", () => new UnitNormalization(), [4, 5]),
        Of("two axes", () => new UnitNormalization([1, 2]), [2, 3, 2]),
        Of("", () => new Normalization(mean: [1, 2, 3], variance: [4, 1, 0.25]), [4, 3]),
        Of("inverse", () => new Normalization(mean: [1], variance: [4], invert: true), [4, 3]),
        With("", () => new Embedding(6, 3, dtype: DType.Float64), Indices([2, 4], 0, 5, 2, 2, 1, 0, 3, 2)),
        Of("", () => new PReLU(Initializer.Constant(0.25)), [4, 5]),
        Of("shared axes", () => new PReLU(sharedAxes: [1, 2]), [2, 3, 2, 4]),
        Of("", () => new Rescaling(2.5, -1), [3, 4]),
        Of("", () => new Lambda(x => x * x.Tanh()), [3, 4]),
        Of("given shape", () => new Lambda(x => x.Sum(1), [2]), [3, 4, 2]),
        Of("", () => new Permute(3, 1, 2), [2, 3, 4, 2]),
        Of("", () => new RepeatVector(3), [2, 4]),
        Of("training", () => new SpatialDropout1D(0.4), [3, 4, 5], training: true),
        Of("training", () => new SpatialDropout2D(0.4), [2, 3, 2, 5], training: true),
        Of("training", () => new GaussianNoise(0.3), [4, 5], training: true),
        Of("training", () => new GaussianDropout(0.3), [4, 5], training: true),
    ];

    private static IEnumerable<GradientRow> ImageRows() =>
    [
        Of("", () => new ZeroPadding1D((2, 1)), [2, 4, 3]),
        Of("", () => new ZeroPadding2D((1, 0), (2, 1)), [2, 3, 4, 2]),
        Of("", () => new Cropping1D((2, 1)), [2, 6, 3]),
        Of("", () => new Cropping2D((1, 0), (2, 1)), [2, 3, 5, 2]),
        Of("", () => new UpSampling1D(3), [2, 3, 2]),
        Of("", () => new UpSampling2D((2, 3)), [2, 3, 2, 2]),
        Of("bilinear", () => new UpSampling2D((3, 2), Interpolation.Bilinear), [2, 3, 4, 2]),
        Of("training", () => new RandomFlip(), [6, 3, 4, 2], training: true),
        Of("training", () => new RandomRotation(0.2), [3, 4, 5, 2], training: true),
        Of("training, nearest, constant", () => new RandomRotation(
            0.2, FillMode.Constant, Interpolation.Nearest, 3), [3, 4, 5, 2], training: true),
        Of("training, wrapped", () => new RandomTranslation(0.3, 0.2, FillMode.Wrap), [3, 4, 5, 2], training: true),
        Of("training", () => new RandomZoom(0.4, fillMode: FillMode.Nearest), [3, 4, 5, 2], training: true),
        Of("training", () => new RandomCrop(2, 3), [3, 4, 5, 2], training: true),
        Of("inference", () => new RandomCrop(3, 2), [2, 4, 5, 2]),
        Of("training", () => new RandomContrast(0.5, (-20, 20)), [3, 3, 4, 2], training: true),
        Of("training", () => new RandomBrightness(0.01, (-20, 20)), [3, 3, 4, 2], training: true),
    ];

    private static IEnumerable<GradientRow> MergingRows() =>
    [
        Joining("three", () => new Add(), [3, 4], [3, 4], [3, 4]),
        Joining("broadcast", () => new Add(), [2, 3, 4], [2, 4], [2, 1, 4]),
        Joining("", () => new Subtract(), [3, 4], [3, 4]),
        Joining("three, broadcast", () => new Multiply(), [3, 4], [3, 1], [3, 4]),
        Joining("three", () => new Average(), [3, 4], [3, 4], [3, 4]),
        Joining("three", () => new Maximum(), [3, 4], [3, 4], [3, 4]),
        Joining("", () => new Minimum(), [3, 4], [3, 4]),
        Joining("", () => new Concatenate(), [2, 3, 4], [2, 3, 1]),
        Joining("first axis of the samples", () => new Concatenate(1), [2, 3, 4], [2, 1, 4], [2, 2, 4]),
        Joining("", () => new Dot(1), [3, 4], [3, 4]),
        Joining("matrices, normalized", () => new Dot((2, 1), normalize: true), [2, 3, 4], [2, 4, 5]),
        Joining("a matrix and a vector", () => new Dot((1, -1)), [2, 4, 3], [2, 4]),
    ];

    private static GradientRow Joining<TLayer>(string name, Func<TLayer> layer, params Shape[] shapes)
        where TLayer : Layer
    {
        var random = new RandomGenerator(seed: 7);
        return With(name, layer, [.. shapes.Select(shape => GradientRow.Values(Draw.Normal, shape, random))]);
    }

    private static GradientRow With<TLayer>(string name, Func<TLayer> layer, params Tensor[] inputs)
        where TLayer : Layer => new(typeof(TLayer).Name, t => t[0], [])
        {
            Case = name,
            Check = order => GradientCheck.Layer(layer(), inputs, new RandomGenerator(seed: 5), order: order),
        };
}
