using Engine.Data;

namespace Engine.Tests.Data;

public class SequenceTests
{
    private static readonly int[][] Three = [[1, 2, 3], [4], []];

    [Test]
    public void Sequences_are_filled_up_and_cut_at_either_end()
    {
        Assert.That(Rows(Sequences.Pad(Three)), Is.EqualTo(new[] { "1 2 3", "0 0 4", "0 0 0" }));
        Assert.That(Rows(Sequences.Pad(Three, padding: SequenceSide.Post, value: 9)), Is.EqualTo(new[] { "1 2 3", "4 9 9", "9 9 9" }));
        Assert.That(Rows(Sequences.Pad(Three, length: 2)), Is.EqualTo(new[] { "2 3", "0 4", "0 0" }));
        Assert.That(Rows(Sequences.Pad(Three, length: 2, truncating: SequenceSide.Post)), Is.EqualTo(new[] { "1 2", "0 4", "0 0" }));
        Assert.That(Rows(Sequences.Pad(Three, length: 4, SequenceSide.Post)), Is.EqualTo(new[] { "1 2 3 0", "4 0 0 0", "0 0 0 0" }));
        Assert.That(Sequences.Pad([[]]).Shape.ToString(), Is.EqualTo("[1, 0]"));
    }

    [FsCheck.NUnit.Property(MaxTest = 100)]
    public void Padding_loses_nothing(int[][] given)
    {
        int[][] sequences = [.. given.Select(sequence => sequence.Select(id => id | 1).ToArray()), [1]];
        foreach (SequenceSide side in Enum.GetValues<SequenceSide>())
        {
            Tensor padded = Sequences.Pad(sequences, padding: side);
            for (int i = 0; i < sequences.Length; i++)
                Assert.That(padded[i].ToArray<int>().Where(id => id != 0), Is.EqualTo(sequences[i]));
        }
    }

    [Test]
    public void Bad_padding_is_refused()
    {
        Assert.That(() => Sequences.Pad([]), Throws.TypeOf<ValueException>().With.Message.Contains("Sequences.Pad: no sequences"));
        Assert.That(() => Sequences.Pad(Three, length: 0), Throws.TypeOf<ValueException>().With.Message.Contains("length is 0"));
        Assert.That(() => Sequences.Pad(Three, padding: (SequenceSide)2),
            Throws.TypeOf<ValueException>().With.Message.Contains("padding is 2"));
        Assert.That(() => Sequences.Pad(Three, truncating: (SequenceSide)2),
            Throws.TypeOf<ValueException>().With.Message.Contains("truncating is 2"));
    }

    private static string[] Rows(Tensor padded) =>
        [.. Enumerable.Range(0, padded.Shape[0]).Select(i => string.Join(' ', padded[i].ToArray<int>()))];
}
