using Engine.Data;
using Engine.Layers;
using Engine.Losses;
using Engine.Models;
using Engine.Optimizers;
using Engine.Tests.Formats;

namespace Engine.Tests.Documentation;

/// <summary>The code of the guide's section on data, run.</summary>
public class DataSnippets
{
    private TemporaryFolder folder = null!;

    [SetUp]
    public void MakeFolder() => folder = new TemporaryFolder();

    [TearDown]
    public void RemoveFolder() => folder.Dispose();

    [Test]
    public void A_table_is_read_divided_and_fitted()
    {
        string path = folder.Write("flowers.csv", [.. "length,width,kind\n"u8, .. System.Text.Encoding.UTF8.GetBytes(string.Concat(
            Enumerable.Range(0, 30).Select(i => $"{i},{i % 7},{(i < 20 ? "rose" : "tulip")}\n")))]);

        #region doc-csv
        CsvDataset flowers = Dataset.FromCsv(path, label: "kind");          // or label: ^1, hasHeader: false
        (Dataset train, Dataset test) = flowers.Split(0.8, seed: 1, stratify: true);
        Console.WriteLine(string.Join(", ", flowers.ClassNames));           // rose, tulip: classes 0 and 1
        #endregion

        Assert.That((train.Count, test.Count), Is.EqualTo((24, 6)));
        Assert.That(test.Labels!.ToArray<int>().Count(label => label == 0), Is.EqualTo(4));
    }

    [Test]
    public void Samples_are_changed_and_batched()
    {
        (byte[] images, byte[] labels) = RenderedDigits.Generate(40, seed: 1);
        Dataset digits = new(Tensor.Wrap(images, [40, 28, 28, 1]), Tensor.From<byte>(labels).Cast(DType.Int32));

        #region doc-map
        Dataset noisy = digits.Map((x, random) => x + 0.1 * Tensor.RandomNormal(x.Shape, 0, 1, random), seed: 1);
        Dataset waves = Dataset.FromGenerator(i => (Tensor.Linspace(0, i, 50).Sin(), Tensor.Scalar(i)), count: 1000);
        Dataset kept = waves.Take(100).Cache();                             // made once, then in memory
        #endregion

        Assert.That((noisy.Count, kept.Count, kept.FeatureShape.ToString()), Is.EqualTo((40, 100, "[50]")));
        var model = new Sequential(new Flatten(), new Dense(10, Activation.Softmax));
        var loss = new SparseCategoricalCrossentropy();
        var optimizer = new Adam();

        #region doc-batch
        for (int epoch = 0; epoch < 2; epoch++)
        {
            foreach ((Tensor x, Tensor y) in noisy.Prefetch(2).Batch(32, dropRemainder: true, shuffleSeed: 1, epoch))
            {
                using var tape = new GradientTape();
                Tensor error = loss.Compute(y, model.Apply(x, training: true));
                optimizer.Apply(tape.Gradients(error, model.TrainableVariables));
            }
        }
        #endregion

        #region doc-grid
        ImageGrid.SavePng(folder["digits.png"], digits.Features[..16]);        // 4 × 4 pictures in one
        #endregion

        Assert.That(File.Exists(folder["digits.png"]));
    }

    [Test]
    public void Weights_of_PyTorch_are_taken_over()
    {
        using (Stream stored = typeof(DataSnippets).Assembly.GetManifestResourceStream("pytorch/dense.safetensors")!)
        using (FileStream copy = File.Create(folder["dense.safetensors"])) stored.CopyTo(copy);
        string path = folder["dense.safetensors"];

        #region doc-pytorch
        // nn.Sequential(nn.Linear(5, 4), nn.Tanh(), nn.Linear(4, 3)), its state_dict saved with safetensors
        var model = new Sequential(new Input(5), new Dense(4, Activation.Tanh), new Dense(3));
        PyTorchWeights.Load(model, path);
        #endregion

        Assert.That(model.Variables[0].ToArray<float>(), Has.Some.Not.Zero);
    }
}
