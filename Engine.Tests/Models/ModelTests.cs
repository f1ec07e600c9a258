using Engine.Layers;
using Engine.Losses;
using Engine.Models;
using Engine.Optimizers;

namespace Engine.Tests.Models;

public class ModelTests
{
    [Test]
    public void A_shared_layer_is_one_layer_and_its_gradient_is_the_sum_of_both_uses()
    {
        var dense = new Dense(3, useBias: false);
        SymbolicTensor input = SymbolicTensor.Input(3);
        var model = new Model(input, dense.Apply(dense.Apply(input)));
        Assert.That(model.Layers, Has.Count.EqualTo(1));
        Assert.That(model.Variables, Has.Count.EqualTo(1));

        Tensor x = Tensor.From<float>([1, 2, 3, -1, 0, 1], [2, 3]);
        float[] applied = model.Apply(x).ToArray<float>();
        Tensor w = dense.Kernel.Detach();
        Assert.That(applied, Is.EqualTo(x.MatMul(w).MatMul(w).ToArray<float>()).Within(1e-5f));

        using var tape = new GradientTape();
        tape.Watch(w);
        Tensor byHand = tape.Gradient(x.MatMul(w).MatMul(w).Sum(), w).Detach();
        using var second = new GradientTape();
        (_, Tensor? gradient) = second.Gradients(model.Apply(x).Sum(), model.TrainableVariables)[0];
        Assert.That(gradient!.ToArray<float>(), Is.EqualTo(byHand.ToArray<float>()).Within(1e-4f));
    }

    [Test]
    public void Branches_meet_again_and_several_inputs_keep_their_order()
    {
        SymbolicTensor a = SymbolicTensor.Input(2), b = SymbolicTensor.Input(2);
        var subtract = new Difference();
        var model = new Model([a, b], [subtract.Apply([a, b]), new Flatten().Apply(b)]);
        Tensor left = Tensor.From<float>([5, 7], [1, 2]), right = Tensor.From<float>([1, 2], [1, 2]);
        Tensor[] outputs = model.ApplyAll([left, right]);
        Assert.That(outputs[0].ToArray<float>(), Is.EqualTo(new[] { 4f, 5f }));
        Assert.That(outputs[1].ToArray<float>(), Is.EqualTo(new[] { 1f, 2f }));
        Assert.That(Assert.Throws<ShapeException>(() => model.ApplyAll([left]))!.Message, Does.Contain("1 inputs").And.Contain("has 2"));
        Assert.That(Assert.Throws<ModelException>(() => model.Apply([left, right]))!.Message,
            Does.Contain("2 outputs").And.Contain("ApplyAll"));
    }

    [Test]
    public void Layers_are_named_by_their_place_and_given_names_stay()
    {
        var model = new Sequential(new Input(8), new Dense(4), new Dense(4, name: "head"), new Dense(4), new Dropout(0.1));
        Assert.That(model.Layers.Select(layer => layer.Name), Is.EqualTo(new[] { "input", "dense", "head", "dense_1", "dropout" }));
        Assert.That(model.GetLayer("head"), Is.SameAs(model.Layers[2]));
        Assert.That(Assert.Throws<ValueException>(() => model.GetLayer("tail"))!.Message, Does.Contain("\"tail\"").And.Contain("dense_1"));
        Assert.That(new Sequential(new Input(8), new Dense(4)).Layers[1].Name, Is.EqualTo("dense"), "no counter outlives its model");
    }

    [Test]
    public void A_model_inside_a_model_gives_its_variables_their_path()
    {
        var inner = new Sequential(new Dense(3), new Dense(2));
        var outer = new Sequential(new Input(4), inner, new Dense(1));
        Assert.That(outer.Variables.Where(variable => variable.Name.EndsWith("kernel", StringComparison.Ordinal)).Select(variable =>
            variable.Name),
            Is.EqualTo(new[] { "sequential/dense/kernel", "sequential/dense_1/kernel", "dense/kernel" }));
        Assert.That(outer.Apply(Tensor.Ones([5, 4])).Shape.ToString(), Is.EqualTo("[5, 1]"));
        outer.Compile(new Adam(), new MeanSquaredError());
        History history = outer.Fit(Tensor.Ones([8, 4]), Tensor.Ones([8, 1]), epochs: 20, verbose: Verbosity.Silent);
        Assert.That(history["loss"][^1], Is.LessThan(history["loss"][0]));
    }

    [Test]
    public void A_layer_used_by_two_models_keeps_its_weights_and_learns_with_either()
    {
        var shared = new Dense(4, Activation.Tanh);
        SymbolicTensor input = SymbolicTensor.Input(2), hidden = shared.Apply(input);
        var whole = new Model(input, new Dense(1).Apply(hidden));
        var features = new Model(input, hidden);
        Tensor x = Tensor.From<float>([1, 2, 3, 4], [2, 2]);
        float[] before = features.Predict(x).ToArray<float>();
        whole.Compile(new SGD(0.5), new MeanSquaredError());
        whole.TrainOnBatch(x, Tensor.Ones([2, 1]));
        Assert.That(features.Predict(x).ToArray<float>(), Is.Not.EqualTo(before));
        Assert.That(features.Variables[0], Is.SameAs(shared.Kernel));
    }

    [Test]
    public void A_frozen_layer_keeps_its_weights()
    {
        Sequential model = TinyModels.Classifier();
        Layer first = model.GetLayer("dense");
        first.Trainable = false;
        byte[] frozen = first.Variables[0].Bytes().ToArray(), free = model.GetLayer("dense_1").Variables[0].Bytes().ToArray();
        model.Fit(TinyModels.Quadrants(32), verbose: Verbosity.Silent);
        Assert.That(first.Variables[0].Bytes().ToArray(), Is.EqualTo(frozen));
        Assert.That(model.GetLayer("dense_1").Variables[0].Bytes().ToArray(), Is.Not.EqualTo(free));
    }

    [Test]
    public void A_layer_of_ones_own_is_planned_by_trying_it_and_keeps_the_models_seed()
    {
        Sequential Make() => new(new Input(3), new Scale(), new Scale(), new Dense(1));
        Sequential first = Make(), second = Make();
        Assert.That(TinyModels.Bits(first), Is.EqualTo(TinyModels.Bits(second)));
        Assert.That(first.Variables[0].Name, Is.EqualTo("scale/factor"));
        Assert.That(first.Variables[0].ToArray<float>(), Is.Not.EqualTo(first.Variables[1].ToArray<float>()));
        second.Seed = 9;
        Assert.That(second.Variables[0].ToArray<float>(), Is.Not.EqualTo(first.Variables[0].ToArray<float>()));
    }

    [Test]
    public void A_very_deep_graph_does_not_overflow_the_stack()
    {
        SymbolicTensor input = SymbolicTensor.Input(1), last = input;
        var flatten = new Flatten();
        for (int i = 0; i < 20_000; i++) last = flatten.Apply(last);
        Assert.That(new Model(input, last).Predict(Tensor.Ones([1, 1])).ToScalar(), Is.EqualTo(1));
    }

    /// <summary>The difference of two inputs.</summary>
    private sealed class Difference : Layer
    {
        public override Shape OutputShape(IReadOnlyList<Shape> inputShapes) => inputShapes[0];

        protected override Tensor Call(Tensor x, bool training) => x;

        protected override Tensor Call(IReadOnlyList<Tensor> inputs, bool training) => inputs[0] - inputs[1];
    }

    /// <summary>A layer as a user writes it: no shapes, only a formula.</summary>
    private sealed class Scale : Layer
    {
        private Variable? factor;

        protected override void Build(Shape inputShape) => factor = AddWeight("factor", inputShape, Initializer.GlorotUniform);

        protected override Tensor Call(Tensor x, bool training) => x * factor!;
    }
}
