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
    public void Batches_and_sequences_that_do_not_fit_are_named()
    {
        var model = new Sequential(new Input(Steps, 3), new LSTM(2, stateful: true));
        model.Compile(new SGD(), new MeanSquaredError());
        Tensor x = Tensor.Zeros([5, Steps, 3]), y = Tensor.Zeros([5, 2]);
        Errors.Assert<ShapeException>(() => model.Fit(x, y, batchSize: 4, verbose: Verbosity.Silent),
            "LSTM \"lstm\"", "a batch of 1 samples", "states of 4", "ResetStates");
        model.ResetStates();
        Errors.Assert<ShapeException>(() => model.Predict(x, batchSize: 3), "a batch of 2 samples", "states of 3");
        Errors.Assert<ShapeException>(() => model.Apply(Tensor.Zeros([3, Steps + 2, 3])), "[batch, 7, 3]", "[batch, 5, 3]");
        Errors.Assert<ShapeException>(() => model.Predict(Tensor.Zeros([3, Steps + 2, 3]), batchSize: 3), "[7, 3]", "[5, 3]");
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
