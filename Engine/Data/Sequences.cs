namespace Engine.Data;

/// <summary>Sequences of different lengths as tensors.</summary>
public static class Sequences
{
    /// <summary>Brings sequences to one length: Keras' <c>pad_sequences</c>.</summary>
    /// <param name="sequences">The ids of each; one may be empty.</param>
    /// <param name="length">The length; null for that of the longest.</param>
    /// <param name="padding">Where shorter ones are filled up; before their first id by default.</param>
    /// <param name="truncating">Where longer ones are cut; before their first id by default.</param>
    /// <param name="value">What fills them up, such as <see cref="ITextEncoder.PaddingId"/>; 0 by default.</param>
    /// <returns>Int32 [sequences, length].</returns>
    /// <exception cref="ValueException">There are no sequences, or a number or side is out of range.</exception>
    public static Tensor Pad(
        IReadOnlyList<int[]> sequences,
        int? length = null,
        SequenceSide padding = SequenceSide.Pre,
        SequenceSide truncating = SequenceSide.Pre,
        int value = 0)
    {
        ArgumentNullException.ThrowIfNull(sequences);
        if (sequences.Count == 0) throw Fail.Value("Sequences.Pad", "no sequences", "give at least one");
        if (length < 1) throw Fail.Value("Sequences.Pad", $"length is {length}", "give at least 1, or null");
        Require("Sequences.Pad", nameof(padding), padding);
        Require("Sequences.Pad", nameof(truncating), truncating);
        int longest = 0;
        foreach (int[] sequence in sequences) longest = Math.Max(longest, sequence.Length);
        Tensor padded = Tensor.Empty([sequences.Count, length ?? longest], DType.Int32);
        for (int i = 0; i < sequences.Count; i++) Place(sequences[i], padded, i, padding, truncating, value);
        return padded;
    }

    /// <summary>Fills a row of a batch with a sequence.</summary>
    internal static void Place(
        ReadOnlySpan<int> sequence, Tensor batch, int row, SequenceSide padding, SequenceSide truncating, int value)
    {
        int length = batch.Shape[1];
        Span<int> target = batch.AsWritableSpan<int>().Slice(row * length, length);
        if (sequence.Length > length) sequence = truncating == SequenceSide.Pre ? sequence[^length..] : sequence[..length];
        int before = padding == SequenceSide.Pre ? length - sequence.Length : 0;
        target[..before].Fill(value);
        sequence.CopyTo(target[before..]);
        target[(before + sequence.Length)..].Fill(value);
    }

    internal static void Require(string where, string parameter, SequenceSide side)
    {
        if (!Enum.IsDefined(side)) throw Fail.Value(where, $"{parameter} is {(int)side}", "give a member of SequenceSide");
    }
}
