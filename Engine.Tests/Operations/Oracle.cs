namespace Engine.Tests.Operations;

/// <summary>Values for the operations' tests, comparison with scalar loops, and checks of derivatives.</summary>
internal static class Oracle
{
    public static readonly DType[] Floats = [DType.Float32, DType.Float64];

    /// <summary>Normal values, which have no ties.</summary>
    public static Tensor Normal(Shape shape, DType dtype = DType.Float64, ulong seed = 1) =>
        Tensor.RandomNormal(shape, 0, 1, new RandomGenerator(seed), DType.Float64).Cast(dtype);

    /// <summary>The elements in row-major order, whatever their type.</summary>
    public static double[] Values(Tensor x) => x.DType == DType.Float64 ? x.ToArray<double>() : x.Cast(DType.Float64).ToArray<double>();

    /// <summary>Compares with what a scalar loop found: 1e-12 in Float64 and 1e-5 in Float32, relative to 1 or the value's size.</summary>
    public static void AssertClose(Tensor actual, Shape shape, double[] expected)
    {
        Assert.That(actual.Shape, Is.EqualTo(shape));
        double tolerance = actual.DType == DType.Float32 ? 1e-5 : 1e-12;
        double[] values = Values(actual);
        Assert.That(values, Has.Length.EqualTo(expected.Length));
        for (int i = 0; i < expected.Length; i++)
            Assert.That(values[i], Is.EqualTo(expected[i]).Within(tolerance * Math.Max(1, Math.Abs(expected[i]))), $"element {i}");
    }

    /// <summary>A function of an index of the shape, for every index in row-major order.</summary>
    public static double[] Map(Shape shape, Func<int[], double> value)
    {
        var result = new double[shape.Length];
        var index = new int[shape.Rank];
        for (int i = 0; i < result.Length; i++)
        {
            result[i] = value(index);
            for (int axis = shape.Rank - 1; axis >= 0 && ++index[axis] == shape[axis]; axis--) index[axis] = 0;
        }
        return result;
    }

    /// <summary>One element by its index.</summary>
    public static double At(Tensor x, params int[] index)
    {
        int place = 0;
        for (int axis = 0; axis < x.Rank; axis++) place = place * x.Shape[axis] + index[axis];
        return x.DType switch
        {
            DType.Float32 => x.AsSpan<float>()[place],
            DType.Float64 => x.AsSpan<double>()[place],
            _ => x.AsSpan<int>()[place],
        };
    }

    /// <summary>Σ aᵢ·bᵢ.</summary>
    public static double Inner(Tensor a, Tensor b) => (a * b).Sum().ToScalar();

    /// <summary>Checks the first and the second derivatives of a function in Float64.</summary>
    public static void AssertGradients(Func<Tensor[], Tensor> function, Tensor[] inputs)
    {
        for (int order = 1; order <= 2; order++)
        {
            // The square beside the function lets second derivatives of linear functions be seen too.
            GradientReport report = GradientCheck.Function(x => { Tensor y = function(x); return y + 0.5 * y * y; }, inputs, order);
            Assert.That(report.MaxError, Is.LessThan(1e-7), report.ToString());
        }
    }
}
