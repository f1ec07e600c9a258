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

    private static Sequential MakeModel() => TinyModels.Classifier(dropout: 0.3);
}
