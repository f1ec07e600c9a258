namespace Engine.Tests.Operations;

using static Oracle;

public class ConvolveTests
{
    [TestCase(7, 3)]
    [TestCase(3, 7)]
    [TestCase(6, 4)]
    [TestCase(1, 1)]
    [TestCase(5, 5)]
    public void Convolve_is_its_sum_in_every_mode(int n, int m)
    {
        foreach (DType dtype in Floats)
        {
            Tensor f = Normal([n], dtype), g = Normal([m], dtype, 2);
            double[] full = Map([n + m - 1], at =>
            {
                double sum = 0;
                for (int k = 0; k < m; k++) sum += at[0] - k >= 0 && at[0] - k < n ? At(f, at[0] - k) * At(g, k) : 0;
                return sum;
            });
            int longer = Math.Max(n, m), shorter = Math.Min(n, m);
            AssertClose(Tensor.Convolve(f, g), [full.Length], full);
            // NumPy keeps the middle, and of two middles the earlier one.
            AssertClose(Tensor.Convolve(f, g, ConvolutionMode.Same), [longer], [.. full.Skip((shorter - 1) / 2).Take(longer)]);
            AssertClose(Tensor.Convolve(f, g, ConvolutionMode.Valid), [longer - shorter + 1], [.. full.Skip(shorter - 1).Take(longer - shorter + 1)]);
        }
        foreach (ConvolutionMode mode in Enum.GetValues<ConvolutionMode>())
            AssertGradients(t => Tensor.Convolve(t[0], t[1], mode), [Normal([n]), Normal([m], seed: 2)]);
    }

    [Test]
    public void Convolve_gives_NumPys_example()
    {
        // numpy.convolve([1, 2, 3], [0, 1, 0.5]) of NumPy's reference.
        Tensor f = Tensor.From<double>(1, 2, 3), g = Tensor.From<double>(0, 1, 0.5);
        Assert.That(Tensor.Convolve(f, g).ToArray<double>(), Is.EqualTo([0, 1, 2.5, 4, 1.5]));
        Assert.That(Tensor.Convolve(f, g, ConvolutionMode.Same).ToArray<double>(), Is.EqualTo([1, 2.5, 4]));
        Assert.That(Tensor.Convolve(f, g, ConvolutionMode.Valid).ToArray<double>(), Is.EqualTo([2.5]));
    }

    [Test]
    public void Two_boxes_make_a_triangle_and_the_error_falls_with_the_step()
    {
        double coarse = Error(20), fine = Error(200);
        Assert.That(fine, Is.LessThan(coarse / 9));
        Assert.That(fine, Is.LessThan(0.006));

        // The box is 1 on [0, 1), so the integral is t up to 1 and 2 − t from there to 2.
        static double Error(int steps)
        {
            double step = 1.0 / steps, worst = 0;
            Tensor box = Tensor.Ones([steps], DType.Float64);
            double[] y = (step * Tensor.Convolve(box, box)).ToArray<double>();
            Assert.That(y, Has.Length.EqualTo(2 * steps - 1));
            for (int i = 0; i < y.Length; i++) worst = Math.Max(worst, Math.Abs(y[i] - Math.Max(0, 1 - Math.Abs(i * step - 1))));
            return worst;
        }
    }

    [Test]
    public void Two_Gaussians_make_one_with_the_summed_variances()
    {
        double coarse = Error(1.0), fine = Error(0.5);
        Assert.That(coarse, Is.GreaterThan(1e-10));
        Assert.That(fine, Is.LessThan(coarse / 10));
        Assert.That(Error(0.1), Is.LessThan(1e-12));

        static double Error(double step)
        {
            const double First = 0.6, Second = 0.8, Width = 8;
            int half = (int)Math.Round(Width / step);
            double[] y = (step * Tensor.Convolve(Signal(First), Signal(Second))).ToArray<double>();
            double worst = 0;
            for (int i = 0; i < y.Length; i++) worst = Math.Max(worst, Math.Abs(y[i] - Density((i - 2 * half) * step, Math.Sqrt(First * First + Second * Second))));
            return worst;

            Tensor Signal(double deviation) => Tensor.From<double>(Map([2 * half + 1], at => Density((at[0] - half) * step, deviation)));
        }

        static double Density(double t, double deviation) => Math.Exp(-0.5 * t * t / (deviation * deviation)) / (deviation * Math.Sqrt(2 * Math.PI));
    }

    [Test]
    public void A_flipped_kernel_makes_a_correlation_a_convolution()
    {
        foreach (DType dtype in Floats)
        {
            Tensor x = Normal([1, 6, 7, 2], dtype), w = Normal([3, 2, 2, 3], dtype, 2), b = Normal([3], dtype, 3);
            var geometry = new ConvolutionGeometry { Padding = (2, 2, 1, 1) };
            Tensor y = x.Convolution2D(w, b, geometry, relu: true, flipKernel: true);
            AssertClose(y, y.Shape, Values(x.Convolution2D(w.Flip(0, 1), b, geometry, relu: true)));
            Tensor line = Normal([2, 6, 2], dtype), k = Normal([3, 2, 3], dtype, 4);
            AssertClose(line.Convolution1D(k, flipKernel: true), [2, 4, 3], Values(line.Convolution1D(k.Flip(0))));
        }
        AssertGradients(t => t[0].Convolution2D(t[1], flipKernel: true), [Normal([1, 4, 4, 1]), Normal([2, 2, 1, 1], seed: 2)]);
    }

    [Test]
    public void Convolve2D_is_its_sum_and_its_top_left_block_the_printed_formula()
    {
        foreach (DType dtype in Floats)
        {
            Tensor x = Normal([5, 4], dtype), w = Normal([2, 3], dtype, 2), full = Tensor.Convolve2D(x, w);
            AssertClose(full, [6, 6], Map([6, 6], at => Sum(at[0], at[1])));
            AssertClose(Tensor.Convolve2D(x, w, ConvolutionMode.Same), [5, 4], Map([5, 4], at => Sum(at[0], at[1] + 1)));
            AssertClose(Tensor.Convolve2D(x, w, ConvolutionMode.Valid), [4, 2], Map([4, 2], at => Sum(at[0] + 1, at[1] + 2)));
            // y_ij = Σ_k Σ_l x_{i−k+1, j−l+1} w_kl with indices from 1.
            AssertClose(full[..5, ..4], [5, 4], Map([5, 4], at =>
            {
                double sum = 0;
                for (int k = 1; k <= 2; k++)
                {
                    for (int l = 1; l <= 3; l++) sum += Pixel(at[0] + 1 - k + 1, at[1] + 1 - l + 1) * At(w, k - 1, l - 1);
                }
                return sum;
            }));

            double Pixel(int i, int j) => i >= 1 && j >= 1 && i <= 5 && j <= 4 ? At(x, i - 1, j - 1) : 0;

            double Sum(int i, int j)
            {
                double sum = 0;
                for (int k = 0; k < 2; k++)
                {
                    for (int l = 0; l < 3; l++) sum += Pixel(i - k + 1, j - l + 1) * At(w, k, l);
                }
                return sum;
            }
        }
        AssertGradients(t => Tensor.Convolve2D(t[0], t[1], ConvolutionMode.Same), [Normal([5, 4]), Normal([2, 3], seed: 2)]);
    }

    [Test]
    public void Signals_that_cannot_be_convolved_are_named()
    {
        Tensor f = Normal([3]);
        Errors.Assert<ShapeException>(() => Tensor.Convolve(f, Tensor.Zeros([0], DType.Float64)), "convolve", "[3]", "[0]");
        Errors.Assert<ShapeException>(() => Tensor.Convolve(f, Normal([2, 2])), "convolve", "[2, 2]");
        Errors.Assert<DTypeException>(() => Tensor.Convolve(f, Tensor.Ones([2])), "Float64", "Float32");
        Errors.Assert<ShapeException>(() => Tensor.Convolve2D(f, f), "convolve2D", "[3]");
        Errors.Assert<ShapeException>(() => Tensor.Convolve2D(Normal([2, 2]), Normal([3, 1]), ConvolutionMode.Valid), "3×1", "2×2");
    }
}
