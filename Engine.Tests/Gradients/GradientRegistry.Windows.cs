namespace Engine.Tests.Gradients;

/// <content>Parts, places, convolutions, pooling and softmax.</content>
public static partial class GradientRegistry
{
    private static Shape[] Image => [[2, 5, 6, 3]];

    private static IEnumerable<GradientRow> Places() =>
    [
        new("get_Item(ReadOnlySpan<Slice>)", t => t[0][1], Cube) { Case = "a position", Linear = true },
        new("get_Item(ReadOnlySpan<Slice>)", t => t[0][.., ^2, 1..4], Cube) { Case = "positions and ranges", Linear = true },
        new("get_Item(ReadOnlySpan<Slice>)", t => t[0][.., Slice.Every(.., -2)], Cube) { Case = "a step backwards", Linear = true },
        new("get_Item(ReadOnlySpan<Slice>)", t => t[0][1..] * t[0][..2], Cube) { Case = "two parts that overlap" },
        new("Flip(int[])", t => t[0].Flip(0, 2), Cube) { Linear = true },
        new("Gather(Tensor, int)", t => t[0].Gather(Indices([2, 3], 2, 0, 2, 1, 1, 2)), Cube) { Linear = true },
        new("Gather(Tensor, int)", t => t[0].Gather(Indices([3], 3, 0, 3), axis: 1), Cube) { Case = "axis 1", Linear = true },
        new("ScatterAdd(Tensor, int, int)", t => t[0].ScatterAdd(Indices([3], 1, 4, 1), 6), Cube) { Linear = true },
        new("ScatterAdd(Tensor, int, int)", t => t[0].ScatterAdd(Indices([4], 1, 0, 1, 1), 2, axis: 1), Cube) { Case = "axis 1", Linear = true },
        new("TakeAlongAxis(Tensor, int)", t => t[0].TakeAlongAxis(Indices([3, 2], 4, 0, 1, 1, 2, 3)), [[3, 5]]) { Linear = true },
        new("TakeAlongAxis(Tensor, int)", t => t[0].TakeAlongAxis(Indices([2, 2], 2, 0, 2, 1), axis: 0), [[3, 2]]) { Case = "axis 0", Linear = true },
        new("ScatterAddAlongAxis(Tensor, int, int)", t => t[0].ScatterAddAlongAxis(Indices([3, 2], 4, 0, 1, 1, 2, 3), 5), [[3, 2]]) { Linear = true },
        new("Sort(int, bool)", t => t[0].Sort(1, descending: true).Square() * Tensor.Arange(0, 20, 1, DType.Float64).Reshape(4, 5), Cube) { Draw = Draw.Distinct },
        new("TopK(int, int)", t => t[0].TopK(2).Values.Square(), Cube) { Draw = Draw.Distinct },
    ];

    private static IEnumerable<GradientRow> Convolutions()
    {
        const string forward = "Convolution2D(Tensor, Tensor, ConvolutionGeometry, bool, bool)";
        const string input = "ConvolutionInputGradient(Tensor, Shape, Tensor, ConvolutionGeometry, bool)";
        const string kernel = "ConvolutionKernelGradient(Tensor, Shape, ConvolutionGeometry)";
        const string line = "Convolution1D(Tensor, Tensor, int, int, ValueTuple<int, int>, int, bool, bool)";
        var strided = new ConvolutionGeometry { Strides = (2, 1), Dilation = (1, 2), Padding = (1, 0, 2, 1) };
        var grouped = new ConvolutionGeometry { Groups = 2, Padding = (1, 1, 1, 1) };
        var depthwise = new ConvolutionGeometry { Groups = 3, Strides = (1, 2) };
        var same = new ConvolutionGeometry { Padding = (1, 1, 1, 1) };
        yield return new(forward, t => t[0].Convolution2D(t[1]), [[2, 5, 6, 3], [3, 2, 3, 4]]) { Case = "without bias", Linear = true };
        yield return new(forward, t => t[0].Convolution2D(t[1], t[2]), [[2, 5, 6, 3], [3, 2, 3, 4], [4]]) { Linear = true };
        yield return new(forward, t => t[0].Convolution2D(t[1], t[2], strided), [[2, 5, 6, 3], [3, 3, 3, 2], [2]]) { Case = "strides, dilation, padding", Linear = true };
        yield return new(forward, t => t[0].Convolution2D(t[1], t[2], grouped), [[1, 4, 5, 4], [3, 3, 2, 6], [6]]) { Case = "groups", Linear = true };
        yield return new(forward, t => t[0].Convolution2D(t[1], t[2], depthwise), [[1, 4, 5, 3], [2, 2, 1, 6], [6]]) { Case = "depthwise", Linear = true };
        yield return new(forward, t => t[0].Convolution2D(t[1], flipKernel: true), [[1, 4, 5, 2], [3, 2, 2, 3]]) { Case = "flipped kernel", Linear = true };
        yield return new(forward, t => t[0].Convolution2D(t[1], t[2], relu: true).Square(), [[1, 4, 5, 2], [3, 2, 2, 3], [3]]) { Case = "ReLU, squared" };
        yield return new(forward, t => t[0].Convolution2D(t[1]), [[1, 3, 4, 20], [1, 1, 20, 17]]) { Case = "1×1", Linear = true };
        yield return new(forward, t => t[0].Convolution2D(t[1], t[2], same), [[2, 8, 8, 16], [3, 3, 16, 16], [16]]) { Case = "by transformed tiles", Linear = true };
        yield return new(input, t => t[0].ConvolutionInputGradient(t[1], [2, 5, 6, 3]), [[2, 3, 5, 4], [3, 2, 3, 4]]) { Linear = true };
        yield return new(input, t => t[0].ConvolutionInputGradient(t[1], [2, 8, 8, 16], null, same), [[2, 8, 8, 16], [3, 3, 16, 16]]) { Case = "by transformed tiles", Linear = true };
        yield return new(input, t => t[0].ConvolutionInputGradient(t[1], [1, 4, 5, 4], t[2], grouped), [[1, 4, 5, 6], [3, 3, 2, 6], [4]]) { Case = "groups and bias", Linear = true };
        yield return new(input, t => t[0].ConvolutionInputGradient(t[1], [1, 5, 6, 3], t[2], strided, relu: true).Square(), [[1, 2, 5, 2], [3, 3, 3, 2], [3]]) { Case = "strided, ReLU, squared" };
        yield return new(kernel, t => t[0].ConvolutionKernelGradient(t[1], [3, 3, 16, 16], same), [[2, 8, 8, 16], [2, 8, 8, 16]]) { Case = "by transformed tiles", Linear = true };
        yield return new(kernel, t => t[0].ConvolutionKernelGradient(t[1], [3, 2, 3, 4]), [[2, 5, 6, 3], [2, 3, 5, 4]]) { Linear = true };
        yield return new(kernel, t => t[0].ConvolutionKernelGradient(t[1], [3, 3, 2, 6], grouped), [[1, 4, 5, 4], [1, 4, 5, 6]]) { Case = "groups", Linear = true };
        yield return new(line, t => t[0].Convolution1D(t[1], t[2]), [[2, 7, 3], [3, 3, 4], [4]]) { Linear = true };
        yield return new(line, t => t[0].Convolution1D(t[1], t[2], 2, 2, (2, 1), 2), [[2, 7, 4], [3, 2, 4], [4]]) { Case = "stride, dilation, padding, groups", Linear = true };
        yield return new(line, t => t[0].Convolution1D(t[1], t[2], relu: true, flipKernel: true).Square(), [[2, 7, 3], [3, 3, 4], [4]]) { Case = "flipped, ReLU, squared" };
    }

    private static IEnumerable<GradientRow> Samplings()
    {
        const string affine = "AffineTransform(ReadOnlySpan<double>, ValueTuple<int, int>?, Interpolation, FillMode, double)";
        double[] map = [0.9, -0.35, 0.6, 0.4, 1.1, -0.7], two = [.. map, 1.5, 0, -2.2, 0.1, -1, 3.5];
        yield return new(affine, t => t[0].AffineTransform(map, fillValue: 2), Image) { Linear = true };
        yield return new(affine, t => t[0].AffineTransform(two, (4, 3), Interpolation.Nearest, FillMode.Wrap), Image) { Case = "nearest, wrapped", Linear = true };
        yield return new(affine, t => t[0].AffineTransform(two, (4, 7), fillMode: FillMode.Reflect).Square(), Image) { Case = "reflected, squared" };
    }

    private static IEnumerable<GradientRow> Unfoldings()
    {
        const string pair = "ValueTuple<int, int>";
        var strided = new ConvolutionGeometry { Strides = (2, 1), Dilation = (1, 2), Padding = (1, 0, 2, 1) };
        yield return new($"Unfold2D({pair}, ConvolutionGeometry)", t => t[0].Unfold2D((2, 3), strided), Image) { Linear = true };
        yield return new($"Fold2D({pair}, Shape, ConvolutionGeometry)", t => t[0].Unfold2D((2, 3), strided).Square().Fold2D((2, 3), t[0].Shape, strided), Image);
        yield return new($"Unfold1D(int, int, int, {pair})", t => t[0].Unfold1D(2, 2, 2, (1, 2)), [[2, 7, 3]]) { Linear = true };
        yield return new($"Fold1D(int, Shape, int, int, {pair})", t => t[0].Unfold1D(3).Square().Fold1D(3, t[0].Shape), [[2, 7, 3]]);
        yield return new("Convolve(Tensor, Tensor, ConvolutionMode)", t => Tensor.Convolve(t[0], t[1]), [[7], [3]]) { Linear = true };
        yield return new("Convolve(Tensor, Tensor, ConvolutionMode)", t => Tensor.Convolve(t[0], t[1], ConvolutionMode.Same), [[7], [4]]) { Case = "same", Linear = true };
        yield return new("Convolve(Tensor, Tensor, ConvolutionMode)", t => Tensor.Convolve(t[0], t[1], ConvolutionMode.Valid), [[7], [3]]) { Case = "valid", Linear = true };
        yield return new("Convolve2D(Tensor, Tensor, ConvolutionMode)", t => Tensor.Convolve2D(t[0], t[1]), [[5, 4], [3, 2]]) { Linear = true };
        yield return new("Convolve2D(Tensor, Tensor, ConvolutionMode)", t => Tensor.Convolve2D(t[0], t[1], ConvolutionMode.Same), [[5, 4], [3, 2]]) { Case = "same", Linear = true };
    }

    private static IEnumerable<GradientRow> Poolings()
    {
        const string sizes = "(ValueTuple<int, int>, ValueTuple<int, int>?, ValueTuple<int, int, int, int>)";
        yield return new("MaxPooling2D" + sizes, t => t[0].MaxPooling2D((2, 2)), Image) { Draw = Draw.Distinct };
        yield return new("MaxPooling2D" + sizes, t => t[0].MaxPooling2D((3, 2), (2, 1), (1, 1, 1, 0)).Square(), Image) { Case = "overlap and padding, squared", Draw = Draw.Distinct };
        yield return new("AveragePooling2D" + sizes, t => t[0].AveragePooling2D((2, 3)), Image) { Linear = true };
        yield return new("AveragePooling2D" + sizes, t => t[0].AveragePooling2D((3, 2), (2, 1), (1, 1, 1, 0)), Image) { Case = "overlap and padding", Linear = true };
        yield return new("SumPooling2D" + sizes, t => t[0].SumPooling2D((2, 2)), Image) { Linear = true };
        yield return new("SumPooling2D" + sizes, t => t[0].SumPooling2D((3, 2), (2, 1), (1, 1, 1, 0)), Image) { Case = "overlap and padding", Linear = true };
    }

    private static IEnumerable<GradientRow> Softmaxes() =>
    [
        new("Softmax(int)", t => t[0].Softmax(), [[3, 19]]),
        new("Softmax(int)", t => t[0].Softmax(1), Cube) { Case = "axis 1" },
        new("LogSoftmax(int)", t => t[0].LogSoftmax(), [[3, 19]]),
        new("LogSoftmax(int)", t => t[0].LogSoftmax(0), Cube) { Case = "axis 0" },
        new("SoftmaxCrossEntropy(Tensor, Tensor, int?)", t => Tensor.SoftmaxCrossEntropy(t[0], Indices([3], 4, 0, 18)), [[3, 19]]) { Case = "labels" },
        new("SoftmaxCrossEntropy(Tensor, Tensor, int?)", t => Tensor.SoftmaxCrossEntropy(t[0], Indices([2, 2], 4, -1, 0, 2), -1), [[2, 2, 5]]) { Case = "ignored labels" },
        new("SoftmaxCrossEntropy(Tensor, Tensor, int?)", t => Tensor.SoftmaxCrossEntropy(t[0], Constant([2, 4], 0.1, 0.2, 0.3, 0.4, 0, 1, 0, 0)), [[2, 4]]) { Case = "probabilities" },
        new("SigmoidCrossEntropy(Tensor, Tensor)", t => Tensor.SigmoidCrossEntropy(t[0], Constant([2, 3], 0, 1, 0.3, 1, 0, 0.5)), [[2, 3]]),
    ];

    private static Tensor Constant(Shape shape, params double[] values) => Tensor.From<double>(values, shape);
}
