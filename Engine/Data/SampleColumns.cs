namespace Engine.Data;

/// <summary>Gathers samples that come one after another into columns.</summary>
internal static class SampleColumns
{
    /// <summary>Takes all samples.</summary>
    public static (Tensor Features, Tensor? Labels) Collect(IEnumerable<(Tensor Features, Tensor? Label)> samples)
    {
        using IDisposable pause = GradientTape.StopRecording();
        Column? features = null, labels = null;
        int count = 0;
        using IEnumerator<(Tensor Features, Tensor? Label)> source = samples.GetEnumerator();
        while (Advance(source, count))
        {
            (Tensor x, Tensor? y) = source.Current;
            if (x is null) throw Fail.Value(GeneratedDataset.Where, $"sample {count}: null came as features", "give a tensor");
            if (count == 0) (features, labels) = (new Column("features", x), y is null ? null : new Column("a label", y));
            if (labels is null != y is null)
            {
                throw Fail.Value(GeneratedDataset.Where, $"sample {count} has {(y is null ? "no" : "a")} label, unlike the first",
                    "give every sample a label, or none");
            }

            features!.Add(x, count);
            labels?.Add(y!, count);
            count++;
        }

        if (count == 0) throw Fail.Value(GeneratedDataset.Where, "no sample came", "give at least one");
        return (features!.Take(count), labels?.Take(count));
    }

    private static bool Advance(IEnumerator<(Tensor Features, Tensor? Label)> source, int count)
    {
        try
        {
            return source.MoveNext();
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            throw SampleFunction.Failed(GeneratedDataset.Where, count, e);
        }
    }

    /// <summary>A column that doubles its memory as it fills.</summary>
    private sealed class Column(string what, Tensor first)
    {
        private readonly Shape shape = first.Shape;
        private Tensor rows = Tensor.EmptyFree(first.Shape.Insert(0, 16), first.DType);

        public void Add(Tensor sample, int place)
        {
            if (place == rows.Shape[0]) rows = Resized(place, 2 * place);
            SampleFunction.Store(GeneratedDataset.Where, place, sample, what, rows, place);
        }

        public Tensor Take(int count) => Resized(count, count);

        private Tensor Resized(int count, int size)
        {
            Tensor resized = Tensor.EmptyFree(shape.Insert(0, size), rows.DType);
            Span<byte> source = rows.Bytes();
            source[..Math.Min(source.Length, count * shape.Length * rows.DType.Size())].CopyTo(resized.Bytes());
            return resized;
        }
    }
}
