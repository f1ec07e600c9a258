using Engine.Formats;
using Engine.Layers;
using Engine.Losses;
using Engine.Metrics;
using Engine.Models;
using Engine.Optimizers;
using Engine.Tests.Formats;

namespace Engine.Tests.Models;

public class ModelFileTests
{
    private TemporaryFolder folder = null!;

    [SetUp]
    public void MakeFolder() => folder = new TemporaryFolder();

    [TearDown]
    public void RemoveFolder() => folder.Dispose();

    [Test]
    public void A_saved_model_predicts_the_same_bits_when_it_is_loaded()
    {
        Sequential trained = TinyModels.Classifier(dropout: 0.2), other = TinyModels.Classifier(dropout: 0.2);
        trained.Fit(TinyModels.Quadrants(64), epochs: 2, seed: 3, verbose: Verbosity.Silent);
        trained.Save(folder["model.safetensors"]);
        other.Load(folder["model.safetensors"]);
        Assert.That(TinyModels.Bits(other), Is.EqualTo(TinyModels.Bits(trained)));
        Assert.That(other.Step, Is.EqualTo(trained.Step));
        other.Seed = 12;
        Assert.That(TinyModels.Bits(other), Is.EqualTo(TinyModels.Bits(trained)), "a seed does not draw loaded weights anew");
        using SafetensorsFile file = SafetensorsFile.Open(folder["model.safetensors"]);
        Assert.That(file.Metadata["format"], Is.EqualTo("engine"));
        Assert.That(file.Metadata["seed"], Is.EqualTo("3"));
        Assert.That(file.Metadata["step"], Is.EqualTo("4"));
        Assert.That(file.Metadata["vector_bits"], Is.EqualTo($"{Parallelism.VectorBits}"));
    }

    [Test]
    public void The_architecture_stands_in_the_metadata()
    {
        var dense = new Dense(3);
        SymbolicTensor input = SymbolicTensor.Input(3);
        new Model(input, dense.Apply(dense.Apply(input)), name: "twice").Save(folder["model.safetensors"]);
        using SafetensorsFile file = SafetensorsFile.Open(folder["model.safetensors"]);
        Assert.That(file.Metadata["architecture"], Is.EqualTo(
            """{"type":"Model","name":"twice","inputs":[{"dtype":"Float32","shape":[3]}],"layers":["""
            + """{"type":"Dense","name":"dense","dtype":"Float32","trainable":true,"inputs":[0],"output_shape":[3],"options":{"units":3"""
            + ""","activation":null,"useBias":true,"kernelInitializer":null,"biasInitializer":null,"kernelRegularizer":null"""
            + ""","biasRegularizer":null,"activityRegularizer":null,"kernelConstraint":null,"biasConstraint":null,"dtype":null}},"""
            + """{"type":"Dense","name":"dense","dtype":"Float32","trainable":true,"inputs":[1],"output_shape":[3],"layer":0}],"outputs":[2]}"""));
    }

    [Test]
    public void A_file_of_another_model_changes_nothing()
    {
        Sequential model = TinyModels.Classifier();
        byte[] before = TinyModels.Bits(model);
        void Refused(IEnumerable<(string Name, Tensor Tensor)> tensors, params string[] parts)
        {
            SafetensorsFile.Write(folder["other.safetensors"], [.. tensors.Select(pair => new SafetensorsItem(pair.Name, pair.Tensor))]);
            FileFormatException error = Assert.Throws<FileFormatException>(() => model.Load(folder["other.safetensors"]))!;
            foreach (string part in parts.Append("nothing was changed")) Assert.That(error.Message, Does.Contain(part));
            Assert.That(TinyModels.Bits(model), Is.EqualTo(before));
        }

        (string Name, Tensor Tensor)[] right = [.. model.Variables.Select(variable => (variable.Name, Tensor.OnesLike(variable)))];
        Refused(right[..^1], "\"dense_1/bias\"", "missing", "3 tensors", "the model 4");
        Refused(right.Append(("dense_2/bias", Tensor.Ones([1]))), "\"dense_2/bias\"", "no place");
        Refused([.. right[..^1], (right[^1].Name, Tensor.Ones([3]))], "\"dense_1/bias\"", "Float32[3] in the file",
            "Float32[2] in the model");
        Refused([.. right[..^1], (right[^1].Name, Tensor.Ones([2], DType.Float64))], "Float64[2]");

        SafetensorsFile.Write(folder["right.safetensors"], [.. right.Select(pair => new SafetensorsItem(pair.Name, pair.Tensor))]);
        model.Load(folder["right.safetensors"]);
        Assert.That(model.Variables.All(variable => variable.ToArray<float>().All(value => value == 1)));
    }

    [Test]
    public void Hostile_metadata_and_broken_files_change_nothing()
    {
        Sequential model = TinyModels.Classifier();
        byte[] before = TinyModels.Bits(model);
        SafetensorsItem[] items = [.. model.Variables.Select(variable => new SafetensorsItem(variable.Name, Tensor.OnesLike(variable)))];
        foreach (string step in new[] { "-1", "1e3", "99999999999999999999", "" })
        {
            SafetensorsFile.Write(folder["step.safetensors"], items, new Dictionary<string, string> { ["step"] = step });
            Assert.That(Assert.Throws<FileFormatException>(() => model.Load(folder["step.safetensors"]))!.Message,
                Does.Contain($"step is \"{step}\""));
        }

        model.Save(folder["cut.safetensors"]);
        byte[] whole = File.ReadAllBytes(folder["cut.safetensors"]);
        foreach (int length in new[] { 0, 7, 100, whole.Length - 1 })
        {
            File.WriteAllBytes(folder["cut.safetensors"], whole[..length]);
            Assert.Throws<FileFormatException>(() => model.Load(folder["cut.safetensors"]));
        }

        Assert.Throws<FileFormatException>(() => model.Load(folder["missing.safetensors"]));
        Assert.That(TinyModels.Bits(model), Is.EqualTo(before));
        Assert.That(model.Step, Is.Zero);
    }

    [Test]
    public void A_model_without_input_can_neither_be_saved_nor_loaded()
    {
        var model = new Sequential(new Dense(2));
        Assert.That(Assert.Throws<ModelException>(() => model.Save(folder["x"]))!.Message, Does.Contain("Save").And.Contain("input"));
        Assert.That(Assert.Throws<ModelException>(() => model.Load(folder["x"]))!.Message, Does.Contain("Load").And.Contain("input"));
        Assert.That(File.Exists(folder["x"]), Is.False);
    }
}
