namespace Engine.Tests.Operations;

using static Oracle;

public class ElementaryTests
{
    private static readonly (string Name, Func<Tensor, Tensor> Operation, Func<double, double> Formula, bool Positive, bool Smooth)[] Functions =
    [
        ("exp", x => x.Exp(), Math.Exp, false, true),
        ("expm1", x => x.Expm1(), x => Math.Exp(x) - 1, false, true),
        ("log", x => x.Log(), Math.Log, true, true),
        ("log1p", x => x.Log1p(), x => Math.Log(1 + x), true, true),
        ("sqrt", x => x.Sqrt(), Math.Sqrt, true, true),
        ("rsqrt", x => x.Rsqrt(), x => 1 / Math.Sqrt(x), true, true),
        ("square", x => x.Square(), x => x * x, false, true),
        ("reciprocal", x => x.Reciprocal(), x => 1 / x, true, true),
        ("sin", x => x.Sin(), Math.Sin, false, true),
        ("cos", x => x.Cos(), Math.Cos, false, true),
        ("tan", x => 0.1 * (0.5 * x).Tan(), x => 0.1 * Math.Tan(0.5 * x), false, true),
        ("erf", x => x.Erf(), Erf, false, true),
        ("abs", x => x.Abs(), Math.Abs, false, true),
        ("sign", x => x.Sign(), x => Math.Sign(x), false, false),
        ("floor", x => x.Floor(), Math.Floor, false, false),
        ("round", x => x.Round(), x => Math.Round(x, MidpointRounding.ToEven), false, false),
        ("clip", x => x.Clip(-0.5, 0.7), x => Math.Clamp(x, -0.5, 0.7), false, true),
        ("negate", x => -x, x => -x, false, true),
        ("pow", x => x.Pow(2.5), x => Math.Pow(x, 2.5), true, true),
        ("sigmoid", x => x.Sigmoid(), Sigmoid, false, true),
        ("tanh", x => x.Tanh(), Math.Tanh, false, true),
        ("relu", x => x.ReLU(), x => Math.Max(0, x), false, true),
        ("leakyRelu", x => x.LeakyReLU(0.2), x => x > 0 ? x : 0.2 * x, false, true),
        ("elu", x => x.ELU(1.5), x => x > 0 ? x : 1.5 * (Math.Exp(x) - 1), false, true),
        ("selu", x => x.SELU(), x => 1.05070098735548 * (x > 0 ? x : 1.67326324235438 * (Math.Exp(x) - 1)), false, true),
        ("gelu", x => x.GELU(), x => 0.5 * x * (1 + Erf(x / Math.Sqrt(2))), false, true),
        ("gelu", x => x.GELU(approximate: true), x => 0.5 * x * (1 + Math.Tanh(Math.Sqrt(2 / Math.PI) * (x + 0.044715 * x * x * x))), false, true),
        ("silu", x => x.SiLU(), x => x * Sigmoid(x), false, true),
        ("softplus", x => x.Softplus(), x => Math.Log(1 + Math.Exp(x)), false, true),
    ];

    private static IEnumerable<TestCaseData> Cases() => Functions.Select((f, i) => new TestCaseData(i).SetArgDisplayNames(f.Name));

    [TestCaseSource(nameof(Cases))]
    public void A_function_is_its_formula_with_its_derivatives_and_floating_point_only(int which)
    {
        (string name, Func<Tensor, Tensor> operation, Func<double, double> formula, bool positive, bool smooth) = Functions[which];
        foreach (Shape shape in new Shape[] { [], [1], [3, 1, 5], [2, 37], [0, 4] })
        {
            foreach (DType dtype in Floats)
            {
                Tensor x = Arguments(shape, positive).Cast(dtype);
                double[] expected = [.. Values(x).Select(formula)];
                AssertClose(operation(x), shape, expected);
            }
        }
        if (smooth) AssertGradients(t => operation(t[0]), [Arguments([3, 5], positive)]);
        if (name is not ("abs" or "negate" or "tan")) Errors.Assert<DTypeException>(() => operation(Tensor.From<int>(1, 2)), name, "Int32", "Cast");
    }

    [Test]
    public void Magnitudes_and_negatives_of_integers_are_integers()
    {
        Assert.That(Tensor.From<int>(-3, 2).Abs().ToArray<int>(), Is.EqualTo([3, 2]));
        Assert.That((-Tensor.From<long>(-3, 2)).ToArray<long>(), Is.EqualTo([3L, -2]));
        Assert.That(Tensor.From<byte>(100, 200).Abs().ToArray<byte>(), Is.EqualTo(new byte[] { 100, 200 }));
        Errors.Assert<DTypeException>(() => Tensor.From<bool>(true).Abs(), "Bool");
    }

    [Test]
    public void Clip_wants_its_bounds_in_order() => Errors.Assert<ValueException>(() => Tensor.Ones([1]).Clip(2, 1), "clip", "2 and 1");

    /// <summary>Values in (−2, 2), away from the kinks at −0.5, 0 and 0.7; or in (0.2, 4).</summary>
    private static Tensor Arguments(Shape shape, bool positive)
    {
        Tensor x = Tensor.RandomUniform(shape, 0, 1, new RandomGenerator(9), DType.Float64);
        return Tensor.From<double>(Map(shape, at => Place(At(x, at))), shape);

        double Place(double u) => positive ? 0.2 + 3.8 * u : u < 0.4 ? -2 + 3.5 * u : u < 0.6 ? -0.4 + 1.5 * (u - 0.4) : u < 0.8 ? 0.1 + 2 * (u - 0.6) : 0.8 + 6 * (u - 0.8);
    }

    private static double Sigmoid(double x) => 1 / (1 + Math.Exp(-x));

    /// <summary>The Taylor series 2/√π Σ (−1)ⁿ x²ⁿ⁺¹ / (n! (2n + 1)), exact to 1e-14 for |x| ≤ 2.</summary>
    private static double Erf(double x)
    {
        double sum = 0, power = x;
        for (int n = 0; n < 60; n++)
        {
            sum += power / (2 * n + 1);
            power *= -x * x / (n + 1);
        }
        return 2 / Math.Sqrt(Math.PI) * sum;
    }
}
