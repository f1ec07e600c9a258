using Engine.Layers;
using static Engine.Tests.Operations.Oracle;

namespace Engine.Tests.Layers;

public class InitializerTests
{
    private static readonly (string Name, Initializer Initializer, double Scale, Func<double, double, double> Fan, bool Uniform)[] Scaled =
    [
        ("GlorotUniform", Initializer.GlorotUniform, 1, (i, o) => (i + o) / 2, true),
        ("GlorotNormal", Initializer.GlorotNormal, 1, (i, o) => (i + o) / 2, false),
        ("HeUniform", Initializer.HeUniform, 2, (i, _) => i, true),
        ("HeNormal", Initializer.HeNormal, 2, (i, _) => i, false),
        ("LecunUniform", Initializer.LecunUniform, 1, (i, _) => i, true),
        ("LecunNormal", Initializer.LecunNormal, 1, (i, _) => i, false),
        ("VarianceScaling", Initializer.VarianceScaling(3, FanMode.Out, InitialDistribution.Uniform), 3, (_, o) => o, true),
    ];

    [Test]
    public void Variances_follow_the_fans_of_matrices_and_kernels()
    {
        (Shape Shape, double In, double Out)[] shapes = [([200, 300], 200, 300), ([3, 5, 40, 100], 600, 1500), ([50_000], 50_000, 50_000)];
        foreach ((string name, Initializer initializer, double scale, Func<double, double, double> fan, bool uniform) in Scaled)
        foreach ((Shape shape, double fanIn, double fanOut) in shapes)
        {
            double[] values = initializer.Create(shape, DType.Float64, new RandomGenerator(3)).ToArray<double>();
            double variance = scale / fan(fanIn, fanOut), n = values.Length;
            // A uniform distribution ends at √3 deviations; a normal one truncated at 2 ends at 2/0.8796 of the deviations that are left.
            double bound = Math.Sqrt(variance) * (uniform ? Math.Sqrt(3) : 2 / 0.87962566103423978);
            Assert.That(values.Max(Math.Abs), Is.InRange(0.99 * bound, bound), name);
            Assert.That(values.Average(), Is.Zero.Within(5 * Math.Sqrt(variance / n)), name);
            Assert.That(values.Sum(v => v * v) / n, Is.EqualTo(variance).Within(0.03 * variance), name);
        }
    }

    [Test]
    public void An_untruncated_normal_goes_beyond_two_deviations()
    {
        Initializer initializer = Initializer.VarianceScaling(1, FanMode.In, InitialDistribution.Normal);
        double[] values = initializer.Create([100, 200], DType.Float64, new RandomGenerator(3)).ToArray<double>();
        Assert.That(values.Sum(v => v * v) / values.Length, Is.EqualTo(0.01).Within(0.0005));
        Assert.That(values.Max(), Is.GreaterThan(0.3));
    }

    [TestCase(5, 5)]
    [TestCase(8, 3)]
    [TestCase(3, 8)]
    [TestCase(1, 1)]
    public void Orthogonal_has_orthonormal_rows_or_columns(int rows, int columns)
    {
        Tensor w = Initializer.Orthogonal(2).Create([rows, columns], DType.Float64, new RandomGenerator(5));
        Tensor product = rows < columns ? w.MatMul(w, transposeB: true) : w.MatMul(w, transposeA: true);
        int n = Math.Min(rows, columns);
        for (int i = 0; i < n; i++)
        for (int j = 0; j < n; j++) Assert.That(product[i, j].ToScalar(), Is.EqualTo(i == j ? 4 : 0).Within(1e-12));
    }

    [TestCase(4, 4)]
    [TestCase(6, 3)]
    [TestCase(3, 6)]
    public void Orthogonal_is_the_factor_of_normal_numbers_whose_triangle_has_a_positive_diagonal(int rows, int columns)
    {
        Tensor w = Initializer.Orthogonal(2).Create([rows, columns], DType.Float64, new RandomGenerator(7));
        (int tall, int narrow) = (Math.Max(rows, columns), Math.Min(rows, columns));
        var normal = new double[tall * narrow];
        new RandomGenerator(7).FillNormal<double>(normal);
        Tensor drawn = Tensor.From<double>(normal, [narrow, tall]).Transpose(1, 0), q = (rows < columns ? w.Transpose(1, 0) : w) / 2;
        Tensor triangle = q.MatMul(drawn, transposeA: true);
        AssertClose(triangle.LowerTriangle(-1), [narrow, narrow], new double[narrow * narrow]);
        for (int i = 0; i < narrow; i++) Assert.That(At(triangle, i, i), Is.Positive);
    }

    [Test]
    public void Orthogonal_treats_a_kernel_as_a_matrix_and_prefers_no_sign()
    {
        Tensor w = Initializer.Orthogonal().Create([2, 2, 3, 4], DType.Float32, new RandomGenerator(5));
        Tensor flat = w.Reshape(12, 4);
        Tensor error = flat.MatMul(flat, transposeA: true) - Tensor.Eye(4);
        Assert.That(error.Abs().Max().ToScalar(), Is.LessThan(1e-6));
        int positive = Enumerable.Range(0, 200).Count(seed =>
            Initializer.Orthogonal().Create([1, 1], DType.Float64, new RandomGenerator((ulong)seed)).ToScalar() > 0);
        Assert.That(positive, Is.InRange(65, 135));
    }

    [Test]
    public void Plain_values_and_distributions()
    {
        var random = new RandomGenerator(1);
        Assert.That(Initializer.Zeros.Create([4], DType.Float32, random).ToArray<float>(), Is.All.Zero);
        Assert.That(Initializer.Ones.Create([4], DType.Float32, random).ToArray<float>(), Is.All.EqualTo(1f));
        Assert.That(Initializer.Constant(2.5).Create([2, 2], DType.Float64, random).ToArray<double>(), Is.All.EqualTo(2.5));
        Assert.That(
            Initializer.Identity(3).Create([2, 3], DType.Float64, random).ToArray<double>(),
            Is.EqualTo(new double[] { 3, 0, 0, 0, 3, 0 }));
        double[] uniform = Initializer.RandomUniform(1, 3).Create([10_000], DType.Float64, random).ToArray<double>();
        Assert.That(uniform.Min(), Is.InRange(1, 1.01));
        Assert.That(uniform.Max(), Is.InRange(2.99, 3));
        double[] normal = Initializer.RandomNormal(5, 2).Create([10_000], DType.Float64, random).ToArray<double>();
        Assert.That(normal.Average(), Is.EqualTo(5).Within(0.1));
        Assert.That(normal.Max(), Is.GreaterThan(9.5));
        double[] truncated = Initializer.TruncatedNormal(5, 2).Create([10_000], DType.Float64, random).ToArray<double>();
        Assert.That(truncated, Is.All.InRange(1, 9));
        Assert.That(truncated.Max(), Is.GreaterThan(8.9));
    }

    [Test]
    public void What_an_initializer_cannot_make_is_refused()
    {
        var random = new RandomGenerator(1);
        Assert.That(() => Initializer.VarianceScaling(0), Throws.TypeOf<ValueException>().With.Message.Contains("scale is 0"));
        Assert.That(() => Initializer.RandomUniform(1, 0), Throws.TypeOf<ValueException>().With.Message.Contains("bounds 1 and 0"));
        Assert.That(() => Initializer.RandomNormal(0, -1), Throws.TypeOf<ValueException>().With.Message.Contains("deviation is -1"));
        Assert.That(() => Initializer.TruncatedNormal(double.NaN), Throws.TypeOf<ValueException>().With.Message.Contains("mean"));
        Assert.That(() => Initializer.Constant(double.NaN), Throws.TypeOf<ValueException>());
        Assert.That(() => Initializer.Orthogonal(double.NaN), Throws.TypeOf<ValueException>());
        foreach ((double low, double high) in ((double, double)[])[(double.NegativeInfinity, 1), (0, double.PositiveInfinity), (1, 1), (2, 1), (double.NaN, 1)])
            Assert.That(() => Initializer.RandomUniform(low, high), Throws.TypeOf<ValueException>(), $"{low} to {high}");
        foreach (double deviation in (double[])[double.NaN, double.PositiveInfinity, -1])
            Assert.That(() => Initializer.RandomNormal(0, deviation), Throws.TypeOf<ValueException>(), $"{deviation}");
        Assert.That(Initializer.RandomNormal(3, 0).Create([2], DType.Float32, random).ToArray<float>(), Is.All.EqualTo(3));
        Assert.That(() => Initializer.Identity().Create([2, 2, 2], DType.Float32, random), Throws.TypeOf<ShapeException>());
        Assert.That(() => Initializer.Identity(double.NaN), Throws.TypeOf<ValueException>());
        Assert.That(
            () => Initializer.Orthogonal().Create([3], DType.Float32, random),
            Throws.TypeOf<ShapeException>().With.Message.Contains("[3]"));
        Assert.That(
            () => Initializer.Identity().Create([3], DType.Float32, random),
            Throws.TypeOf<ShapeException>().With.Message.Contains("[3]"));
    }

    [Test]
    public void A_layers_weights_depend_on_its_place_and_seed_alone()
    {
        float[] weights = Weights(1, "a");
        Assert.That(Weights(1, "a"), Is.EqualTo(weights));
        Assert.That(Weights(1, "b"), Is.Not.EqualTo(weights));
        Assert.That(Weights(2, "a"), Is.Not.EqualTo(weights));

        static float[] Weights(ulong seed, string name)
        {
            var layer = new Dense(3, name: name);
            layer.UseRandom(new LayerRandom(seed));
            layer.Apply(Tensor.Zeros([1, 4]));
            return layer.Kernel.ToArray<float>();
        }
    }
}
