using System.Runtime.ExceptionServices;

namespace Engine.Data;

/// <summary>Cuts a data set into batches, epoch after epoch, and reads the next batch on a second thread while the last one is
/// used.</summary>
/// <remarks>
/// Pairs of buffers take turns, one more than batches are read ahead: a batch is valid until the one after it is asked for. The order
/// depends on (seed, epoch) alone. What goes wrong in the data set reaches the caller of <see cref="Next"/> at the batch it belongs to.
/// </remarks>
internal sealed class BatchReader : IDisposable
{
    private readonly Dataset data;
    private readonly int[] samples;
    private readonly int[] order;
    private readonly int batchSize;
    private readonly ulong? shuffleSeed;
    private readonly Slot[] slots;
    private readonly SemaphoreSlim wanted = new(0), ready = new(0);
    private readonly Thread? worker;
    private int epoch;
    private int next;
    private int reading;
    private int readAhead;
    private ExceptionDispatchInfo? failure;
    private volatile bool ended;

    /// <summary>Starts a reader.</summary>
    /// <param name="data">The data set.</param>
    /// <param name="samples">The samples to read; null for all.</param>
    /// <param name="batchSize">Samples in a batch; the last one has what remains.</param>
    /// <param name="shuffleSeed">The seed of the order, which changes with each epoch; null for the order of <paramref
    /// name="samples"/>.</param>
    /// <param name="dropRemainder">Whether a last batch of fewer samples is left out.</param>
    public BatchReader(Dataset data, int[]? samples, int batchSize, ulong? shuffleSeed, bool dropRemainder = false)
    {
        data.CheckOrder(batchSize, samples is null && shuffleSeed is null);
        this.data = data;
        this.samples = samples ?? AllOf(data);
        this.batchSize = dropRemainder ? batchSize : Math.Min(batchSize, Math.Max(1, this.samples.Length));
        this.shuffleSeed = shuffleSeed;
        order = (int[])this.samples.Clone();
        int remainder = order.Length % this.batchSize;
        BatchCount = order.Length / this.batchSize + (remainder > 0 && !dropRemainder ? 1 : 0);
        SampleCount = order.Length - (dropRemainder ? remainder : 0);
        int ahead = Math.Min(data.BatchesAhead, BatchCount - 1);
        slots = new Slot[Math.Max(1, ahead + 1)];
        foreach (ref Slot slot in slots.AsSpan()) slot = new Slot(data, BatchCount == 0 ? 0 : this.batchSize, remainder);
        if (ahead < 1) return;
        worker = new Thread(Work) { IsBackground = true, Name = "Engine batch reader" };
        worker.Start();
    }

    /// <summary>The batches of an epoch.</summary>
    public int BatchCount { get; }

    /// <summary>The samples of an epoch.</summary>
    public int SampleCount { get; }

    /// <summary>The samples 0 … n − 1 of a data set.</summary>
    public static int[] AllOf(Dataset data)
    {
        var all = new int[data.Count];
        for (int i = 0; i < all.Length; i++) all[i] = i;
        return all;
    }

    /// <summary>Begins an epoch from its first batch, whatever became of the one before.</summary>
    /// <param name="epoch">The epoch, counted from 0.</param>
    public void Start(int epoch)
    {
        // What the worker still reads belongs to the epoch before.
        for (; readAhead > 0; readAhead--) ready.Wait();
        failure = null;
        this.epoch = epoch;
        samples.CopyTo(order, 0);
        if (shuffleSeed is { } seed) new RandomGenerator(seed).Split("shuffle").Split((ulong)epoch).Shuffle(order.AsSpan());
        (next, reading) = (0, 0);
        for (int batch = 0; batch < slots.Length - 1; batch++) ReadAhead(batch);
    }

    /// <summary>The next batch of the epoch; false after the last.</summary>
    /// <param name="features">Its features, valid until the next call.</param>
    /// <param name="labels">Its labels; null where the data set has none.</param>
    public bool Next(out Tensor features, out Tensor? labels)
    {
        failure?.Throw();
        if (next == BatchCount)
        {
            (features, labels) = (slots[0].Features, null);
            return false;
        }

        Slot slot = slots[next % slots.Length];
        if (worker is null)
        {
            Read(next);
        }
        else
        {
            ready.Wait();
            readAhead--;
            failure = slot.Failure;
            failure?.Throw();
        }

        bool whole = (next + 1) * batchSize <= order.Length;
        (features, labels) = whole ? (slot.Features, slot.Labels) : (slot.LastFeatures, slot.LastLabels);
        ReadAhead(next + slots.Length - 1);
        next++;
        return true;
    }

    /// <summary>Which sample of the data set stands in a row of a batch of this epoch.</summary>
    public int SampleAt(int batch, int row) => order[batch * batchSize + row];

    /// <summary>Ends the second thread; waits until it has let go of the data set.</summary>
    public void Dispose()
    {
        ended = true;
        wanted.Release();
        worker?.Join();
        wanted.Dispose();
        ready.Dispose();
    }

    private void ReadAhead(int batch)
    {
        if (worker is null || batch >= BatchCount) return;
        readAhead++;
        wanted.Release();
    }

    private void Work()
    {
        while (true)
        {
            wanted.Wait();
            if (ended) return;
            int batch = reading++;
            Slot slot = slots[batch % slots.Length];
            try
            {
                slot.Failure = null;
                Read(batch);
            }
            catch (Exception e)
            {
                slot.Failure = ExceptionDispatchInfo.Capture(e);
            }

            ready.Release();
        }
    }

    private void Read(int batch)
    {
        Slot slot = slots[batch % slots.Length];
        int first = batch * batchSize, count = Math.Min(batchSize, order.Length - first);
        bool whole = count == batchSize;
        data.Read(order.AsSpan(first, count), epoch, whole ? slot.Features : slot.LastFeatures, whole ? slot.Labels : slot.LastLabels);
    }

    /// <summary>The buffers of one batch, and the same memory under the shape of the last, smaller batch.</summary>
    private sealed class Slot
    {
        public Slot(Dataset data, int count, int last)
        {
            Features = Tensor.EmptyFree(data.FeatureShape.Insert(0, count), data.FeatureType);
            LastFeatures = Features.Alias(Features.Shape.With(0, Math.Min(last, count)));
            if (data.LabelShape is not { } shape) return;
            Labels = Tensor.EmptyFree(shape.Insert(0, count), data.LabelType);
            LastLabels = Labels.Alias(Labels.Shape.With(0, Math.Min(last, count)));
        }

        public Tensor Features { get; }

        public Tensor? Labels { get; }

        public Tensor LastFeatures { get; }

        public Tensor? LastLabels { get; }

        public ExceptionDispatchInfo? Failure { get; set; }
    }
}
