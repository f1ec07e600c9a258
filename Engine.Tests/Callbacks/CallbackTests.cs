using System.Globalization;
using Engine.Callbacks;
using Engine.Data;
using Engine.Models;
using Engine.Optimizers;
using Engine.Losses;
using Engine.Tests.Formats;
using Engine.Tests.Models;
using Engine.Tests.Operations;

namespace Engine.Tests.Callbacks;

/// <summary>Callbacks against values that are given, and in training.</summary>
public class CallbackTests
{
    private TemporaryFolder folder = null!;

    [SetUp]
    public void MakeFolder() => folder = new TemporaryFolder();

    [TearDown]
    public void RemoveFolder() => folder.Dispose();

    // Worked out by hand from Keras' rules: stop when patience epochs in a row were not better by more than minDelta.
    [TestCase(new double[] { 5, 4, 4.5, 4.2, 3, 9 }, 2, 0, 0, null, 3)]
    [TestCase(new double[] { 5, 4, 3, 2, 2, 9 }, 0, 0, 0, null, 4)]
    [TestCase(new double[] { 5, 4.9, 4.8, 4.7 }, 2, 0.5, 0, null, 2)]
    [TestCase(new double[] { 5, 6, 7, 8, 9 }, 2, 0, 2, null, 4)]
    [TestCase(new double[] { 5, 4, 3, 2, 1 }, 2, 0, 0, 3.5, null)]
    [TestCase(new double[] { 5, 4, 4.5, 3 }, 2, 0, 0, 3.5, 2)]
    [TestCase(new double[] { 5, 4, 4.5, 3 }, 2, 0, 0, null, null)]
    [TestCase(new double[] { 5, double.NaN, double.NaN, 1 }, 2, 0, 0, null, 2)]
    [TestCase(new double[] { 5, 4, 3 }, 2, 0, 0, null, null)]
    public void Early_stopping_stops_after_the_epoch_of_Keras(
        double[] values, int patience, double minDelta, int startFromEpoch, double? baseline, int? stopped)
    {
        foreach (MonitorMode mode in new[] { MonitorMode.Min, MonitorMode.Max })
        {
            int sign = mode == MonitorMode.Min ? 1 : -1;
            var callback = new EarlyStopping("x", minDelta, patience, mode, sign * baseline, startFromEpoch: startFromEpoch);
            Sequential model = TinyModels.Classifier();
            callback.OnTrainBegin(model, new TrainingPlan(0, values.Length, 1, 1, 1));
            for (int epoch = 0; epoch < values.Length && !model.StopTraining; epoch++)
                callback.OnEpochEnd(model, epoch, new Dictionary<string, double> { ["x"] = sign * values[epoch] });
            Assert.That(callback.StoppedEpoch, Is.EqualTo(stopped));
            Assert.That(model.StopTraining, Is.EqualTo(stopped is not null));
        }
    }

    [TestCase(true)]
    [TestCase(false)]
    public void Early_stopping_gives_the_best_weights_back_where_that_is_asked_for(bool restore)
    {
        var stop = new EarlyStopping("loss", patience: 100, mode: MonitorMode.Max, restoreBestWeights: restore);
        var bits = new List<byte[]>();
        Sequential model = TinyModels.Classifier();
        var record = new LambdaCallback(onEpochEnd: (_, _) => bits.Add(TinyModels.Bits(model)));
        History history = model.Fit(TinyModels.Quadrants(64), epochs: 4, callbacks: [stop, record], verbose: Verbosity.Silent);
        int best = Enumerable.Range(0, 4).MaxBy(epoch => history["loss"][epoch]);
        Assert.That((stop.BestEpoch, stop.Best), Is.EqualTo((best, history["loss"][best])));
        Assert.That(TinyModels.Bits(model), Is.EqualTo(bits[restore ? best : 3]));
    }

    [Test]
    public void The_rate_falls_on_a_plateau_as_in_Keras()
    {
        // patience 2, cooldown 1: two epochs without a better value, then a rest of one, whose waiting begins anew.
        double[] values = [1, 1, 1, 1, 1, 1, 0.5, 0.5, 0.5, 0.5];
        double[] rates = [0.8, 0.8, 0.4, 0.4, 0.2, 0.2, 0.2, 0.2, 0.15, 0.15];
        var callback = new ReduceLROnPlateau("loss", factor: 0.5, patience: 2, cooldown: 1, minLearningRate: 0.15);
        Sequential model = TinyModels.Classifier();
        model.Optimizer!.LearningRate = 0.8;
        callback.OnTrainBegin(model, new TrainingPlan(0, 10, 1, 1, 1));
        var found = new List<double>();
        for (int epoch = 0; epoch < values.Length; epoch++)
        {
            callback.OnEpochEnd(model, epoch, new Dictionary<string, double> { ["loss"] = values[epoch] });
            found.Add(model.Optimizer.LearningRate);
        }

        Assert.That(found, Is.EqualTo(rates).Within(1e-12));
    }

    [Test]
    public void The_scheduler_sets_each_epochs_rate()
    {
        Sequential model = TinyModels.Classifier();
        var rates = new List<double>();
        model.Fit(TinyModels.Quadrants(8), epochs: 4, callbacks:
        [
            new LearningRateScheduler((epoch, rate) => epoch < 2 ? rate : rate * 0.5),
            new LambdaCallback(onTrainBatchBegin: _ => rates.Add(model.Optimizer!.LearningRate)),
        ], verbose: Verbosity.Silent);
        Assert.That(rates, Is.EqualTo((double[])[0.02, 0.02, 0.01, 0.005]));
        model.Compile(new Adam(new CosineDecay(0.1, 10)), new SparseCategoricalCrossentropy());
        Errors.Assert<ValueException>(() => model.Fit(TinyModels.Quadrants(8), callbacks: [new LearningRateScheduler((_, _) => 1)],
            verbose: Verbosity.Silent), "CosineDecay gives it");
    }

    [Test]
    public void Of_an_adversarial_network_both_rates_follow()
    {
        Gan gan = TinyGans.Compiled();
        gan.DiscriminatorOptimizer!.LearningRate = 0.04;
        (double, double) Rates() => (gan.GeneratorOptimizer!.LearningRate, gan.DiscriminatorOptimizer!.LearningRate);
        gan.Fit(TinyGans.Points(8), epochs: 2, callbacks: [new LearningRateScheduler((epoch, rate) => epoch == 0 ? rate : rate / 2)],
            verbose: Verbosity.Silent);
        Assert.That(Rates(), Is.EqualTo((0.005, 0.02)));
        var plateau = new ReduceLROnPlateau("generator_loss", factor: 0.5, patience: 1, cooldown: 1, minLearningRate: 0.005);
        plateau.OnTrainBegin(gan, new TrainingPlan(0, 5, 1, 1, 1));
        var found = new List<(double, double)>();
        for (int epoch = 0; epoch < 5; epoch++)
        {
            plateau.OnEpochEnd(gan, epoch, new Dictionary<string, double> { ["generator_loss"] = 1 });
            found.Add(Rates());
        }

        Assert.That(found, Is.EqualTo(((double, double)[])[(0.005, 0.02), (0.005, 0.01), (0.005, 0.005), (0.005, 0.005), (0.005, 0.005)]));
    }

    [Test]
    public void Of_an_adversarial_network_no_rate_changes_where_one_comes_from_a_schedule()
    {
        var gan = new Gan(TinyGans.Generator(), TinyGans.Discriminator(), TinyGans.Latent);
        gan.Compile(new Adam(0.01), new Adam(new CosineDecay(0.1, 10)));
        Errors.Assert<ValueException>(() => gan.Fit(TinyGans.Points(8), callbacks: [new LearningRateScheduler((_, _) => 1)],
            verbose: Verbosity.Silent), "LearningRate is set to 1", "CosineDecay gives it");
        Assert.That(gan.GeneratorOptimizer!.LearningRate, Is.EqualTo(0.01));
    }

    [Test]
    public void Checkpoints_are_named_by_epoch_and_value_and_saved_each_epoch_or_when_better()
    {
        Dataset data = TinyModels.Quadrants(64);
        Sequential model = TinyModels.Classifier();
        History history = model.Fit(data, epochs: 3, callbacks: [new ModelCheckpoint(folder["m-{epoch:00}-{loss:F3}.safetensors"])],
            verbose: Verbosity.Silent);
        string[] files = [.. Directory.GetFiles(folder.Folder).Select(file => Path.GetFileName(file)).Order(StringComparer.Ordinal)];
        Assert.That(files, Is.EqualTo(history["loss"].Select((loss, i) =>
            string.Create(CultureInfo.InvariantCulture, $"m-{i + 1:00}-{loss:F3}.safetensors"))));
        Sequential loaded = TinyModels.Classifier();
        loaded.Load(folder[files[1]]);
        Assert.That((loaded.Epoch, loaded.Optimizer!.Step), Is.EqualTo((2, 4L)));

        var best = new ModelCheckpoint(folder["best"], "x", saveBestOnly: true, saveWeightsOnly: true, MonitorMode.Max, initialValueThreshold: 1);
        foreach ((double value, bool saved) in new[] { (0.5, false), (2.0, true), (1.5, false), (double.NaN, false), (3.0, true) })
        {
            File.Delete(folder["best"]);
            best.OnEpochEnd(model, 0, new Dictionary<string, double> { ["x"] = value });
            Assert.That(File.Exists(folder["best"]), Is.EqualTo(saved), $"{value}");
        }

        Assert.That(best.Best, Is.EqualTo(3));
        model.Fit(data, epochs: 4, initialEpoch: 3, batchSize: 10, callbacks: [new ModelCheckpoint(folder["b-{loss:F9}"], saveFrequency: 3)],
            verbose: Verbosity.Silent);
        Assert.That(Directory.GetFiles(folder.Folder, "b-*"), Has.Length.EqualTo(2));
    }

    [Test]
    public void The_log_reads_back_to_the_numbers_of_the_history_and_is_continued()
    {
        string path = folder["log.csv"];
        Sequential model = TinyModels.Classifier();
        File.WriteAllText(path, "old");
        History first = model.Fit(TinyModels.Quadrants(16), epochs: 2, callbacks: [new CsvLogger(path, ';')], verbose: Verbosity.Silent);
        History second = model.Fit(TinyModels.Quadrants(16), epochs: 3, initialEpoch: 2,
            callbacks: [new CsvLogger(path, ';', append: true)], verbose: Verbosity.Silent);
        string[][] lines = [.. File.ReadAllLines(path).Select(line => line.Split(';'))];
        Assert.That(lines[0], Is.EqualTo(new[] { "epoch", "loss", "accuracy" }));
        Assert.That(lines.Skip(1).Select(line => line[0]), Is.EqualTo(new[] { "0", "1", "2" }));
        Assert.That(lines.Skip(1).Select(line => double.Parse(line[1], CultureInfo.InvariantCulture)),
            Is.EqualTo(first["loss"].Concat(second["loss"])));
        Errors.Assert<ValueException>(() => model.Fit(TinyModels.Quadrants(16), callbacks: [new CsvLogger(path, append: true)],
            verbose: Verbosity.Silent), "columns", "were measured");
        Errors.Assert<FileFormatException>(() => model.Fit(TinyModels.Quadrants(16), callbacks: [new CsvLogger(folder["none/log.csv"])],
            verbose: Verbosity.Silent), "cannot be written");
    }

    [Test]
    public void A_callback_of_functions_hears_everything_in_order()
    {
        var heard = new List<string>();
        var callback = new LambdaCallback(e => heard.Add($"epoch{e}"), (e, m) => heard.Add($"end{e}:{m.Count}"), () => heard.Add("begin"),
            () => heard.Add("done"), b => heard.Add($"b{b}"), (b, _) => heard.Add($"e{b}"));
        TinyModels.Classifier().Fit(TinyModels.Quadrants(20), batchSize: 10, callbacks: [callback, new LambdaCallback()],
            verbose: Verbosity.Silent);
        Assert.That(string.Join(' ', heard), Is.EqualTo("begin epoch0 b0 e0 b1 e1 end0:2 done"));
    }

    [Test]
    public void What_is_not_measured_or_out_of_range_is_refused()
    {
        Callback[] watchers = [new EarlyStopping(), new ReduceLROnPlateau(), new ModelCheckpoint(folder["x"], saveBestOnly: true)];
        foreach (Callback watcher in watchers)
        {
            Errors.Assert<ValueException>(() => TinyModels.Classifier().Fit(TinyModels.Quadrants(8), callbacks: [watcher],
                verbose: Verbosity.Silent), watcher.GetType().Name, "\"val_loss\" is not measured", "loss, accuracy");
        }

        Errors.Assert<ValueException>(() => TinyModels.Classifier().Fit(TinyModels.Quadrants(8),
            callbacks: [new ModelCheckpoint(folder["{f1}"])], verbose: Verbosity.Silent), "\"f1\"", "loss, accuracy");
        Errors.Assert<ValueException>(() => new EarlyStopping(patience: -1), "patience is -1");
        Errors.Assert<ValueException>(() => new EarlyStopping(minDelta: double.NaN), "minDelta is NaN");
        Errors.Assert<ValueException>(() => new EarlyStopping(startFromEpoch: -1), "startFromEpoch is -1");
        Errors.Assert<ValueException>(() => new EarlyStopping(mode: (MonitorMode)9), "mode is 9");
        Errors.Assert<ValueException>(() => new ReduceLROnPlateau(factor: 1), "factor is 1");
        Errors.Assert<ValueException>(() => new ReduceLROnPlateau(patience: -1), "patience is -1");
        Errors.Assert<ValueException>(() => new ReduceLROnPlateau(cooldown: -1), "cooldown is -1");
        Errors.Assert<ValueException>(() => new ReduceLROnPlateau(minDelta: -1), "minDelta is -1");
        Errors.Assert<ValueException>(() => new ReduceLROnPlateau(minLearningRate: -1), "minLearningRate is -1");
        Errors.Assert<ValueException>(() => new ModelCheckpoint(""), "empty path");
        Errors.Assert<ValueException>(() => new ModelCheckpoint("x", saveFrequency: 0), "saveFrequency is 0");
        Errors.Assert<ValueException>(() => new CsvLogger(" "), "empty path");
        Errors.Assert<ValueException>(() => new CsvLogger("x", '.'), "separator '.'");
    }
}
