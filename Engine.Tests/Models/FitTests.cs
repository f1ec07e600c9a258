using System.Numerics.Tensors;
using Engine.Data;
using Engine.Layers;
using Engine.Losses;
using Engine.Metrics;
using Engine.Models;
using Engine.Optimizers;

namespace Engine.Tests.Models;

public class FitTests
{
    [Test]
    public void A_line_is_found_with_its_slope_and_offset()
    {
        Tensor x = Tensor.Linspace(-1, 1, 64).Reshape(64, 1);
        var model = new Sequential(new Input(1), new Dense(1));
        model.Compile(new SGD(learningRate: 0.1, momentum: 0.9), new MeanSquaredError());
        History history = model.Fit(x, 3 * x - 1, epochs: 60, batchSize: 16, verbose: Verbosity.Silent);
        var dense = (Dense)model.GetLayer("dense");
        Assert.That(dense.Kernel.ToScalar(), Is.EqualTo(3).Within(1e-3));
        Assert.That(dense.Bias!.ToScalar(), Is.EqualTo(-1).Within(1e-3));
        Assert.That(history["loss"], Has.Count.EqualTo(60));
        Assert.That(history["loss"][^1], Is.LessThan(1e-5));
    }

    [Test]
    public void A_classifier_learns_what_no_linear_one_can()
    {
        Sequential model = TinyModels.Classifier();
        History history = model.Fit(TinyModels.Quadrants(512), epochs: 30, validationData: TinyModels.Quadrants(256, seed: 6),
            verbose: Verbosity.Silent);
        Assert.That(history.Names, Is.EqualTo(new[] { "loss", "accuracy", "val_loss", "val_accuracy" }));
        Assert.That(history["accuracy"][^1], Is.GreaterThan(0.95));
        Assert.That(history["val_accuracy"][^1], Is.GreaterThan(0.93));
        Assert.That(history["val_loss"][^1], Is.LessThan(history["val_loss"][0]));
        Assert.That(history.Epochs, Has.Count.EqualTo(30));
    }

    [Test]
    [NonParallelizable]
    public void The_same_seed_gives_the_same_bits_on_any_number_of_threads()
    {
        int before = Parallelism.MaxThreads;
        try
        {
            var results = new List<byte[]>();
            foreach (int threads in new[] { 1, 2, 3, 8, 1 })
            {
                Parallelism.MaxThreads = threads;
                (byte[] images, byte[] labels) = RenderedDigits.Generate(96, 1);
                var digits = new Dataset(Tensor.From<byte>(images, [96, 28, 28, 1]), Tensor.From<byte>(labels));
                Sequential model = TinyModels.Digits();
                model.Fit(digits, epochs: 2, batchSize: 40, verbose: Verbosity.Silent);
                results.Add(TinyModels.Bits(model));
            }
            foreach (byte[] result in results) Assert.That(result.AsSpan().SequenceEqual(results[0]));
        }
        finally
        {
            Parallelism.MaxThreads = before;
        }
    }

    [Test]
    public void Another_seed_gives_other_weights_other_dropout_and_another_order()
    {
        byte[] Train(ulong seed, bool shuffle)
        {
            Sequential model = TinyModels.Classifier(dropout: 0.5);
            model.Fit(TinyModels.Quadrants(64), epochs: 2, shuffle: shuffle, seed: seed, verbose: Verbosity.Silent);
            return TinyModels.Bits(model);
        }
        byte[] first = Train(1, true), again = Train(1, true);
        Assert.That(again, Is.EqualTo(first));
        Assert.That(Train(2, true), Is.Not.EqualTo(first));
        Assert.That(Train(1, false), Is.Not.EqualTo(first));
    }

    [Test]
    public void The_seed_chooses_the_initial_weights_until_the_model_is_trained_even_after_Summary()
    {
        Sequential first = TinyModels.Classifier(), second = TinyModels.Classifier(), third = TinyModels.Classifier();
        first.Seed = 7;
        _ = second.Summary();
        second.Seed = 7;
        Assert.That(TinyModels.Bits(first), Is.EqualTo(TinyModels.Bits(second)));
        Assert.That(TinyModels.Bits(first), Is.Not.EqualTo(TinyModels.Bits(third)));
        first.Fit(TinyModels.Quadrants(8), verbose: Verbosity.Silent);
        byte[] trained = TinyModels.Bits(first);
        first.Seed = 8;
        Assert.That(TinyModels.Bits(first), Is.EqualTo(trained));
    }

    [Test]
    public void Layers_of_one_kind_start_with_different_weights()
    {
        var model = new Sequential(new Input(4), new Dense(4), new Dense(4));
        Assert.That(model.Variables[0].ToArray<float>(), Is.Not.EqualTo(model.Variables[2].ToArray<float>()));
    }

    [Test]
    public void The_last_small_batch_weighs_by_its_size()
    {
        // Without a step (rate 0) the mean of any split is the mean over all samples.
        Dataset data = TinyModels.Quadrants(50);
        Sequential model = TinyModels.Classifier();
        model.Compile(new SGD(learningRate: 0), new SparseCategoricalCrossentropy(), new Accuracy());
        Evaluation whole = model.Evaluate(data, batchSize: 50);
        History history = model.Fit(data, batchSize: 16, verbose: Verbosity.Silent);
        Assert.That(history["loss"][0], Is.EqualTo(whole.Loss).Within(1e-6));
        Assert.That(history["accuracy"][0], Is.EqualTo(whole["accuracy"]).Within(1e-12));
        Assert.That(model.Evaluate(data, batchSize: 7).Loss, Is.EqualTo(whole.Loss).Within(1e-6));
    }

    [Test]
    public void A_validation_split_leaves_its_samples_out_of_training()
    {
        // Features say which sample it is; those that training touches get a gradient.
        Tensor x = Tensor.Eye(10);
        var model = new Sequential(new Input(10), new Dense(1, useBias: false, kernelInitializer: Initializer.Zeros));
        model.Compile(new SGD(learningRate: 1), new MeanSquaredError());
        History history = model.Fit(x, Tensor.Ones([10, 1]), validationSplit: 0.3, verbose: Verbosity.Silent);
        float[] weights = model.Variables[0].ToArray<float>();
        Assert.That(weights.Count(weight => weight == 0), Is.EqualTo(3));
        Assert.That(weights[^3..], Is.Not.EqualTo(new float[3]), "the last samples, unshuffled, were taken");
        Assert.That(history["val_loss"][0], Is.EqualTo(1).Within(1e-6));
    }

    [Test]
    public void Training_in_two_calls_ends_with_the_bits_of_one()
    {
        Dataset data = TinyModels.Quadrants(64);
        Sequential whole = TinyModels.Classifier(dropout: 0.3), parts = TinyModels.Classifier(dropout: 0.3);
        whole.Fit(data, epochs: 4, verbose: Verbosity.Silent);
        parts.Fit(data, epochs: 2, verbose: Verbosity.Silent);
        History rest = parts.Fit(data, epochs: 4, initialEpoch: 2, verbose: Verbosity.Silent);
        Assert.That(TinyModels.Bits(parts), Is.EqualTo(TinyModels.Bits(whole)));
        Assert.That(rest.Epochs, Is.EqualTo(new[] { 2, 3 }));
        Assert.That(parts.Step, Is.EqualTo(8));
    }

    [Test]
    public void One_batch_trains_as_Fit_does()
    {
        Dataset data = TinyModels.Quadrants(24);
        Sequential fitted = TinyModels.Classifier(dropout: 0.3), stepped = TinyModels.Classifier(dropout: 0.3);
        History history = fitted.Fit(data, batchSize: 24, shuffle: false, verbose: Verbosity.Silent);
        double loss = stepped.TrainOnBatch(data.Features, data.Labels!);
        Assert.That(loss, Is.EqualTo(history["loss"][0]));
        Assert.That(TinyModels.Bits(stepped), Is.EqualTo(TinyModels.Bits(fitted)));
    }

    [Test]
    public void A_sequential_model_without_Input_is_built_by_its_first_data()
    {
        var model = new Sequential(new Dense(8, Activation.Tanh), new Dense(2, Activation.Softmax));
        model.Compile(new Adam(), new SparseCategoricalCrossentropy());
        Assert.That(model.Variables, Is.Empty);
        model.Fit(TinyModels.Quadrants(16), verbose: Verbosity.Silent);
        Assert.That(model.InputShapes[0].ToString(), Is.EqualTo("[2]"));
        Assert.That(model.Variables.Select(variable => variable.Name), Is.EqualTo(new[] { "dense/kernel", "dense/bias", "dense_1/kernel",
            "dense_1/bias" }));
    }

    [Test]
    public void Callbacks_hear_everything_in_order_and_can_stop_training()
    {
        var listener = new Recorder { StopAtBatch = 4 };
        Sequential model = TinyModels.Classifier();
        History history = model.Fit(TinyModels.Quadrants(30), epochs: 5, batchSize: 10, callbacks: [listener], verbose: Verbosity.Silent);
        Assert.That(string.Join(' ', listener.Events), Is.EqualTo("train(3x10,5) epoch0 b0 b1 b2 end0 epoch1 b0 b1 done"));
        Assert.That(history.Epochs, Is.EqualTo(new[] { 0 }));
        Assert.That(model.Step, Is.EqualTo(5));
        model.Fit(TinyModels.Quadrants(30), batchSize: 10, verbose: Verbosity.Silent);
        Assert.That(model.Step, Is.EqualTo(8), "a stopped model trains again");
    }

    [TestCase(32)]
    [TestCase(512)]
    public void A_training_step_of_the_digits_network_allocates_at_most_32_KB(int batchSize)
    {
        const int Steps = 4;
        int samples = batchSize * Steps;
        (byte[] images, byte[] labels) = RenderedDigits.Generate(samples, 1);
        var digits = new Dataset(Tensor.From<byte>(images, [samples, 28, 28, 1]), Tensor.From<byte>(labels));
        Sequential model = TinyModels.Digits();
        var meter = new AllocationMeter();
        model.Fit(digits, epochs: 2, batchSize: batchSize, callbacks: [meter], verbose: Verbosity.Silent);
        Assert.That(meter.LeastPerBatch, Is.GreaterThan(0).And.LessThanOrEqualTo(32 * 1024));
        Assert.That(meter.MeanOfLastEpoch, Is.LessThanOrEqualTo(32 * 1024));
    }

    [Test]
    public void Features_may_be_bytes_that_stay_bytes_until_they_are_scaled()
    {
        byte[] bytes = [0, 51, 255, 102];
        var model = new Sequential(new Input(1), new Dense(1, kernelInitializer: Initializer.Ones));
        float[] predicted = model.Predict(Tensor.From<byte>(bytes, [4, 1])).ToArray<float>();
        Assert.That(predicted, Is.EqualTo(new[] { 0f, 0.2f, 1f, 0.4f }));
    }

    /// <summary>Writes down what it hears.</summary>
    private sealed class Recorder : Callback
    {
        private int batches;

        public List<string> Events { get; } = [];

        public int StopAtBatch { get; init; }

        public override void OnTrainBegin(Model model, TrainingPlan plan) =>
            Events.Add($"train({plan.Batches}x{plan.BatchSize},{plan.Epochs})");

        public override void OnTrainEnd(Model model) => Events.Add("done");

        public override void OnEpochBegin(Model model, int epoch) => Events.Add($"epoch{epoch}");

        public override void OnEpochEnd(Model model, int epoch, IReadOnlyDictionary<string, double> measured)
        {
            Assert.That(measured.Keys, Is.EqualTo(new[] { "loss", "accuracy" }));
            Events.Add($"end{epoch}");
        }

        public override void OnBatchEnd(Model model, int batch, IReadOnlyDictionary<string, double> measured)
        {
            Events.Add($"b{batch}");
            model.StopTraining = batches++ == StopAtBatch;
        }
    }

    /// <summary>Measures what the training thread allocates from one batch to the next.</summary>
    private sealed class AllocationMeter : Callback
    {
        private readonly List<long> perBatch = [];
        private long last;

        public long LeastPerBatch => perBatch.Min();

        public double MeanOfLastEpoch => perBatch.Average();

        public override void OnEpochBegin(Model model, int epoch)
        {
            perBatch.Clear();
            last = 0;
        }

        public override void OnBatchEnd(Model model, int batch, IReadOnlyDictionary<string, double> measured)
        {
            long now = GC.GetAllocatedBytesForCurrentThread();
            if (last > 0) perBatch.Add(now - last);
            last = GC.GetAllocatedBytesForCurrentThread();
        }
    }
}
