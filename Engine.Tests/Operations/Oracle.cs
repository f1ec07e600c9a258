namespace Engine.Tests.Operations;

/// <summary>Values for the operations' tests, comparison with scalar loops, and derivatives by central differences.</summary>
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

    /// <summary>Compares the first and the second derivative of a weighted sum of the function's result with central differences, in Float64.</summary>
    public static void AssertGradients(Func<Tensor[], Tensor> function, Tensor[] inputs, int orders = 2)
    {
        AssertDirectional(Loss, inputs, 3);
        if (orders < 2) return;
        // The gradient's inner product with a fixed direction is a function again.
        Tensor[] along = Directions(inputs, 7);
        AssertDirectional(
            x =>
            {
                using var tape = new GradientTape();
                foreach (Tensor input in x) tape.Watch(input);
                Tensor[] gradients = tape.Gradients(Loss(x), x);
                Tensor sum = Tensor.Scalar(0, DType.Float64);
                for (int i = 0; i < x.Length; i++) sum += (gradients[i] * along[i]).Sum();
                return sum;
            },
            inputs,
            11);

        Tensor Loss(Tensor[] x)
        {
            Tensor y = function(x);
            Tensor weights = Normal(y.Shape, DType.Float64, 5);
            // A square beside the linear term, so that second derivatives of linear functions are seen too.
            return (weights * y).Sum() + 0.5 * (y * y * weights).Sum();
        }
    }

    private static void AssertDirectional(Func<Tensor[], Tensor> loss, Tensor[] inputs, ulong seed)
    {
        const double Step = 1e-5;
        // A tape around everything: it keeps the memory of tapes inside a loss.
        using var memory = new GradientTape();
        Tensor[] directions = Directions(inputs, seed);
        double analytic = 0;
        using (var tape = new GradientTape())
        {
            foreach (Tensor input in inputs) tape.Watch(input);
            Tensor[] gradients = tape.Gradients(loss(inputs), inputs);
            for (int i = 0; i < inputs.Length; i++) analytic += Inner(gradients[i], directions[i]);
        }
        double numeric = (loss(Moved(Step)).ToScalar() - loss(Moved(-Step)).ToScalar()) / (2 * Step);
        Assert.That(analytic, Is.EqualTo(numeric).Within(2e-6 * Math.Max(1, Math.Abs(numeric))));

        Tensor[] Moved(double step)
        {
            var moved = new Tensor[inputs.Length];
            for (int i = 0; i < moved.Length; i++) moved[i] = inputs[i] + step * directions[i];
            return moved;
        }
    }

    private static Tensor[] Directions(Tensor[] inputs, ulong seed)
    {
        var directions = new Tensor[inputs.Length];
        for (int i = 0; i < directions.Length; i++) directions[i] = Normal(inputs[i].Shape, DType.Float64, seed + (ulong)(100 * i));
        return directions;
    }
}
