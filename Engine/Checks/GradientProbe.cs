namespace Engine;

/// <summary>Compares the tape's derivatives of a computation with central differences, by changing the sources in place.</summary>
/// <param name="name">What is checked.</param>
/// <param name="output">The computation; it reads the sources.</param>
/// <param name="sources">Float64 tensors that belong to the check, with names.</param>
/// <param name="order">1, or 2 for the derivatives of a random combination of the first ones.</param>
/// <param name="linear">Whether the output is linear in each source alone, so that a difference over any distance is exact.</param>
/// <param name="random">Weights of the output's elements, and directions.</param>
internal sealed class GradientProbe(
    string name, Func<Tensor> output, IReadOnlyList<(string Name, Tensor Value)> sources, int order, bool linear, RandomGenerator random)
{
    // The cube root of the spacing of doubles: rounding (ε/h) and truncation (h²) errors are then of one size.
    private const double Step = 6e-6;

    // Up to this many elements each is varied; a larger source is varied along random directions.
    private const int Whole = 256, Directions = 12;

    private Tensor? weights;
    private Tensor[] combination = [];

    public GradientReport Run()
    {
        using IDisposable pause = GradientTape.StopRecording();
        combination = [.. sources.Select(source => Normal(source.Value.Shape))];
        double[][] analytic = order == 1 ? First() : Second();
        var entries = new GradientReportEntry[sources.Count];
        for (int i = 0; i < entries.Length; i++)
            entries[i] = sources[i].Value.Length <= Whole ? EachElement(i, analytic[i]) : AlongDirections(i, analytic[i]);
        return new GradientReport(name, order, entries);
    }

    private GradientReportEntry EachElement(int source, double[] analytic)
    {
        (string input, Tensor value) = sources[source];
        var worst = new GradientReportEntry(input, value.Shape, "-", analytic.Length, 0, 0);
        for (int i = 0; i < analytic.Length; i++)
        {
            double x = value.AsSpan<double>()[i], step = linear ? 1 : Step * Math.Max(1, Math.Abs(x));
            double above = ValueWith(value, i, x + step), below = ValueWith(value, i, x - step);
            value.AsWritableSpan<double>()[i] = x;
            var entry = new GradientReportEntry(
                input, value.Shape, DebugNumerics.Position(value.Shape, i), analytic.Length, analytic[i], (above - below) / ((x + step) - (x - step)));
            if (i == 0 || IsWorse(entry, worst)) worst = entry;
        }
        return worst;
    }

    private GradientReportEntry AlongDirections(int source, double[] analytic)
    {
        (string input, Tensor value) = sources[source];
        double[] x = value.ToArray<double>();
        double step = linear ? 1 : Step;
        GradientReportEntry? worst = null;
        for (int k = 0; k < Directions; k++)
        {
            double[] direction = Normal(value.Shape).ToArray<double>();
            double above = ValueAlong(value, x, direction, step), below = ValueAlong(value, x, direction, -step);
            x.CopyTo(value.AsWritableSpan<double>());
            var entry = new GradientReportEntry(
                input, value.Shape, $"direction {k}", Directions, Dot(analytic, direction), (above - below) / (2 * step));
            if (worst is null || IsWorse(entry, worst)) worst = entry;
        }
        return worst!;
    }

    /// <summary>Whether the error is larger; NaN is the largest.</summary>
    private static bool IsWorse(GradientReportEntry entry, GradientReportEntry worst) => !double.IsNaN(worst.Error) && !(entry.Error <= worst.Error);

    private double ValueWith(Tensor value, int index, double element)
    {
        value.AsWritableSpan<double>()[index] = element;
        return Value();
    }

    private double ValueAlong(Tensor value, double[] x, double[] direction, double step)
    {
        Span<double> moved = value.AsWritableSpan<double>();
        for (int i = 0; i < moved.Length; i++) moved[i] = x[i] + step * direction[i];
        return Value();
    }

    /// <summary>The number that is differenced: the weighted output, or for order 2 the combination of its first derivatives.</summary>
    private double Value()
    {
        if (order == 1)
        {
            using var scope = new TensorScope();
            Tensor y = Output();
            return Dot(Weights(y).AsSpan<double>(), y.AsSpan<double>());
        }
        double[][] first = First();
        double sum = 0;
        for (int i = 0; i < first.Length; i++) sum += Dot(first[i], combination[i].AsSpan<double>());
        return sum;
    }

    private double[][] First()
    {
        using var tape = new GradientTape();
        return ToArrays(FirstOn(tape));
    }

    private double[][] Second()
    {
        using var outer = new GradientTape();
        Watch(outer);
        Tensor sum = Tensor.Scalar(0, DType.Float64);
        using (var inner = new GradientTape())
        {
            Tensor[] first = FirstOn(inner);
            for (int i = 0; i < first.Length; i++) sum += (first[i] * combination[i]).Sum();
        }
        // Where first derivatives are constants the tape does not follow them, and the second are 0.
        return outer.Follows(sum)
            ? ToArrays(outer.Gradients(sum, Values()))
            : [.. sources.Select(source => new double[source.Value.Length])];
    }

    private Tensor[] FirstOn(GradientTape tape)
    {
        Watch(tape);
        Tensor y = Output();
        return tape.Gradients(y, Values(), Weights(y));
    }

    private Tensor Output()
    {
        Tensor y = output();
        return y.DType == DType.Float64
            ? y
            : throw Fail.DType("GradientCheck", $"{name} gave a result of type {y.DType}", "compute in Float64: differences of Float32 numbers are too coarse");
    }

    private void Watch(GradientTape tape)
    {
        foreach ((_, Tensor value) in sources) tape.Watch(value);
    }

    private Tensor[] Values() => [.. sources.Select(source => source.Value)];

    /// <summary>Fixed random weights of the output's elements; 1 for a single one.</summary>
    private Tensor Weights(Tensor y) => weights ??= y.Length == 1 ? Tensor.Ones(y.Shape, DType.Float64).Detach() : Normal(y.Shape);

    private Tensor Normal(Shape shape)
    {
        double[] values = new double[shape.Length];
        random.FillNormal<double>(values);
        return Tensor.Wrap(values, shape);
    }

    private static double[][] ToArrays(Tensor[] tensors) => [.. tensors.Select(tensor => tensor.ToArray<double>())];

    private static double Dot(ReadOnlySpan<double> a, ReadOnlySpan<double> b)
    {
        double sum = 0;
        for (int i = 0; i < a.Length; i++) sum += a[i] * b[i];
        return sum;
    }
}
