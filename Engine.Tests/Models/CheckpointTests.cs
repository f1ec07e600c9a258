using Engine.Formats;
using Engine.Layers;
using Engine.Losses;
using Engine.Models;
using Engine.Optimizers;
using Engine.Tests.Formats;
using Engine.Tests.Operations;

namespace Engine.Tests.Models;

/// <summary>What a checkpoint holds, and what is refused before anything has changed.</summary>
public class CheckpointTests
{
    private TemporaryFolder folder = null!;

    private string SavedPath => folder["model.safetensors"];

    [SetUp]
    public void MakeFolder() => folder = new TemporaryFolder();

    [TearDown]
    public void RemoveFolder() => folder.Dispose();

    [Test]
    public void The_state_of_training_stands_beside_the_weights()
    {
        Sequential model = Trained();
        model.Save(SavedPath);
        using SafetensorsFile file = SafetensorsFile.Open(SavedPath);
        Assert.That(file.Entries.Select(entry => entry.Name), Is.EquivalentTo(new[]
        {
            "dense/kernel", "dense/bias", "dense_1/kernel", "dense_1/bias",
            "optimizer/m/dense/kernel", "optimizer/m/dense/bias", "optimizer/m/dense_1/kernel", "optimizer/m/dense_1/bias",
            "optimizer/v/dense/kernel", "optimizer/v/dense/bias", "optimizer/v/dense_1/kernel", "optimizer/v/dense_1/bias",
        }));
        Assert.That(file.Metadata["optimizer"], Is.EqualTo("""{"type":"Adam","step":4,"learning_rate":0.02}"""));
        Assert.That((file.Metadata["seed"], file.Metadata["step"], file.Metadata["epoch"]), Is.EqualTo(("42", "4", "2")));
        Assert.That(file.Metadata["format_version"], Is.EqualTo("1"));
    }

    [Test]
    public void Weights_alone_are_saved_and_loaded_where_that_is_asked_for()
    {
        Sequential model = Trained(), weights = TinyModels.Classifier(), other = TinyModels.Classifier();
        model.Save(SavedPath, weightsOnly: true);
        using (SafetensorsFile file = SafetensorsFile.Open(SavedPath))
        {
            Assert.That(file.Entries, Has.Count.EqualTo(4));
            Assert.That(file.Metadata.Keys, Is.EquivalentTo(new[] { "format", "format_version", "architecture", "vector_bits" }));
        }

        weights.Load(SavedPath);
        model.Save(SavedPath);
        other.Load(SavedPath, weightsOnly: true);
        foreach (Sequential loaded in new[] { weights, other })
        {
            Assert.That(TinyModels.Bits(loaded), Is.EqualTo(TinyModels.Bits(model)));
            Assert.That((loaded.Step, loaded.Epoch, loaded.Optimizer!.Step, loaded.Optimizer.Slots.Count), Is.EqualTo((0L, 0, 0L, 0)));
        }
    }

    [Test]
    public void A_model_without_optimizer_reads_the_weights_of_a_checkpoint()
    {
        Sequential model = Trained();
        model.Save(SavedPath);
        var plain = new Sequential(new Input(2), new Dense(16, Activation.Tanh), new Dropout(0), new Dense(2, Activation.Softmax));
        plain.Load(SavedPath);
        Assert.That(TinyModels.Bits(plain), Is.EqualTo(TinyModels.Bits(model)));
        Assert.That(plain.Epoch, Is.EqualTo(2));
    }

    [Test]
    public void Slots_of_variables_that_the_file_has_seen_no_step_of_are_forgotten()
    {
        Sequential fresh = TinyModels.Classifier(), trained = Trained(), both = Trained();
        fresh.Save(SavedPath);
        both.Load(SavedPath);
        Assert.That(both.Optimizer!.Slots, Is.Empty);
        Assert.That(both.Optimizer.Step, Is.Zero);
        fresh.Fit(TinyModels.Quadrants(64), epochs: 2, verbose: Verbosity.Silent);
        both.Fit(TinyModels.Quadrants(64), epochs: 2, verbose: Verbosity.Silent);
        Assert.That(TinyModels.Bits(both), Is.EqualTo(TinyModels.Bits(fresh)));
        Assert.That(TinyModels.Bits(fresh), Is.EqualTo(TinyModels.Bits(trained)));
    }

    [Test]
    public void A_file_of_a_newer_version_is_refused()
    {
        Rewrite(metadata => metadata["format_version"] = "2");
        Refused(TinyModels.Classifier(), "format version 2", "up to 1", "newer Engine");
        Rewrite(metadata => metadata["format_version"] = "new");
        Refused(TinyModels.Classifier(), "format_version is \"new\"");
    }

    [Test]
    public void Layers_that_are_not_the_models_are_named()
    {
        Rewrite(metadata => metadata["architecture"] = metadata["architecture"].Replace("\"type\":\"Dropout\"", "\"type\":\"Quantum\"",
            StringComparison.Ordinal));
        Refused(TinyModels.Classifier(), "layer 2", "Quantum \"dropout\" in the file", "Dropout \"dropout\" in the model",
            "knows no Quantum");
        Trained().Save(SavedPath);
        Refused(new Sequential(new Input(2), new Dense(16), new Dense(2)), "layer 2", "Dropout \"dropout\"", "Dense \"dense_1\"");
        Refused(new Sequential(new Input(2), new Dense(16), new Dropout(0)), "layer 3", "Dense \"dense_1\" in the file", "no layer");
        Refused(new Sequential(new Input(2), new Dense(16), new Dropout(0), new Dense(2), new Flatten()), "layer 4", "Flatten",
            "not in the file");
        var lean = new Sequential(new Input(2), new Dense(16, Activation.Tanh), new Dense(2, Activation.Softmax));
        lean.Load(SavedPath, weightsOnly: true);
        Assert.That(TinyModels.Bits(lean), Is.EqualTo(TinyModels.Bits(Trained())), "layers without weights may differ there");
    }

    [Test]
    public void Layers_of_a_model_in_a_model_are_named_with_their_place()
    {
        static Sequential Make(Layer inner) => new(new Input(2), new Sequential("body", new Input(2), new Dense(3), inner), new Dense(1));
        Make(new Dropout(0.1)).Save(SavedPath);
        Refused(Make(new Flatten()), "Dropout \"body/dropout\" in the file", "Flatten \"body/flatten\" in the model");
        Make(new Dropout(0.1)).Load(SavedPath);
    }

    [TestCase("not JSON", "architecture is not what Save writes")]
    [TestCase("{}", "architecture is not what Save writes")]
    [TestCase("""{"layers":[{"name":1}]}""", "architecture is not what Save writes")]
    [TestCase("""{"layers":{}}""", "architecture is not what Save writes")]
    [TestCase("[]", "architecture is not what Save writes")]
    public void A_hostile_architecture_is_refused(string architecture, string part)
    {
        Rewrite(metadata => metadata["architecture"] = architecture);
        Refused(TinyModels.Classifier(), part);
    }

    [TestCase("oops", "optimizer is not what Save writes")]
    [TestCase("""{"type":"Adam"}""", "optimizer is not what Save writes")]
    [TestCase("""{"type":"Adam","step":1.5}""", "optimizer is not what Save writes")]
    [TestCase("""{"type":7,"step":1}""", "optimizer is not what Save writes")]
    [TestCase("""{"type":"Adam","step":-1}""", "step -1")]
    [TestCase("""{"type":"Adam","step":1,"learning_rate":-0.5}""", "learning rate -0.5")]
    [TestCase("""{"type":"SGD","step":1}""", "state of SGD", "compiled with Adam", "weightsOnly")]
    public void A_hostile_or_another_optimizer_is_refused(string optimizer, params string[] parts)
    {
        Rewrite(metadata => metadata["optimizer"] = optimizer);
        Refused(TinyModels.Classifier(), parts);
    }

    [TestCase("seed", "-3")]
    [TestCase("step", "x")]
    [TestCase("epoch", "99999999999")]
    public void Numbers_that_are_none_are_refused(string key, string text)
    {
        Rewrite(metadata => metadata[key] = text);
        Refused(TinyModels.Classifier(), $"{key} is \"{text}\"");
    }

    [Test]
    public void Slots_that_do_not_fit_change_nothing()
    {
        Rewrite(_ => { }, items => items.RemoveAll(item => item.Name == "optimizer/v/dense/bias"));
        Refused(TinyModels.Classifier(), "\"optimizer/v/dense/bias\" Float32[16] is missing");
        Rewrite(_ => { }, items => items.Add(new SafetensorsItem("optimizer/w/dense/bias", Tensor.Ones([16]))));
        Refused(TinyModels.Classifier(), "\"optimizer/w/dense/bias\"", "no place");
        Rewrite(_ => { }, items => items[items.FindIndex(item => item.Name == "optimizer/m/dense/bias")] =
            new SafetensorsItem("optimizer/m/dense/bias", Tensor.Ones([15])));
        Refused(TinyModels.Classifier(), "\"optimizer/m/dense/bias\" is Float32[15] in the file");
        Sequential averaging = TinyModels.Classifier();
        averaging.Compile(new Adam(0.02) { UseEma = true }, new SparseCategoricalCrossentropy());
        Trained().Save(SavedPath);
        Refused(averaging, "\"optimizer/average/dense/kernel\"", "missing");
    }

    private static Sequential Trained()
    {
        Sequential model = TinyModels.Classifier();
        model.Fit(TinyModels.Quadrants(64), epochs: 2, verbose: Verbosity.Silent);
        return model;
    }

    /// <summary>Changes the texts and tensors of a file.</summary>
    internal static void Rewrite(
        string path, Action<Dictionary<string, string>> change, Action<List<SafetensorsItem>>? changeItems = null)
    {
        Dictionary<string, string> metadata;
        List<SafetensorsItem> items;
        using (SafetensorsFile file = SafetensorsFile.Open(path))
        {
            metadata = new Dictionary<string, string>(file.Metadata);
            items = [.. file.Entries.Select(entry => new SafetensorsItem(entry.Name, file.Read(entry.Name)))];
        }

        change(metadata);
        changeItems?.Invoke(items);
        SafetensorsFile.Write(path, items, metadata);
    }

    /// <summary>Saves a trained model with changed texts or tensors.</summary>
    private void Rewrite(Action<Dictionary<string, string>> change, Action<List<SafetensorsItem>>? changeItems = null)
    {
        Trained().Save(SavedPath);
        Rewrite(SavedPath, change, changeItems);
    }

    /// <summary>Loading fails with these words and leaves everything as it was, in a new model and in a trained one.</summary>
    private void Refused(Sequential model, params string[] parts)
    {
        for (int round = 0; round < 2; round++)
        {
            byte[] before = TinyModels.Bits(model);
            byte[][] slots = [.. (model.Optimizer?.Slots ?? []).Select(slot => slot.Bytes().ToArray())];
            (long, ulong, int, long?) numbers = (model.Step, model.Seed, model.Epoch, model.Optimizer?.Step);
            Errors.Assert<FileFormatException>(() => { model.Load(SavedPath); return model; }, [.. parts, "nothing was changed"]);
            Assert.That(TinyModels.Bits(model), Is.EqualTo(before));
            Assert.That((model.Optimizer?.Slots ?? []).Select(slot => slot.Bytes().ToArray()), Is.EqualTo(slots));
            Assert.That((model.Step, model.Seed, model.Epoch, model.Optimizer?.Step), Is.EqualTo(numbers));
            if (model.Optimizer is null) return;
            model.Fit(TinyModels.Quadrants(16), seed: 4, verbose: Verbosity.Silent);
        }
    }
}
