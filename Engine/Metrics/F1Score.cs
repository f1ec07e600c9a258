using Engine.Losses;

namespace Engine.Metrics;

/// <summary>The harmonic mean of precision and recall, 2·TP / (2·TP + FP + FN), for each class and on average. F-M1.</summary>
/// <remarks>
/// <para>Predictions are […, classes], targets one-hot of that shape or integer labels […]. Without a threshold the largest score of a row
/// names its class, of equals the first. With one, every score above it names its class: several labels, or none, a row. A single score a
/// row is a yes-or-no answer and compared with 0.5 where no threshold is given.</para>
/// <para>Keras, whose <c>average</c> is none by default and gives <see cref="PerClass"/>, adds 10⁻⁷ to each divisor; here a class that is
/// neither wanted nor predicted counts as 0.</para>
/// </remarks>
public sealed class F1Score : Metric
{
    private readonly double? threshold;
    private double[] truePositives = [];
    private double[] falsePositives = [];
    private double[] falseNegatives = [];

    /// <summary>Creates the metric.</summary>
    /// <param name="average">How the classes' numbers become one; their mean by default.</param>
    /// <param name="threshold">What a score must be above to name its class; null, the largest names it, by default.</param>
    /// <param name="name">Its name; <c>f1_score</c> by default.</param>
    /// <exception cref="ValueException">There is no such average, or the threshold is not in (0, 1].</exception>
    public F1Score(ClassAverage average = ClassAverage.Macro, double? threshold = null, string name = "f1_score")
        : base(name)
    {
        if (!Enum.IsDefined(average)) throw Fail.Value("F1Score", $"average is {(int)average}", "give a member of ClassAverage");
        if (threshold is { } given && !(given is > 0 and <= 1))
            throw Fail.Value("F1Score", $"threshold is {given}", "give a number above 0, at most 1");
        Average = average;
        this.threshold = threshold;
    }

    /// <summary>How the classes' numbers become one.</summary>
    public ClassAverage Average { get; }

    /// <summary>The number of each class, 0 for one that is neither wanted nor predicted; none before the first update.</summary>
    public IReadOnlyList<double> PerClass
    {
        get
        {
            var scores = new double[truePositives.Length];
            for (int c = 0; c < scores.Length; c++) scores[c] = Score(truePositives[c], falsePositives[c], falseNegatives[c]);
            return scores;
        }
    }

    /// <inheritdoc/>
    public override double Result
    {
        get
        {
            int classes = truePositives.Length;
            if (classes == 0) return 0;
            if (Average == ClassAverage.Micro) return Score(truePositives.Sum(), falsePositives.Sum(), falseNegatives.Sum());
            IReadOnlyList<double> scores = PerClass;
            if (Average == ClassAverage.Binary) return scores[^1];
            double sum = 0, weights = 0;
            for (int c = 0; c < classes; c++)
            {
                double weight = Average == ClassAverage.Macro ? 1 : truePositives[c] + falseNegatives[c];
                sum += weight * scores[c];
                weights += weight;
            }
            return weights == 0 ? 0 : sum / weights;
        }
    }

    /// <inheritdoc/>
    public override void Reset() => truePositives = falsePositives = falseNegatives = [];

    /// <inheritdoc/>
    public override void Update(Tensor target, Tensor prediction, Tensor? sampleWeight = null)
    {
        using var scope = new TensorScope();
        Fail.UnlessFloat("F1Score", prediction);
        if (prediction.Rank == 1) prediction = prediction.ExpandDims(-1);
        if (prediction.Rank == 0 || prediction.Shape[^1] == 0)
            throw Fail.Shape("F1Score", $"a prediction of shape {prediction.Shape}", "give […, classes]");
        int classes = prediction.Shape[^1];
        Shape rows = prediction.Shape.Remove(-1);
        RequireClasses(prediction.Shape, classes);
        Tensor wanted = Wanted(target, prediction.Shape).Cast(DType.Float64);
        Tensor found = (threshold is null && classes > 1
            ? Tensor.OneHot(prediction.ArgMax(), classes, DType.Float64)
            : (prediction > (threshold ?? 0.5)).Cast(DType.Float64));
        Tensor? weights = sampleWeight is null
            ? null
            : SampleWeights.Weights("F1Score", sampleWeight, rows, DType.Float64).BroadcastTo(rows);
        if (truePositives.Length == 0)
            (truePositives, falsePositives, falseNegatives) = (new double[classes], new double[classes], new double[classes]);
        ReadOnlySpan<double> y = wanted.AsSpan<double>(), p = found.AsSpan<double>();
        ReadOnlySpan<double> w = weights is null ? default : weights.AsSpan<double>();
        for (int i = 0; i < y.Length; i++)
        {
            double counted = weights is null ? 1 : w[i / classes];
            if (y[i] != 0 && p[i] != 0) truePositives[i % classes] += counted;
            else if (p[i] != 0) falsePositives[i % classes] += counted;
            else if (y[i] != 0) falseNegatives[i % classes] += counted;
        }
    }

    private static double Score(double truePositives, double falsePositives, double falseNegatives)
    {
        double all = 2 * truePositives + falsePositives + falseNegatives;
        return all == 0 ? 0 : 2 * truePositives / all;
    }

    private static Tensor Wanted(Tensor target, Shape shape)
    {
        if (target.Shape == shape) return target;
        Shape rows = shape.Remove(-1);
        if (target.Shape != rows && target.Shape != rows.Insert(-1, 1))
        {
            throw Fail.Shape(
                "F1Score",
                $"a target of shape {target.Shape} for a prediction of shape {shape}",
                "give one label, or a one-hot row, for each row of the prediction");
        }
        if (shape[^1] == 1) return target.Reshape(shape);
        if (!target.DType.IsInteger())
            throw Fail.DType("F1Score", $"labels of type {target.DType}", "give integers, converted with Cast(DType.Int32)");
        Tensor labels = target.Cast(DType.Int32).Reshape(rows);
        ClassLabels.RequireClasses("F1Score", "label", labels.AsSpan<int>(), shape[^1]);
        return Tensor.OneHot(labels, shape[^1]);
    }

    private void RequireClasses(Shape prediction, int classes)
    {
        if (truePositives.Length != 0 && truePositives.Length != classes)
        {
            throw Fail.Shape(
                "F1Score",
                $"a prediction of shape {prediction} after batches of {truePositives.Length} classes",
                "give the same classes, or call Reset first");
        }
        if (Average == ClassAverage.Binary && classes > 2)
        {
            throw Fail.Shape(
                "F1Score",
                $"a prediction of shape {prediction} for the binary score",
                "give one or two columns, or another average");
        }
    }
}
