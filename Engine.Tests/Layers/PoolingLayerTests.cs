using Engine.Layers;
using Engine.Tests.Reference;
using static Engine.Tests.Operations.Oracle;

namespace Engine.Tests.Layers;

public class PoolingLayerTests
{
    private static readonly string[] Kinds = ["max", "average", "sum"];

    [Test]
    public void Poolings_of_images_are_their_formulas(
        [ValueSource(nameof(Kinds))] string kind, [Values] bool same, [Values(1, 2, 3)] int stride)
    {
        Padding padding = same ? Padding.Same : Padding.Valid;
        foreach (DType dtype in Floats)
        foreach (Shape input in new Shape[] { [2, 7, 6, 3], [1, 3, 2, 1] })
        {
            Layer layer = kind switch
            {
                "max" => new MaxPooling2D((3, 2), (stride, stride), padding),
                "average" => new AveragePooling2D((3, 2), (stride, stride), padding),
                _ => new SumPooling2D((3, 2), (stride, stride), padding),
            };
            Tensor x = Normal(input, dtype);
            (int height, int top) = Walk(input[1], 3, stride, same);
            (int width, int left) = Walk(input[2], 2, stride, same);
            Shape shape = [input[0], height, width, input[3]];
            Assert.That(layer.OutputShape(input.Remove(0)), Is.EqualTo(shape.Remove(0)));
            AssertClose(layer.Apply(x), shape, Map(shape, at => Pool(kind, Values(at))));

            List<double> Values(int[] at)
            {
                var values = new List<double>();
                for (int row = Math.Max(0, at[1] * stride - top); row < Math.Min(input[1], at[1] * stride - top + 3); row++)
                for (int column = Math.Max(0, at[2] * stride - left); column < Math.Min(input[2], at[2] * stride - left + 2); column++)
                    values.Add(At(x, at[0], row, column, at[3]));
                return values;
            }
        }
    }

    [Test]
    public void Poolings_of_series_are_their_formulas(
        [ValueSource(nameof(Kinds))] string kind, [Values] bool same, [Values(1, 2, 3)] int stride)
    {
        Padding padding = same ? Padding.Same : Padding.Valid;
        Layer layer = kind switch
        {
            "max" => new MaxPooling1D(3, stride, padding),
            "average" => new AveragePooling1D(3, stride, padding),
            _ => new SumPooling1D(3, stride, padding),
        };
        Tensor x = Normal([2, 8, 3]);
        (int steps, int left) = Walk(8, 3, stride, same);
        Shape shape = [2, steps, 3];
        Assert.That(layer.OutputShape([8, 3]), Is.EqualTo(shape.Remove(0)));
        AssertClose(layer.Apply(x), shape, Map(shape, at =>
        {
            var values = new List<double>();
            for (int step = Math.Max(0, at[1] * stride - left); step < Math.Min(8, at[1] * stride - left + 3); step++)
                values.Add(At(x, at[0], step, at[2]));
            return Pool(kind, values);
        }));
    }

    [Test]
    public void Strides_are_the_window_by_default_and_the_window_is_2()
    {
        Assert.That(new MaxPooling2D().OutputShape([7, 6, 3]), Is.EqualTo(Shape.Create([3, 3, 3])));
        Assert.That(new MaxPooling2D(20).OutputShape([220, 220, 3]), Is.EqualTo(Shape.Create([11, 11, 3])));
        Assert.That(new AveragePooling1D().OutputShape([7, 3]), Is.EqualTo(Shape.Create([3, 3])));
    }

    [Test]
    public void Global_poolings_are_the_maximum_and_the_mean_of_everything()
    {
        Tensor image = Normal([2, 3, 4, 5]), series = Normal([2, 3, 5]);
        Shape shape = [2, 5];
        double[] Over(Tensor x, Func<IEnumerable<double>, double> f) => Map(shape, at => f(
            Enumerable.Range(0, x.Length)
                .Where(i => i / (x.Length / 2) == at[0] && i % 5 == at[1])
                .Select(x.ElementAt)));
        AssertClose(new GlobalMaxPooling2D().Apply(image), shape, Over(image, v => v.Max()));
        AssertClose(new GlobalAveragePooling2D().Apply(image), shape, Over(image, v => v.Average()));
        AssertClose(new GlobalMaxPooling1D().Apply(series), shape, Over(series, v => v.Max()));
        AssertClose(new GlobalAveragePooling1D().Apply(series), shape, Over(series, v => v.Average()));
        Assert.That(new GlobalMaxPooling2D().OutputShape([3, 4, 5]), Is.EqualTo(Shape.Create([5])));
        Assert.That(new GlobalAveragePooling1D().OutputShape([3, 5]), Is.EqualTo(Shape.Create([5])));
    }

    [TestCase("max_pooling")]
    [TestCase("average_pooling")]
    public void Poolings_and_their_gradients_agree_with_PyTorch(string name)
    {
        Padding padding = Padding.Explicit(1, 1, 1, 1);
        Layer layer = name == "max_pooling" ? new MaxPooling2D((3, 2), 2, padding) : new AveragePooling2D((3, 2), 2, padding);
        Tensor x = TorchReference.Get($"{name}.x");
        using var tape = new GradientTape();
        tape.Watch(x);
        Tensor y = layer.Apply(x);
        TorchReference.AssertEqual(y, $"{name}.y");
        TorchReference.AssertEqual(tape.Gradient((y * y).Sum(), x), $"{name}.dx");
    }

    [Test]
    public void What_does_not_fit_is_refused()
    {
        Assert.That(() => new MaxPooling2D(0), Throws.TypeOf<ValueException>().With.Message.Contains("poolSize is (0, 0)"));
        Assert.That(() => new SumPooling1D(2, 0), Throws.TypeOf<ValueException>().With.Message.Contains("strides is 0"));
        Assert.That(
            () => new AveragePooling2D(2, padding: Padding.Explicit(0, 2, 0, 0)),
            Throws.TypeOf<ValueException>().With.Message.Contains("padding (0, 2, 0, 0) for a window of (2, 2)"));
        Assert.That(
            () => new MaxPooling2D(3).Apply(SymbolicTensor.Input(2, 5, 1)),
            Throws.TypeOf<ShapeException>().With.Message.Contains("MaxPooling2D \"max_pooling2d\"").And.Message.Contains("does not fit"));
        Assert.That(
            () => new MaxPooling1D().Apply(Normal([2, 3, 4, 5])),
            Throws.TypeOf<ShapeException>().With.Message.Contains("[batch, steps, channels] is wanted"));
        Assert.That(
            () => new GlobalMaxPooling2D().Apply(Tensor.Zeros([2, 0, 4, 5])),
            Throws.TypeOf<ShapeException>().With.Message.Contains("no elements"));
    }

    /// <summary>Keras' sizes: ⌊(n − window)/stride⌋ + 1 inside, ⌈n/stride⌉ padded, with the odd position at the end.</summary>
    private static (int Positions, int Before) Walk(int n, int window, int stride, bool same)
    {
        if (!same) return ((n - window) / stride + 1, 0);
        int positions = (int)Math.Ceiling((double)n / stride);
        return (positions, Math.Max(0, (positions - 1) * stride + window - n) / 2);
    }

    private static double Pool(string kind, List<double> values) => kind switch
    {
        "max" => values.Max(),
        "average" => values.Average(),
        _ => values.Sum(),
    };
}
