using Engine.Kernels;

namespace Engine.Tests.Kernels;

[TestFixture]
public unsafe partial class OptimizerStepsTests
{
    private const int Steps = 20;

    private static readonly int[] Lengths = [1, 3, 15, 16, 17, 50, 129];

    private static double Gradient(int step, int i) => Math.Sin(1 + step * 0.7 + i * 1.3) * (i % 5 == 0 ? 1e-3 : 1);

    private static double Start(int i) => Math.Cos(i);

    /// <summary>Runs 20 steps at every width and type and compares variables with the formula written for one element.</summary>
    private static void Check(Action<Slots<double>, int> step, Action<Slots<float>, int> singleStep, Func<int, double> formula)
    {
        foreach (int width in KernelRunner.Widths)
        {
            using IDisposable forced = SimdWidth.Force(width);
            foreach (int length in Lengths)
            {
                var slots = new Slots<double>(length);
                var single = new Slots<float>(length);
                for (int t = 1; t <= Steps; t++)
                {
                    slots.SetGradient(t);
                    single.SetGradient(t);
                    step(slots, t);
                    singleStep(single, t);
                }
                double[] variables = KernelRunner.Inside(slots.Variable, length);
                float[] singles = KernelRunner.Inside(single.Variable, length);
                for (int i = 0; i < length; i++)
                {
                    double expected = formula(i);
                    Assert.That(variables[i], Is.EqualTo(expected).Within(1e-12 * Math.Max(1, Math.Abs(expected))),
                        $"element {i} of {length}, width {width}");
                    Assert.That(singles[i], Is.EqualTo(expected).Within(1e-5 * Math.Max(1, Math.Abs(expected))),
                        $"element {i} of {length}, width {width}");
                }
                foreach (double[] slot in slots.State) KernelRunner.Inside(slot, length);
            }
        }
    }

    private sealed class Slots<T>
        where T : unmanaged, System.Numerics.IBinaryFloatingPointIeee754<T>
    {
        public Slots(int length)
        {
            Length = length;
            Variable = KernelRunner.Guarded(Enumerable.Range(0, length).Select(i => T.CreateTruncating(Start(i))).ToArray(), T.NaN);
            Slope = KernelRunner.Guarded(new T[length], T.NaN);
            State = [.. Enumerable.Range(0, 3).Select(_ => KernelRunner.Guarded(new T[length], T.NaN))];
        }

        public int Length { get; }

        public T[] Variable { get; }

        public T[] Slope { get; }

        public T[][] State { get; }

        public void SetGradient(int step)
        {
            for (int i = 0; i < Length; i++) Slope[67 + i] = T.CreateTruncating(Gradient(step, i));
        }
    }

    private static void Sgd<T>(Slots<T> s, double decay)
        where T : unmanaged, System.Numerics.IBinaryFloatingPointIeee754<T>
    {
        fixed (T* p = s.Variable, g = s.Slope) OptimizerSteps.Sgd(p + 67, g + 67, s.Length, 0.1, decay);
    }

    private static void Momentum<T>(Slots<T> s, bool nesterov, double decay)
        where T : unmanaged, System.Numerics.IBinaryFloatingPointIeee754<T>
    {
        fixed (T* p = s.Variable, g = s.Slope, m = s.State[0]) OptimizerSteps.SgdMomentum(p + 67, g + 67, m + 67, s.Length, 0.1, 0.9,
            nesterov, decay);
    }

    private static void Adam<T>(Slots<T> s, int t, bool amsgrad, double decay)
        where T : unmanaged, System.Numerics.IBinaryFloatingPointIeee754<T>
    {
        fixed (T* p = s.Variable, g = s.Slope, m = s.State[0], v = s.State[1], largest = s.State[2])
        {
            var settings = new AdamSettings(0.05, 0.9, 0.95, 1e-7, decay);
            OptimizerSteps.Adam(p + 67, g + 67, m + 67, v + 67, amsgrad ? largest + 67 : null, s.Length, settings, t);
        }
    }

    private static void RmsProp<T>(Slots<T> s, bool centered, double momentum)
        where T : unmanaged, System.Numerics.IBinaryFloatingPointIeee754<T>
    {
        fixed (T* p = s.Variable, g = s.Slope, v = s.State[0], a = s.State[1], m = s.State[2])
        {
            var settings = new RmsPropSettings(0.01, 0.9, momentum, 1e-3, 0.02);
            OptimizerSteps.RmsProp(p + 67, g + 67, v + 67, centered ? a + 67 : null, momentum > 0 ? m + 67 : null, s.Length, settings);
        }
    }

    [TestCase(0.0)]
    [TestCase(0.1)]
    public void Plain_descent_follows_its_formula(double decay) => Check((s, _) => Sgd(s, decay), (s, _) => Sgd(s, decay), i =>
    {
        double w = Start(i);
        for (int t = 1; t <= Steps; t++) w = w - w * decay * 0.1 - 0.1 * Gradient(t, i);
        return w;
    });

    [TestCase(false)]
    [TestCase(true)]
    public void Momentum_follows_its_formula(bool nesterov) =>
        Check((s, _) => Momentum(s, nesterov, 0.1), (s, _) => Momentum(s, nesterov, 0.1), i =>
    {
        double w = Start(i), m = 0;
        for (int t = 1; t <= Steps; t++)
        {
            double g = Gradient(t, i);
            w -= w * 0.1 * 0.1;
            m = 0.9 * m - 0.1 * g;
            w += nesterov ? 0.9 * m - 0.1 * g : m;
        }
        return w;
    });

    [TestCase(false, 0)]
    [TestCase(true, 0)]
    [TestCase(false, 0.1)]
    public void Adam_follows_its_formula(bool amsgrad, double decay) =>
        Check((s, t) => Adam(s, t, amsgrad, decay), (s, t) => Adam(s, t, amsgrad, decay), i =>
    {
        double w = Start(i), m = 0, v = 0, largest = 0;
        for (int t = 1; t <= Steps; t++)
        {
            double g = Gradient(t, i);
            w -= w * decay * 0.05;
            m = 0.9 * m + 0.1 * g;
            v = 0.95 * v + 0.05 * g * g;
            largest = Math.Max(largest, v);
            double rate = 0.05 * Math.Sqrt(1 - Math.Pow(0.95, t)) / (1 - Math.Pow(0.9, t));
            w -= rate * m / (Math.Sqrt(amsgrad ? largest : v) + 1e-7);
        }
        return w;
    });

    [TestCase(false, 0)]
    [TestCase(true, 0)]
    [TestCase(false, 0.8)]
    [TestCase(true, 0.8)]
    public void Rms_prop_follows_its_formula(bool centered, double momentum) =>
        Check((s, _) => RmsProp(s, centered, momentum), (s, _) => RmsProp(s, centered, momentum), i =>
        {
            double w = Start(i), v = 0, a = 0, m = 0;
            for (int t = 1; t <= Steps; t++)
            {
                double g = Gradient(t, i);
                w -= w * 0.02 * 0.01;
                v = 0.9 * v + 0.1 * g * g;
                a = 0.9 * a + 0.1 * g;
                double change = 0.01 * g / Math.Sqrt((centered ? v - a * a : v) + 1e-3);
                m = momentum * m + change;
                w -= momentum > 0 ? m : change;
            }
            return w;
        });

    [Test]
    public void Averages_that_have_decayed_to_nothing_become_zero_and_nan_stays_nan()
    {
        float[] variable = [1, 1, 1, 1], gradient = [0, 1e-30f, 1e-42f, float.NaN], average = [1.1e-30f, 0, 0, 0],
            squares = [1e-36f, 0, 0, 0];
        fixed (float* p = variable, g = gradient, m = average, v = squares)
        {
            OptimizerSteps.Adam(p, g, m, v, null, 4, new AdamSettings(1e-3, 0.9, 0.999, 1e-7, 0), 1);
        }
        Assert.That(average[..3], Is.All.EqualTo(0f));
        Assert.That(squares[..3], Is.All.EqualTo(0f));
        Assert.That(variable[..3], Is.All.EqualTo(1f));
        Assert.That(variable[3], Is.NaN);
    }

    [Test]
    public void A_constant_gradient_does_not_make_the_centered_root_negative()
    {
        float[] variable = [0], gradient = [1000.1f], squares = [0], average = [0];
        fixed (float* p = variable, g = gradient, v = squares, a = average)
        {
            for (int t = 0; t < 500; t++) OptimizerSteps.RmsProp(p, g, v, a, null, 1, new RmsPropSettings(1e-9, 0.9, 0, 1e-7, 0));
        }
        Assert.That(float.IsFinite(variable[0]), Is.True);
    }
}
