using Engine.Formats;
using Engine.Layers;
using Engine.Models;
using Engine.Tests.Formats;
using Engine.Tests.Reference;

namespace Engine.Tests.Models;

/// <summary>Files and outputs of PyTorch's own modules: Reference/pytorch_weights.py.</summary>
public class PyTorchWeightsTests
{
    private static readonly StoredTensors Stored = new("pytorch_weights.txt");
    private TemporaryFolder folder = null!;

    [SetUp]
    public void MakeFolder() => folder = new TemporaryFolder();

    [TearDown]
    public void RemoveFolder() => folder.Dispose();

    private string Copy(string name)
    {
        using Stream stream = typeof(PyTorchWeightsTests).Assembly.GetManifestResourceStream($"pytorch/{name}.safetensors")!;
        using MemoryStream bytes = new();
        stream.CopyTo(bytes);
        return folder.Write(name + ".safetensors", bytes.ToArray());
    }

    private static Sequential DenseNet(DType dtype = DType.Float32) =>
        new(new Input([5], dtype), new Dense(4, Activation.Tanh), new Dense(3));

    private static Sequential ImageNet() => new(
        new Input(7, 6, 3),
        new Conv2D(4, (3, 2), useBias: false),
        new BatchNormalization(epsilon: 1e-5),
        new ActivationLayer(Activation.ReLU),
        new Conv2D(6, (3, 3), padding: Padding.Same, groups: 2),
        new MaxPooling2D((2, 2)),
        new Flatten(),
        new BatchNormalization(epsilon: 1e-5),
        new Dropout(0.5),
        new Dense(5, Activation.ReLU),
        new Dense(2));

    private static void Reproduces(Model model, string name, DType inputType = DType.Float32)
    {
        Tensor y = model.Predict(Stored.Get(name + ".x").Cast(inputType)).Cast(DType.Float64);
        Stored.AssertEqual(y, name + ".y", 1e-5);
    }

    [TestCase(DType.Float32)]
    [TestCase(DType.Float64)]
    public void Dense_layers(DType dtype)
    {
        Sequential model = DenseNet(dtype);
        PyTorchWeights.Load(model, Copy("dense"));
        Reproduces(model, "dense", dtype);
    }

    [Test]
    public void Convolutions_with_groups_normalisation_and_a_flattened_image()
    {
        Sequential model = ImageNet();
        PyTorchWeights.Load(model, Copy("images"));
        Reproduces(model, "images");
    }

    [Test]
    public void Without_putting_the_features_in_order_the_output_differs()
    {
        Sequential model = ImageNet();
        PyTorchWeights.Load(model, Copy("images"), channelsFirstFlatten: false);
        Tensor y = model.Predict(Stored.Get("images.x").Cast(DType.Float32)).Cast(DType.Float64);
        Assert.That((y - Stored.Get("images.y")).Abs().Max().ToScalar(), Is.GreaterThan(1e-3));
    }

    [Test]
    public void Convolutions_of_series()
    {
        Sequential model = new(new Input(9, 3), new Conv1D(4, 3, Activation.ReLU, strides: 2), new Flatten(), new Dense(3));
        PyTorchWeights.Load(model, Copy("series"));
        Reproduces(model, "series");
    }

    [Test]
    public void Embeddings()
    {
        Sequential model = new(new Input([5], DType.Int32), new Embedding(11, 4), new Dense(2));
        PyTorchWeights.Load(model, Copy("words"));
        Reproduces(model, "words", DType.Int32);
    }

    [Test]
    public void Half_and_brain_floats_are_widened()
    {
        Sequential model = new(new Input(6), new Dense(3), new Dense(2));
        PyTorchWeights.Load(model, Copy("narrow"));
        Reproduces(model, "narrow");
    }

    [Test]
    public void Modules_are_named_by_the_layers_names_or_by_the_caller()
    {
        Sequential model = new(new Input(4, 3, 1), new Conv2D(2, (2, 2), Activation.ReLU), new Flatten(), new Dense(3, name: "head"));
        string path = Copy("named");
        PyTorchWeights.Load(model, path, new Dictionary<string, string> { ["conv2d"] = "features.0" });
        Reproduces(model, "named");

        Sequential inner = new(new Input(4, 3, 1), new Conv2D(2, (2, 2), Activation.ReLU, name: "0"));
        Assert.That(() => PyTorchWeights.Load(inner, path, new Dictionary<string, string> { ["conv2d"] = "features.0" }),
            Throws.TypeOf<ValueException>().With.Message.Contains("\"conv2d\"").And.Message.Contains("the layers with weights are 0"));
    }

    [Test]
    public void A_model_in_a_model_is_named_by_its_place()
    {
        Sequential features = new("features", new Conv2D(2, (2, 2), Activation.ReLU));
        Sequential model = new(new Input(4, 3, 1), features, new Flatten(), new Dense(3, name: "head"));
        PyTorchWeights.Load(model, Copy("named"), new Dictionary<string, string> { ["features/conv2d"] = "features.0" });
        Reproduces(model, "named");
    }

    [Test]
    public void Loaded_weights_survive_a_new_seed()
    {
        Sequential model = DenseNet();
        PyTorchWeights.Load(model, Copy("dense"));
        model.Seed = 99;
        Reproduces(model, "dense");
    }

    [Test]
    public void Not_strict_leaves_what_the_file_lacks_and_passes_over_what_the_model_lacks()
    {
        Sequential model = new(new Input(4, 3, 1), new Conv2D(2, (2, 2)), new Flatten(), new Dense(9, name: "other"));
        float[] before = model.Variables.Single(variable => variable.Name == "other/kernel").ToArray<float>();
        string path = Copy("named");
        var modules = new Dictionary<string, string> { ["conv2d"] = "features.0" };
        Assert.That(() => PyTorchWeights.Load(model, path, modules), Throws.TypeOf<FileFormatException>()
            .With.Message.Contains("\"other.weight\" [9, 12] of Dense \"other\" is missing").And.Message.Contains("nothing was changed"));
        PyTorchWeights.Load(model, path, modules, strict: false);
        Assert.That(((Dense)model.GetLayer("other")).Kernel.ToArray<float>(), Is.EqualTo(before));
        using SafetensorsFile file = SafetensorsFile.Open(path);
        Tensor bias = Tensor.Zeros([2]);
        file.Read("features.0.bias", bias.Bytes());
        Assert.That(((Conv2D)model.GetLayer("conv2d")).Bias!.ToArray<float>(), Is.EqualTo(bias.ToArray<float>()));
    }

    [Test]
    public void A_shape_that_does_not_fit_is_named_and_nothing_is_changed()
    {
        Sequential model = new(new Input(5), new Dense(4), new Dense(7));
        float[][] before = [.. model.Variables.Select(variable => variable.ToArray<float>())];
        Assert.That(() => PyTorchWeights.Load(model, Copy("dense")), Throws.TypeOf<FileFormatException>()
            .With.Message.Contains("tensor \"2.weight\" has shape [3, 4], Dense \"dense_1\" takes [7, 4] for its kernel [4, 7]")
            .And.Message.Contains("nothing was changed"));
        Assert.That(model.Variables.Select(variable => variable.ToArray<float>()), Is.EqualTo(before));
    }

    [Test]
    public void What_is_missing_left_over_or_of_another_kind_is_refused()
    {
        Sequential small = new(new Input(5), new Dense(4));
        Assert.That(() => PyTorchWeights.Load(small, Copy("dense")), Throws.TypeOf<FileFormatException>()
            .With.Message.Contains("2 numbered modules with weights (0, 2), the model 1 layers with weights (dense)"));

        var both = new Dictionary<string, string> { ["dense"] = "0" };
        Assert.That(() => PyTorchWeights.Load(small, Copy("dense"), both), Throws.TypeOf<FileFormatException>()
            .With.Message.Contains("a tensor \"2.weight\" [3, 4], for which the model has no place"));

        Sequential unknown = new(new Input(5), new PReLU(), new Dense(4));
        Assert.That(() => PyTorchWeights.Load(unknown, Copy("dense")), Throws.TypeOf<ModelException>()
            .With.Message.Contains("PReLU").And.Message.Contains("not read from PyTorch"));

        Sequential turned = new(new Input(4, 3, 1), new Conv2D(2, (2, 2), flipKernel: true));
        Assert.That(() => PyTorchWeights.Load(turned, Copy("named")), Throws.TypeOf<ModelException>()
            .With.Message.Contains("flipKernel"));

        Assert.That(() => PyTorchWeights.Load(new Sequential(new Dense(2)), Copy("dense")), Throws.TypeOf<ModelException>()
            .With.Message.Contains("does not know its input"));

        SafetensorsFile.Write(folder["whole"], [new SafetensorsItem("dense.weight", Tensor.Zeros([4, 5], DType.Int32)),
            new SafetensorsItem("dense.bias", Tensor.Zeros([4]))]);
        Assert.That(() => PyTorchWeights.Load(small, folder["whole"]), Throws.TypeOf<FileFormatException>()
            .With.Message.Contains("\"dense.weight\" has type I32"));
        Assert.That(() => PyTorchWeights.Load(small, folder["none"]), Throws.TypeOf<FileFormatException>()
            .With.Message.Contains("there is no such file"));
    }
}
