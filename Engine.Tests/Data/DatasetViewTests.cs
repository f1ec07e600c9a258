using Engine.Data;

namespace Engine.Tests.Data;

/// <summary>Data sets made of others.</summary>
public class DatasetViewTests
{
    private static Dataset Numbers(int count) => new(Tensor.Arange(0, count).Reshape(count, 1), Tensor.Arange(count));

    private static Dataset Bytes(int count) => new(
        Tensor.From<byte>([.. Enumerable.Range(0, count).Select(value => (byte)value)], [count, 1]), Tensor.Arange(count));

    private static int[] Labels(Dataset data) => data.Labels!.ToArray<int>();

    /// <summary>Features and labels as batches give them.</summary>
    private static (float[] Features, int[] Labels) Read(Dataset data, int batchSize = 3, ulong? shuffle = null, int epoch = 0)
    {
        var features = new List<float>();
        var labels = new List<int>();
        foreach ((Tensor x, Tensor y) in data.Batch(batchSize, shuffleSeed: shuffle, epoch: epoch))
        {
            features.AddRange(x.ToArray<float>());
            labels.AddRange(y.ToArray<int>());
        }

        return ([.. features], [.. labels]);
    }

    [Test]
    public void Take_and_skip_divide_in_order_and_go_no_further_than_there_are_samples()
    {
        Dataset data = Numbers(7);
        Assert.That(Labels(data.Take(3)), Is.EqualTo(new[] { 0, 1, 2 }));
        Assert.That(Labels(data.Skip(3)), Is.EqualTo(new[] { 3, 4, 5, 6 }));
        Assert.That((data.Take(9).Count, data.Skip(9).Count, data.Take(0).Count), Is.EqualTo((7, 0, 0)));
        Assert.That(Read(data.Skip(2).Take(2)).Features, Is.EqualTo(new[] { 2f, 3 }));
    }

    [Test]
    public void Shuffle_is_an_order_that_depends_on_the_seed_alone()
    {
        Dataset data = Numbers(50);
        int[] order = Labels(data.Shuffle(3));
        Assert.That(order, Is.EquivalentTo(Enumerable.Range(0, 50)).And.Not.EqualTo(Enumerable.Range(0, 50)));
        Assert.That(Labels(data.Shuffle(3)), Is.EqualTo(order));
        Assert.That(Labels(data.Shuffle(4)), Is.Not.EqualTo(order));
        Assert.That(Read(data.Shuffle(3), 7), Is.EqualTo((order.Select(value => (float)value).ToArray(), order)));
    }

    [Test]
    public void Views_of_bytes_stay_bytes_until_a_batch_is_made()
    {
        Dataset view = Bytes(20).Shuffle(1).Take(6).Prefetch(2);
        Assert.That((view.Features.DType, view.FeatureType), Is.EqualTo((DType.UInt8, DType.Float32)));
        Assert.That(Read(view).Features, Is.EqualTo(Labels(view).Select(label => label / 255f)));
        Assert.That(view.Cache().Features.DType, Is.EqualTo(DType.UInt8));
        Assert.That(Read(view.Cache()), Is.EqualTo(Read(view)));
    }

    [TestCase(true)]
    [TestCase(false)]
    public void Split_gives_each_sample_to_one_part(bool shuffle)
    {
        (Dataset first, Dataset second) = Numbers(10).Split(0.33, seed: 5, shuffle);
        Assert.That((first.Count, second.Count), Is.EqualTo((3, 7)));
        Assert.That(Labels(first).Concat(Labels(second)), Is.EquivalentTo(Enumerable.Range(0, 10)));
        if (!shuffle) Assert.That(Labels(first), Is.EqualTo(new[] { 0, 1, 2 }));
        else Assert.That(Labels(Numbers(10).Split(0.33, seed: 5).First), Is.EqualTo(Labels(first)));
    }

    [TestCase(0.5, true)]
    [TestCase(0.3, true)]
    [TestCase(0.71, true)]
    [TestCase(0.3, false)]
    public void Stratified_parts_have_each_class_in_its_share(double fraction, bool shuffle)
    {
        int[] classes = [.. Enumerable.Range(0, 101).Select(i => i < 60 ? 7 : i < 90 ? -2 : 4)];
        Dataset data = new(Tensor.Arange(0, 101).Reshape(101, 1), Tensor.From<int>(classes));
        (Dataset first, Dataset second) = data.Split(fraction, seed: 2, shuffle, stratify: true);
        Assert.That(first.Count, Is.EqualTo((int)Math.Round(fraction * 101)));
        foreach (int label in new[] { 7, -2, 4 })
        {
            double share = fraction * classes.Count(c => c == label);
            Assert.That(Labels(first).Count(c => c == label), Is.EqualTo(share).Within(1));
        }

        Assert.That(first.Features.ToArray<float>().Concat(second.Features.ToArray<float>()),
            Is.EquivalentTo(Enumerable.Range(0, 101).Select(i => (float)i)));
        foreach (Dataset part in new[] { first, second })
        {
            Assert.That(part.Features.ToArray<float>().Select(i => classes[(int)i]), Is.EqualTo(Labels(part)), "labels go with features");
        }
    }

    [Test]
    public void Maps_change_features_and_labels_as_batches_are_made()
    {
        Dataset data = Numbers(8);
        int calls = 0;
        Dataset doubled = data.Map(x =>
        {
            Interlocked.Increment(ref calls);
            return Tensor.Concat([x * 2, x + 1], axis: 0);
        });
        Assert.That(calls, Is.EqualTo(1), "tried on the first sample alone");
        Assert.That(doubled.FeatureShape.ToArray(), Is.EqualTo(new[] { 2 }));
        Assert.That(Read(doubled.Skip(5)).Features, Is.EqualTo(new[] { 10f, 6, 12, 7, 14, 8 }));
        Dataset both = data.Map((x, y) => (x.Sum(), y * 10));
        Assert.That(both.FeatureShape.Rank, Is.Zero);
        Assert.That(Read(both), Is.EqualTo((Enumerable.Range(0, 8).Select(i => (float)i).ToArray(),
            Enumerable.Range(0, 8).Select(i => 10 * i).ToArray())));
        Assert.That(both.Labels!.ToArray<int>()[7], Is.EqualTo(70), "all are made when they are asked for");
        Assert.That(Read(Bytes(4).Map(x => x * 255)).Features, Is.EqualTo(new[] { 0f, 1, 2, 3 }).Within(1e-4), "bytes come scaled");
    }

    [Test]
    public void Random_maps_depend_on_seed_epoch_and_sample_alone()
    {
        Dataset noisy = Numbers(12).Map((x, random) => x * 0 + random.NextDouble(), seed: 4);
        float[] zero = Read(noisy, 5).Features, one = Read(noisy, 5, epoch: 1).Features;
        Assert.That(Read(noisy, 2).Features, Is.EqualTo(zero), "whatever the batches");
        Assert.That(Read(noisy.Prefetch(0), 12).Features, Is.EqualTo(zero), "whichever the thread");
        Assert.That(one.Intersect(zero), Is.Empty, "each epoch draws anew");
        Assert.That(zero, Is.Unique);
        (float[] shuffled, int[] order) = Read(noisy, 5, shuffle: 9);
        Assert.That(shuffled, Is.EqualTo(order.Select(sample => zero[sample])), "in any order");
        Dataset kept = noisy.Cache();
        Assert.That(Read(kept, 4, epoch: 3).Features, Is.EqualTo(zero), "a cache keeps the first epoch's numbers");
    }

    [Test]
    public void A_cache_asks_functions_once()
    {
        int calls = 0;
        Dataset cached = Numbers(6).Map(x =>
        {
            Interlocked.Increment(ref calls);
            return x + 1;
        }).Cache();
        int after = calls;
        Read(cached);
        Read(cached);
        Assert.That((after, calls), Is.EqualTo((7, 7)));
    }

    [Test]
    public void Generators_make_samples_in_any_order_and_sequences_are_kept()
    {
        Dataset made = Dataset.FromGenerator(i => (Tensor.From<float>(i, i * i), Tensor.Scalar(i, DType.Int32)), 5);
        Assert.That((made.Count, made.FeatureShape.ToString(), made.LabelShape!.Value.Rank), Is.EqualTo((5, "[2]", 0)));
        Assert.That(Read(made.Skip(3)).Features, Is.EqualTo(new[] { 3f, 9, 4, 16 }));
        Dataset random = Dataset.FromGenerator((i, generator) => (Tensor.RandomNormal([2], 0, 1, generator), null), 6, seed: 3);
        Assert.That(random.LabelShape, Is.Null);
        Assert.That(random.Features.ToArray<float>(), Is.EqualTo(random.Cache().Features.ToArray<float>()).And.Unique);
        IEnumerable<(Tensor Features, Tensor? Label)> Sequence()
        {
            for (int i = 0; i < 40; i++) yield return (Tensor.From<byte>([(byte)i, (byte)(i + 1)]), Tensor.Scalar(i, DType.Int32));
        }

        Dataset kept = Dataset.FromGenerator(Sequence());
        Assert.That((kept.Count, kept.Features.DType, kept.FeatureType), Is.EqualTo((40, DType.UInt8, DType.Float32)));
        Assert.That(kept.Features.ToArray<byte>()[78..], Is.EqualTo(new byte[] { 39, 40 }));
        Assert.That(Labels(kept), Is.EqualTo(Enumerable.Range(0, 40)));
    }

    [Test]
    public void Batches_cover_an_epoch_and_may_drop_its_remainder()
    {
        Assert.That(Numbers(10).Batch(4).Select(batch => batch.Features.Shape[0]), Is.EqualTo(new[] { 4, 4, 2 }));
        Assert.That(Numbers(10).Batch(4, dropRemainder: true).Select(batch => batch.Labels.Shape[0]), Is.EqualTo(new[] { 4, 4 }));
        Assert.That(Numbers(3).Batch(4, dropRemainder: true), Is.Empty);
        Assert.That(Numbers(8).Take(0).Batch(4), Is.Empty);
        using var fitted = new BatchReader(Numbers(20), null, 6, 5);
        fitted.Start(2);
        fitted.Next(out _, out Tensor? labels);
        Assert.That(Numbers(20).Batch(6, shuffleSeed: 5, epoch: 2).First().Labels.ToArray<int>(), Is.EqualTo(labels!.ToArray<int>()),
            "Fit's own order");
    }

    [TestCase(0)]
    [TestCase(1)]
    [TestCase(3)]
    [TestCase(40)]
    public void Prefetch_changes_no_batch(int ahead)
    {
        Dataset data = Numbers(29).Prefetch(ahead);
        for (int epoch = 0; epoch < 3; epoch++)
            Assert.That(Read(data, 4, 8, epoch), Is.EqualTo(Read(Numbers(29), 4, 8, epoch)));
        using var reader = new BatchReader(data, null, 4, null);
        for (int used = 0; used < 6; used++)
        {
            reader.Start(0);
            for (int i = 0; i < used; i++) reader.Next(out _, out _);
        }

        reader.Start(1);
        reader.Next(out _, out Tensor? labels);
        Assert.That(labels!.ToArray<int>(), Is.EqualTo(new[] { 0, 1, 2, 3 }), "an epoch cut short leaves nothing to the next");
    }

    [TestCase(0)]
    [TestCase(1)]
    [TestCase(3)]
    public void A_function_that_throws_is_told_with_its_sample_at_its_batch_and_again(int ahead)
    {
        Dataset data = Numbers(12).Map(x => x.ToScalar() == 7 ? throw new InvalidOperationException("no seven") : x).Prefetch(ahead);
        using var reader = new BatchReader(data, null, 2, null);
        reader.Start(0);
        for (int batch = 0; batch < 3; batch++) Assert.That(reader.Next(out _, out _));
        for (int again = 0; again < 2; again++)
        {
            EngineException error = Assert.Throws<EngineException>(() => reader.Next(out _, out _))!;
            Assert.That(error.Message, Does.Contain("Dataset.Map: sample 7")
                .And.Contain("InvalidOperationException").And.Contain("no seven"));
            Assert.That(error.InnerException, Is.TypeOf<InvalidOperationException>());
            if (ahead == 0) break;
        }

        reader.Start(1);
        Assert.That(reader.Next(out _, out _), "the next epoch begins anew");
        Dataset generated = Dataset.FromGenerator(i => i == 3 ? throw new IOException("gone") : (Tensor.Scalar(i), null), 5);
        Assert.That(() => generated.Cache(), Throws.TypeOf<EngineException>().With.Message.Contains("FromGenerator: sample 3")
            .And.Message.Contains("gone"));
        Assert.That(() => Dataset.FromGenerator(i => throw new IOException("at once"), 5),
            Throws.TypeOf<EngineException>().With.Message.Contains("sample 0"));
        IEnumerable<(Tensor, Tensor?)> Breaking()
        {
            yield return (Tensor.Scalar(1), null);
            throw new IOException("broke off");
        }

        Assert.That(() => Dataset.FromGenerator(Breaking()), Throws.TypeOf<EngineException>().With.Message.Contains("sample 1"));
    }

    [Test]
    public void Samples_of_another_shape_or_type_than_the_first_are_refused()
    {
        Dataset shapes = Dataset.FromGenerator(i => (Tensor.Zeros([i == 2 ? 3 : 2]), null), 4);
        Assert.That(() => shapes.Cache(), Throws.TypeOf<ShapeException>()
            .With.Message.Contains("sample 2 has features of shape [3], the first one [2]"));
        Dataset types = Numbers(4).Map((x, y) => (x, x.ToScalar() == 1 ? y.Cast(DType.Int64) : y));
        Assert.That(() => types.Cache(), Throws.TypeOf<DTypeException>().With.Message.Contains("sample 1 has a label of type Int64"));
        Dataset labels = Dataset.FromGenerator(i => (Tensor.Scalar(i), i == 1 ? null : Tensor.Scalar(i)), 3);
        Assert.That(() => labels.Cache(), Throws.TypeOf<ValueException>().With.Message.Contains("sample 1: null came as a label"));
        Assert.That(() => Dataset.FromGenerator([(Tensor.Scalar(1), null), (Tensor.Scalar(2), Tensor.Scalar(1))]),
            Throws.TypeOf<ValueException>().With.Message.Contains("sample 1 has a label, unlike the first"));
    }

    [Test]
    public void Arguments_out_of_range_are_refused()
    {
        Dataset data = Numbers(4), bare = new(Tensor.Zeros([4, 1]));
        Assert.That(() => data.Take(-1), Throws.TypeOf<ValueException>().With.Message.Contains("Dataset.Take: count is -1"));
        Assert.That(() => data.Skip(-1), Throws.TypeOf<ValueException>().With.Message.Contains("Dataset.Skip: count is -1"));
        Assert.That(() => data.Batch(0), Throws.TypeOf<ValueException>().With.Message.Contains("batchSize is 0"));
        Assert.That(() => data.Batch(1, epoch: -1), Throws.TypeOf<ValueException>().With.Message.Contains("epoch is -1"));
        Assert.That(() => data.Prefetch(-1), Throws.TypeOf<ValueException>().With.Message.Contains("batches is -1"));
        Assert.That(() => data.Split(1), Throws.TypeOf<ValueException>().With.Message.Contains("fraction is 1"));
        Assert.That(() => data.Split(0.01), Throws.TypeOf<ValueException>().With.Message.Contains("leaves 0 and 4"));
        Assert.That(() => bare.Split(0.5, stratify: true), Throws.TypeOf<ValueException>().With.Message.Contains("no labels"));
        Assert.That(() => new Dataset(Tensor.Zeros([4, 1]), Tensor.Zeros([4, 2])).Split(0.5, stratify: true),
            Throws.TypeOf<ValueException>().With.Message.Contains("Float32[4, 2]").And.Message.Contains("whole number"));
        Assert.That(() => bare.Map((x, y) => (x, y)), Throws.TypeOf<ValueException>().With.Message.Contains("no labels"));
        Assert.That(() => bare.Batch(2).First().Labels, Throws.TypeOf<ValueException>().With.Message.Contains("no labels"));
        Assert.That(() => data.Take(0).Map(x => x), Throws.TypeOf<ValueException>().With.Message.Contains("0 samples"));
        Assert.That(() => Dataset.FromGenerator(i => (Tensor.Scalar(i), null), 0),
            Throws.TypeOf<ValueException>().With.Message.Contains("0 samples"));
        Assert.That(() => Dataset.FromGenerator([]), Throws.TypeOf<ValueException>().With.Message.Contains("no sample came"));
        Assert.That(() => new Own(-1), Throws.TypeOf<ValueException>().With.Message.Contains("count is -1"));
        Assert.That(() => new Own(2).Cache(),
            Throws.TypeOf<ModelException>().With.Message.Contains("Own").And.Message.Contains("override Read"));
    }

    private sealed class Own(int count) : Dataset(count, [2]);
}
