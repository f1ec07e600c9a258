namespace Engine.Data;

/// <summary>Pieces of one long text as samples: ids of what stands in a window, to predict what comes after.</summary>
/// <remarks>
/// The ids are kept once, and a window's are copied as its batch is made. <see cref="Split(double)"/> cuts the text, not the windows, so no
/// window of one part has an id of the other.
/// </remarks>
public sealed class TextWindows : Dataset
{
    private const string Where = "TextWindows";

    private readonly ReadOnlyMemory<int> ids;
    private readonly int stride;
    private readonly bool shifted;
    private readonly int streams;                          // 0 where windows are read in any order
    private readonly int streamLength;
    private readonly int? ignored;                         // the label behind the end of a stream; null where it ends with a whole window

    private TextWindows(ReadOnlyMemory<int> ids, int length, int stride, bool shifted, int streams, int? ignored)
        : base(CountOf(ids.Length, length, stride, streams, ignored), [length], DType.Int32, shifted ? [length] : Shape.Create([]))
    {
        (this.ids, this.stride, this.shifted, this.streams, this.ignored) = (ids, stride, shifted, streams, ignored);
        (Length, Overlaps) = (length, true);
        streamLength = streams == 0 ? 0 : (ids.Length - 1) / streams;
    }

    /// <summary>The ids in a window.</summary>
    public int Length { get; }

    /// <summary>The number of streams that are read side by side; 0 for windows that are read in any order.</summary>
    public int StreamCount => streams;

    /// <summary>Windows of characters, each with the one that comes after it.</summary>
    /// <remarks>Sample i has the features [length] ids[i·stride …] and the label [] ids[i·stride + length].</remarks>
    /// <param name="ids">The text's ids, as <see cref="CharacterVocabulary.Encode"/> gives them.</param>
    /// <param name="length">The ids in a window.</param>
    /// <param name="stride">How far a window begins after the one before it; 1 by default.</param>
    /// <returns>A data set of ⌊(n − length − 1)/stride⌋ + 1 windows of n ids.</returns>
    /// <exception cref="ValueException">The text is empty or not longer than a window, or a number is below 1.</exception>
    public static TextWindows NextCharacter(int[] ids, int length, int stride = 1) =>
        Windows(nameof(NextCharacter), ids, length, stride, false);

    /// <summary>Windows of words or other tokens, each with the one that comes after it: <see cref="NextCharacter"/> by the name for
    /// them.</summary>
    /// <param name="ids">The text's ids.</param>
    /// <param name="length">The ids in a window.</param>
    /// <param name="stride">How far a window begins after the one before it; 1 by default.</param>
    /// <returns>A data set of ⌊(n − length − 1)/stride⌋ + 1 windows of n ids.</returns>
    /// <exception cref="ValueException">The text is empty or not longer than a window, or a number is below 1.</exception>
    public static TextWindows NextToken(int[] ids, int length, int stride = 1) => Windows(nameof(NextToken), ids, length, stride, false);

    /// <summary>Windows whose target is the window itself, one id further on: a prediction for each step.</summary>
    /// <remarks>Sample i has the features [length] ids[i·stride …] and the labels [length] ids[i·stride + 1 …].</remarks>
    /// <param name="ids">The text's ids.</param>
    /// <param name="length">The ids in a window.</param>
    /// <param name="stride">How far a window begins after the one before it; null for <paramref name="length"/>, so that each id is
    /// predicted once.</param>
    /// <returns>A data set of ⌊(n − length − 1)/stride⌋ + 1 windows of n ids.</returns>
    /// <exception cref="ValueException">The text is empty or not longer than a window, or a number is below 1.</exception>
    public static TextWindows Shifted(int[] ids, int length, int? stride = null) =>
        Windows(nameof(Shifted), ids, length, stride ?? length, true);

    /// <summary>Streams that are read side by side, for state that is carried from batch to batch: truncated back-propagation through
    /// time.</summary>
    /// <remarks>
    /// The text of n ids is cut into <paramref name="batchSize"/> streams of ⌊(n − 1)/batchSize⌋ ids. Row b of batch k has the features
    /// [length] of stream b from k·length on, and the labels [length] one id further, so that each row goes on where the same row of the
    /// batch before ended. What does not fill a last window of all streams is left out, or with <paramref name="ignoreIndex"/> kept: a
    /// last window then has the id 0 behind the end of its stream, and there this label, which a loss and a metric of the same
    /// <c>ignoreIndex</c> leave out. Training reads streams with <c>Fit(streams, batchSize: streams.StreamCount, shuffle: false)</c>; any
    /// other order is refused.
    /// </remarks>
    /// <param name="ids">The text's ids.</param>
    /// <param name="length">The ids in a window: the steps that gradients go back.</param>
    /// <param name="batchSize">The number of streams.</param>
    /// <param name="ignoreIndex">The label of steps behind a stream's end, such as −1, to keep what does not fill a last window: for a
    /// measure of the whole text. Null, the default, leaves it out.</param>
    /// <returns>A data set whose batches of <paramref name="batchSize"/> samples follow one another.</returns>
    /// <exception cref="ValueException">The text is empty or too short for a window in each stream, has the id that is to be ignored, or a
    /// number is below 1.</exception>
    public static TextWindows Streams(int[] ids, int length, int batchSize, int? ignoreIndex = null)
    {
        ArgumentNullException.ThrowIfNull(ids);
        const string Method = $"{Where}.{nameof(Streams)}";
        if (batchSize < 1) throw Fail.Value(Method, $"batchSize is {batchSize}", "give at least 1");
        if (ignoreIndex is { } label && ids.AsSpan().Contains(label))
            throw Fail.Value(Method, $"ignoreIndex is {label}, an id of the text", "give a number that is no id, such as -1");
        return Make(nameof(Streams), ids, length, length, true, batchSize, ignoreIndex);
    }

    /// <summary>Cuts the text at a position into two, and each part into windows: none has an id of both.</summary>
    /// <param name="fraction">The first part's share: its first ⌊fraction · n⌋ ids.</param>
    /// <returns>The windows of both parts.</returns>
    /// <exception cref="ValueException">The fraction is not between 0 and 1, or a part is too short for a window.</exception>
    public (TextWindows First, TextWindows Second) Split(double fraction)
    {
        if (!(fraction is > 0 and < 1)) throw Fail.Value($"{Where}.Split", $"fraction is {fraction}", "give a number between 0 and 1");
        int cut = (int)(ids.Length * fraction);
        return (Part(ids[..cut]), Part(ids[cut..]));

        TextWindows Part(ReadOnlyMemory<int> part) => Make("Split", part, Length, stride, shifted, streams, ignored);
    }

    /// <summary>Cuts the text at a position, as <see cref="Split(double)"/> does: windows that overlap are never divided at
    /// random.</summary>
    /// <param name="fraction">The first part's share.</param>
    /// <param name="seed">It plays no part.</param>
    /// <param name="shuffle">It plays no part.</param>
    /// <param name="stratify">Must be false: the text's order decides.</param>
    /// <returns>The windows of both parts.</returns>
    /// <exception cref="ValueException">The fraction is not between 0 and 1, a part is too short for a window, or
    /// <paramref name="stratify"/> is set.</exception>
    public override (Dataset First, Dataset Second) Split(
        double fraction, ulong seed = RandomGenerator.DefaultSeed, bool shuffle = true, bool stratify = false) => stratify
        ? throw Fail.Value($"{Where}.Split", "stratify is set, and a text is cut at a position", "leave stratify out")
        : Split(fraction);

    /// <inheritdoc/>
    protected internal override void Read(ReadOnlySpan<int> samples, Tensor features, Tensor? labels)
    {
        ReadOnlySpan<int> text = ids.Span;
        Span<int> windows = features.AsWritableSpan<int>();
        Span<int> targets = labels is null ? default : labels.AsWritableSpan<int>();
        for (int i = 0; i < samples.Length; i++)
        {
            int start = StartOf(samples[i]);
            int count = streams == 0 ? Length : Math.Min(Length, streamLength - samples[i] / streams * Length);
            Span<int> window = windows.Slice(i * Length, Length);
            text.Slice(start, count).CopyTo(window);
            window[count..].Clear();
            if (labels is null) continue;
            if (!shifted)
            {
                targets[i] = text[start + Length];
                continue;
            }

            Span<int> target = targets.Slice(i * Length, Length);
            text.Slice(start + 1, count).CopyTo(target);
            if (count < Length) target[count..].Fill(ignored!.Value);
        }
    }

    internal override void CheckOrder(int batchSize, bool inOrder)
    {
        if (streams == 0 || (inOrder && batchSize == streams)) return;
        throw Fail.Value($"{Where}.Streams", $"batches of {batchSize} in {(inOrder ? "order" : "another order")}, where {streams} streams "
            + "go on from batch to batch", $"read them with batchSize: {streams} and shuffle: false");
    }

    private int StartOf(int sample) => streams == 0 ? sample * stride : sample % streams * streamLength + sample / streams * Length;

    private static TextWindows Windows(string method, int[] ids, int length, int stride, bool shifted)
    {
        ArgumentNullException.ThrowIfNull(ids);
        if (length >= 1 && stride < 1) throw Fail.Value($"{Where}.{method}", $"stride is {stride}", "give at least 1");
        return Make(method, ids, length, stride, shifted, 0, null);
    }

    private static TextWindows Make(
        string method, ReadOnlyMemory<int> ids, int length, int stride, bool shifted, int streams, int? ignored)
    {
        if (length < 1) throw Fail.Value($"{Where}.{method}", $"length is {length}", "give at least 1");
        if (ids.IsEmpty) throw Fail.Value($"{Where}.{method}", "the text is empty", "give the ids of a text");
        if (CountOf(ids.Length, length, stride, streams, ignored) == 0)
        {
            int least = ignored is null ? length : 1;
            string each = streams == 0 ? "" : $" in each of {streams} streams";
            throw Fail.Value($"{Where}.{method}",
                $"the text has {ids.Length} ids, too few for a window of {least} and the id after it{each}",
                $"give at least {(streams == 0 ? length + 1L : (long)least * streams + 1)} ids, or "
                + (ignored is null ? "a shorter window" : "fewer streams"));
        }

        return new TextWindows(ids, length, stride, shifted, streams, ignored);
    }

    private static int CountOf(int ids, int length, int stride, int streams, int? ignored) =>
        streams > 0 ? ((ids - 1) / streams + (ignored is null ? 0 : length - 1)) / length * streams
        : ids <= length ? 0
        : (ids - length - 1) / stride + 1;
}
