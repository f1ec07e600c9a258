using Engine.Losses;

namespace Engine.Metrics;

/// <summary>The coefficient of determination, 1 − Σ (y − ŷ)² / Σ (y − ȳ)²: 1 for perfect predictions, 0 for the mean's. F-M1.</summary>
/// <remarks>
/// For each output of predictions [N], [N, outputs] or [N, …, outputs], then averaged. The sum of squares around the mean is gathered as
/// Welford (1962) does, without the cancellation of Σ y² − (Σ y)²/n. Where the target does not vary the score is 1 if every prediction is
/// exact and 0 otherwise.
/// </remarks>
public sealed class R2Score : Metric
{
    private readonly R2Aggregation aggregation;
    private readonly int regressors;
    private Output[] outputs = [];
    private long samples;

    /// <summary>Creates the metric.</summary>
    /// <param name="classAggregation">How the outputs' scores become one; their mean by default.</param>
    /// <param name="numRegressors">p, the number of inputs for the adjusted score 1 − (1 − R²)(n − 1)/(n − p − 1), which is given as
    /// soon as there are n &gt; p + 1 samples; 0, not adjusted, by default.</param>
    /// <param name="name">Its name; <c>r2_score</c> by default.</param>
    /// <exception cref="ValueException">There is no such aggregation, or the number is negative.</exception>
    public R2Score(
        R2Aggregation classAggregation = R2Aggregation.UniformAverage, int numRegressors = 0, string name = "r2_score")
        : base(name)
    {
        if (!Enum.IsDefined(classAggregation))
            throw Fail.Value("R2Score", $"classAggregation is {(int)classAggregation}", "give a member of R2Aggregation");
        if (numRegressors < 0) throw Fail.Value("R2Score", $"numRegressors is {numRegressors}", "give 0 or more");
        aggregation = classAggregation;
        regressors = numRegressors;
    }

    /// <summary>The score of each output, not adjusted; none before the first update.</summary>
    public IReadOnlyList<double> PerOutput
    {
        get
        {
            var scores = new double[outputs.Length];
            for (int i = 0; i < scores.Length; i++) scores[i] = outputs[i].Score;
            return scores;
        }
    }

    /// <inheritdoc/>
    public override double Result
    {
        get
        {
            double sum = 0, weights = 0;
            foreach (Output output in outputs)
            {
                double weight = aggregation == R2Aggregation.UniformAverage ? 1 : output.Variation;
                sum += weight * output.Score;
                weights += weight;
            }
            double score = weights == 0 ? 0 : sum / weights;
            return regressors > 0 && samples > regressors + 1L
                ? 1 - (1 - score) * (samples - 1) / (samples - regressors - 1)
                : score;
        }
    }

    /// <inheritdoc/>
    public override void Reset()
    {
        outputs = [];
        samples = 0;
    }

    /// <inheritdoc/>
    public override void Update(Tensor target, Tensor prediction, Tensor? sampleWeight = null)
    {
        using var scope = new TensorScope();
        MetricCheck.SameElements("R2Score", target, prediction);
        if (prediction.Rank == 1) prediction = prediction.ExpandDims(-1);
        int width = prediction.Rank == 0 ? 1 : prediction.Shape[^1];
        if (outputs.Length != 0 && outputs.Length != width)
        {
            throw Fail.Shape(
                "R2Score",
                $"a prediction of shape {prediction.Shape} after batches of {outputs.Length} outputs",
                "give the same outputs, or call Reset first");
        }
        Tensor? weights = sampleWeight is null
            ? null
            : SampleWeights.Weights("R2Score", sampleWeight, prediction.Shape, DType.Float64).BroadcastTo(prediction.Shape);
        if (outputs.Length == 0) outputs = new Output[width];
        ReadOnlySpan<double> y = target.Cast(DType.Float64).AsSpan<double>(), p = prediction.Cast(DType.Float64).AsSpan<double>();
        ReadOnlySpan<double> w = weights is null ? default : weights.AsSpan<double>();
        for (int first = 0; first < y.Length; first += width)
        {
            bool counts = false;
            for (int i = first; i < first + width; i++)
            {
                double weight = weights is null ? 1 : w[i];
                if (weight == 0) continue;
                outputs[i - first].Add(y[i], p[i], weight);
                counts = true;
            }
            if (counts) samples++;
        }
    }

    private struct Output
    {
        private double weight;
        private double mean;
        private double residual;

        public double Variation { get; private set; }

        public readonly double Score => Variation > 0 ? 1 - residual / Variation : residual == 0 && weight > 0 ? 1 : 0;

        public void Add(double y, double predicted, double w)
        {
            weight += w;
            double fromMean = y - mean;
            mean += fromMean * (w / weight);
            Variation += w * fromMean * (y - mean);
            residual += w * (y - predicted) * (y - predicted);
        }
    }
}
