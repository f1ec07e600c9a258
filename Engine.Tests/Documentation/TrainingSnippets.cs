using Engine.Callbacks;
using Engine.Data;
using Engine.Layers;
using Engine.Losses;
using Engine.Metrics;
using Engine.Models;
using Engine.Optimizers;
using Engine.Tests.Formats;
using Engine.Tests.Models;

namespace Engine.Tests.Documentation;

/// <summary>The code of docs/guide.md about training, run.</summary>
[NonParallelizable]
public class TrainingSnippets
{
    [Test]
    public void Training_goes_on_from_a_file()
    {
        using var folder = new TemporaryFolder();
        string path = folder["model.safetensors"];
        Dataset data = TinyModels.Quadrants(64);
        Sequential first = MakeModel(), whole = MakeModel();
        first.Fit(data, epochs: 3, verbose: Verbosity.Silent);
        first.Save(path);
        whole.Fit(data, epochs: 5, verbose: Verbosity.Silent);

        #region doc-resume
        Sequential model = MakeModel();             // the same layers, compiled with the same optimizer
        model.Load(path);
        model.Fit(data, epochs: 5, initialEpoch: model.Epoch);
        #endregion

        Assert.That(TinyModels.Bits(model), Is.EqualTo(TinyModels.Bits(whole)));
    }

    [Test]
    public void Fit_takes_callbacks()
    {
        using var folder = new TemporaryFolder();
        string before = Environment.CurrentDirectory;
        (Sequential model, Dataset train, Dataset test) = (MakeModel(), TinyModels.Quadrants(64), TinyModels.Quadrants(32, seed: 6));
        Environment.CurrentDirectory = folder.Folder;
        try
        {
            #region doc-callbacks
            model.Fit(train, epochs: 20, validationData: test, callbacks:
            [
                new ModelCheckpoint("best.safetensors", monitor: "val_accuracy", saveBestOnly: true),
                new ReduceLROnPlateau(factor: 0.5, patience: 2),
                new EarlyStopping(patience: 5, restoreBestWeights: true),
                new CsvLogger("training.csv"),
                new HtmlReport("report.html", test),
            ]);
            #endregion

            Assert.That(Directory.GetFiles(folder.Folder), Has.Length.EqualTo(3));
        }
        finally
        {
            Environment.CurrentDirectory = before;
        }
    }

    [Test]
    public void A_model_of_two_inputs_and_two_outputs_is_trained()
    {
        Tensor images = Tensor.Ones([8, 4]), facts = Tensor.Ones([8, 2]), prices = Tensor.Ones([8, 1]);
        Tensor kinds = Tensor.Zeros([8], DType.Int32);

        #region doc-outputs
        SymbolicTensor a = SymbolicTensor.Input(4), b = SymbolicTensor.Input(2);
        SymbolicTensor h = new Concatenate().Apply(a, b);
        var model = new Model([a, b], [new Dense(1, name: "price").Apply(h), new Dense(3, Activation.Softmax, name: "kind").Apply(h)]);
        model.Compile(
            new Adam(),
            [new MeanSquaredError(), new SparseCategoricalCrossentropy()],
            lossWeights: [0.1, 1],
            metrics: [[], [new Accuracy()]]);
        History history = model.Fit([images, facts], [prices, kinds], epochs: 2);
        double last = history["kind_accuracy"][^1];     // also loss, price_loss, kind_loss
        #endregion

        Assert.That(history.Names, Is.EqualTo(new[] { "loss", "price_loss", "kind_loss", "kind_accuracy" }));
        Assert.That(last, Is.InRange(0, 1));
    }

    [Test]
    public void A_callback_of_ones_own_remembers_across_a_file()
    {
        using var folder = new TemporaryFolder();
        Dataset data = TinyModels.Quadrants(16);
        Sequential first = MakeModel(), rest = MakeModel();
        first.Fit(data, epochs: 2, callbacks: [new Enough(100)], verbose: Verbosity.Silent);
        first.Save(folder["model"]);
        rest.Load(folder["model"]);
        rest.Fit(data, epochs: 9, initialEpoch: 2, callbacks: [new Enough(100)], verbose: Verbosity.Silent);
        Assert.That(rest.Epoch, Is.EqualTo(3));
    }

    #region doc-callback-state
    /// <summary>Ends training when the loss was below a limit three times.</summary>
    private sealed class Enough(double limit) : Callback
    {
        private int times;

        public override void OnEpochEnd(Model model, int epoch, IReadOnlyDictionary<string, double> measured)
        {
            if (measured["loss"] < limit && ++times == 3) model.StopTraining = true;
        }

        public override void SaveState(Model model, CallbackState state) => state.Set("times", times);

        public override void LoadState(Model model, CallbackState state) => times = state.Count("times") ?? 0;
    }
    #endregion

    private static Sequential MakeModel() => TinyModels.Classifier(dropout: 0.3);
}
