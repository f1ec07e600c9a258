namespace Engine.Tests.Operations;

using static Oracle;

public class ConvolutionPoolingTests
{
    private static readonly object[] Cases =
    [
        new object[] { new[] { 2, 6, 7, 2 }, new[] { 3, 2, 2, 3 }, new ConvolutionGeometry(), (2, 2) },
        new object[] { new[] { 1, 7, 8, 4 }, new[] { 3, 3, 2, 6 }, new ConvolutionGeometry { Groups = 2, Strides = (1, 2), Padding = (1, 1, 1, 0) }, (3, 1) },
        new object[] { new[] { 2, 8, 8, 16 }, new[] { 3, 3, 16, 16 }, new ConvolutionGeometry { Padding = (1, 1, 1, 1) }, (2, 2) },
    ];

    [TestCaseSource(nameof(Cases))]
    public void It_is_convolution_ReLU_and_pooling_with_gradients_of_both_orders(
        int[] input, int[] window, ConvolutionGeometry geometry, (int, int) pool)
    {
        Tensor x = Normal(input), k = Normal(window, seed: 2), b = Normal([window[3]], seed: 3);
        Tensor y = x.ConvolutionMaxPooling2D(k, b, geometry, pool), wanted = x.Convolution2D(k, b, geometry).ReLU().MaxPooling2D(pool);
        Assert.That(y.Shape, Is.EqualTo(wanted.Shape));
        Assert.That(y.ToArray<double>(), Is.EqualTo(wanted.ToArray<double>()).Within(1e-12));
        if (x.Length > 500) return;
        AssertGradients(t => t[0].ConvolutionMaxPooling2D(t[1], t[2], geometry, pool), [x, k, b]);
        AssertGradients(t => x.ConvolutionMaxPooling2D(t[0], null, geometry, pool), [k]);
    }

    [TestCaseSource(nameof(Cases))]
    public void Each_gradient_alone_is_that_of_the_operations_apart(int[] input, int[] window, ConvolutionGeometry geometry, (int, int) pool)
    {
        Tensor x = Normal(input), k = Normal(window, seed: 2), b = Normal([window[3]], seed: 3);
        Tensor[] all = [x, k, b];
        for (int wanted = 1; wanted < 8; wanted++)
        {
            Tensor[] sources = [.. all.Where((_, i) => (wanted >> i & 1) == 1)];
            double[][] joined = Gradients(sources, () => x.ConvolutionMaxPooling2D(k, b, geometry, pool));
            double[][] apart = Gradients(sources, () => x.Convolution2D(k, b, geometry, relu: true).MaxPooling2D(pool));
            for (int i = 0; i < joined.Length; i++) Assert.That(joined[i], Is.EqualTo(apart[i]).Within(1e-11), $"gradients {wanted}, source {i}");
        }
    }

    [Test]
    public void No_samples_give_none_and_gradients_of_zero()
    {
        Tensor x = Tensor.Zeros([0, 6, 6, 1], DType.Float64), k = Normal([3, 3, 1, 4]), b = Normal([4]);
        using var tape = new GradientTape();
        tape.Watch(k);
        tape.Watch(b);
        Tensor y = x.ConvolutionMaxPooling2D(k, b, new ConvolutionGeometry(), (2, 2));
        Assert.That(y.Shape.ToArray(), Is.EqualTo(new[] { 0, 2, 2, 4 }));
        foreach (Tensor gradient in tape.Gradients(y.Sum(), [k, b])) Assert.That(gradient.ToArray<double>(), Is.All.Zero);
    }

    [Test]
    public void A_window_that_does_not_fit_is_the_poolings_error()
    {
        Tensor x = Normal([1, 4, 4, 1]), k = Normal([3, 3, 1, 4]);
        var error = Assert.Throws<ShapeException>(() => x.ConvolutionMaxPooling2D(k, null, new ConvolutionGeometry(), (3, 3)));
        Assert.That(error!.Message, Does.Contain("maxPooling2D").And.Contain("3×3"));
    }

    private static double[][] Gradients(Tensor[] sources, Func<Tensor> function)
    {
        using var tape = new GradientTape();
        foreach (Tensor source in sources) tape.Watch(source);
        Tensor y = function();
        return [.. tape.Gradients(y, sources, Normal(y.Shape.ToArray(), seed: 9)).Select(gradient => gradient.ToArray<double>())];
    }
}
