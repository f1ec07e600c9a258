namespace Engine.Metrics;

/// <summary>The part of the predictions that name the right class. F-M1.</summary>
/// <remarks>
/// As Keras resolves "accuracy": one number a sample is compared with a threshold; of several the largest names the class, against labels
/// that are integers or one-hot. Per step for [N, T, classes].
/// </remarks>
public sealed class Accuracy : Metric
{
    private readonly double threshold;
    private long right;
    private long total;

    /// <summary>Creates the metric.</summary>
    /// <param name="threshold">From where on a single probability names class 1; 0.5 by default.</param>
    /// <param name="name">Its name; <c>accuracy</c> by default.</param>
    public Accuracy(double threshold = 0.5, string name = "accuracy")
        : base(name) => this.threshold = threshold;

    /// <inheritdoc/>
    public override double Result => total == 0 ? 0 : (double)right / total;

    /// <inheritdoc/>
    public override void Reset() => right = total = 0;

    /// <inheritdoc/>
    public override void Update(Tensor target, Tensor prediction)
    {
        using var scope = new TensorScope();
        (Tensor wanted, Tensor predicted) = ClassLabels.Of("Accuracy", target, prediction, threshold);
        right += (long)wanted.EqualTo(predicted).Cast(DType.Int32).Sum().ToScalar();
        total += wanted.Length;
    }
}
