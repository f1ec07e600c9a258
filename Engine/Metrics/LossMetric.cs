using System.Text;
using Engine.Losses;

namespace Engine.Metrics;

/// <summary>A loss as a metric: the mean of its values for all samples. F-M1.</summary>
/// <remarks>
/// <c>new LossMetric(new MeanAbsoluteError())</c> is what Keras calls the metric <c>mean_absolute_error</c>; so are its
/// <c>mean_squared_error</c>, <c>binary_crossentropy</c>, <c>hinge</c> and the others. The loss's reduction plays no part. What
/// the loss leaves out, as <see cref="SparseCategoricalCrossentropy.IgnoreIndex"/>, does not count here either.
/// </remarks>
public sealed class LossMetric : MeanMetric
{
    /// <summary>Creates the metric.</summary>
    /// <param name="loss">The loss.</param>
    /// <param name="name">Its name; by default the loss's as Keras writes it, such as <c>mean_squared_error</c>.</param>
    public LossMetric(Loss loss, string? name = null)
        : base(name ?? NameOf(loss)) => Loss = loss;

    /// <summary>The loss.</summary>
    public Loss Loss { get; }

    /// <inheritdoc/>
    protected override Tensor Values(Tensor target, Tensor prediction) => Loss.PerSample(target, prediction);

    private protected override Tensor? Counted(Tensor target, Tensor prediction) => Loss.Counted(target, prediction);

    private static string NameOf(Loss loss)
    {
        ArgumentNullException.ThrowIfNull(loss);
        string type = loss.GetType().Name;
        var name = new StringBuilder();
        for (int i = 0; i < type.Length; i++)
        {
            if (i > 0 && char.IsUpper(type[i]) && !(char.IsUpper(type[i - 1]) && (i + 1 == type.Length || char.IsUpper(type[i + 1]))))
                name.Append('_');
            name.Append(char.ToLowerInvariant(type[i]));
        }
        return name.ToString();
    }
}
