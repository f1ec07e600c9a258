using Engine.Callbacks;
using Engine.Data;
using Engine.Layers;
using Engine.Losses;
using Engine.Metrics;
using Engine.Models;
using Engine.Optimizers;
using Engine.Tests.Formats;
using Engine.Tests.Operations;

namespace Engine.Tests.Models;

/// <summary>Callbacks remember, across a file, what they would have remembered without it.</summary>
public class ResumedCallbackTests
{
    private const int Epochs = 12;

    private TemporaryFolder folder = null!;

    [SetUp]
    public void MakeFolder() => folder = new TemporaryFolder();

    [TearDown]
    public void RemoveFolder() => folder.Dispose();

    [TestCase(false)]
    [TestCase(true)]
    public void A_training_cut_after_any_epoch_goes_on_to_the_same_rates_stop_and_weights(bool savesFirst)
    {
        Run whole = Train(initialEpoch: 0, savesFirst, folder["whole"]);
        // The test shows something only where the rate has fallen, and the waiting has begun anew and ended.
        Assert.That(whole.Rates.Distinct().Count(), Is.GreaterThan(2), string.Join(' ', whole.Rates));
        Assert.That((whole.Stop.StoppedEpoch, whole.Stop.BestEpoch), Is.EqualTo((whole.Rates.Count - 1, whole.Rates.Count - 5)));
        Assert.That(whole.Rates, Has.Count.LessThan(Epochs));
        for (int cut = 1; cut <= whole.Rates.Count; cut++)
        {
            Run rest = Train(cut, savesFirst, folder[$"rest{cut}"], folder[$"whole-{cut}"]);
            Assert.That(rest.Rates, Is.EqualTo(whole.Rates.Skip(cut)), $"cut after epoch {cut}");
            Assert.That(rest.Losses, Is.EqualTo(whole.Losses.Skip(cut)));
            Assert.That((rest.Stop.StoppedEpoch, rest.Stop.BestEpoch, rest.Stop.Best, rest.Best.Best),
                Is.EqualTo((whole.Stop.StoppedEpoch, whole.Stop.BestEpoch, whole.Stop.Best, whole.Best.Best)));
            Assert.That(TinyModels.Bits(rest.Model), Is.EqualTo(TinyModels.Bits(whole.Model)), "the best weights come back");
            Assert.That(rest.BestFiles, Is.EqualTo(whole.BestFiles.Where(epoch => epoch > cut)));
        }
    }

    [Test]
    public void A_larger_patience_goes_on_with_a_training_that_had_been_ended()
    {
        Sequential model = TinyModels.Classifier(), more = TinyModels.Classifier();
        static EarlyStopping Stop(int patience) => new("loss", patience: patience, mode: MonitorMode.Max);
        Dataset data = TinyModels.Quadrants(32);
        model.Fit(data, epochs: 9, callbacks: [Stop(2)], verbose: Verbosity.Silent);
        Assert.That(model.Epoch, Is.EqualTo(3));
        model.Save(folder["stopped"]);
        foreach ((int patience, int[] epochs) in new[] { (2, Array.Empty<int>()), (4, [3, 4]) })
        {
            more.Load(folder["stopped"]);
            History history = more.Fit(data, epochs: 9, initialEpoch: 3, callbacks: [Stop(patience)], verbose: Verbosity.Silent);
            Assert.That(history.Epochs, Is.EqualTo(epochs), $"patience {patience}");
        }

        more.Load(folder["stopped"]);
        Assert.That(more.Fit(data, epochs: 2, callbacks: [Stop(2)], verbose: Verbosity.Silent).Epochs, Has.Count.EqualTo(2), "begins anew");
    }

    [Test]
    public void What_a_callback_of_ones_own_notes_comes_back_and_is_passed_on_by_files_between()
    {
        Dataset data = TinyModels.Quadrants(8);
        Sequential model = TinyModels.Classifier(), between = TinyModels.Classifier(), rest = TinyModels.Classifier();
        Remembering first = new() { Number = 0.1, Tensor = Tensor.From<int>([3, 1, 4]) }, second = new() { Number = double.NegativeInfinity };
        model.Fit(data, callbacks: [first, second, new Remembering()], verbose: Verbosity.Silent);
        model.Save(folder["a"]);
        between.Load(folder["a"]);
        between.Save(folder["b"]);
        rest.Load(folder["b"]);
        Remembering[] back = [new(), new(), new(), new()];
        rest.Fit(data, epochs: 2, initialEpoch: 1, callbacks: back, verbose: Verbosity.Silent);
        Assert.That(back.Select(callback => callback.Number), Is.EqualTo((double?[])[0.1, double.NegativeInfinity, null, null]));
        Assert.That(back[0].Tensor!.ToArray<int>(), Is.EqualTo((int[])[3, 1, 4]));
        Assert.That(back[1].Tensor, Is.Null);
        rest.Load(folder["b"], weightsOnly: true);
        model.Save(folder["c"], weightsOnly: true);
        rest.Load(folder["c"]);
        var last = new Remembering { Number = 7 };
        rest.Fit(data, epochs: 3, initialEpoch: rest.Epoch, callbacks: [last], verbose: Verbosity.Silent);
        Assert.That(last.Number, Is.EqualTo(7), "a file of weights alone says nothing of callbacks");
    }

    [TestCase("no JSON", "callbacks are not what Save writes")]
    [TestCase("[]", "callbacks are not what Save writes")]
    [TestCase("""{"Remembering":{}}""", "callbacks are not what Save writes")]
    [TestCase("""{"Remembering":{"numbers":{"x":"many"},"tensors":[]}}""", "callbacks are not what Save writes")]
    [TestCase("""{"Remembering":{"numbers":{"":1},"tensors":[]}}""", "a name is empty")]
    [TestCase("""{"Remembering":{"numbers":{},"tensors":[1]}}""", "callbacks are not what Save writes")]
    [TestCase("""{"Remembering":{"numbers":{},"tensors":[]},"Remembering":{"numbers":{},"tensors":[]}}""", "stands there twice")]
    [TestCase("""{"Remembering":{"numbers":{},"tensors":["lost"]}}""", "\"callbacks/Remembering/lost\"", "is missing")]
    [TestCase("""{}""", "has a tensor \"callbacks/Remembering/tensor\"", "no place")]
    public void A_hostile_state_is_refused_before_anything_has_changed(string json, params string[] parts)
    {
        Sequential model = TinyModels.Classifier(), other = TinyModels.Classifier();
        model.Fit(TinyModels.Quadrants(8), callbacks: [new Remembering { Tensor = Tensor.Ones([2]) }], verbose: Verbosity.Silent);
        model.Save(folder["model"]);
        CheckpointTests.Rewrite(folder["model"], metadata => metadata["callbacks"] = json);
        byte[] before = TinyModels.Bits(other);
        Errors.Assert<FileFormatException>(() =>
        {
            other.Load(folder["model"]);
            return other;
        }, [.. parts, "nothing was changed"]);
        Assert.That(TinyModels.Bits(other), Is.EqualTo(before));
        if (json != "{}") other.Load(folder["model"], weightsOnly: true);
    }

    [Test]
    public void Best_weights_of_another_model_and_empty_names_are_refused()
    {
        var state = new CallbackState();
        state.Set("dense/kernel", Tensor.Ones([3]));
        Errors.Assert<ValueException>(() =>
        {
            var stop = new EarlyStopping(restoreBestWeights: true);
            stop.LoadState(TinyModels.Classifier(), state);
            return stop;
        }, "EarlyStopping", "no \"dense/kernel\" Float32[2, 16]");
        Assert.That(Assert.Throws<ValueException>(() => state.Set("", 1.0))!.Message, Does.Contain("an empty name"));
        Assert.That(Assert.Throws<ValueException>(() => state.Set("", Tensor.Ones([1])))!.Message, Does.Contain("an empty name"));
        state.Set("half", 0.5);
        state.Set("gone", 1.0);
        state.Set("gone", (double?)null);
        Assert.That((state.Count("half"), state.Number("half"), state.Number("gone")), Is.EqualTo(((int?)null, (double?)0.5, (double?)null)));
    }

    private Run Train(int initialEpoch, bool savesFirst, string name, string? from = null)
    {
        // A few points are soon learnt by heart: the validation loss falls, and rises again.
        Dataset data = TinyModels.Quadrants(24), validation = TinyModels.Quadrants(60, seed: 8);
        var model = new Sequential(new Input(2), new Dense(16, Activation.Tanh), new Dropout(0.5), new Dense(2, Activation.Softmax));
        model.Compile(new Adam(0.3), new SparseCategoricalCrossentropy(), new Accuracy());
        if (from is not null) model.Load(from);
        var rates = new List<double>();
        var stop = new EarlyStopping(patience: 4, restoreBestWeights: true);
        var best = new ModelCheckpoint(name + "-best-{epoch}", saveBestOnly: true);
        List<Callback> callbacks =
        [
            new LearningRateScheduler((epoch, rate) => epoch == 3 ? rate * 0.7 : rate),
            new LambdaCallback(onTrainBatchBegin: batch =>
            {
                if (batch == 0) rates.Add(model.Optimizer!.LearningRate);
            }),
            new ReduceLROnPlateau(factor: 0.5, patience: 1, cooldown: 1),
            stop,
        ];
        callbacks.InsertRange(savesFirst ? 0 : callbacks.Count, [new ModelCheckpoint(name + "-{epoch}"), best]);
        History history = model.Fit(data, Epochs, batchSize: 8, validationData: validation, callbacks: callbacks,
            initialEpoch: initialEpoch, seed: from is null ? 2 : null, verbose: Verbosity.Silent);
        int[] files = [.. Directory.GetFiles(folder.Folder, Path.GetFileName(name) + "-best-*")
            .Select(file => int.Parse(file[(file.LastIndexOf('-') + 1)..], System.Globalization.CultureInfo.InvariantCulture)).Order()];
        return new Run(model, rates, history.Contains("val_loss") ? history["val_loss"] : [], stop, best, files);
    }

    private sealed record Run(
        Sequential Model, List<double> Rates, IReadOnlyList<double> Losses, EarlyStopping Stop, ModelCheckpoint Best, int[] BestFiles);

    /// <summary>A callback as a user writes it.</summary>
    private sealed class Remembering : Callback
    {
        public double? Number { get; set; }

        public Tensor? Tensor { get; set; }

        public override void SaveState(Model model, CallbackState state)
        {
            state.Set("number", Number);
            if (Tensor is not null) state.Set("tensor", Tensor);
        }

        public override void LoadState(Model model, CallbackState state) =>
            (Number, Tensor) = (state.Number("number"), state.Tensors.GetValueOrDefault("tensor"));
    }
}
