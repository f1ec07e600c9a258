using Engine.Data;
using Engine.Layers;
using Engine.Losses;
using Engine.Metrics;
using Engine.Models;
using Engine.Optimizers;
using Engine.Tests.Formats;
using Engine.Tests.Operations;

namespace Engine.Tests.Models;

/// <summary>Models that are classes of their own, with layers as fields and a <c>Call</c>.</summary>
public class SubclassTests
{
    [Test]
    public void A_class_trains_measures_predicts_and_resumes_as_the_same_layers_in_a_row()
    {
        using var folder = new TemporaryFolder();
        Dataset data = TinyModels.Quadrants(70);
        Sequential row = TinyModels.Classifier(dropout: 0.3);
        Classifier own = Compiled(new Classifier(0.3)), rest = Compiled(new Classifier(0.3));
        History a = row.Fit(data, epochs: 3, validationSplit: 0.2, verbose: Verbosity.Silent);
        History b = own.Fit(data, epochs: 3, validationSplit: 0.2, verbose: Verbosity.Silent);
        Assert.That(b.Names, Is.EqualTo(a.Names));
        foreach (string name in a.Names) Assert.That(b[name], Is.EqualTo(a[name]), name);
        Assert.That(TinyModels.Bits(own), Is.EqualTo(TinyModels.Bits(row)));
        Assert.That(own.Evaluate(data).ToString(), Is.EqualTo(row.Evaluate(data).ToString()));
        Assert.That(own.Predict(data).ToArray<float>(), Is.EqualTo(row.Predict(data).ToArray<float>()));
        own.Save(folder["own"]);
        rest.Build([2]);
        rest.Load(folder["own"]);
        foreach (Classifier model in new[] { own, rest })
            model.Fit(data, epochs: 5, initialEpoch: 3, validationSplit: 0.2, verbose: Verbosity.Silent);
        Assert.That(TinyModels.Bits(rest), Is.EqualTo(TinyModels.Bits(own)));
        Assert.That((rest.Epoch, rest.Step, rest.GetLayer("dense_1")), Is.EqualTo((5, own.Step, rest.Layers[2])));
    }

    [Test]
    public void A_seed_draws_the_weights_of_a_class_whenever_it_is_set()
    {
        var early = new Classifier(0) { Seed = 9 };
        early.Build([2]);
        var late = new Classifier(0);
        late.Build([2]);
        Assert.That(TinyModels.Bits(late), Is.Not.EqualTo(TinyModels.Bits(early)));
        late.Seed = 9;
        Assert.That(TinyModels.Bits(late), Is.EqualTo(TinyModels.Bits(early)));
        Classifier fitted = Compiled(new Classifier(0));
        fitted.Fit(TinyModels.Quadrants(8), epochs: 0, seed: 9, verbose: Verbosity.Silent);
        Assert.That(TinyModels.Bits(fitted), Is.EqualTo(TinyModels.Bits(early)));
    }

    [Test]
    public void Several_inputs_and_outputs_are_trained_measured_saved_and_predicted()
    {
        using var folder = new TemporaryFolder();
        TwoHeads model = new(), loaded = new();
        Tensor tokens = Tensor.RandomIntegers([20, 3], 0, 5, new RandomGenerator(1));
        Tensor facts = Tensor.RandomUniform([20, 2], -1, 1, new RandomGenerator(2));
        Tensor prices = facts.Sum(axis: 1, keepDims: true), kinds = tokens[.., 0];
        foreach (TwoHeads each in new[] { model, loaded })
        {
            each.Compile(new Adam(0.05), [new MeanSquaredError(), new SparseCategoricalCrossentropy()], metrics: [[], [new Accuracy()]]);
            each.Build(SymbolicTensor.Input([3], DType.Int32), SymbolicTensor.Input(2));
        }

        Assert.That(model.InputShapes, Is.EqualTo((Shape[])[[3], [2]]));
        Assert.That(model.OutputShapes, Is.EqualTo((Shape[])[[1], [5]]));
        History history = model.Fit([tokens, facts], [prices, kinds], epochs: 30, verbose: Verbosity.Silent);
        Assert.That(history.Names, Is.EqualTo(new[] { "loss", "price_loss", "kind_loss", "kind_accuracy" }));
        Assert.That(history["loss"][^1], Is.LessThan(history["loss"][0]));
        model.Save(folder["heads"]);
        loaded.Load(folder["heads"]);
        Assert.That(loaded.Evaluate([tokens, facts], [prices, kinds]).Values,
            Is.EqualTo(model.Evaluate([tokens, facts], [prices, kinds]).Values));
        Tensor[] whole = loaded.PredictAll([tokens, facts], batchSize: 20), parts = model.PredictAll([tokens, facts], batchSize: 7);
        for (int i = 0; i < 2; i++) Assert.That(parts[i].ToArray<float>(), Is.EqualTo(whole[i].ToArray<float>()).Within(1e-5f));
        Errors.Assert<ModelException>(() => model.Apply([tokens, facts]), "2 outputs", "ApplyAll");
        Errors.Assert<ShapeException>(() => model.PredictAll([tokens]), "1 inputs", "has 2");
        Errors.Assert<ModelException>(() => model.Fit([tokens, facts], [prices, kinds, kinds], verbose: Verbosity.Silent),
            "3 outputs", "2 losses");
    }

    [Test]
    public void The_summary_shows_the_layers_as_Call_applies_them()
    {
        string rule = new('─', 80);
        var model = new Siamese();
        model.Build([28, 28, 1]);
        Assert.That(model.Summary(batchSize: 1), Does.StartWith($"""
            Siamese "siamese", input [28, 28, 1]
            layer (type)                      output shape         parameters  multiply-adds
            {rule}
            conv2d (Conv2D)                   [26, 26, 4]                  40         24,336
            flatten (Flatten)                 [2704]                        0
            dense (Dense)                     [8]                      21,640         21,632
            dense (Dense)                     [8]                      shared         21,632
            {rule}
            total                                                      21,680         67,600

            """));
        Assert.That(model.MultiplyAdds([28, 28, 1]), Is.EqualTo(67_600));
        Assert.That(model.OutputShapes.Single(), Is.EqualTo(Shape.Create([8])));
    }

    [Test]
    public void A_class_stands_in_other_models_and_holds_models_itself()
    {
        SymbolicTensor input = SymbolicTensor.Input(2);
        var inGraph = new Model(input, new Dense(1).Apply(new Classifier(0).Apply(input)));
        var inRow = new Sequential(new Input(2), new Classifier(0), new Dense(1));
        var holder = new Holder(new Classifier(0));
        holder.Build([2]);
        Assert.That(inGraph.Variables.Select(variable => variable.Name), Is.EqualTo(new[]
        {
            "classifier/dense/kernel", "classifier/dense/bias", "classifier/dense_1/kernel", "classifier/dense_1/bias", "dense/kernel",
            "dense/bias",
        }));
        Assert.That(TinyModels.Bits(inRow), Is.EqualTo(TinyModels.Bits(inGraph)));
        Assert.That(TinyModels.Bits(holder), Is.EqualTo(TinyModels.Bits(inGraph)));
        Assert.That(inRow.Summary(), Does.Contain("classifier (Classifier)           [2]                          82             64"));
        Tensor x = Tensor.Ones([3, 2]);
        Assert.That(holder.Predict(x).ToArray<float>(), Is.EqualTo(inGraph.Predict(x).ToArray<float>()));
        Assert.That(inRow.Predict(x).ToArray<float>(), Is.EqualTo(inGraph.Predict(x).ToArray<float>()));
        inRow.Compile(new SGD(0.1), new MeanSquaredError());
        History history = inRow.Fit(x, Tensor.Ones([3, 1]), epochs: 5, verbose: Verbosity.Silent);
        Assert.That(history["loss"][^1], Is.LessThan(history["loss"][0]));
    }

    [Test]
    public void A_model_of_several_outputs_stands_in_a_graph_and_in_a_class()
    {
        using var folder = new TemporaryFolder();
        SymbolicTensor a = SymbolicTensor.Input(2), b = SymbolicTensor.Input(2);
        Model Split() => new([a, b], [new Subtract().Apply(a, b), new Dense(2, name: "mixed").Apply(new Add().Apply(a, b))]);
        SymbolicTensor left = SymbolicTensor.Input(2), right = SymbolicTensor.Input(2);
        Model Outer(Model inner) => new([left, right], [new Concatenate().Apply([.. inner.ApplyAll(right, left)])]);
        Model outer = Outer(Split()), again = Outer(Split());
        var own = new Outer(Split());
        Tensor x = Tensor.From<float>([1, 2], [1, 2]), y = Tensor.From<float>([5, 7], [1, 2]);
        own.Build(left, right);
        Assert.That(outer.Apply(x, y).ToArray<float>().Take(2), Is.EqualTo(new[] { 4f, 5f }));
        Assert.That(own.Apply(x, y).ToArray<float>(), Is.EqualTo(outer.Apply(x, y).ToArray<float>()));
        outer.Compile(new Adam(), new MeanSquaredError());
        byte[] before = TinyModels.Bits(outer);
        outer.Fit([x, y], [Tensor.Ones([1, 4])], verbose: Verbosity.Silent);
        Assert.That(TinyModels.Bits(outer), Is.Not.EqualTo(before), "gradients reach the inner model");
        outer.Save(folder["outer"]);
        again.Load(folder["outer"]);
        Assert.That(TinyModels.Bits(again), Is.EqualTo(TinyModels.Bits(outer)));
        Assert.That(outer.Summary(), Does.Contain("[2], [2]"));
        var heads = new TwoHeads();
        SymbolicTensor tokens = SymbolicTensor.Input([3], DType.Int32), facts = SymbolicTensor.Input(2);
        SymbolicTensor[] given = heads.ApplyAll(tokens, facts);
        var joined = new Model([tokens, facts], [new Concatenate().Apply([.. given])]);
        Assert.That(joined.OutputShapes.Single(), Is.EqualTo(Shape.Create([6])));
        Assert.That(joined.Apply(Tensor.Zeros([2, 3], DType.Int32), Tensor.Ones([2, 2])).Shape, Is.EqualTo(Shape.Create([2, 6])));
    }

    [Test]
    public void Before_it_is_built_a_class_says_how_to_build_it()
    {
        Classifier model = Compiled(new Classifier(0));
        foreach (Func<object> use in new Func<object>[]
        {
            () => model.Summary(), () => { model.Save("x"); return model; }, () => { model.Load("x"); return model; },
            () => model.MultiplyAdds([2]),
        })
        {
            Errors.Assert<ModelException>(use, "Classifier \"classifier\"", "does not know its input yet", "call Build with the shape");
        }

        Assert.That(model.Variables, Is.Empty);
        Assert.That(model.InputShapes, Is.Empty);
        model.Apply(Tensor.Ones([1, 2]));
        Assert.That(model.Summary(), Does.Contain("82"));
    }

    [Test]
    public void A_try_that_fails_leaves_a_class_as_it_was()
    {
        var model = new Siamese();
        Errors.Assert<ShapeException>(() => { model.Build([28, 28]); return model; },
            "Siamese \"siamese\" / Conv2D \"conv2d\"", "[batch, 28, 28]");
        Errors.Assert<ShapeException>(() => { model.Build([2, 2, 1]); return model; }, "Conv2D \"conv2d\"");
        Errors.Assert<ShapeException>(() => model.Predict(Tensor.Ones([1, 28])), "Conv2D \"conv2d\"");
        Assert.That((model.IsBuilt, model.Layers.Any(layer => layer.IsBuilt), model.Variables.Count), Is.EqualTo((false, false, 0)));
        var fresh = new Siamese();
        foreach (Siamese each in new[] { model, fresh }) each.Build([28, 28, 1]);
        Assert.That(TinyModels.Bits(model), Is.EqualTo(TinyModels.Bits(fresh)));
        Assert.That(model.Variables.Select(variable => variable.Name), Is.EqualTo(fresh.Variables.Select(variable => variable.Name)));
    }

    [Test]
    public void A_layer_that_was_not_registered_is_refused()
    {
        var model = new Forgetful();
        Errors.Assert<ModelException>(() => { model.Build([2]); return model; },
            "Forgetful \"forgetful\"", "applies the layer Dense \"dense\"", "neither train nor save", "AddLayer");
        Errors.Assert<ModelException>(() => model.Apply(Tensor.Ones([1, 2])), "applies the layer Dense");
        Errors.Assert<ModelException>(() => Compiled(new Forgetful()).Fit(TinyModels.Quadrants(8), verbose: Verbosity.Silent), "AddLayer");
    }

    [Test]
    public void Wrong_classes_and_numbers_of_inputs_are_refused()
    {
        Tensor x = Tensor.Ones([1, 2]);
        Errors.Assert<ModelException>(() => new Empty().Apply(x), "Empty \"empty\"", "overrides no form of Call");
        Errors.Assert<ShapeException>(() => new Classifier(0).Apply(x, x), "2 inputs", "this layer takes one");
        Errors.Assert<ShapeException>(() => { var model = new Classifier(0); model.Build(); return model; }, "Build", "no inputs");
        Errors.Assert<ShapeException>(() => new Whole(_ => Tensor.Scalar(1)).Apply(x), "Call", "[]", "batch axis");
        Errors.Assert<ModelException>(() => new Whole(_ => null).Apply(x), "no outputs");
    }

    [Test]
    public void What_zeros_give_does_not_matter()
    {
        bool before = DebugNumerics.Enabled;
        DebugNumerics.Enabled = true;
        try
        {
            Tensor x = Tensor.Full([2, 3], Math.E);
            Assert.That(new Whole(y => y.Log() / y).Apply(x).ToArray<float>(), Is.All.EqualTo((float)(1 / Math.E)).Within(1e-6));
        }
        finally
        {
            DebugNumerics.Enabled = before;
        }
    }

    [Test]
    public void What_layers_add_to_the_loss_in_the_try_is_not_that_of_the_first_batch()
    {
        using var terms = new LossTerms();
        new Sparse().Apply(Tensor.Ones([4, 2]));
        Assert.That(terms.Sum()!.ToScalar(), Is.EqualTo(2).Within(1e-6));
    }

    [Test]
    public void Weights_of_its_own_and_layers_first_used_in_training_are_trained()
    {
        var model = new Late();
        model.Compile(new SGD(0.1), new MeanSquaredError());
        model.Build([2]);
        Assert.That(model.Variables.Select(variable => variable.Name), Is.EqualTo(new[] { "late/scale" }));
        byte[] scale = model.Variables[0].Bytes().ToArray();
        model.TrainOnBatch(Tensor.Ones([4, 2]), Tensor.Zeros([4, 2]));
        Assert.That(model.Variables[0].Bytes().ToArray(), Is.Not.EqualTo(scale));
        Assert.That(((Dense)model.Layers[0]).Bias!.ToArray<float>(), Is.All.Not.EqualTo(0f), "from its very first step on");
    }

    private static TModel Compiled<TModel>(TModel model)
        where TModel : Model
    {
        model.Compile(new Adam(0.02), new SparseCategoricalCrossentropy(), new Accuracy());
        return model;
    }

    private sealed class Classifier : Model
    {
        private readonly Dense hidden, output;
        private readonly Dropout dropout;

        public Classifier(double rate)
        {
            hidden = AddLayer(new Dense(16, Activation.Tanh));
            dropout = AddLayer(new Dropout(rate));
            output = AddLayer(new Dense(2, Activation.Softmax));
        }

        protected override Tensor Call(Tensor x, bool training) => output.Apply(dropout.Apply(hidden.Apply(x), training));
    }

    private sealed class TwoHeads : Model
    {
        private readonly Embedding words;
        private readonly Dense price, kind;

        public TwoHeads()
            : base("heads")
        {
            words = AddLayer(new Embedding(5, 4));
            price = AddLayer(new Dense(1, name: "price"));
            kind = AddLayer(new Dense(5, Activation.Softmax, name: "kind"));
        }

        protected override Tensor[] CallAll(IReadOnlyList<Tensor> inputs, bool training)
        {
            Tensor both = Tensor.Concat([words.Apply(inputs[0]).Mean(1), inputs[1]], 1);
            return [price.Apply(both), kind.Apply(both)];
        }
    }

    private sealed class Siamese : Model
    {
        private readonly Conv2D conv;
        private readonly Flatten flatten;
        private readonly Dense dense;

        public Siamese() => (conv, flatten, dense) = (AddLayer(new Conv2D(4, (3, 3))), AddLayer(new Flatten()), AddLayer(new Dense(8)));

        protected override Tensor Call(Tensor x, bool training)
        {
            Tensor h = flatten.Apply(conv.Apply(x));
            return (dense.Apply(h) - dense.Apply(h.Abs())).Abs();
        }
    }

    private sealed class Holder : Model
    {
        private readonly Model inner;
        private readonly Dense last;

        public Holder(Model inner) => (this.inner, last) = (AddLayer(inner), AddLayer(new Dense(1)));

        protected override Tensor Call(Tensor x, bool training) => last.Apply(inner.Apply(x, training), training);
    }

    private sealed class Outer : Model
    {
        private readonly Model inner;

        public Outer(Model inner) => this.inner = AddLayer(inner);

        protected override Tensor Call(IReadOnlyList<Tensor> inputs, bool training) =>
            Tensor.Concat(inner.ApplyAll([inputs[1], inputs[0]], training), 1);
    }

    private sealed class Forgetful : Model
    {
        private readonly Dense dense = new(2);

        protected override Tensor Call(Tensor x, bool training) => dense.Apply(x);
    }

    private sealed class Empty : Model
    {
    }

    private sealed class Whole(Func<Tensor, Tensor?> function) : Model
    {
        protected override Tensor[] CallAll(IReadOnlyList<Tensor> inputs, bool training) =>
            function(inputs[0]) is { } output ? [output] : [];
    }

    private sealed class Sparse : Model
    {
        protected override Tensor Call(Tensor x, bool training)
        {
            AddLoss(x.Sum() / x.Shape[0]);
            return x;
        }
    }

    private sealed class Late : Model
    {
        private readonly Dense noise;
        private Variable? scale;

        public Late() => noise = AddLayer(new Dense(2));

        protected override void Build(Shape inputShape) => scale = AddWeight("scale", inputShape, Initializer.Ones);

        protected override Tensor Call(Tensor x, bool training) => (training ? noise.Apply(x) : x) * scale!;
    }
}
