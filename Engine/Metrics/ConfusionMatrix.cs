using System.Globalization;
using System.Text;
using Engine.Losses;

namespace Engine.Metrics;

/// <summary>How often each class was taken for each: the number, or weight, of samples of class i that were predicted as j. F-M1.</summary>
/// <remarks>Targets and predictions are resolved as by <see cref="Accuracy"/>; the result as one number is the accuracy.</remarks>
public sealed class ConfusionMatrix : Metric
{
    private readonly double threshold;
    private readonly double[] counts;

    /// <summary>Creates the metric.</summary>
    /// <param name="classes">The number of classes, at least 2.</param>
    /// <param name="threshold">From where on a single probability names class 1; 0.5 by default.</param>
    /// <param name="name">Its name; <c>confusion_matrix</c> by default.</param>
    /// <exception cref="ValueException">Fewer than 2 classes, or too many to count pairs of.</exception>
    public ConfusionMatrix(int classes, double threshold = 0.5, string name = "confusion_matrix")
        : base(name)
    {
        if (classes is < 2 or > 10_000) throw Fail.Value("ConfusionMatrix", $"{classes} classes", "give 2 to 10000");
        Classes = classes;
        this.threshold = threshold;
        counts = new double[classes * classes];
    }

    /// <summary>The number of classes.</summary>
    public int Classes { get; }

    /// <summary>The part of the samples on the diagonal: the accuracy.</summary>
    public override double Result
    {
        get
        {
            double right = 0, total = 0;
            for (int i = 0; i < Classes; i++) right += counts[i * Classes + i];
            foreach (double count in counts) total += count;
            return total == 0 ? 0 : right / total;
        }
    }

    /// <summary>How many samples of one class were predicted as another; with sample weights, their sum.</summary>
    /// <param name="wanted">The class that the target names.</param>
    /// <param name="predicted">The class that the prediction names.</param>
    /// <exception cref="ValueException">There is no such class.</exception>
    public double this[int wanted, int predicted] => (uint)wanted < (uint)Classes && (uint)predicted < (uint)Classes
        ? counts[wanted * Classes + predicted]
        : throw Fail.Value("ConfusionMatrix", $"classes {wanted} and {predicted} of {Classes}", $"use 0 to {Classes - 1}");

    /// <inheritdoc/>
    public override void Reset() => Array.Clear(counts);

    /// <inheritdoc/>
    public override void Update(Tensor target, Tensor prediction, Tensor? sampleWeight = null)
    {
        using var scope = new TensorScope();
        (Tensor wanted, Tensor predicted) = ClassLabels.Of("ConfusionMatrix", target, prediction, threshold);
        Tensor? weights = sampleWeight is null
            ? null
            : SampleWeights.Weights("ConfusionMatrix", sampleWeight, wanted.Shape, DType.Float64).BroadcastTo(wanted.Shape);
        ReadOnlySpan<int> rows = wanted.AsSpan<int>(), columns = predicted.AsSpan<int>();
        ReadOnlySpan<double> w = weights is null ? default : weights.AsSpan<double>();
        Check("target", rows);
        Check("prediction", columns);
        for (int i = 0; i < rows.Length; i++) counts[rows[i] * Classes + columns[i]] += weights is null ? 1 : w[i];
    }

    /// <summary>
    /// A table: one row for each wanted class, one column for each predicted one, and the part of each row that is right.
    /// </summary>
    /// <returns>Several lines of equal length.</returns>
    public override string ToString()
    {
        int width = 5;
        foreach (double count in counts) width = Math.Max(width, Text(count).Length + 1);
        var text = new StringBuilder("wanted \\ predicted");
        int margin = text.Length;
        for (int j = 0; j < Classes; j++) text.Append(j.ToString(CultureInfo.InvariantCulture).PadLeft(width));
        text.Append("   right");
        for (int i = 0; i < Classes; i++)
        {
            double total = 0;
            text.Append('\n').Append(i.ToString(CultureInfo.InvariantCulture).PadLeft(margin));
            for (int j = 0; j < Classes; j++)
            {
                total += counts[i * Classes + j];
                text.Append(Text(counts[i * Classes + j]).PadLeft(width));
            }
            string part = total == 0 ? "-" : (100.0 * counts[i * Classes + i] / total).ToString("F1", CultureInfo.InvariantCulture) + "%";
            text.Append(part.PadLeft(8));
        }
        return text.ToString();
    }

    private static string Text(double count) => count.ToString("0.###", CultureInfo.InvariantCulture);

    private void Check(string what, ReadOnlySpan<int> classes)
    {
        for (int i = 0; i < classes.Length; i++)
        {
            if ((uint)classes[i] >= (uint)Classes)
                throw Fail.Value(
                    "ConfusionMatrix",
                    $"class {classes[i]} in row {i} of the {what}, where there are {Classes} classes",
                    $"use 0 to {Classes - 1}");
        }
    }
}
