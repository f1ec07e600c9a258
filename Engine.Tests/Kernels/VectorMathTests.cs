using System.Numerics;
using Engine.Kernels;

namespace Engine.Tests.Kernels;

[TestFixture]
public class VectorMathTests
{
    private const double SingleBound = 3e-7;
    private const double DoubleBound = 4;

    private static readonly double[] Specials =
    [
        0, -0d, 1, -1, double.PositiveInfinity, double.NegativeInfinity, double.NaN, 1e-45, -1e-45, 1e-40, 1.17549435e-38, -1.17549435e-38,
        3.4028235e38, -3.4028235e38, 88.72283, 88.72284, -87.33654, -87.3366, -103.9, -104.1, 709.782712893384, 709.7827128933841,
        -708.396, -709,
        -745.2, 5e-324, -5e-324, 1.7976931348623157e308, -1.7976931348623157e308, 0.5, -0.5, 9.02, 9.01, 19.07, 19.06, 16777216, 1e10,
        -1e10, 39, -39, 14.5,
    ];

    /// <summary>A function under test, its reference in double, and the interval that it is sampled over.</summary>
    private static void Check<K>(K kernel, Func<double, double> reference, double low, double high, bool normalOnly = true)
        where K : struct, IUnaryKernel
    {
        foreach (int width in KernelRunner.Widths)
        {
            using IDisposable forced = SimdWidth.Force(width);
            CheckSingle(kernel, reference, width, KernelRunner.Random<float>(20_000, low, high), normalOnly);
            CheckSingle(kernel, reference, width, KernelRunner.Random<float>(5_000, -1, 1).Where(x => x >= low && x <= high).ToArray(),
                normalOnly);
            CheckDouble(kernel, reference, width, KernelRunner.Random<double>(20_000, low, high), normalOnly);
            CheckDouble(kernel, reference, width, KernelRunner.Random<double>(5_000, -1, 1).Where(x => x >= low && x <= high).ToArray(),
                normalOnly);
            CheckSingle(kernel, reference, width, Specials.Select(x => (float)x).ToArray(), normalOnly);
            CheckDouble(kernel, reference, width, Specials, normalOnly);
        }
    }

    private static void CheckSingle<K>(K kernel, Func<double, double> reference, int width, float[] x, bool normalOnly)
        where K : struct, IUnaryKernel
    {
        float[] y = KernelRunner.Unary(kernel, x);
        for (int i = 0; i < x.Length; i++)
        {
            double expected = reference(x[i]);
            string What() => $"{typeof(K).Name} float, width {width}, x = {x[i]:R}, expected {expected:R}, was {y[i]:R}";
            if (CheckSpecial(y[i], expected, float.MaxValue, 1.17549435e-38, normalOnly, What)) continue;
            if (!(Math.Abs(y[i] - expected) <= SingleBound * Math.Abs(expected))) Assert.Fail(What());
        }
    }

    private static void CheckDouble<K>(K kernel, Func<double, double> reference, int width, double[] x, bool normalOnly)
        where K : struct, IUnaryKernel
    {
        double[] y = KernelRunner.Unary(kernel, x);
        for (int i = 0; i < x.Length; i++)
        {
            double expected = reference(x[i]);
            string What() => $"{typeof(K).Name} double, width {width}, x = {x[i]:R}, expected {expected:R}, was {y[i]:R}";
            if (CheckSpecial(y[i], expected, double.MaxValue, 2.2250738585072014e-308, normalOnly, What)) continue;
            if (!(KernelRunner.UlpsApart(y[i], expected) <= DoubleBound)) Assert.Fail(What());
        }
    }

    /// <summary>NaN, infinities, zeros with their sign, and results that are flushed because they are not normal.</summary>
    private static bool CheckSpecial(double actual, double expected, double max, double smallestNormal, bool flushes, Func<string> what)
    {
        if (double.IsNaN(expected))
        {
            Assert.That(actual, Is.NaN, what());
            return true;
        }
        if (Math.Abs(expected) > max)
        {
            Assert.That(actual, Is.EqualTo(expected > 0 ? double.PositiveInfinity : double.NegativeInfinity), what());
            return true;
        }
        if (Math.Abs(expected) < smallestNormal * 1.0000005) // within an error bound of the first normal number
        {
            if (expected == 0) Assert.That(actual, Is.Zero, what());
            else if (flushes) Assert.That(Math.Abs(actual), Is.LessThanOrEqualTo(smallestNormal * 1.000001), what());
            else Assert.That(Math.Abs(actual - expected), Is.LessThanOrEqualTo(1.5e-45), what());
            return true;
        }
        return false;
    }

    [Test]
    public void Exp_is_within_its_bound() => Check(new ExpKernel(), Math.Exp, -110, 90);

    [Test]
    public void Expm1_is_within_its_bound() => Check(new Expm1Kernel(), Expm1, -60, 90, normalOnly: false);

    [Test]
    public void Log_is_within_its_bound_subnormal_arguments_included() => Check(new LogKernel(), Math.Log, 1e-9, 20);

    [Test]
    public void Log1p_is_within_its_bound() => Check(new Log1pKernel(), Log1p, -0.99, 30, normalOnly: false);

    [Test]
    public void Tanh_is_within_its_bound() => Check(new TanhKernel(), Math.Tanh, -12, 12, normalOnly: false);

    [Test]
    public void Sigmoid_is_within_its_bound() => Check(new SigmoidKernel(), x => 1 / (1 + Math.Exp(-x)), -80, 40);

    [Test]
    public void Softplus_is_within_its_bound() => Check(new SoftplusKernel(), x => Math.Max(x, 0) + Log1p(Math.Exp(-Math.Abs(x))), -80, 60);

    [Test]
    public void Silu_is_within_its_bound() =>
        Check(new SiluKernel(), x => double.IsNegativeInfinity(x) ? 0 : x / (1 + Math.Exp(-x)), -80, 40);

    [TestCaseSource(nameof(NormalTable))]
    public void Erf_and_gelu_and_its_derivative_equal_values_of_fifty_digits((double X, double Erf, double Gelu, double Slope) row)
    {
        foreach (int width in KernelRunner.Widths)
        {
            using IDisposable forced = SimdWidth.Force(width);
            Assert.Multiple(() =>
            {
                Assert.That(KernelRunner.UlpsApart(KernelRunner.Unary(new ErfKernel(), [row.X])[0], row.Erf),
                    Is.LessThanOrEqualTo(DoubleBound));
                double gelu = KernelRunner.Unary(new GeluKernel(), [row.X])[0];
                Assert.That(KernelRunner.UlpsApart(gelu, row.Gelu), Is.LessThanOrEqualTo(DoubleBound));
                double slope = KernelRunner.Binary(new GeluGradientKernel(), [1.0], [row.X])[0];
                Assert.That(slope, Is.EqualTo(row.Slope).Within(1e-15));
            });
        }
    }

    [Test]
    public void Erf_and_gelu_are_within_their_bounds_in_single_precision()
    {
        // The double form, which the table proves, is the reference.
        foreach (int width in KernelRunner.Widths)
        {
            using IDisposable forced = SimdWidth.Force(width);
            float[] x =
            [
                .. KernelRunner.Random<float>(60_000, -13, 13), .. KernelRunner.Random<float>(60_000, -1.1, 1.1),
                .. Specials.Select(v => (float)v),
            ];
            double[] exact = [.. x.Select(v => (double)v)];
            double[] erf = KernelRunner.Unary(new ErfKernel(), exact), gelu = KernelRunner.Unary(new GeluKernel(), exact);
            int erfAt = 0, geluAt = 0;
            CheckSingle(new ErfKernel(), _ => erf[erfAt++], width, x, true);
            CheckSingle(new GeluKernel(), _ => gelu[geluAt++], width, x, true);
        }
    }

    [Test]
    public void The_tanh_form_of_gelu_follows_its_formula()
    {
        double[] x = [.. KernelRunner.Random<double>(2_000, -9, 9), 0, 60, -60, double.PositiveInfinity, double.NegativeInfinity];
        foreach (int width in KernelRunner.Widths)
        {
            using IDisposable forced = SimdWidth.Force(width);
            double[] y = KernelRunner.Unary(new GeluTanhKernel(), x);
            double[] slope = KernelRunner.Binary(new GeluTanhGradientKernel(), [.. x.Select(_ => 1.0)], x);
            for (int i = 0; i < x.Length; i++)
            {
                double near = Math.Clamp(x[i], -100, 100), k = Math.Sqrt(2 / Math.PI), u = k * (near + 0.044715 * near * near * near),
                    t = Math.Tanh(u);
                double expected = x[i] > 100 ? x[i] : 0.5 * near * (1 + t);
                Assert.That(y[i], double.IsInfinity(expected) ? Is.EqualTo(expected) : Is.EqualTo(expected).Within(1e-14), $"x = {x[i]}");
                double derivative = 0.5 * (1 + t) + 0.5 * near * (1 - t * t) * k * (1 + 3 * 0.044715 * near * near);
                Assert.That(slope[i], Is.EqualTo(derivative).Within(1e-14), $"x = {x[i]}");
            }
        }
    }

    [Test]
    public void Functions_are_monotone_and_saturate_without_passing_their_limits()
    {
        float[] x = Enumerable.Range(0, 40_001).Select(i => (i - 20_000) * 1e-3f).ToArray();
        foreach (int width in KernelRunner.Widths)
        {
            using IDisposable forced = SimdWidth.Force(width);
            foreach (float[] y in new[]
            {
                KernelRunner.Unary(new TanhKernel(), x), KernelRunner.Unary(new SigmoidKernel(), x), KernelRunner.Unary(new ErfKernel(), x),
                KernelRunner.Unary(new ExpKernel(), x), KernelRunner.Unary(new SoftplusKernel(), x),
                    KernelRunner.Unary(new Expm1Kernel(), x),
            })
            {
                for (int i = 1; i < x.Length; i++)
                {
                    if (!(y[i] - y[i - 1] >= -2.5e-7f * Math.Abs(y[i]))) Assert.Fail($"falls at {x[i]}, width {width}");
                }
            }
            float[] far = [20, 100, 1e30f, float.PositiveInfinity];
            Assert.That(KernelRunner.Unary(new TanhKernel(), far), Is.All.EqualTo(1f));
            Assert.That(KernelRunner.Unary(new ErfKernel(), far), Is.All.EqualTo(1f));
            Assert.That(KernelRunner.Unary(new SigmoidKernel(), far), Is.All.EqualTo(1f));
            Assert.That(KernelRunner.Unary(new SigmoidKernel(), far.Select(v => -v * 10).ToArray()), Is.All.EqualTo(0f));
        }
    }

    [Test]
    public void Odd_functions_keep_the_sign_of_zero()
    {
        foreach (int width in KernelRunner.Widths)
        {
            using IDisposable forced = SimdWidth.Force(width);
            Assert.That(float.IsNegative(KernelRunner.Unary(new TanhKernel(), [-0f])[0]), Is.True);
            Assert.That(float.IsNegative(KernelRunner.Unary(new ErfKernel(), [-0f])[0]), Is.True);
            Assert.That(float.IsNegative(KernelRunner.Unary(new Expm1Kernel(), [-0f])[0]), Is.True);
            Assert.That(float.IsNegative(KernelRunner.Unary(new Log1pKernel(), [-0f])[0]), Is.True);
            Assert.That(float.IsNegative(KernelRunner.Unary(new TanhKernel(), [0f])[0]), Is.False);
        }
    }

    [Test]
    public void Long_operands_give_the_same_bits_as_single_numbers_special_ones_included()
    {
        // Whole blocks run with constants held in registers, what is left without.
        float[] x = [.. Specials.Select(v => (float)v), .. KernelRunner.Random<float>(400, -100, 100), .. Specials.Select(v => (float)v)];
        double[] y = [.. Specials, .. KernelRunner.Random<double>(400, -750, 750), .. Specials];
        foreach (int width in KernelRunner.Widths)
        {
            using IDisposable forced = SimdWidth.Force(width);
            Compare(new ExpKernel(), x);
            Compare(new SigmoidKernel(), x);
            Compare(new TanhKernel(), x);
            Compare(new ExpKernel(), y);
            Compare(new SigmoidKernel(), y);
            Compare(new TanhKernel(), y);
        }

        static void Compare<K, T>(K kernel, T[] x)
            where K : struct, IUnaryKernel
            where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
            Assert.That(KernelRunner.Unary(kernel, x), Is.EqualTo(x.Select(v => KernelRunner.Unary(kernel, [v])[0])), $"{typeof(K).Name}");
    }

    [Test]
    public void Tanh_is_odd_to_the_last_bit()
    {
        float[] x = [.. KernelRunner.Random<float>(1_000, 0, 12), .. KernelRunner.Random<float>(1_000, 0, 1e-3)];
        foreach (int width in KernelRunner.Widths)
        {
            using IDisposable forced = SimdWidth.Force(width);
            float[] positive = KernelRunner.Unary(new TanhKernel(), x), negative = KernelRunner.Unary(new TanhKernel(), [.. x.Select(v => -v)]);
            Assert.That(negative.Select(v => -v), Is.EqualTo(positive));
        }
    }

    /// <summary>eˣ − 1 without cancellation: Kahan's (u − 1)·x/log u.</summary>
    private static double Expm1(double x)
    {
        double u = Math.Exp(x);
        if (u == 1) return x;
        if (double.IsInfinity(u) || Math.Abs(x) > 1) return u - 1;
        return (u - 1) * x / Math.Log(u);
    }

    /// <summary>log(1 + x) without cancellation, Kahan's way.</summary>
    private static double Log1p(double x)
    {
        double u = 1 + x;
        if (u == 1) return x;
        if (x < -1) return double.NaN;
        return double.IsInfinity(u) ? u : Math.Log(u) * (x / (u - 1));
    }

    private static (double X, double Erf, double Gelu, double Slope)[] NormalTable() => Table;

    // Computed with 60 digits.
    private static readonly (double X, double Erf, double Gelu, double Slope)[] Table =
    [
        (0.0, 0.0, 0.0, 0.5),
        (1e-300, 1.1283791670955126e-300, 5e-301, 0.5),
        (-1e-300, -1.1283791670955126e-300, -5e-301, 0.5),
        (1e-10, 1.1283791670955126e-10, 5.000000000398942e-11, 0.5000000000797885),
        (-1e-10, -1.1283791670955126e-10, -4.999999999601058e-11, 0.49999999992021155),
        (0.001, 0.0011283787909692365, 0.000500398942213911, 0.5007978842948414),
        (-0.001, -0.0011283787909692365, -0.000499601057786089, 0.4992021157051586),
        (0.018954480159996234, 0.02138527945869194, 0.009620560415990673, 0.5151216760740166),
        (-0.018954480159996234, -0.02138527945869194, -0.009333919744005562, 0.4848783239259834),
        (0.1, 0.1124629160182849, 0.053982783727702904, 0.5795230920247302),
        (-0.1, -0.1124629160182849, -0.0460172162722971, 0.4204769079752698),
        (0.2290127489411472, 0.25396576513101404, 0.13524817282295634, 0.6795686587162565),
        (-0.2290127489411472, -0.25396576513101404, -0.09376457611819086, 0.32043134128374345),
        (0.25, 0.27632639016823696, 0.14967658142073093, 0.695373354883636),
        (-0.25, -0.27632639016823696, -0.10032341857926907, 0.30462664511636395),
        (0.2551272886980568, 0.28175438034638595, 0.15325180026527724, 0.6992095289797229),
        (-0.2551272886980568, -0.28175438034638595, -0.10187548843277955, 0.3007904710202771),
        (0.2753098473019818, 0.30298046802153594, 0.16751527751784054, 0.7142091102409128),
        (-0.2753098473019818, -0.30298046802153594, -0.10779456978414129, 0.2857908897590872),
        (0.4999, 0.5204119951613866, 0.3456444842052226, 0.8674335099235023),
        (-0.4999, -0.5204119951613866, -0.15425551579477745, 0.13256649007649765),
        (0.5, 0.5204998778130465, 0.34573123063700656, 0.8674951246561629),
        (-0.5, -0.5204998778130465, -0.15426876936299344, 0.13250487534383715),
        (0.75, 0.7111556336535151, 0.5800294857173488, 0.9992257217392351),
        (-0.75, -0.7111556336535151, -0.16997051428265114, 0.0007742782607648957),
        (0.844736280968114, 0.7677713108606682, 0.6765247487344435, 1.0367445962061024),
        (-0.844736280968114, -0.7677713108606682, -0.16821153223367058, -0.03674459620610228),
        (0.9999, 0.8426592780487595, 0.8412364157314588, 1.0832912698855928),
        (-0.9999, -0.8426592780487595, -0.1586635842685412, -0.08329126988559286),
        (1.0, 0.8427007929497149, 0.8413447460685429, 1.0833154705876864),
        (-1.0, -0.8427007929497149, -0.15865525393145705, -0.0833154705876863),
        (1.0001, 0.8427422995485203, 0.8414530788253344, 1.083339664030658),
        (-1.0001, -0.8427422995485203, -0.15864692117466564, -0.08333966403065801),
        (1.2092781970116109, 0.9127669684215707, 1.072293590893922, 1.1189369731146146),
        (-1.2092781970116109, -0.9127669684215707, -0.13698460611768884, -0.11893697311461449),
        (1.25, 0.9229001282564583, 1.117937782916431, 1.1226615830694222),
        (-1.25, -0.9229001282564583, -0.13206221708356908, -0.12266158306942213),
        (1.5, 0.9661051464753108, 1.399789198096713, 1.1274691922299795),
        (-1.5, -0.9661051464753108, -0.1002108019032871, -0.12746919222997952),
        (1.75, 0.9866716712191824, 1.67989647548832, 1.110926151082578),
        (-1.75, -0.9866716712191824, -0.07010352451167991, -0.11092615108257806),
        (2.0, 0.9953222650189527, 1.9544997361036416, 1.085231801078197),
        (-2.0, -0.9953222650189527, -0.04550026389635842, -0.0852318010781969),
        (2.058859991434074, 0.9964049515847986, 2.018189628669124, 1.0788901274260108),
        (-2.058859991434074, -0.9964049515847986, -0.04067036276495015, -0.07889012742601069),
        (2.2956212316547955, 0.9988316601009722, 2.270716556039843, 1.0548369640015445),
        (-2.2956212316547955, -0.9988316601009722, -0.02490467561495274, -0.05483696400154441),
        (2.3, 0.9988568234026434, 2.2753345469501456, 1.0544280767840069),
        (-2.3, -0.9988568234026434, -0.02466545304985436, -0.05442807678400691),
        (2.5, 0.999593047982555, 2.4844758366855597, 1.037611085908145),
        (-2.5, -0.999593047982555, -0.015524163314440337, -0.03761108590814521),
        (3.0, 0.9999779095030014, 2.99595030590511, 1.011945647204184),
        (-3.0, -0.9999779095030014, -0.0040496940948902835, -0.011945647204183927),
        (3.3, 0.9999969422902035, 3.2984047003301336, 1.0052010533564935),
        (-3.3, -0.9999969422902035, -0.0015952996698664658, -0.00520105335649337),
        (3.430838139193912, 0.9999987773904591, 3.4298059380544763, 1.0035040647972882),
        (-3.430838139193912, -0.9999987773904591, -0.001032201139435636, -0.003504064797288173),
        (3.7, 0.9999998328489421, 3.699601140986134, 1.0014638872675603),
        (-3.7, -0.9999998328489421, -0.00039885901386633657, -0.0014638872675603921),
        (3.8949036111454802, 0.9999999637531121, 3.894712297789676, 1.0007401474910418),
        (-3.8949036111454802, -0.9999999637531121, -0.00019131335580401876, -0.000740147491041762),
        (4.0, 0.9999999845827421, 3.9998733150326675, 1.0005036496612265),
        (-4.0, -0.9999999845827421, -0.0001266849673324797, -0.0005036496612264215),
        (4.008484746493213, 0.9999999856243778, 4.0083622680733635, 1.000487981668028),
        (-4.008484746493213, -0.9999999856243778, -0.0001224784198495209, -0.000487981668028021),
        (4.045419583098643, 0.9999999894155471, 4.045313937992064, 1.0004248763047248),
        (-4.045419583098643, -0.9999999894155471, -0.00010564510657960023, -0.0004248763047246626),
        (4.4, 0.999999999510829, 4.399976184806807, 1.0001043343297686),
        (-4.4, -0.999999999510829, -2.3815193193896947e-05, -0.00010433432976853169),
        (4.458915783827469, 0.9999999997134005, 4.458897418606419, 1.000081552090633),
        (-4.458915783827469, -0.9999999997134005, -1.8365221049402552e-05, -8.155209063300638e-05),
        (4.872712255141469, 0.999999999994462, 4.872709573286144, 1.0000130291049827),
        (-4.872712255141469, -0.999999999994462, -2.6818553241222584e-06, -1.3029104982654208e-05),
        (5.0, 0.9999999999984626, 4.999998566742141, 1.000007146946002),
        (-5.0, -0.9999999999984626, -1.4332578593959695e-06, -7.146946001792295e-06),
        (5.5, 0.9999999999999927, 5.499999895557407, 1.00000057334724),
        (-5.5, -0.9999999999999927, -1.0444259356238245e-07, -5.733472398739924e-07),
        (5.864336754504866, 0.9999999999999999, 5.864336741282796, 1.0000000774233742),
        (-5.864336754504866, -0.9999999999999999, -1.3222070385720739e-08, -7.742337416593959e-08),
        (5.9, 0.9999999999999999, 5.899999989276704, 1.0000000631754975),
        (-5.9, -0.9999999999999999, -1.0723296392286628e-08, -6.317549752252613e-08),
        (6.493860291067043, 1.0, 6.493860290795391, 1.0000000017622892),
        (-6.493860291067043, -1.0, -2.716522678222345e-10, -1.7622892469780206e-09),
        (6.5, 1.0, 6.49999999973896, 1.0000000016950519),
        (-6.5, -1.0, -2.6104003795084267e-10, -1.6950517937572625e-09),
        (6.860520742121478, 1.0, 6.860520742097943, 1.00000000016133),
        (-6.860520742121478, -1.0, -2.3535009666573623e-11, -1.6133009995249663e-10),
        (6.873971570789526, 1.0, 6.873971570768066, 1.0000000001473959),
        (-6.873971570789526, -1.0, -2.1460077543951065e-11, -1.4739597219049947e-10),
        (7.098510160219618, 1.0, 7.098510160215143, 1.0000000000317495),
        (-7.098510160219618, -1.0, -4.475927190442482e-12, -3.1749562668666576e-11),
        (7.521885935278827, 1.0, 7.521885935278624, 1.0000000000015266),
        (-7.521885935278827, -1.0, -2.0305963002131234e-13, -1.526511953798073e-12),
        (7.626903632435094, 1.0, 7.626903632435003, 1.000000000000699),
        (-7.626903632435094, -1.0, -9.169795797741531e-14, -6.989897461091632e-13),
        (7.7, 1.0, 7.699999999999948, 1.0000000000004032),
        (-7.7, -1.0, -5.2385498863959505e-14, -4.0315611312270337e-13),
        (8.112847118503351, 1.0, 8.11284711850335, 1.0000000000000162),
        (-8.112847118503351, -1.0, -2.0057906200492913e-15, -1.6265674447183543e-14),
        (8.452342465006595, 1.0, 8.452342465006595, 1.000000000000001),
        (-8.452342465006595, -1.0, -1.2066380607386114e-16, -1.0195175726714436e-15),
        (8.5, 1.0, 8.5, 1.0000000000000007),
        (-8.5, -1.0, -8.05760459887282e-17, -6.846504938697085e-16),
        (8.507436259985301, 1.0, 8.507436259985301, 1.0000000000000007),
        (-8.507436259985301, -1.0, -7.564022476559885e-17, -6.432741368416606e-16),
        (10.0, 1.0, 10.0, 1.0),
        (-10.0, -1.0, -7.619853024160526e-23, -7.618400096464814e-22),
        (12.3, 1.0, 12.3, 1.0),
        (-12.3, -1.0, -5.570309556075305e-34, -6.850900949792137e-33),
        (15.0, 1.0, 15.0, 1.0),
        (-15.0, -1.0, -5.5064492989691265e-50, -8.259354662773497e-49),
        (20.0, 1.0, 20.0, 1.0),
        (-20.0, -1.0, -5.507248237212468e-88, -1.1014360483133464e-86),
        (26.0, 1.0, 26.0, 1.0),
        (-26.0, -1.0, -6.437764620308812e-148, -1.6738115292479382e-146),
        (30.0, 1.0, 30.0, 1.0),
        (-30.0, -1.0, -1.472014178144456e-196, -4.416031690708495e-195),
        (37.0, 1.0, 37.0, 1.0),
        (-37.0, -1.0, -2.1184613523340935e-298, -7.838298669418516e-297),    ];
}
