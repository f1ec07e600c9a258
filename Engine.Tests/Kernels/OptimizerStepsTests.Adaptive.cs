using System.Numerics;
using Engine.Kernels;

namespace Engine.Tests.Kernels;

/// <content>Adagrad, Adadelta, Adamax, Nadam, Lion, and what is done to gradients before a step and to variables after it.</content>
public unsafe partial class OptimizerStepsTests
{
    private static readonly StepRate Pace = new(0.05, 0.1);
    private static readonly GradientForm Clipped = new(0.7, 0.4);

    private static double Form(double g) => Math.Clamp(0.7 * g, -0.4, 0.4);

    public enum Kind
    {
        Adagrad,
        Adadelta,
        Adamax,
        Nadam,
        Lion,
        Sgd,
        Momentum,
        Adam,
        RmsProp,
    }

    [Test]
    public void Adaptive_steps_follow_their_formulas([Values] Kind kind, [Values] bool clipped)
    {
        GradientForm form = clipped ? Clipped : default;
        Check((s, t) => Take(kind, s, t, form), (s, t) => Take(kind, s, t, form), i =>
        {
            double w = Start(i);
            double[] slots = new double[2];
            for (int t = 1; t <= Steps; t++)
            {
                double g = Gradient(t, i);
                w = Expected(kind, w * (1 - 0.05 * 0.1), clipped ? Form(g) : g, slots, t);
            }
            return w;
        });
    }

    [Test]
    public void Long_variables_are_clipped_in_pieces_like_short_ones()
    {
        float[] variable = new float[100_003], gradient = KernelRunner.Random<float>(100_003, -2, 2);
        fixed (float* w = variable, g = gradient) OptimizerSteps.Sgd(w, g, variable.Length, 1, 0, new GradientForm(2, 1.5));
        for (int i = 0; i < variable.Length; i++) Assert.That(variable[i], Is.EqualTo(-Math.Clamp(2 * gradient[i], -1.5f, 1.5f)));
    }

    [Test]
    public void A_NaN_gradient_is_not_hidden_by_clipping_or_by_a_sign()
    {
        float[] variable = [1, 1], gradient = [float.NaN, 1], slot = [0, 0];
        fixed (float* w = variable, g = gradient, m = slot)
        {
            OptimizerSteps.Lion(w, g, m, 2, Pace, 0.9, 0.99, Clipped);
            Assert.That(variable[0], Is.NaN);
            Assert.That(variable[1], Is.Not.NaN);
            variable[0] = 1;
            OptimizerSteps.Sgd(w, g, 2, 0.1, 0, Clipped);
            Assert.That(variable[0], Is.NaN);
        }
    }

    [TestCase(1.0)]
    [TestCase(1e30)]
    [TestCase(1e-30)]
    [TestCase(0.0)]
    public void The_sum_of_squares_neither_overflows_nor_vanishes(double scale)
    {
        foreach (int width in KernelRunner.Widths)
        {
            using IDisposable forced = SimdWidth.Force(width);
            float[] x = [.. KernelRunner.Random<float>(1003, -1, 1).Select(value => (float)(value * scale))];
            double expected = x.Sum(value => (double)value * value);
            fixed (float* values = x)
                Assert.That(OptimizerSteps.SumOfSquares(values, x.Length), Is.EqualTo(expected).Within(1e-5 * expected));
        }
    }

    [Test]
    public void The_sum_of_squares_of_what_is_not_finite_is_not_finite()
    {
        foreach (double bad in new[] { double.NaN, double.PositiveInfinity })
        {
            double[] x = [1, bad, 2];
            fixed (double* values = x) Assert.That(double.IsFinite(OptimizerSteps.SumOfSquares(values, 3)), Is.False);
        }
    }

    [Test]
    public void Sums_and_moving_averages_are_their_formulas() => Check(
        (s, t) => Average(s), (s, t) => Average(s), i =>
        {
            double w = Start(i);
            for (int t = 1; t <= Steps; t++) w = 0.8 * (w + Gradient(t, i)) + 0.2 * Gradient(t, i);
            return w;
        });

    private static void Average<T>(Slots<T> s)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        fixed (T* w = s.Variable, g = s.Slope)
        {
            OptimizerSteps.Accumulate(w + 67, g + 67, s.Length);
            OptimizerSteps.MoveAverage(w + 67, g + 67, s.Length, 0.8);
        }
    }

    private static void Take<T>(Kind kind, Slots<T> s, int t, GradientForm form)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        fixed (T* variable = s.Variable, slope = s.Slope, first = s.State[0], second = s.State[1])
        {
            T* w = variable + 67, g = slope + 67, a = first + 67, b = second + 67;
            switch (kind)
            {
                case Kind.Adagrad: OptimizerSteps.Adagrad(w, g, a, s.Length, Pace, 1e-2, form); break;
                case Kind.Adadelta: OptimizerSteps.Adadelta(w, g, a, b, s.Length, Pace, 0.9, 1e-2, form); break;
                case Kind.Adamax: OptimizerSteps.Adamax(w, g, a, b, s.Length, Pace, 0.9, 0.95, 1e-2, t, form); break;
                case Kind.Nadam:
                    OptimizerSteps.Nadam(w, g, a, b, s.Length, Pace, new NadamSettings(0.9, 0.95, 1e-2, 0.01, 0.02, 1.5), form);
                    break;
                case Kind.Lion: OptimizerSteps.Lion(w, g, a, s.Length, Pace, 0.9, 0.95, form); break;
                case Kind.Sgd: OptimizerSteps.Sgd(w, g, s.Length, 0.05, 0.1, form); break;
                case Kind.Momentum: OptimizerSteps.SgdMomentum(w, g, a, s.Length, 0.05, 0.9, false, 0.1, form); break;
                case Kind.Adam:
                    OptimizerSteps.Adam(w, g, a, b, null, s.Length, new AdamSettings(0.05, 0.9, 0.95, 1e-2, 0.1), t, form);
                    break;
                default:
                    OptimizerSteps.RmsProp(w, g, a, null, null, s.Length, new RmsPropSettings(0.05, 0.9, 0, 1e-2, 0.1), form);
                    break;
            }
        }
    }

    private static double Expected(Kind kind, double w, double g, double[] s, int t)
    {
        double past = s[1];
        switch (kind)
        {
            case Kind.Adagrad:
                s[0] += g * g;
                return w - 0.05 * g / Math.Sqrt(s[0] + 1e-2);
            case Kind.Adadelta:
                s[0] = 0.9 * s[0] + 0.1 * g * g;
                double change = g * Math.Sqrt(past + 1e-2) / Math.Sqrt(s[0] + 1e-2);
                s[1] = 0.9 * past + 0.1 * change * change;
                return w - 0.05 * change;
            case Kind.Adamax:
                s[0] = 0.9 * s[0] + 0.1 * g;
                s[1] = Math.Max(0.95 * past, Math.Abs(g));
                return w - 0.05 / (1 - Math.Pow(0.9, t)) * s[0] / (s[1] + 1e-2);
            case Kind.Nadam:
                s[0] = 0.9 * s[0] + 0.1 * g;
                s[1] = 0.95 * past + 0.05 * g * g;
                return w - (0.01 * s[0] + 0.02 * g) / (Math.Sqrt(1.5 * s[1]) + 1e-2);
            case Kind.Lion:
                double direction = 0.9 * s[0] + 0.1 * g;
                s[0] = 0.95 * s[0] + 0.05 * g;
                return w - 0.05 * Math.Sign(direction);
            case Kind.Sgd:
                return w - 0.05 * g;
            case Kind.Momentum:
                s[0] = 0.9 * s[0] - 0.05 * g;
                return w + s[0];
            case Kind.Adam:
                s[0] = 0.9 * s[0] + 0.1 * g;
                s[1] = 0.95 * past + 0.05 * g * g;
                return w - 0.05 * Math.Sqrt(1 - Math.Pow(0.95, t)) / (1 - Math.Pow(0.9, t)) * s[0] / (Math.Sqrt(s[1]) + 1e-2);
            default:
                s[0] = 0.9 * s[0] + 0.1 * g * g;
                return w - 0.05 * g / Math.Sqrt(s[0] + 1e-2);
        }
    }
}
