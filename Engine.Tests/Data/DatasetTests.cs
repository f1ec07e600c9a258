using Engine.Data;

namespace Engine.Tests.Data;

public class DatasetTests
{
    private static Dataset Numbers(int count) => new(Tensor.Arange(0, count).Reshape(count, 1), Tensor.Arange(count));

    /// <summary>The labels in the order an epoch gives them, and its batches' sizes.</summary>
    private static (List<int> Order, List<int> Sizes) Epoch(BatchReader reader, int epoch)
    {
        var order = new List<int>();
        var sizes = new List<int>();
        reader.Start(epoch);
        while (reader.Next(out Tensor features, out Tensor? labels))
        {
            sizes.Add(features.Shape[0]);
            order.AddRange(labels!.ToArray<int>());
            Assert.That(features.ToArray<float>(), Is.EqualTo(labels.ToArray<int>().Select(label => (float)label)),
                "features go with their labels");
        }
        return (order, sizes);
    }

    [Test]
    public void Batches_cover_every_sample_once_and_the_last_has_what_remains()
    {
        using var reader = new BatchReader(Numbers(10), null, 4, null);
        (List<int> order, List<int> sizes) = Epoch(reader, 0);
        Assert.That(order, Is.EqualTo(Enumerable.Range(0, 10)));
        Assert.That(sizes, Is.EqualTo(new[] { 4, 4, 2 }));
        Assert.That(reader.BatchCount, Is.EqualTo(3));
    }

    [TestCase(1)]
    [TestCase(7)]
    [TestCase(50)]
    [TestCase(1000)]
    public void A_shuffled_epoch_depends_on_seed_and_epoch_alone(int batchSize)
    {
        using var first = new BatchReader(Numbers(50), null, batchSize, 3);
        using var second = new BatchReader(Numbers(50), null, batchSize, 3);
        using var other = new BatchReader(Numbers(50), null, batchSize, 4);
        List<int> zero = Epoch(first, 0).Order, one = Epoch(first, 1).Order;
        Assert.That(zero, Is.EquivalentTo(Enumerable.Range(0, 50)).And.Not.EqualTo(Enumerable.Range(0, 50)));
        Assert.That(one, Is.EquivalentTo(zero).And.Not.EqualTo(zero));
        Assert.That(Epoch(second, 1).Order, Is.EqualTo(one), "whichever epochs came before");
        Assert.That(Epoch(other, 0).Order, Is.Not.EqualTo(zero));
    }

    [Test]
    public void An_epoch_cut_short_leaves_nothing_to_the_next()
    {
        using var reader = new BatchReader(Numbers(20), null, 3, null);
        for (int used = 0; used < 4; used++)
        {
            reader.Start(0);
            for (int i = 0; i < used; i++) reader.Next(out _, out _);
            Assert.That(Epoch(reader, 1).Order, Is.EqualTo(Enumerable.Range(0, 20)));
        }
    }

    [Test]
    public void Only_the_chosen_samples_are_read()
    {
        using var reader = new BatchReader(Numbers(20), [3, 1, 4, 15], 3, null);
        Assert.That(Epoch(reader, 0).Order, Is.EqualTo(new[] { 3, 1, 4, 15 }));
        Assert.That(reader.SampleCount, Is.EqualTo(4));
    }

    [Test]
    public void Bytes_are_scaled_as_a_batch_is_made_unless_that_is_switched_off()
    {
        byte[] bytes = [.. Enumerable.Range(0, 256).Select(value => (byte)value)];
        var scaled = new Dataset(Tensor.From<byte>(bytes, [256, 1]));
        var raw = new Dataset(Tensor.From<byte>(bytes, [256, 1]), scaleBytes: false);
        Assert.That(scaled.Features.DType, Is.EqualTo(DType.UInt8));
        Assert.That(scaled.FeatureType, Is.EqualTo(DType.Float32));
        using var reader = new BatchReader(scaled, null, 256, null);
        reader.Start(0);
        reader.Next(out Tensor features, out Tensor? labels);
        Assert.That(features.ToArray<float>(), Is.EqualTo(bytes.Select(value => value / 255f)));
        Assert.That(labels, Is.Null);
        using var rawReader = new BatchReader(raw, null, 256, null);
        rawReader.Start(0);
        rawReader.Next(out features, out _);
        Assert.That(features.ToArray<byte>(), Is.EqualTo(bytes));
    }

    [Test]
    public void Batches_reuse_their_memory()
    {
        using var reader = new BatchReader(Numbers(400), null, 4, 1);
        reader.Start(0);
        for (int i = 0; i < 10; i++) reader.Next(out _, out _);
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 80; i++) reader.Next(out _, out _);
        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.LessThan(80 * 200));
    }

    [Test]
    public void What_goes_wrong_while_reading_ahead_reaches_the_caller()
    {
        using var reader = new BatchReader(new Unreadable(), null, 2, null);
        reader.Start(0);
        Assert.That(reader.Next(out _, out _));
        Assert.That(reader.Next(out _, out _));
        Assert.That(Assert.Throws<IOException>(() => reader.Next(out _, out _))!.Message, Is.EqualTo("the disk is gone"));
    }

    [Test]
    public void Columns_that_do_not_belong_together_are_refused()
    {
        ShapeException error = Assert.Throws<ShapeException>(() => _ = new Dataset(Tensor.Zeros([5, 2]), Tensor.Zeros([4])))!;
        Assert.That(error.Message, Does.Contain("[5, 2]").And.Contain("[4]").And.Contain("one label for each sample"));
        Assert.That(Assert.Throws<ShapeException>(() => _ = new Dataset(Tensor.Scalar(1)))!.Message, Does.Contain("scalar"));
        Assert.That(Assert.Throws<ShapeException>(() => _ = new Dataset(Tensor.Zeros([1]), Tensor.Scalar(1)))!.Message,
            Does.Contain("labels"));
    }

    [Test]
    public void A_pair_of_tensors_is_a_data_set()
    {
        Tensor x = Tensor.Zeros([3, 2]), y = Tensor.Zeros([3]);
        Dataset data = (x, y);
        Assert.That((data.Features, data.Labels, data.Count), Is.EqualTo((x, y, 3)));
        Assert.That(data.FeatureShape.ToString(), Is.EqualTo("[2]"));
    }

    [Test]
    public void The_rendered_digits_are_a_data_set_of_bytes()
    {
        (Dataset train, Dataset test) = RenderedDigits.Load();
        Assert.That(train.Features.Shape.ToString(), Is.EqualTo("[12000, 28, 28, 1]"));
        Assert.That((train.Features.DType, train.Labels!.DType, test.Count), Is.EqualTo((DType.UInt8, DType.Int32, 2000)));
    }

    /// <summary>A data set whose fourth sample cannot be read.</summary>
    private sealed class Unreadable() : Dataset(Tensor.Zeros([8, 1]))
    {
        protected internal override void Read(ReadOnlySpan<int> samples, Tensor features, Tensor? labels)
        {
            if (samples.Contains(4)) throw new IOException("the disk is gone");
            base.Read(samples, features, labels);
        }
    }
}
