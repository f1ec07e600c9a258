using Engine.Data;

namespace Engine.Tests.Data;

public class SequenceBucketTests
{
    /// <summary>100 sequences of 1 to 20 ids, each beginning with its number.</summary>
    private static readonly int[][] Sequences =
        [.. Enumerable.Range(0, 100).Select(i => Enumerable.Range(i + 1, 1 + i * 37 % 20).ToArray())];

    [Test]
    public void Batches_hold_sequences_of_about_equal_length()
    {
        var buckets = new SequenceBuckets(Sequences);
        int[] lengths = [.. buckets.Batch(16).Select(batch => batch.Features.Shape[1])];
        Assert.That(lengths, Is.Ordered);
        Assert.That(lengths, Is.EqualTo(Sequences.Select(s => s.Length).Order().Chunk(16).Select(chunk => chunk[^1])));
        Assert.That(buckets.Batch(16).All(batch => !batch.HasLabels));
        long padded = buckets.Batch(16).Sum(batch => (long)batch.Features.Length), all = Sequences.Sum(s => s.Length);
        Assert.That(padded, Is.LessThan(1.2 * all));
    }

    [TestCase(SequenceSide.Post)]
    [TestCase(SequenceSide.Pre)]
    public void Each_sequence_comes_once_with_its_target(SequenceSide side)
    {
        int[][] targets = [.. Sequences.Select(s => new[] { -s[0] }.Concat(s).ToArray())];
        var buckets = new SequenceBuckets(Sequences, targets, side, paddingId: 1000, targetPaddingId: 2000);
        var seen = new List<int>();
        foreach ((Tensor x, Tensor y) in buckets.Batch(16, shuffleSeed: 3))
        {
            Assert.That(y.Shape[0], Is.EqualTo(x.Shape[0]));
            for (int row = 0; row < x.Shape[0]; row++)
            {
                int[] ids = [.. x[row].ToArray<int>().Where(id => id != 1000)], wanted = [.. y[row].ToArray<int>().Where(id => id != 2000)];
                Assert.That(ids, Is.EqualTo(Sequences[ids[0] - 1]));
                Assert.That(wanted, Is.EqualTo(targets[ids[0] - 1]));
                Assert.That(x[row].ToArray<int>()[side == SequenceSide.Post ? 0 : ^1], Is.Not.EqualTo(1000));
                seen.Add(ids[0]);
            }
        }

        Assert.That(seen.Order(), Is.EqualTo(Enumerable.Range(1, 100)));
    }

    [Test]
    public void Labels_go_with_their_sequences()
    {
        Tensor labels = Tensor.From<int>([.. Enumerable.Range(1, 100)]);
        foreach ((Tensor x, Tensor y) in new SequenceBuckets(Sequences, labels).Batch(7, shuffleSeed: 1))
            Assert.That(y.ToArray<int>(), Is.EqualTo(Enumerable.Range(0, x.Shape[0]).Select(row => x[row].ToArray<int>()[0])));
    }

    [Test]
    public void The_order_depends_on_seed_and_epoch_alone()
    {
        static int[] First(ulong? seed, int epoch) =>
            [.. new SequenceBuckets(Sequences).Batch(16, seed, epoch).Select(batch => batch.Features.ToArray<int>()[0])];
        int[] first = First(1, 0);
        Assert.That(First(1, 0), Is.EqualTo(first));
        Assert.That(First(1, 1), Is.Not.EqualTo(first));
        Assert.That(First(2, 0), Is.Not.EqualTo(first));
        Assert.That(First(null, 0), Is.EqualTo(First(null, 1)));
    }

    [Test]
    public void Memory_is_used_again()
    {
        var buckets = new SequenceBuckets(Sequences);
        Tensor[] batches = [.. buckets.Batch(10).Select(batch => batch.Features)];
        Assert.That(batches.Select(batch => batch.Storage).Distinct().Count(), Is.EqualTo(1));
    }

    [Test]
    public void Bad_arguments_are_refused()
    {
        Assert.That(() => new SequenceBuckets([]), Throws.TypeOf<ValueException>().With.Message.Contains("SequenceBuckets: no sequences"));
        Assert.That(() => new SequenceBuckets([[1], []]), Throws.TypeOf<ValueException>().With.Message.Contains("sequence 1 is empty"));
        Assert.That(() => new SequenceBuckets([[1], [2]], (int[][])[[1]]),
            Throws.TypeOf<ValueException>().With.Message.Contains("2 sequences and 1 targets"));
        Assert.That(() => new SequenceBuckets([[1]], (int[][])[[]]),
            Throws.TypeOf<ValueException>().With.Message.Contains("target 0 is empty"));
        Assert.That(() => new SequenceBuckets([[1], [2]], Tensor.From(1, 2, 3)),
            Throws.TypeOf<ShapeException>().With.Message.Contains("labels of shape [3] for 2 sequences"));
        Assert.That(() => new SequenceBuckets([[1]], padding: (SequenceSide)5),
            Throws.TypeOf<ValueException>().With.Message.Contains("padding is 5"));
        var buckets = new SequenceBuckets([[1]]);
        Assert.That(() => buckets.Batch(0), Throws.TypeOf<ValueException>().With.Message.Contains("batchSize is 0"));
        Assert.That(() => buckets.Batch(1, epoch: -1), Throws.TypeOf<ValueException>().With.Message.Contains("epoch is -1"));
    }
}
