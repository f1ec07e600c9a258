using System.Text.Json.Nodes;
using Engine.Formats;
using Engine.Layers;
using Engine.Losses;
using Engine.Metrics;
using Engine.Models;
using Engine.Optimizers;
using Engine.Tests.Formats;
using Engine.Tests.Operations;

namespace Engine.Tests.Models;

/// <summary>Models that a file alone makes again, without their code.</summary>
[NonParallelizable]
public class FromFileTests
{
    private TemporaryFolder folder = null!;

    private string SavedPath => folder["model.safetensors"];

    [SetUp]
    public void MakeFolder() => folder = new TemporaryFolder();

    [TearDown]
    public void RemoveFolder() => folder.Dispose();

    [Test]
    public void A_row_comes_back_and_goes_on_with_training()
    {
        Sequential model = TinyModels.Classifier(dropout: 0.3);
        model.GetLayer("dense").Trainable = false;
        model.Fit(TinyModels.Quadrants(50), epochs: 2, verbose: Verbosity.Silent);
        model.Save(SavedPath);
        Model again = Model.FromFile(SavedPath);
        Assert.That(again, Is.TypeOf<Sequential>());
        Assert.That(again.Summary(), Is.EqualTo(Model.FromFile(SavedPath).Summary()));
        Assert.That((again.Epoch, again.Step, again.Seed), Is.EqualTo((2, model.Step, model.Seed)));
        Assert.That(again.GetLayer("dense").Trainable, Is.False);
        again.Compile(new Adam(0.02), new SparseCategoricalCrossentropy(), new Accuracy());
        again.Load(SavedPath);
        foreach (Model each in new[] { model, again })
            each.Fit(TinyModels.Quadrants(50), epochs: 4, initialEpoch: 2, verbose: Verbosity.Silent);
        Assert.That(TinyModels.Bits(again), Is.EqualTo(TinyModels.Bits(model)));
        Assert.That(again.Summary(), Is.EqualTo(model.Summary()));
    }

    [Test]
    public void A_row_that_learnt_its_input_from_data_comes_back()
    {
        var model = new Sequential("late", new Embedding(7, 3), new Bidirectional(new LSTM(4, returnSequences: true, dropout: 0.1)),
            new TimeDistributed(new Dense(2)), new Flatten());
        Tensor tokens = Tensor.RandomIntegers([2, 5], 0, 7, new RandomGenerator(1));
        model.Build([5], DType.Int32);
        AssertSame(model, Again(model), tokens);
    }

    [Test]
    public void A_graph_with_branches_shared_layers_states_and_models_in_it_comes_back()
    {
        SymbolicTensor image = SymbolicTensor.Input(8, 8, 2), steps = SymbolicTensor.Input(4, 3);
        var body = new Sequential("body",
            new Conv2D(3, (3, 3), Activation.LeakyReLU(0.1), padding: Padding.Same, kernelRegularizer: new L2(0.1)),
            new BatchNormalization(), new MaxPooling2D((2, 2)), new Flatten(), new Reshape(-1));
        var shared = new Dense(5, Activation.Tanh, kernelConstraint: new MaxNorm(2), name: "shared");
        SymbolicTensor[] states = new GRU(5, returnState: true, variant: GruVariant.Standard).ApplyAll(steps);
        SymbolicTensor a = shared.Apply(body.Apply(image)), b = new Dense(48).Apply(states[1]);
        SymbolicTensor left = SymbolicTensor.Input(5), right = SymbolicTensor.Input(5);
        var pair = new Model([left, right], [new Add().Apply(left, right), new Subtract().Apply(left, right)], "pair");
        SymbolicTensor[] both = pair.ApplyAll(a, shared.Apply(b));
        var model = new Model([image, steps], [new Concatenate().Apply(both[1], states[0]), both[0]], "graph");
        body.GetLayer("conv2d").Trainable = false;
        Model again = Again(model);
        Tensor x = Tensor.RandomNormal([3, 8, 8, 2], 0, 1, new RandomGenerator(1));
        Tensor y = Tensor.RandomNormal([3, 4, 3], 0, 1, new RandomGenerator(2));
        AssertSame(model, again, x, y);
        Assert.That(again.Layers, Has.Count.EqualTo(model.Layers.Count), "the shared layer is one");
        Assert.That(((Model)again.GetLayer("body")).GetLayer("conv2d").Trainable, Is.False);
        Assert.That(again.Summary(), Is.EqualTo(model.Summary()));
    }

    [Test]
    public void Layers_and_models_of_ones_own_come_back_when_they_are_registered()
    {
        var model = new Sequential(new Input(3), new Scale(2.5, [1, 2]), new Dense(2));
        model.Save(SavedPath);
        Errors.Assert<FileFormatException>(() => Model.FromFile(SavedPath), "FromFile", "Scale: no layer of this type", "Layer.Register",
            "use Load");
        var own = new OwnModel(6);
        own.Build([2]);
        own.Save(folder["own"]);
        Errors.Assert<FileFormatException>(() => Model.FromFile(folder["own"]), "OwnModel \"own_model\"", "with Layer.Register");
        Layer.Register(options => new Scale(options.Number("factor"), options.Ints("list")!, options.Name));
        Layer.Register(options => new Scale(options.Number("factor"), options.Ints("list")!, options.Name));
        Layer.Register(options => new OwnModel(options.Int("units"), options.Name));
        AssertSame(model, Model.FromFile(SavedPath), Tensor.Ones([2, 3]));
        AssertSame(own, Model.FromFile(folder["own"]), Tensor.Ones([2, 2]));
        var holder = new Sequential(new Input(2), new OwnModel(3), new Dense(1));
        AssertSame(holder, Again(holder), Tensor.Ones([2, 2]));
        Assert.That(Assert.Throws<ValueException>(() => Layer.Register(_ => new Other.Scale()))!.Message,
            Does.Contain("another layer \"Scale\""));
        Assert.That(Assert.Throws<ValueException>(() => Layer.Register(_ => new Dense(1)))!.Message,
            Does.Contain("another layer \"Dense\""));
    }

    [Test]
    public void What_is_in_no_file_is_named()
    {
        SymbolicTensor x = SymbolicTensor.Input(2);
        void Refused(Layer layer, params string[] parts)
        {
            new Model(x, layer.Apply(x)).Save(SavedPath);
            Errors.Assert<FileFormatException>(() => Model.FromFile(SavedPath), parts);
        }

        Refused(new Lambda(y => y * 2), "Lambda: no layer of this type");
        Refused(new Dense(2, Activation.Custom("mine", y => y)), "Dense \"dense\"", "no activation is called \"mine\"");
        Refused(new Dense(2, kernelInitializer: new OwnInitializer()), "\"kernelInitializer\" is a OwnInitializer", "not the library's");
        Refused(new Dense(2, kernelRegularizer: new OwnRegularizer()), "\"kernelRegularizer\" is a OwnRegularizer");
        Refused(new Dense(2, kernelConstraint: new OwnConstraint()), "\"kernelConstraint\" is a OwnConstraint");
        Errors.Assert<ValueException>(() => new Bad(("x", new object())), "MadeWith", "\"x\" is a Object");
        Errors.Assert<ValueException>(() => new Bad(("x", 1), ("x", 2)), "each once");
        Errors.Assert<ValueException>(() => new Bad(("", 1)), "name each option");
    }

    [TestCase("$.layers[1].options.units", "0", "units is 0")]
    [TestCase("$.layers[1].options.units", "1.5", "option \"units\" cannot be 1.5")]
    [TestCase("$.layers[1].options.units", "\"many\"", "option \"units\" cannot be \"many\"")]
    [TestCase("$.layers[1].options.units", "2000000000", "more than 2147483647")]
    [TestCase("$.layers[1].options.units", "17", "larger than what the file holds")]
    [TestCase("$.layers[1].options.units", "15", "dense/kernel", "Float32[2, 15] in the model")]
    [TestCase("$.layers[1].options.activation", "\"cube\"", "no activation is called \"cube\"")]
    [TestCase("$.layers[1].options.activation", "7", "option \"activation\" cannot be 7")]
    [TestCase("$.layers[1].options.kernelInitializer", "{}", "option \"kernelInitializer\" cannot be {}")]
    [TestCase("$.layers[1].options.kernelInitializer", """{"type":"Constant","value":"NaN"}""", "value is NaN")]
    [TestCase("$.layers[1].options.dtype", "\"Int32\"", "a layer computes in Float32 or Float64")]
    [TestCase("$.layers[1].options.dtype", "\"Int4\"", "the members are")]
    [TestCase("$.layers[1].options", "[]", "does not say what it was made with")]
    [TestCase("$.layers[1].options", "{}", "no \"units\"")]
    [TestCase("$.layers[1].type", "\"Model\"", "no layer of this type")]
    [TestCase("$.layers[1].type", "null", "no layer of this type")]
    [TestCase("$.layers[1].trainable", "3", "architecture is not what Save writes")]
    [TestCase("$.layers[1].layer", "1", "takes value 1 of 1")]
    [TestCase("$.layers[1].layer", "-1", "takes value -1 of 1")]
    [TestCase("$.layers[1].model", "{}", "architecture is not what Save writes")]
    [TestCase("$.layers[0].options.shape", "[2,-1]", "-1")]
    [TestCase("$.layers", "[]", "no layers")]
    [TestCase("$.layers", "{}", "architecture is not what Save writes")]
    [TestCase("$.inputs[0].dtype", "\"Complex\"", "no element type \"Complex\"")]
    [TestCase("$.inputs", "[]", "no inputs", "at least one")]
    [TestCase("$.type", "\"Quantum\"", "Quantum \"sequential\" is of a class of its own")]
    [TestCase("$.name", "\"\"", "empty name")]
    public void A_hostile_architecture_is_refused(string place, string json, params string[] parts)
    {
        TinyModels.Classifier().Save(SavedPath, weightsOnly: true);
        CheckpointTests.Rewrite(SavedPath, metadata =>
        {
            JsonNode root = JsonNode.Parse(metadata["architecture"])!, node = root;
            string[] steps = place[2..].Split('.');
            foreach (string step in steps[..^1]) node = Step(node, step)!;
            node.AsObject()[steps[^1]] = JsonNode.Parse(json);
            metadata["architecture"] = root.ToJsonString();
        });
        Errors.Assert<FileFormatException>(() => Model.FromFile(SavedPath), parts);

        static JsonNode? Step(JsonNode node, string step) => step.IndexOf('[') is > 0 and var at
            ? node[step[..at]]![int.Parse(step[(at + 1)..^1], System.Globalization.CultureInfo.InvariantCulture)]
            : node[step];
    }

    [Test]
    public void Files_without_layers_or_of_a_newer_version_are_refused()
    {
        SafetensorsFile.Write(SavedPath, [new SafetensorsItem("x", Tensor.Ones([2]))], new Dictionary<string, string>());
        Errors.Assert<FileFormatException>(() => Model.FromFile(SavedPath), "names no layers");
        TinyModels.Classifier().Save(SavedPath);
        CheckpointTests.Rewrite(SavedPath, metadata => metadata["format_version"] = "99");
        Errors.Assert<FileFormatException>(() => Model.FromFile(SavedPath), "FromFile", "format version 99", "newer Engine");
        Errors.Assert<FileFormatException>(() => Model.FromFile(folder["none"]), "none");
    }

    [TestCase("inputs", "[9]", "takes value 9")]
    [TestCase("inputs", "[]", "no inputs")]
    public void Hostile_connections_are_refused(string key, string json, string part)
    {
        SymbolicTensor x = SymbolicTensor.Input(2);
        new Model(x, new Dense(2).Apply(x)).Save(SavedPath);
        CheckpointTests.Rewrite(SavedPath, metadata =>
        {
            JsonNode root = JsonNode.Parse(metadata["architecture"])!;
            root["layers"]![0]![key] = JsonNode.Parse(json);
            metadata["architecture"] = root.ToJsonString();
        });
        Errors.Assert<FileFormatException>(() => Model.FromFile(SavedPath), part);
        CheckpointTests.Rewrite(SavedPath, metadata =>
        {
            JsonNode root = JsonNode.Parse(metadata["architecture"])!;
            root["layers"]![0]!["inputs"] = JsonNode.Parse("[0]");
            root["outputs"] = JsonNode.Parse("[-1]");
            metadata["architecture"] = root.ToJsonString();
        });
        Errors.Assert<FileFormatException>(() => Model.FromFile(SavedPath), "takes value -1");
    }

    private Model Again(Model model)
    {
        model.Save(SavedPath);
        return Model.FromFile(SavedPath);
    }

    private static void AssertSame(Model model, Model again, params Tensor[] inputs)
    {
        Assert.That(again.GetType(), Is.EqualTo(model.GetType()));
        Assert.That(again.Variables.Select(variable => variable.Name), Is.EqualTo(model.Variables.Select(variable => variable.Name)));
        Assert.That(TinyModels.Bits(again), Is.EqualTo(TinyModels.Bits(model)));
        foreach (bool training in new[] { false, true })
        {
            Tensor[] wanted = model.ApplyAll(inputs, training), found = again.ApplyAll(inputs, training);
            Assert.That(found, Has.Length.EqualTo(wanted.Length));
            for (int i = 0; i < wanted.Length; i++) Assert.That(found[i].Bytes().ToArray(), Is.EqualTo(wanted[i].Bytes().ToArray()));
        }
    }

    private sealed class Scale : Layer
    {
        private readonly double factor;
        private Variable? weight;

        public Scale(double factor, int[] list, string? name = null)
            : base(name)
        {
            this.factor = factor;
            MadeWith(("factor", factor), ("list", list));
        }

        protected override void Build(Shape inputShape) => weight = AddWeight("weight", inputShape, Initializer.GlorotUniform);

        protected override Tensor Call(Tensor x, bool training) => x * weight! * factor;
    }

    private sealed class OwnModel : Model
    {
        private readonly Dense dense;

        public OwnModel(int units, string? name = null)
            : base(name)
        {
            dense = AddLayer(new Dense(units));
            MadeWith(("units", units));
        }

        protected override Tensor Call(Tensor x, bool training) => dense.Apply(x).Square();
    }

    private static class Other
    {
        public sealed class Scale : Layer
        {
            protected override Tensor Call(Tensor x, bool training) => x;
        }
    }

    private sealed class Bad : Layer
    {
        public Bad(params (string, object?)[] options) => MadeWith(options);

        protected override Tensor Call(Tensor x, bool training) => x;
    }

    private sealed class OwnInitializer : Initializer
    {
        public override Tensor Create(Shape shape, DType dtype, RandomGenerator random) => Tensor.Ones(shape, dtype);
    }

    private sealed class OwnRegularizer : Regularizer
    {
        public override Tensor Penalty(Tensor x) => x.Sum();
    }

    private sealed class OwnConstraint : Constraint
    {
        public override Tensor Apply(Tensor weight) => weight;
    }
}
