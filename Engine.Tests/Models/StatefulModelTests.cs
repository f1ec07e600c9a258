using Engine.Callbacks;
using Engine.Data;
using Engine.Layers;
using Engine.Losses;
using Engine.Metrics;
using Engine.Models;
using Engine.Optimizers;
using Engine.Tests.Operations;

namespace Engine.Tests.Models;

/// <summary>Models that carry states from batch to batch: truncated back-propagation through time over long streams.</summary>
public class StatefulModelTests
{
    private const int Streams = 4, Steps = 5, Windows = 6;

    [TestCase(true)]
    [TestCase(false)]
    public void A_stream_is_learned_across_its_windows_where_states_are_carried(bool stateful)
    {
        // Each stream names a symbol in its first step alone; every step of all windows is asked for it.
        var model = new Sequential(new Input(Steps, 3), new LSTM(8, returnSequences: true, stateful: stateful), new Dense(2, Activation.Softmax));
        model.Compile(new Adam(0.02), new SparseCategoricalCrossentropy(), new SparseCategoricalAccuracy());
        var random = new RandomGenerator(seed: 6);
        double loss = 0;
        for (int round = 0; round < 60; round++)
        {
            Tensor symbols = Tensor.RandomIntegers([Streams], 0, 2, random);
            model.ResetStates();
            loss = 0;
            for (int window = 0; window < Windows; window++) loss += model.TrainOnBatch(Window(symbols, window), Labels(symbols)) / Windows;
        }

        if (stateful) Assert.That(loss, Is.LessThan(0.05));
        else Assert.That(loss, Is.GreaterThan(0.3));
    }

    [Test]
    public void Fit_and_predict_carry_states_and_ResetStates_forgets_them()
    {
        var model = new Sequential(new Input(Steps, 3), new GRU(4, stateful: true));
        model.Compile(new SGD(0), new MeanSquaredError());
        Tensor x = Tensor.RandomNormal([8, Steps, 3], 0, 1, new RandomGenerator(seed: 2)), y = Tensor.Zeros([8, 4]);
        float[] first = model.Predict(x, batchSize: 4).ToArray<float>();
        Assert.That(model.Predict(x, batchSize: 4).ToArray<float>(), Is.Not.EqualTo(first));
        model.ResetStates();
        Assert.That(model.Predict(x, batchSize: 4).ToArray<float>(), Is.EqualTo(first));
        model.ResetStates();
        model.Fit(x, y, shuffle: false, batchSize: 4, verbose: Verbosity.Silent);
        Tensor[] states = [model.Apply(x[..4])];
        model.ResetStates();
        Assert.That(states[0].ToArray<float>(), Is.Not.EqualTo(model.Apply(x[..4]).ToArray<float>()));
    }

    [Test]
    public void Validation_begins_anew_with_its_own_batches_and_leaves_the_training_as_it_is()
    {
        Tensor x = Tensor.RandomNormal([8, Steps, 3], 0, 1, new RandomGenerator(seed: 2)), y = Tensor.Zeros([8, 4]);
        Tensor otherX = Tensor.RandomNormal([6, Steps, 3], 0, 1, new RandomGenerator(seed: 3)), otherY = Tensor.Zeros([6, 4]);
        Sequential Made()
        {
            var model = new Sequential(new Input(Steps, 3), new GRU(4, stateful: true), new Dense(4));
            model.Compile(new SGD(0.1), new MeanSquaredError());
            return model;
        }

        Sequential alone = Made(), watched = Made();
        History without = alone.Fit(x, y, epochs: 3, shuffle: false, batchSize: 4, verbose: Verbosity.Silent);
        var measured = new List<double>();
        History with = watched.Fit(x, y, epochs: 3, shuffle: false, batchSize: 4, verbose: Verbosity.Silent,
            validationData: (otherX, otherY), validationBatchSize: 2,
            callbacks: [new LambdaCallback(onEpochEnd: (_, _) =>
            {
                using (watched.SetStatesAside()) measured.Add(watched.Evaluate(otherX, otherY, batchSize: 2).Loss);
            })]);
        Assert.That(with["loss"], Is.EqualTo(without["loss"]), "an epoch goes on with the states of the one before");
        Assert.That(with["val_loss"], Is.EqualTo(measured));
        Assert.That(watched.Apply(x[..4]).ToArray<float>(), Is.EqualTo(alone.Apply(x[..4]).ToArray<float>()));
    }

    [Test]
    public void States_are_set_aside_and_put_back()
    {
        var inner = new LSTM(2, stateful: true);
        var model = new Sequential(new Input(Steps, 3), new Bidirectional(inner, mergeMode: BidirectionalMerge.Sum));
        Tensor x = Tensor.RandomNormal([4, Steps, 3], 0, 1, new RandomGenerator(seed: 2)), one = x[..1];
        float[] first = model.Apply(one).ToArray<float>();
        model.ResetStates();
        model.Apply(x);
        float[] second = model.Apply(x).ToArray<float>();
        model.ResetStates();
        model.Apply(x);
        using (model.SetStatesAside())
        {
            Assert.That(model.Apply(one).ToArray<float>(), Is.EqualTo(first), "as after ResetStates, with another batch size");
            using (model.SetStatesAside()) Assert.That(model.Apply(one).ToArray<float>(), Is.EqualTo(first));
            Assert.That(model.Apply(one).ToArray<float>(), Is.Not.EqualTo(first), "states are carried inside too");
        }

        Assert.That(model.Apply(x).ToArray<float>(), Is.EqualTo(second));
    }

    [Test]
    public void Perplexity_of_streams_counts_every_character_once()
    {
        int[] ids = [.. Enumerable.Range(0, 60).Select(i => i * i % 7 % 5)];
        var model = new Sequential(
            new Input([8], DType.Int32), new OneHot(5), new LSTM(3, returnSequences: true, stateful: true), new Dense(5));
        var loss = new SparseCategoricalCrossentropy(fromLogits: true, ignoreIndex: -1);
        model.Compile(new SGD(), loss, new Perplexity(fromLogits: true, ignoreIndex: -1));
        double perplexity = model.Evaluate(TextWindows.Streams(ids, 8, 3, ignoreIndex: -1), batchSize: 3)["perplexity"];

        // The oracle reads each stream of ⌊59/3⌋ = 19 characters in one piece.
        var whole = new Sequential(new Input([19], DType.Int32), new OneHot(5), new LSTM(3, returnSequences: true), new Dense(5));
        for (int i = 0; i < model.Variables.Count; i++) whole.Variables[i].Assign(model.Variables[i]);
        Tensor text = Tensor.From<int>(ids.AsSpan(0, 58), [58]), scores = whole.Apply(text[..57].Reshape(3, 19));
        double nats = new SparseCategoricalCrossentropy(fromLogits: true).Compute(text[1..].Reshape(3, 19), scores).ToScalar();
        Assert.That(Math.Log(perplexity), Is.EqualTo(nats).Within(1e-6));
    }

    [Test]
    public void A_batch_size_of_validation_that_is_none_is_named()
    {
        var model = new Sequential(new Input(Steps, 3), new GRU(4));
        model.Compile(new SGD(), new MeanSquaredError());
        Tensor x = Tensor.Zeros([2, Steps, 3]), y = Tensor.Zeros([2, 4]);
        Errors.Assert<ValueException>(() => model.Fit(x, y, validationData: (x, y), validationBatchSize: 0),
            "Fit", "validationBatchSize is 0", "null for batchSize");
        Errors.Assert<ValueException>(
            () => model.Fit([x], [y], validationData: ([x], [y]), validationBatchSize: -1), "validationBatchSize is -1");
    }

    [Test]
    public void Batches_and_sequences_that_do_not_fit_are_named()
    {
        var model = new Sequential(new Input(Steps, 3), new LSTM(2, stateful: true));
        model.Compile(new SGD(), new MeanSquaredError());
        Tensor x = Tensor.Zeros([5, Steps, 3]), y = Tensor.Zeros([5, 2]);
        model.Fit(x[..4], y[..4], batchSize: 4, verbose: Verbosity.Silent);
        Errors.Assert<ShapeException>(() => model.Fit(x[..2], y[..2], batchSize: 2, verbose: Verbosity.Silent),
            "LSTM \"lstm\"", "a batch of 2 samples", "states of 4", "ResetStates");
        Errors.Assert<ShapeException>(() => model.Predict(x[..3], batchSize: 3), "a batch of 3 samples", "states of 4");
        Errors.Assert<ShapeException>(() => model.Apply(Tensor.Zeros([3, Steps + 2, 3])), "[batch, 7, 3]", "[batch, 5, 3]");
        Errors.Assert<ShapeException>(() => model.Predict(Tensor.Zeros([3, Steps + 2, 3]), batchSize: 3), "[7, 3]", "[5, 3]");
    }

    [Test]
    public void A_last_batch_of_another_size_is_refused_before_anything_changes()
    {
        var model = new Sequential(new Input(Steps, 3), new Bidirectional(new LSTM(2, stateful: true)), new Dense(2));
        model.Compile(new SGD(1), new MeanSquaredError());
        Tensor x = Tensor.Ones([5, Steps, 3]), y = Tensor.Zeros([5, 2]);
        double[] before = [.. model.Variables.SelectMany(Oracle.Values)];
        Errors.Assert<ShapeException>(() => model.Fit(x, y, batchSize: 4, verbose: Verbosity.Silent), "Sequential \"sequential\": Fit",
            "5 samples in batches of 4", "a last one of 1", "LSTM \"forward_lstm\"", "Take(4)");
        Errors.Assert<ShapeException>(() => model.Fit(x, y, validationSplit: 0.4, batchSize: 2, verbose: Verbosity.Silent), "3 samples in batches of 2");
        Errors.Assert<ShapeException>(() => model.Fit(x[..4], y[..4], batchSize: 2, validationData: (x, y), validationBatchSize: 3,
            verbose: Verbosity.Silent), "Fit(validation)", "5 samples in batches of 3");
        Errors.Assert<ShapeException>(() => model.Evaluate(x, y, batchSize: 2), "Evaluate", "5 samples in batches of 2");
        Errors.Assert<ShapeException>(() => model.Predict(x, batchSize: 3), "Predict", "5 samples in batches of 3", "a last one of 2");
        Errors.Assert<ShapeException>(() => model.PredictAll([x], batchSize: 3)[0], "PredictAll", "5 samples in batches of 3");
        Assert.That(model.Variables.SelectMany(Oracle.Values), Is.EqualTo(before));
        Assert.That(model.Predict(x).Shape, Is.EqualTo(Shape.Create([5, 2])), "no states of another batch are remembered");
        model.ResetStates();
        model.Fit(x[..4], y[..4], batchSize: 2, epochs: 2, verbose: Verbosity.Silent);
    }

    [Test]
    public void A_stateful_step_takes_no_tensor_memory_from_the_garbage_collector()
    {
        var layer = new SimpleRNN(512, stateful: true);
        Tensor x = Tensor.Zeros([64, 2, 2]);
        void Step()
        {
            using var tape = new GradientTape();
            tape.Gradients(layer.Apply(x, training: true).Sum(), layer.TrainableVariables);
        }

        for (int i = 0; i < 3; i++) Step();
        long before = GC.GetAllocatedBytesForCurrentThread();
        Step();
        // A state alone has 128 KB.
        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.LessThan(64 << 10));
    }

    private static Tensor Window(Tensor symbols, int window)
    {
        var values = new float[Streams * Steps * 3];
        for (int n = 0; n < Streams; n++)
        {
            for (int t = 0; t < Steps; t++)
                values[(n * Steps + t) * 3 + (window == 0 && t == 0 ? symbols.AsSpan<int>()[n] : 2)] = 1;
        }

        return Tensor.From<float>(values, [Streams, Steps, 3]);
    }

    private static Tensor Labels(Tensor symbols) => symbols.ExpandDims(1).BroadcastTo([Streams, Steps]);
}
