namespace Engine.Tests.Autodiff;

public class GradientTapeTests
{
    [Test]
    public void Nested_tapes_give_first_and_second_derivatives_of_a_cube()
    {
        Tensor p = Tensor.Scalar(2.0, DType.Float64);
        using var outer = new GradientTape();
        outer.Watch(p);
        Tensor first;
        using (var inner = new GradientTape())
        {
            inner.Watch(p);
            first = inner.Gradient(p * p * p, p);
        }
        Tensor second = outer.Gradient(first, p);
        Assert.That(first.ToScalar(), Is.EqualTo(12));
        Assert.That(second.ToScalar(), Is.EqualTo(12));
    }

    [Test]
    public void A_matrix_product_and_its_activation_have_the_gradient_of_central_differences()
    {
        var random = new RandomGenerator(seed: 3);
        double[] values = new double[12], weights = new double[20];
        random.FillNormal<double>(values);
        random.FillNormal<double>(weights);
        Tensor x = Tensor.From<double>(values, [3, 4]);
        Tensor w = Tensor.From<double>(weights, [4, 5]);
        double Loss(Tensor v) => (x.MatMul(v).Tanh() * x.Sum(1, keepDims: true)).Sum().ToScalar();
        Tensor analytic;
        using (var tape = new GradientTape())
        {
            tape.Watch(w);
            analytic = tape.Gradient((x.MatMul(w).Tanh() * x.Sum(1, keepDims: true)).Sum(), w).Detach();
        }
        for (int i = 0; i < w.Length; i++)
        {
            double[] up = (double[])weights.Clone(), down = (double[])weights.Clone();
            up[i] += 1e-6;
            down[i] -= 1e-6;
            double numeric = (Loss(Tensor.From<double>(up, [4, 5])) - Loss(Tensor.From<double>(down, [4, 5]))) / 2e-6;
            Assert.That(analytic.AsSpan<double>()[i], Is.EqualTo(numeric).Within(1e-7 * Math.Max(1, Math.Abs(numeric))));
        }
    }
}
