using System.Buffers;

namespace Engine.Data;

/// <summary>Some samples of another data set in some order, without a copy of them.</summary>
internal sealed class ViewDataset : Dataset
{
    private readonly Dataset parent;
    private readonly int[]? samples;

    /// <summary>Names the samples.</summary>
    /// <param name="parent">The data set.</param>
    /// <param name="samples">Which samples, in which order; null for all as they are.</param>
    /// <param name="batchesAhead">How many batches are read ahead; null for as many as of the other set.</param>
    public ViewDataset(Dataset parent, int[]? samples, int? batchesAhead = null)
        : base(samples?.Length ?? parent.Count, parent.FeatureShape, parent.FeatureType, parent.LabelShape, parent.LabelType)
    {
        (this.parent, this.samples) = (parent, samples);
        (Scales, BatchesAhead, Overlaps) = (parent.Scales, batchesAhead ?? parent.BatchesAhead, parent.Overlaps);
    }

    private protected override bool IsPlain => PlainOf(parent);

    protected internal override void Read(ReadOnlySpan<int> samples, Tensor features, Tensor? labels) =>
        Read(samples, 0, features, labels);

    internal override void Read(ReadOnlySpan<int> samples, int epoch, Tensor features, Tensor? labels)
    {
        if (this.samples is null)
        {
            parent.Read(samples, epoch, features, labels);
            return;
        }

        int[] named = ArrayPool<int>.Shared.Rent(samples.Length);
        for (int i = 0; i < samples.Length; i++) named[i] = this.samples[samples[i]];
        parent.Read(named.AsSpan(0, samples.Length), epoch, features, labels);
        ArrayPool<int>.Shared.Return(named);
    }

    internal override void CheckOrder(int batchSize, bool inOrder) => parent.CheckOrder(batchSize, inOrder && IsBeginning());

    private protected override (Tensor Features, Tensor? Labels) Collect() => samples is null
        ? (parent.Features, parent.Labels)
        : (Chosen(parent.Features), parent.Labels is { } labels ? Chosen(labels) : null);

    private bool IsBeginning()
    {
        for (int i = 0; samples is not null && i < samples.Length; i++)
        {
            if (samples[i] != i) return false;
        }

        return true;
    }

    private Tensor Chosen(Tensor column)
    {
        Tensor chosen = Tensor.EmptyFree(column.Shape.With(0, Count), column.DType);
        Gather(samples, column, chosen);
        return chosen;
    }
}
