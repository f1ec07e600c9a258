namespace Engine.Data;

/// <content>Data sets made of others. None of them copies samples, except <see cref="Cache"/>.</content>
public partial class Dataset
{
    /// <summary>The samples in one random order, which depends on the seed alone.</summary>
    /// <remarks><c>Fit(shuffle: true)</c> and <see cref="Batch"/> with a seed draw a new order for every epoch; this is one for
    /// all.</remarks>
    /// <param name="seed">The seed of the order.</param>
    /// <returns>A data set of the same samples.</returns>
    public Dataset Shuffle(ulong seed = RandomGenerator.DefaultSeed) => new ViewDataset(this, Permutation(seed));

    /// <summary>The first samples.</summary>
    /// <param name="count">How many; all, where there are not so many.</param>
    /// <returns>A data set of these samples.</returns>
    /// <exception cref="ValueException">The number is negative.</exception>
    public Dataset Take(int count)
    {
        if (count < 0) throw Fail.Value("Dataset.Take", $"count is {count}", "give 0 or more");
        return new ViewDataset(this, BatchReader.AllOf(this)[..Math.Min(count, Count)]);
    }

    /// <summary>All but the first samples.</summary>
    /// <param name="count">How many are left out; all, where there are not so many.</param>
    /// <returns>A data set of the rest.</returns>
    /// <exception cref="ValueException">The number is negative.</exception>
    public Dataset Skip(int count)
    {
        if (count < 0) throw Fail.Value("Dataset.Skip", $"count is {count}", "give 0 or more");
        return new ViewDataset(this, BatchReader.AllOf(this)[Math.Min(count, Count)..]);
    }

    /// <summary>Divides the samples into two parts, each sample in one of them.</summary>
    /// <param name="fraction">The first part's share: round(fraction · count) samples.</param>
    /// <param name="seed">The seed of the choice.</param>
    /// <param name="shuffle">Whether the parts are chosen at random; false gives the first samples to the first part, as they
    /// come.</param>
    /// <param name="stratify">Whether every class has the same share in both parts, to the nearest sample: labels are class numbers
    /// then.</param>
    /// <returns>The two parts.</returns>
    /// <exception cref="ValueException">The fraction is not between 0 and 1, a part would be empty, or classes are wanted of labels that
    /// are none, or the samples are windows that overlap.</exception>
    public virtual (Dataset First, Dataset Second) Split(
        double fraction, ulong seed = RandomGenerator.DefaultSeed, bool shuffle = true, bool stratify = false)
    {
        if (!(fraction is > 0 and < 1)) throw Fail.Value("Dataset.Split", $"fraction is {fraction}", "give a number between 0 and 1");
        if (Overlaps)
        {
            throw Fail.Value("Dataset.Split", "the samples are windows that overlap, so that both parts would have the same text",
                "Split the TextWindows first, by position; then Shuffle, Take or Map each part");
        }

        int first = (int)Math.Round(fraction * Count);
        if (first == 0 || first == Count)
        {
            throw Fail.Value("Dataset.Split", $"fraction {fraction} of {Count} samples leaves {first} and {Count - first}",
                "choose a fraction that leaves some to both parts");
        }

        int[] order = shuffle ? Permutation(seed) : BatchReader.AllOf(this);
        if (!stratify) return (new ViewDataset(this, order[..first]), new ViewDataset(this, order[first..]));
        (int[] chosen, int[] rest) = Stratification.Divide(order, Stratification.ClassesOf(this), first);
        return (new ViewDataset(this, chosen), new ViewDataset(this, rest));
    }

    /// <summary>Changes each sample's features by a function, as batches are made.</summary>
    /// <remarks>
    /// The function sees one sample as a batch holds it, bytes scaled already, and runs on the reading thread, not recorded by any tape. It
    /// is tried on the first sample at once; what it gives there is the shape and type that it must give for every sample.
    /// </remarks>
    /// <param name="function">From a sample's features to others.</param>
    /// <returns>A data set of as many samples with the same labels.</returns>
    /// <exception cref="ValueException">There are no samples.</exception>
    /// <exception cref="EngineException">The function threw: the message names the sample.</exception>
    public Dataset Map(Func<Tensor, Tensor> function)
    {
        ArgumentNullException.ThrowIfNull(function);
        return new MappedDataset(this, (x, _, _) => (function(x), null), changesLabels: false, seed: null);
    }

    /// <summary>Changes each sample's features and label by a function, as batches are made. See the other form.</summary>
    /// <param name="function">From a sample's features and label to others.</param>
    /// <returns>A data set of as many samples.</returns>
    /// <exception cref="ValueException">There are no samples, or no labels.</exception>
    /// <exception cref="EngineException">The function threw: the message names the sample.</exception>
    public Dataset Map(Func<Tensor, Tensor, (Tensor Features, Tensor Label)> function)
    {
        ArgumentNullException.ThrowIfNull(function);
        if (LabelShape is null) throw Fail.Value("Dataset.Map", "the data set has no labels", "give a function of the features alone");
        return new MappedDataset(this, (x, y, _) => function(x, y!), changesLabels: true, seed: null);
    }

    /// <summary>Changes each sample's features by a function that draws random numbers: augmentation.</summary>
    /// <remarks>The numbers depend on the seed, the epoch and the sample alone, not on the order of reading or on threads.</remarks>
    /// <param name="function">From a sample's features and a generator of its own to others.</param>
    /// <param name="seed">The seed of the numbers.</param>
    /// <returns>A data set of as many samples with the same labels.</returns>
    /// <exception cref="ValueException">There are no samples.</exception>
    /// <exception cref="EngineException">The function threw: the message names the sample.</exception>
    public Dataset Map(Func<Tensor, RandomGenerator, Tensor> function, ulong seed)
    {
        ArgumentNullException.ThrowIfNull(function);
        return new MappedDataset(this, (x, _, random) => (function(x, random!), null), changesLabels: false, seed);
    }

    /// <summary>Reads all samples into memory, once: functions and files are not asked again.</summary>
    /// <remarks>Bytes stay bytes. What random functions drew is kept too: every epoch sees the numbers of the first.</remarks>
    /// <returns>A data set in memory.</returns>
    public Dataset Cache()
    {
        (Tensor all, Tensor? truths) = IsPlain ? (Features, Labels) : ReadAll();
        return new Dataset(all, truths, Scales && IsPlain) { BatchesAhead = BatchesAhead, Overlaps = Overlaps };
    }

    /// <summary>Sets how many batches are read ahead of their use, on a second thread; 1 without this call.</summary>
    /// <param name="batches">How many; each takes the memory of a batch. 0 reads each batch when it is needed, on the thread that needs
    /// it.</param>
    /// <returns>A data set of the same samples.</returns>
    /// <exception cref="ValueException">The number is negative or above 1,000.</exception>
    public Dataset Prefetch(int batches)
    {
        if (batches is < 0 or > 1000) throw Fail.Value("Dataset.Prefetch", $"batches is {batches}", "give 0 to 1,000");
        return new ViewDataset(this, null, batches);
    }

    /// <summary>Cuts the samples into batches, for a training loop of one's own: <c>foreach (var (x, y) in data.Batch(32))</c>.</summary>
    /// <remarks>A batch is valid until the next one is asked for: its memory is used again. Ending the loop early ends the
    /// reading.</remarks>
    /// <param name="batchSize">Samples in a batch.</param>
    /// <param name="dropRemainder">Whether a last batch of fewer samples is left out; false by default.</param>
    /// <param name="shuffleSeed">The seed of the order, which changes with the epoch; null for the samples' own order.</param>
    /// <param name="epoch">The epoch, counted from 0.</param>
    /// <returns>The batches of one epoch, read as the loop goes.</returns>
    /// <exception cref="ValueException">The batch size is below 1, or the epoch negative.</exception>
    public IEnumerable<SampleBatch> Batch(int batchSize, bool dropRemainder = false, ulong? shuffleSeed = null, int epoch = 0)
    {
        if (batchSize < 1) throw Fail.Value("Dataset.Batch", $"batchSize is {batchSize}", "give at least 1");
        if (epoch < 0) throw Fail.Value("Dataset.Batch", $"epoch is {epoch}", "give 0 or more");
        return Batches();

        IEnumerable<SampleBatch> Batches()
        {
            using var reader = new BatchReader(this, null, batchSize, shuffleSeed, dropRemainder);
            reader.Start(epoch);
            while (reader.Next(out Tensor x, out Tensor? y)) yield return new SampleBatch(x, y);
        }
    }

    private int[] Permutation(ulong seed) => new RandomGenerator(seed).Split("shuffle").Permutation(Count);
}
