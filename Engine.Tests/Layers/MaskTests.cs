using Engine.Layers;
using Engine.Losses;
using Engine.Metrics;
using Engine.Models;
using Engine.Optimizers;
using Engine.Tests.Operations;
using static Engine.Tests.Operations.Oracle;

namespace Engine.Tests.Layers;

/// <summary>Masks from where they are made through layers to losses and metrics.</summary>
public class MaskTests
{
    private static readonly Tensor Counts = Tensor.From<bool>([true, true, false, true, false, false], [2, 3]);

    private static readonly (string Name, Func<Layer> Make)[] Passing =
    [
        ("dense", () => new Dense(2, Activation.ReLU)), ("activation", () => new ActivationLayer(Activation.Tanh)),
        ("dropout", () => new Dropout(0.5)), ("spatial dropout", () => new SpatialDropout1D(0.5)), ("noise", () => new GaussianNoise(0.1)),
        ("gaussian dropout", () => new GaussianDropout(0.1)), ("batch normalisation", () => new BatchNormalization()),
        ("layer normalisation", () => new LayerNormalization()), ("group normalisation", () => new GroupNormalization(2)),
        ("unit normalisation", () => new UnitNormalization()), ("slopes", () => new PReLU()), ("rescaling", () => new Rescaling(2)),
        ("normalisation", () => new Normalization(mean: [0], variance: [1])), ("input", () => new Input([3, 4], DType.Float64)),
        ("steps", () => new TimeDistributed(new Dense(2))), ("identity", () => new Lambda(x => x)),
        ("recurrent", () => new LSTM(2, returnSequences: true)), ("both directions", () => new Bidirectional(new GRU(2, returnSequences: true))),
        ("a model", () => new Sequential(new Dense(2), new Dropout(0.2))),
    ];

    private static readonly (string Name, Func<Layer> Make)[] Dropping =
    [
        ("convolution", () => new Conv1D(2, 2)), ("pooling", () => new MaxPooling1D()), ("mean", () => new GlobalAveragePooling1D()),
        ("maximum", () => new GlobalMaxPooling1D()), ("flatten", () => new Flatten()), ("reshape", () => new Reshape(4, 3)),
        ("permute", () => new Permute(2, 1)), ("padding", () => new ZeroPadding1D()), ("cropping", () => new Cropping1D()),
        ("upsampling", () => new UpSampling1D()), ("last step", () => new LSTM(2)), ("both last steps", () => new Bidirectional(new GRU(2))),
        ("function", () => new Lambda(x => x * 2)), ("a model", () => new Sequential(new Dense(2), new Flatten())),
    ];

    [TestCaseSource(nameof(Passing))]
    public void Layers_that_leave_time_as_it_is_pass_the_mask_on((string Name, Func<Layer> Make) given)
    {
        foreach (bool training in new[] { false, true })
        {
            Tensor x = Normal([2, 3, 4]).WithMask(Counts);
            Tensor y = given.Make().Apply(x, training);
            Assert.That(y.Mask?.ToArray<bool>(), Is.EqualTo(Counts.ToArray<bool>()));
            Assert.That(given.Make().Apply(Normal([2, 3, 4]), training).Mask, Is.Null, "none comes from nothing");
            Assert.That(x.Mask, Is.SameAs(Counts), "the input keeps its own");
        }
    }

    [TestCaseSource(nameof(Dropping))]
    public void Layers_that_change_time_drop_the_mask((string Name, Func<Layer> Make) given) =>
        Assert.That(given.Make().Apply(Normal([2, 3, 4]).WithMask(Counts)).Mask, Is.Null);

    [Test]
    public void Masking_marks_the_steps_whose_features_all_have_the_value()
    {
        Tensor x = Tensor.From<double>([7, 7, 7, 0, 0, 0, 7, 7], [1, 4, 2]);
        Tensor y = new Masking(7).Apply(x);
        Assert.That(y.Mask!.ToArray<bool>(), Is.EqualTo(new[] { false, true, true, false }));
        AssertClose(y, [1, 4, 2], [0, 0, 7, 0, 0, 0, 0, 0]);
        Assert.That(new Masking().Apply(x).Mask!.ToArray<bool>(), Is.EqualTo(new[] { true, true, false, true }));
        Assert.That(new Masking().OutputShape([4, 2]), Is.EqualTo(Shape.Create([4, 2])));
        Errors.Assert<ShapeException>(() => new Masking().Apply(Tensor.Zeros([2, 3])), "Masking", "[batch, steps, …, features]");
    }

    [Test]
    public void An_embedding_masks_zeros_when_told_so()
    {
        Tensor ids = Tensor.From<int>([3, 0, 1, 0], [2, 2]);
        Assert.That(new Embedding(4, 2, maskZero: true).Apply(ids).Mask!.ToArray<bool>(), Is.EqualTo(new[] { true, false, true, false }));
        Assert.That(new Embedding(4, 2, maskZero: true).Apply(ids.Cast(DType.Int64)).Mask!.ToArray<bool>(),
            Is.EqualTo(new[] { true, false, true, false }));
        Assert.That(new Embedding(4, 2).Apply(ids).Mask, Is.Null);
    }

    [Test]
    public void Merging_layers_combine_masks_as_Keras_does()
    {
        Tensor other = Tensor.From<bool>([false, true, false, true, true, false], [2, 3]);
        Tensor a = Normal([2, 3, 4]).WithMask(Counts), b = Normal([2, 3, 4]).WithMask(other), free = Normal([2, 3, 4]);
        bool[] any = [true, true, false, true, true, false];
        foreach (Layer layer in new Layer[] { new Add(), new Multiply(), new Average(), new Maximum(), new Minimum(), new Subtract(), new Concatenate() })
        {
            Assert.That(layer.Apply(a, b).Mask!.ToArray<bool>(), Is.EqualTo(any), layer.Path);
            Assert.That(layer.Apply(a, free).Mask, Is.Null, layer.Path);
            Assert.That(layer.Apply(free, a).Mask, Is.Null, layer.Path);
        }

        Assert.That(new Concatenate(1).Apply(a, free[.., ..1], b).Mask!.ToArray<bool>(),
            Is.EqualTo(new[] { true, true, false, true, false, true, false, true, false, false, true, true, true, false }));
        Assert.That(new Dot(2).Apply(a, b).Mask, Is.Null);
    }

    [TestCase(false)]
    [TestCase(true)]
    public void A_padded_sequence_gives_what_the_sequence_gives(bool left)
    {
        foreach (Func<Layer> make in new Func<Layer>[]
        {
            () => new SimpleRNN(3), () => new LSTM(3), () => new GRU(3), () => new LSTM(3, goBackwards: true),
            () => new Bidirectional(new LSTM(3)), () => new Sequential(new LSTM(3, returnSequences: true), new Dropout(0.1), new GRU(2)),
        })
        {
            Layer layer = make();
            var embedding = new Embedding(9, 2, maskZero: true, dtype: DType.Float64);
            Tensor words = Tensor.From<int>([3, 8, 1], [1, 3]), padding = Tensor.From<int>([0, 0], [1, 2]);
            Tensor padded = Tensor.Concat(left ? [padding, words] : [words, padding], 1);
            Tensor wanted = layer.Apply(embedding.Apply(words));
            AssertClose(layer.Apply(embedding.Apply(padded)), wanted.Shape, Values(wanted));
        }
    }

    [Test]
    public void Padding_counts_for_nothing_in_loss_metrics_and_gradients()
    {
        // Two samples of 3 and 2 steps in one padded batch, and the same five steps without padding.
        Sequential Make() => new(new Input([3, 2], DType.Float64), new Masking(), new SimpleRNN(4, returnSequences: true), new Dense(3, Activation.Softmax));
        Tensor x = Normal([2, 3, 2]), labels = Tensor.From<int>([0, 2, 1, 1, 0, 2], [2, 3]);
        x = x * Tensor.From<double>([1, 1, 1, 1, 1, 0], [2, 3, 1]);
        Sequential model = Make();
        var accuracy = new SparseCategoricalAccuracy();
        model.Compile(new SGD(0.1), new SparseCategoricalCrossentropy(), accuracy);
        Tensor y = model.Apply(x);
        double loss = 0, right = 0;
        for (int n = 0; n < 2; n++)
        {
            for (int t = 0; t < 3 - n; t++)
            {
                int label = labels.AsSpan<int>()[3 * n + t];
                loss -= Math.Log(At(y, n, t, label)) / 5;
                if (Enumerable.Range(0, 3).All(k => At(y, n, t, k) <= At(y, n, t, label))) right += 1.0 / 5;
            }
        }

        Evaluation measured = model.Evaluate(x, labels);
        Assert.That(measured["loss"], Is.EqualTo(loss).Within(1e-12));
        Assert.That(measured[accuracy.Name], Is.EqualTo(right).Within(1e-12));
        // Another label at the padding changes no bit of a step; another at a step that counts does.
        float[] Trained(int place, int label)
        {
            Sequential trained = Make();
            trained.Compile(new SGD(0.1), new SparseCategoricalCrossentropy());
            int[] changed = labels.ToArray<int>();
            changed[place] = label;
            trained.Fit(x, Tensor.From<int>(changed, [2, 3]), verbose: Verbosity.Silent);
            return [.. trained.Variables.SelectMany(variable => variable.Cast(DType.Float32).ToArray<float>())];
        }

        Assert.That(Trained(5, 0), Is.EqualTo(Trained(5, 2)));
        Assert.That(Trained(4, 1), Is.Not.EqualTo(Trained(4, 0)));
    }

    [Test]
    public void An_epochs_loss_weighs_batches_by_their_samples_and_metrics_count_steps()
    {
        var model = new Sequential(new Input([3], DType.Int32), new Embedding(4, 2, maskZero: true, dtype: DType.Float64), new Dense(4));
        var loss = new SparseCategoricalCrossentropy(fromLogits: true);
        model.Compile(new SGD(), loss, new LossMetric(loss, "steps"), new Perplexity(fromLogits: true));
        Tensor ids = Tensor.From<int>([1, 2, 3, 2, 0, 0], [2, 3]), y = model.Apply(ids);
        double[] each = [.. Enumerable.Range(0, 4).Select(i => (i / 3, i % 3)).Select(at => Math.Log(Enumerable.Range(0, 4)
            .Sum(k => Math.Exp(At(y, at.Item1, at.Item2, k)))) - At(y, at.Item1, at.Item2, (int)At(ids, at.Item1, at.Item2)))];
        Evaluation together = model.Evaluate(ids, ids), apart = model.Evaluate(ids, ids, batchSize: 1);
        Assert.That(together.Loss, Is.EqualTo(each.Average()).Within(1e-12));
        Assert.That(apart.Loss, Is.EqualTo((each[..3].Average() + each[3]) / 2).Within(1e-12), "as in Keras");
        Assert.That(apart.Loss, Is.Not.EqualTo(together.Loss).Within(1e-6));
        foreach (Evaluation measured in (Evaluation[])[together, apart])
        {
            Assert.That(measured["steps"], Is.EqualTo(each.Average()).Within(1e-12));
            Assert.That(measured["perplexity"], Is.EqualTo(Math.Exp(each.Average())).Within(1e-12));
        }
    }

    [Test]
    public void What_stands_at_masked_steps_may_be_anything()
    {
        double[] values = Normal([2, 3, 2]).ToArray<double>();
        foreach (int i in new[] { 4, 8, 9, 10, 11 }) values[i] = double.NaN;
        Tensor x = Tensor.From<double>(values, [2, 3, 2]).WithMask(Counts);
        foreach (Layer layer in new Layer[] { new SimpleRNN(3), new LSTM(3), new GRU(3), new Bidirectional(new LSTM(3)) })
        {
            using var tape = new GradientTape();
            Tensor loss = layer.Apply(x, training: true).Sum();
            Assert.That(loss.ToScalar(), Is.Not.NaN);
            foreach ((Variable variable, Tensor? gradient) in tape.Gradients(loss, layer.TrainableVariables))
                Assert.That(gradient!.ToArray<double>(), Is.All.Not.NaN, variable.Name);
        }
    }

    [Test]
    public void Nothing_but_padding_has_a_loss_of_0_and_changes_nothing()
    {
        var model = new Sequential(new Input([3], DType.Int32), new Embedding(5, 2, maskZero: true), new LSTM(3, returnSequences: true), new Dense(4));
        var accuracy = new SparseCategoricalAccuracy();
        model.Compile(new Adam(), new SparseCategoricalCrossentropy(fromLogits: true), accuracy);
        Tensor ids = Tensor.Zeros([4, 3], DType.Int32);
        float[] before = [.. model.Variables.SelectMany(variable => variable.ToArray<float>())];
        History history = model.Fit(ids, ids, verbose: Verbosity.Silent);
        Assert.That(history["loss"], Is.EqualTo(new[] { 0.0 }));
        Assert.That(history[accuracy.Name], Is.EqualTo(new[] { 0.0 }));
        Assert.That(model.Variables.SelectMany(variable => variable.ToArray<float>()), Is.EqualTo(before));
        Assert.That(new Sequential(new Embedding(5, 2, maskZero: true), new GlobalAveragePooling1D()).Apply(ids).ToArray<float>(), Is.All.Zero);
        Assert.That(new Sequential(new Embedding(5, 2, maskZero: true), new BatchNormalization()).Apply(ids, training: true).ToArray<float>(),
            Is.All.Matches<float>(float.IsFinite));
    }

    [Test]
    public void Means_over_steps_are_those_of_the_steps_that_count()
    {
        Tensor x = Normal([2, 3, 4]);
        AssertClose(new GlobalAveragePooling1D().Apply(x.WithMask(Counts)), [2, 4], Map([2, 4],
            at => at[0] == 0 ? (At(x, 0, 0, at[1]) + At(x, 0, 1, at[1])) / 2 : At(x, 1, 0, at[1])));
    }

    [Test]
    public void Batch_normalisation_leaves_padding_out_of_its_statistics()
    {
        Tensor x = Normal([2, 3, 4]), rows = Tensor.Concat([x[0, ..2], x[1, ..1]]);
        var masked = new BatchNormalization(betaInitializer: Initializer.Constant(0.5));
        var plain = new BatchNormalization(betaInitializer: Initializer.Constant(0.5));
        Tensor y = masked.Apply(x.WithMask(Counts), training: true), wanted = plain.Apply(rows, training: true);
        AssertClose(Tensor.Concat([y[0, ..2], y[1, ..1]]), wanted.Shape, Values(wanted));
        AssertClose(masked.MovingMean, [4], Values(plain.MovingMean));
        AssertClose(masked.MovingVariance, [4], Values(plain.MovingVariance));
        var turned = new BatchNormalization(axis: 1);
        Assert.That(turned.Apply(x.WithMask(Counts), training: true).Shape, Is.EqualTo(x.Shape));
    }

    [Test]
    public void Every_step_goes_through_the_same_layer()
    {
        Tensor x = Normal([2, 3, 6, 4]);
        var layer = new TimeDistributed(new Conv1D(2, 3));
        Tensor y = layer.Apply(x);
        Assert.That(layer.OutputShape([3, 6, 4]), Is.EqualTo(y.Shape.Remove(0)));
        for (int t = 0; t < 3; t++) AssertClose(y[.., t], [2, 4, 2], Values(layer.Layer.Apply(x[.., t])));
        Assert.That(layer.MultiplyAdds([3, 6, 4]), Is.EqualTo(3 * layer.Layer.MultiplyAdds([6, 4])));
        var dense = new Dense(5);
        Tensor flat = Normal([2, 3, 4]);
        AssertClose(new TimeDistributed(dense).Apply(flat), [2, 3, 5], Values(dense.Apply(flat)));
        Errors.Assert<ShapeException>(() => new TimeDistributed(new Dense(2)).Apply(Tensor.Zeros([2])), "TimeDistributed", "[batch, steps, …]");
        Errors.Assert<ShapeException>(() => new TimeDistributed(new Dense(2)).Apply(Tensor.Zeros([2, 0, 3])), "length 0");
    }

    [Test]
    public void Sentences_of_words_are_masked_at_both_levels()
    {
        // Two texts of two sentences of three words; the second text has one sentence.
        Tensor ids = Tensor.From<int>([1, 2, 0, 3, 0, 0, 4, 5, 6, 0, 0, 0], [2, 2, 3]);
        var words = new Embedding(9, 2, maskZero: true, dtype: DType.Float64);
        var sentence = new LSTM(3);
        Tensor y = new TimeDistributed(sentence).Apply(words.Apply(ids));
        Assert.That(y.Mask!.ToArray<bool>(), Is.EqualTo(new[] { true, true, true, false }));
        AssertClose(y[0, 1], [3], Values(sentence.Apply(words.Apply(Tensor.From<int>([3], [1, 1])))));
        Tensor sequences = new TimeDistributed(new GRU(3, returnSequences: true)).Apply(words.Apply(ids));
        Assert.That(sequences.Mask!.ToArray<bool>(), Is.EqualTo(words.Apply(ids).Mask!.ToArray<bool>()));
    }
}
