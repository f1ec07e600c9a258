using Engine.Formats;

namespace Engine.Data;

/// <content>Data sets from functions and files.</content>
public partial class Dataset
{
    /// <summary>Samples that a function makes from their numbers, as batches need them: nothing is kept.</summary>
    /// <remarks>
    /// The function runs on the reading thread, not recorded by any tape, once a sample and epoch, in the order of the batches. For the
    /// same bits in each run it must depend on its number alone; the form with a seed hands it a generator that does.
    /// The first sample is made at once; its shapes and types are those of all.
    /// </remarks>
    /// <param name="generate">From a sample's number, 0 to <paramref name="count"/> − 1, to its features and label; null labels where
    /// there are none.</param>
    /// <param name="count">The number of samples, at least 1.</param>
    /// <returns>The data set.</returns>
    /// <exception cref="ValueException"><paramref name="count"/> is below 1.</exception>
    /// <exception cref="EngineException">The function threw: the message names the sample.</exception>
    public static Dataset FromGenerator(Func<int, (Tensor Features, Tensor? Label)> generate, int count)
    {
        ArgumentNullException.ThrowIfNull(generate);
        return new GeneratedDataset(generate, count);
    }

    /// <summary>Samples that a function makes from their numbers and random numbers: the same sample in each epoch and run.</summary>
    /// <param name="generate">From a sample's number and a generator of its own to its features and label.</param>
    /// <param name="count">The number of samples, at least 1.</param>
    /// <param name="seed">The seed of the random numbers, which depend on it and the sample's number alone.</param>
    /// <returns>The data set.</returns>
    /// <exception cref="ValueException"><paramref name="count"/> is below 1.</exception>
    /// <exception cref="EngineException">The function threw: the message names the sample.</exception>
    public static Dataset FromGenerator(
        Func<int, RandomGenerator, (Tensor Features, Tensor? Label)> generate, int count, ulong seed)
    {
        ArgumentNullException.ThrowIfNull(generate);
        return new GeneratedDataset(
            sample => generate(sample, new RandomGenerator(seed).Split("generator").Split((ulong)sample)), count);
    }

    /// <summary>Samples that come one after another, such as an iterator's; all are taken at once and kept in memory.</summary>
    /// <param name="samples">Features and labels of one shape and type each; null labels where there are none.</param>
    /// <param name="scaleBytes">Whether features of type UInt8 become Float32 in [0, 1] as a batch is made; true by default.</param>
    /// <returns>The data set.</returns>
    /// <exception cref="ValueException">No sample came.</exception>
    /// <exception cref="ShapeException">A sample's shape is not the first one's.</exception>
    /// <exception cref="DTypeException">A sample's type is not the first one's.</exception>
    /// <exception cref="EngineException">The iterator threw: the message names the sample.</exception>
    public static Dataset FromGenerator(IEnumerable<(Tensor Features, Tensor? Label)> samples, bool scaleBytes = true)
    {
        ArgumentNullException.ThrowIfNull(samples);
        (Tensor all, Tensor? labels) = SampleColumns.Collect(samples);
        return new Dataset(all, labels, scaleBytes);
    }

    /// <summary>Samples from IDX files, the format of MNIST: see <see cref="Idx"/>.</summary>
    /// <param name="features">The file of the features, plain or gzip, samples along the first axis.</param>
    /// <param name="labels">The file of the labels; null where there are none. Bytes become Int32.</param>
    /// <param name="scaleBytes">Whether features of type UInt8 become Float32 in [0, 1] as a batch is made; true by default.</param>
    /// <returns>The data set.</returns>
    /// <exception cref="FileFormatException">A file is missing or unsound.</exception>
    /// <exception cref="ShapeException">The files have different numbers of samples.</exception>
    public static Dataset FromIdx(string features, string? labels = null, bool scaleBytes = true)
    {
        Tensor x = Idx.Load(features);
        Tensor? y = labels is null ? null : Idx.Load(labels);
        if (y is { DType: DType.UInt8 }) y = y.Cast(DType.Int32).Detach();
        return new Dataset(x, y, scaleBytes);
    }

    /// <summary>Images in folders, one folder a class, read as batches need them.</summary>
    /// <remarks>
    /// The classes are the sub-folders, numbered by the order of their names; the samples are their PNG files (8 bits, grey or RGB), by
    /// class and name. Labels are Int32. Only headers are read at once; <see cref="Cache"/> keeps the pixels in memory, as bytes.
    /// </remarks>
    /// <param name="folder">The folder of the classes' folders.</param>
    /// <returns>Features [count, height, width, channels], scaled to [0, 1] in a batch, with the names of classes and files.</returns>
    /// <exception cref="FileFormatException">There are no images, or one is unsound or has another size than the first.</exception>
    public static ImageFolderDataset FromImageFolder(string folder)
    {
        ArgumentNullException.ThrowIfNull(folder);
        return ImageFolderDataset.Find(folder);
    }

    /// <summary>Samples from a text file of numbers, one sample a line: a CSV file (RFC 4180).</summary>
    /// <remarks>
    /// <para>Columns are named by the header, or counted from 0; <c>^1</c> is the last. Features are numbers in the invariant form
    /// (<c>1.5</c>, <c>-2e3</c>) and become one row of Float32 a sample.</para>
    /// <para>Nothing is guessed: an empty field, <c>?</c>, <c>NaN</c> or any other text where a number is wanted is refused with its
    /// file, line and column.</para>
    /// </remarks>
    /// <param name="path">The file, UTF-8.</param>
    /// <param name="label">The column of the labels; null where there are none.</param>
    /// <param name="features">The columns of the features, in this order; null for all but the label's.</param>
    /// <param name="hasHeader">Whether the first line names the columns; true by default.</param>
    /// <param name="labels">What the labels are; by default <see cref="CsvLabels.Classes"/>.</param>
    /// <param name="classes">The class names in the order of their numbers, for files that lack some; null for those in the file, sorted:
    /// by value where all are whole numbers, else by their characters.</param>
    /// <param name="delimiter">What separates fields; a comma by default.</param>
    /// <param name="maxBytes">The most bytes that the numbers may take in memory; 1 GiB by default.</param>
    /// <returns>The data set, with the names of its columns and classes.</returns>
    /// <exception cref="FileFormatException">The file is missing, a column is missing or a line is unsound.</exception>
    /// <exception cref="ValueException">The arguments contradict each other.</exception>
    public static CsvDataset FromCsv(
        string path,
        CsvColumn? label = null,
        IReadOnlyList<CsvColumn>? features = null,
        bool hasHeader = true,
        CsvLabels labels = CsvLabels.Classes,
        IReadOnlyList<string>? classes = null,
        char delimiter = ',',
        long maxBytes = Idx.DefaultMaxBytes) =>
        new(CsvReading.Read(path, label, features, hasHeader, labels, classes, delimiter, maxBytes));
}
