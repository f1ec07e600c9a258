namespace Engine.Metrics;

/// <summary>The part of the predictions that name the right class. F-M1.</summary>
/// <remarks>
/// As Keras resolves "accuracy", by the shapes that the loss asks for: one number a sample is compared with a threshold
/// (<see cref="BinaryAccuracy"/>); of several the largest names the class, against labels that are integers
/// (<see cref="SparseCategoricalAccuracy"/>) or one-hot (<see cref="CategoricalAccuracy"/>). Per step for [N, T, classes]. Several
/// yes-or-no answers a sample are not classes: use <see cref="BinaryAccuracy"/> for them.
/// </remarks>
public sealed class Accuracy : MeanMetric
{
    private readonly double threshold;

    /// <summary>Creates the metric.</summary>
    /// <param name="threshold">From where on a single probability names class 1; 0.5 by default.</param>
    /// <param name="name">Its name; <c>accuracy</c> by default.</param>
    public Accuracy(double threshold = 0.5, string name = "accuracy")
        : base(name) => this.threshold = threshold;

    /// <inheritdoc/>
    protected override Tensor Values(Tensor target, Tensor prediction)
    {
        (Tensor wanted, Tensor predicted) = ClassLabels.Of("Accuracy", target, prediction, threshold);
        return wanted.EqualTo(predicted);
    }
}
