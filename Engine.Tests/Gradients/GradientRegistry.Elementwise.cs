namespace Engine.Tests.Gradients;

/// <content>Element by element.</content>
public static partial class GradientRegistry
{
    private static Shape[] One => [[2, 19]];

    private static Shape[] Two => [[2, 19], [2, 19]];

    private static Shape[] Broadcast => [[3, 1, 5], [4, 1]];

    private static IEnumerable<GradientRow> Elementwise() =>
    [
        new("operator +(Tensor, Tensor)", t => t[0] + t[1], Two) { Linear = true },
        new("operator +(Tensor, Tensor)", t => t[0] + t[1], Broadcast) { Case = "broadcast", Linear = true },
        new("operator +(Tensor, Tensor)", t => t[0] + t[0], One) { Case = "with itself", Linear = true },
        new("operator -(Tensor, Tensor)", t => t[0] - t[1], Two) { Linear = true },
        new("operator -(Tensor, Tensor)", t => t[0] - t[1], Broadcast) { Case = "broadcast", Linear = true },
        new("operator *(Tensor, Tensor)", t => t[0] * t[1], Two) { Linear = true },
        new("operator *(Tensor, Tensor)", t => t[0] * t[1], Broadcast) { Case = "broadcast", Linear = true },
        new("operator *(Tensor, Tensor)", t => t[0] * t[0], One) { Case = "with itself" },
        new("operator /(Tensor, Tensor)", t => t[0] / t[1], Two) { Draw = Draw.AwayFromZero },
        new("operator /(Tensor, Tensor)", t => t[0] / t[1], Broadcast) { Case = "broadcast", Draw = Draw.AwayFromZero },
        new("MultiplyAdd(Tensor, Tensor)", t => t[0].MultiplyAdd(t[1], t[2]), [[2, 19], [2, 19], [2, 19]]) { Linear = true },
        new("MultiplyAdd(Tensor, Tensor)", t => t[0].MultiplyAdd(t[1], t[2]), [[3, 1, 5], [5], [4, 1]])
            { Case = "broadcast", Linear = true },
        new("operator -(Tensor)", t => -t[0], One) { Linear = true },
        new("operator +(Tensor, double)", t => t[0] + 2.5, One) { Linear = true },
        new("operator +(double, Tensor)", t => 2.5 + t[0], One) { Linear = true },
        new("operator -(Tensor, double)", t => t[0] - 2.5, One) { Linear = true },
        new("operator -(double, Tensor)", t => 2.5 - t[0], One) { Linear = true },
        new("operator *(Tensor, double)", t => t[0] * 2.5, One) { Linear = true },
        new("operator *(double, Tensor)", t => 2.5 * t[0], One) { Linear = true },
        new("operator /(Tensor, double)", t => t[0] / 2.5, One) { Linear = true },
        new("operator /(double, Tensor)", t => 2.5 / t[0], One) { Draw = Draw.AwayFromZero },
        new("Maximum(Tensor, Tensor)", t => Tensor.Maximum(t[0], t[1] + 0.013), Two) { Draw = Draw.Distinct },
        new("Maximum(Tensor, Tensor)", t => Tensor.Maximum(t[0], t[1] + 0.013), Broadcast) { Case = "broadcast", Draw = Draw.Distinct },
        new("Minimum(Tensor, Tensor)", t => Tensor.Minimum(t[0], t[1] + 0.013), Two) { Draw = Draw.Distinct },
        new("Minimum(Tensor, Tensor)", t => Tensor.Minimum(t[0], t[1] + 0.013), Broadcast) { Case = "broadcast", Draw = Draw.Distinct },
        new("Pow(Tensor, Tensor)", t => Tensor.Pow(t[0], t[1]), Two) { Draw = Draw.Positive },
        new("Pow(Tensor, Tensor)", t => Tensor.Pow(t[0], t[1]), Broadcast) { Case = "broadcast", Draw = Draw.Positive },
        new("Pow(double)", t => t[0].Pow(2.5), One) { Draw = Draw.Positive },
        new("Pow(double)", t => t[0].Pow(3), One) { Case = "cube of negatives" },
        new("Pow(double)", t => t[0].Pow(1), One) { Case = "first power", Linear = true },
        new("Pow(double)", t => t[0].Pow(0) * t[0], One) { Case = "power 0" },
        new("Where(Tensor, Tensor, Tensor)", t => Tensor.Where(Bools([2, 1], true, false), t[0], t[1]), Two) { Linear = true },
        new("Where(Tensor, Tensor, Tensor)", t => Tensor.Where(Bools([5], true, false, true, true, false), t[0], t[1]), Broadcast) { Case = "broadcast", Linear = true },
        new("Cast(DType)", t => t[0].Cast(DType.Float64), One) { Case = "to its own type", Linear = true },
        new("Exp()", t => t[0].Exp(), One),
        new("Expm1()", t => t[0].Expm1(), One),
        new("Log()", t => t[0].Log(), One) { Draw = Draw.Positive },
        new("Log1p()", t => t[0].Log1p(), One) { Draw = Draw.Positive },
        new("Sqrt()", t => t[0].Sqrt(), One) { Draw = Draw.Positive },
        new("Rsqrt()", t => t[0].Rsqrt(), One) { Draw = Draw.Positive },
        new("Square()", t => t[0].Square(), One),
        new("Reciprocal()", t => t[0].Reciprocal(), One) { Draw = Draw.AwayFromZero },
        new("Sin()", t => t[0].Sin(), One),
        new("Cos()", t => t[0].Cos(), One),
        new("Tan()", t => (t[0] * 0.3).Tan(), One),
        new("Erf()", t => t[0].Erf(), One),
        new("Abs()", t => t[0].Abs(), One) { Draw = Draw.AwayFromZero },
        new("Clip(double, double)", t => t[0].Clip(-0.51, 0.62), One) { Draw = Draw.Distinct },
    ];

    private static IEnumerable<GradientRow> Activations() =>
    [
        new("Sigmoid()", t => t[0].Sigmoid(), One),
        new("Tanh()", t => t[0].Tanh(), One),
        new("ReLU()", t => t[0].ReLU(), One) { Draw = Draw.AwayFromZero },
        new("ReLU()", t => t[0].ReLU().Square(), One) { Case = "squared", Draw = Draw.AwayFromZero },
        new("LeakyReLU(double)", t => t[0].LeakyReLU(0.1), One) { Draw = Draw.AwayFromZero },
        new("ELU(double)", t => t[0].ELU(0.7), One) { Draw = Draw.AwayFromZero },
        new("SELU()", t => t[0].SELU(), One) { Draw = Draw.AwayFromZero },
        new("GELU(bool)", t => t[0].GELU(), One),
        new("GELU(bool)", t => t[0].GELU(approximate: true), One) { Case = "approximate" },
        new("SiLU()", t => t[0].SiLU(), One),
        new("Softplus()", t => t[0].Softplus(), One),
    ];
}
