using Engine.Data;
using Engine.Layers;
using Engine.Losses;
using Engine.Metrics;
using Engine.Models;
using Engine.Optimizers;
using Engine.Tests.Formats;
using Engine.Tests.Models;

namespace Engine.Tests.Documentation;

/// <summary>The code of docs/guide.md about models that are classes, run.</summary>
public class SubclassSnippets
{
    [Test]
    public void A_class_is_a_model()
    {
        (Dataset train, Dataset test) = (TinyModels.Quadrants(64), TinyModels.Quadrants(16, seed: 6));

        #region doc-subclass-use
        var model = new Residual(units: 16);
        model.Compile(new Adam(), new SparseCategoricalCrossentropy(), new Accuracy());
        model.Build([2]);                               // or by the first data that it sees
        Console.WriteLine(model.Summary());
        model.Fit(train, epochs: 2, validationData: test);
        #endregion

        Assert.That(model.Epoch, Is.EqualTo(2));
        Assert.That(model.OutputShapes.Single(), Is.EqualTo(Shape.Create([2])));
    }

    [Test]
    public void A_class_has_a_step_of_its_own()
    {
        Tensor x = Tensor.RandomNormal([32, 8], 0, 1, new RandomGenerator(1));

        #region doc-train-step-use
        var model = new Autoencoder();
        model.Compile(new Adam());                      // the loss is computed in TrainStep
        History history = model.Fit(new Dataset(x), epochs: 3);
        #endregion

        Assert.That(history.Names, Is.EqualTo(new[] { "loss", "code_size" }));
        Assert.That(history["loss"][^1], Is.LessThan(history["loss"][0]));
    }

    [Test]
    public void A_layer_of_ones_own_comes_back_from_a_file()
    {
        using var folder = new TemporaryFolder();
        string path = folder["model"];
        Tensor x = Tensor.Ones([2, 3]);
        new Sequential(new Input(3), new Times(2.5)).Save(path);

        #region doc-from-file-use
        Layer.Register(options => new Times(options.Number("factor"), options.Name));
        Model model = Model.FromFile(path);
        Tensor y = model.Predict(x);
        #endregion

        Assert.That(y.ToArray<float>(), Is.All.EqualTo(2.5f));
    }

    #region doc-from-file
    /// <summary>y = c·x.</summary>
    private sealed class Times : Layer
    {
        private readonly double factor;

        public Times(double factor, string? name = null)
            : base(name)
        {
            this.factor = factor;
            MadeWith(("factor", factor));
        }

        protected override Tensor Call(Tensor x, bool training) => x * factor;
    }
    #endregion

    #region doc-subclass
    private sealed class Residual : Model
    {
        private readonly Dense first, second, last;
        private readonly Dropout dropout;

        public Residual(int units)
        {
            first = AddLayer(new Dense(units, Activation.ReLU));
            second = AddLayer(new Dense(units, Activation.ReLU));
            dropout = AddLayer(new Dropout(0.2));
            last = AddLayer(new Dense(2, Activation.Softmax));
        }

        protected override Tensor Call(Tensor x, bool training)
        {
            Tensor h = first.Apply(x);
            return last.Apply(dropout.Apply(h + second.Apply(h), training));
        }
    }
    #endregion

    #region doc-train-step
    private sealed class Autoencoder : Model
    {
        private readonly Dense encoder, decoder;

        public Autoencoder() => (encoder, decoder) = (AddLayer(new Dense(2)), AddLayer(new Dense(8)));

        protected override Tensor Call(Tensor x, bool training) => decoder.Apply(encoder.Apply(x));

        protected override double TrainStep(Batch batch)
        {
            using var tape = new GradientTape();
            Tensor error = (Apply(batch.X, training: true) - batch.X).Square().Mean();
            Tensor size = encoder.Apply(batch.X).Square().Mean();
            Optimizer!.Apply(tape.Gradients(error + 0.01 * size, TrainableVariables));
            Report("code_size", size.ToScalar());   // beside loss in history and callbacks
            return error.ToScalar();
        }
    }
    #endregion
}
