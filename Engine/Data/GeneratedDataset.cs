namespace Engine.Data;

/// <summary>Samples that a function makes from their numbers, as batches need them.</summary>
internal sealed class GeneratedDataset : Dataset
{
    public const string Where = "Dataset.FromGenerator";

    private readonly Func<int, (Tensor Features, Tensor? Label)> generate;

    /// <summary>Makes the first sample, which fixes the shapes.</summary>
    public GeneratedDataset(Func<int, (Tensor Features, Tensor? Label)> generate, int count)
        : this(generate, count, SampleFunction.Try(Where, count, () => generate(0)))
    {
    }

    private GeneratedDataset(Func<int, (Tensor Features, Tensor? Label)> generate, int count, SampleFunction.Form form)
        : base(count, form.FeatureShape, form.FeatureType, form.LabelShape, form.LabelType) => this.generate = generate;

    protected internal override void Read(ReadOnlySpan<int> samples, Tensor features, Tensor? labels)
    {
        using IDisposable pause = GradientTape.StopRecording();
        for (int i = 0; i < samples.Length; i++)
        {
            using var scope = new TensorScope();
            (Tensor Features, Tensor? Label) made;
            try
            {
                made = generate(samples[i]);
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                throw SampleFunction.Failed(Where, samples[i], e);
            }

            SampleFunction.Store(Where, samples[i], made.Features, "features", features, i);
            if (labels is not null) SampleFunction.Store(Where, samples[i], made.Label, "a label", labels, i);
        }
    }
}
