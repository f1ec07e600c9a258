namespace Engine.Data;

/// <summary>The samples of another data set, each its own label.</summary>
internal sealed class ReconstructionDataset : Dataset
{
    private readonly Dataset parent;

    public ReconstructionDataset(Dataset parent)
        : base(parent.Count, parent.FeatureShape, parent.FeatureType, parent.FeatureShape, parent.FeatureType)
    {
        this.parent = parent;
        BatchesAhead = parent.BatchesAhead;
    }

    protected internal override void Read(ReadOnlySpan<int> samples, Tensor features, Tensor? labels) =>
        Read(samples, 0, features, labels);

    internal override void Read(ReadOnlySpan<int> samples, int epoch, Tensor features, Tensor? labels)
    {
        parent.Read(samples, epoch, features, null);
        if (labels is null) return;
        labels.Storage.Version++;
        features.Bytes().CopyTo(labels.Bytes());
    }
}
