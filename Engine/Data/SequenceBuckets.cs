namespace Engine.Data;

/// <summary>Sequences of different lengths, cut into batches of about equal ones: each batch is padded to its own longest, so little of
/// it is padding.</summary>
/// <remarks>
/// For a training loop of one's own: <c>foreach (var (x, y) in buckets.Batch(64, shuffleSeed: 1, epoch))</c>. With a seed, sequences of one
/// length are mixed anew in each epoch, and the batches come in a new order. A batch is valid until the next one is asked for.
/// </remarks>
public sealed class SequenceBuckets
{
    private const string Where = "SequenceBuckets";

    private readonly int[][] sequences;
    private readonly int[][]? targets;
    private readonly Tensor? labels;
    private readonly SequenceSide padding;
    private readonly int paddingId;
    private readonly int targetPaddingId;

    /// <summary>Sequences with a label each, such as texts and their classes.</summary>
    /// <param name="sequences">The ids of each, at least one.</param>
    /// <param name="labels">A label, or row of targets, for each; null where only predictions are wanted.</param>
    /// <param name="padding">Where shorter ones are filled up; after their last id by default.</param>
    /// <param name="paddingId">What fills them up; 0 by default.</param>
    /// <exception cref="ValueException">There are no sequences, or one is empty.</exception>
    /// <exception cref="ShapeException">There are not as many labels.</exception>
    public SequenceBuckets(
        IReadOnlyList<int[]> sequences, Tensor? labels = null, SequenceSide padding = SequenceSide.Post, int paddingId = 0)
    {
        this.sequences = Checked(sequences, "sequence");
        if (labels is not null && (labels.Rank == 0 || labels.Shape[0] != Count))
            throw Fail.Shape(Where, $"labels of shape {labels.Shape} for {Count} sequences", "give one label for each sequence");
        Sequences.Require(Where, nameof(padding), padding);
        (this.labels, this.padding, this.paddingId) = (labels, padding, paddingId);
    }

    /// <summary>Sequences with a sequence each, such as sentences and their translations; both are padded.</summary>
    /// <param name="sequences">The ids of each, at least one.</param>
    /// <param name="targets">For each the ids of its target.</param>
    /// <param name="padding">Where shorter ones are filled up; after their last id by default.</param>
    /// <param name="paddingId">What fills up sequences; 0 by default.</param>
    /// <param name="targetPaddingId">What fills up targets; 0 by default.</param>
    /// <exception cref="ValueException">There are no sequences, one is empty, or there are not as many targets.</exception>
    public SequenceBuckets(
        IReadOnlyList<int[]> sequences,
        IReadOnlyList<int[]> targets,
        SequenceSide padding = SequenceSide.Post,
        int paddingId = 0,
        int targetPaddingId = 0)
        : this(sequences, (Tensor?)null, padding, paddingId)
    {
        this.targets = Checked(targets, "target");
        if (this.targets.Length != Count)
            throw Fail.Value(Where, $"{Count} sequences and {this.targets.Length} targets", "give one target for each sequence");
        this.targetPaddingId = targetPaddingId;
    }

    /// <summary>The number of sequences.</summary>
    public int Count => sequences.Length;

    /// <summary>The batches of one epoch.</summary>
    /// <param name="batchSize">Sequences in a batch; the last of an order has what remains.</param>
    /// <param name="shuffleSeed">The seed of the order; null for batches of rising lengths.</param>
    /// <param name="epoch">The epoch, counted from 0: with a seed each has an order of its own.</param>
    /// <returns>Features [samples, longest of the batch] and labels, or targets padded alike; made as the loop goes.</returns>
    /// <exception cref="ValueException">The batch size is below 1, or the epoch negative.</exception>
    public IEnumerable<SampleBatch> Batch(int batchSize, ulong? shuffleSeed = null, int epoch = 0)
    {
        if (batchSize < 1) throw Fail.Value($"{Where}.Batch", $"batchSize is {batchSize}", "give at least 1");
        if (epoch < 0) throw Fail.Value($"{Where}.Batch", $"epoch is {epoch}", "give 0 or more");
        return Batches();

        IEnumerable<SampleBatch> Batches()
        {
            int[][] order = Order(batchSize, shuffleSeed, epoch);
            int size = Math.Min(batchSize, Count);
            var features = new Buffer(size, sequences, padding, paddingId);
            Buffer? wanted = targets is null ? null : new Buffer(size, targets, padding, targetPaddingId);
            Tensor? rows = labels is null ? null : Tensor.EmptyFree(labels.Shape.With(0, size), labels.DType);
            foreach (int[] chosen in order)
            {
                Tensor? y = wanted?.Fill(chosen);
                if (rows is not null)
                {
                    y = rows.Alias(rows.Shape.With(0, chosen.Length));
                    CopyRows(chosen, labels!, y);
                }

                yield return new SampleBatch(features.Fill(chosen), y);
            }
        }
    }

    /// <summary>The sequences of each batch: of about equal lengths, and with a seed in an order of its own.</summary>
    private int[][] Order(int batchSize, ulong? shuffleSeed, int epoch)
    {
        RandomGenerator? random = shuffleSeed is { } seed ? new RandomGenerator(seed).Split("buckets").Split((ulong)epoch) : null;
        int[] all = random?.Permutation(Count) ?? [.. Enumerable.Range(0, Count)];
        int[][] batches = [.. all.OrderBy(i => sequences[i].Length).ThenBy(i => targets?[i].Length ?? 0).Chunk(batchSize)];
        random?.Shuffle(batches.AsSpan());
        return batches;
    }

    private static void CopyRows(int[] chosen, Tensor from, Tensor to)
    {
        ReadOnlySpan<byte> source = from.Bytes();
        Span<byte> target = to.Bytes();
        to.Storage.Version++;
        int size = target.Length / chosen.Length;
        for (int i = 0; i < chosen.Length; i++) source.Slice(chosen[i] * size, size).CopyTo(target[(i * size)..]);
    }

    private static int[][] Checked(IReadOnlyList<int[]> given, string what)
    {
        ArgumentNullException.ThrowIfNull(given);
        if (given.Count == 0) throw Fail.Value(Where, $"no {what}s", "give at least one");
        int[][] copied = [.. given];
        int empty = Array.FindIndex(copied, sequence => sequence.Length == 0);
        return empty < 0 ? copied : throw Fail.Value(Where, $"{what} {empty} is empty", "leave it out, or give it a start or end token");
    }

    /// <summary>Memory for the longest batch, which every batch uses again under its own shape.</summary>
    private sealed class Buffer(int size, int[][] sequences, SequenceSide padding, int paddingId)
    {
        private readonly Tensor memory = Tensor.EmptyFree([size, sequences.Max(sequence => sequence.Length)], DType.Int32);

        public Tensor Fill(int[] chosen)
        {
            int longest = 0;
            foreach (int i in chosen) longest = Math.Max(longest, sequences[i].Length);
            Tensor batch = memory.Alias([chosen.Length, longest]);
            for (int row = 0; row < chosen.Length; row++)
                Sequences.Place(sequences[chosen[row]], batch, row, padding, SequenceSide.Post, paddingId);
            return batch;
        }
    }
}
