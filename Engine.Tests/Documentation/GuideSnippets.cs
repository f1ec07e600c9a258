using Engine.Layers;
using Engine.Losses;
using Engine.Metrics;
using Engine.Models;
using Engine.Optimizers;

namespace Engine.Tests.Documentation;

/// <summary>The code of docs/guide.md and of the pages for those who come from other libraries, run.</summary>
public class GuideSnippets
{
    [Test]
    public void Tensors_are_made_and_taken_apart()
    {
        #region doc-tensors
        Tensor a = Tensor.From(new float[,] { { 1, 2, 3 }, { 4, 5, 6 } });  // Float32[2, 3]
        Tensor b = Tensor.Linspace(0, 1, 3);                                 // Float32[3]
        Tensor sum = a + b;                                                  // b is repeated for each row
        Tensor means = a.Mean(axis: 0);                                      // [3]
        Tensor product = a.MatMul(a, transposeB: true);                      // [2, 2]
        Tensor flat = a.Reshape(6);                                          // shares a's memory
        Tensor random = Tensor.RandomNormal([2, 3], mean: 0, deviation: 1, new RandomGenerator(seed: 7));
        #endregion

        Assert.That(sum.ToArray<float>(), Is.EqualTo((float[])[1, 2.5f, 4, 4, 5.5f, 7]));
        Assert.That(means.ToArray<float>(), Is.EqualTo((float[])[2.5f, 3.5f, 4.5f]));
        Assert.That(product.ToArray<float>(), Is.EqualTo((float[])[14, 32, 32, 77]));
        Assert.That(flat.Shape, Is.EqualTo(Shape.Create([6])));
        Assert.That(random.DType, Is.EqualTo(DType.Float32));

        #region doc-slices
        Tensor row = a[1];                          // [3]: a position removes its axis
        Tensor last = a[.., ^1];                    // [2]: the last column
        Tensor part = a[.., 0..2];                  // [2, 2]: a range keeps its axis
        Tensor odd = a[.., Slice.Every(.., 2)];     // [2, 2]: columns 0 and 2
        double value = a[0, 2].ToScalar();          // 3
        #endregion

        Assert.That(row.ToArray<float>(), Is.EqualTo((float[])[4, 5, 6]));
        Assert.That(last.ToArray<float>(), Is.EqualTo((float[])[3, 6]));
        Assert.That(part.ToArray<float>(), Is.EqualTo((float[])[1, 2, 4, 5]));
        Assert.That(odd.ToArray<float>(), Is.EqualTo((float[])[1, 3, 4, 6]));
        Assert.That(value, Is.EqualTo(3));
    }

    [Test]
    public void Memory_is_shared_with_arrays_where_the_caller_says_so()
    {
        #region doc-wrap
        float[] samples = [1, 2, 3, 4];
        Tensor copy = Tensor.From<float>(samples);
        Tensor shared = Tensor.Wrap(samples, [2, 2]);
        samples[0] = 10;                            // seen by shared, not by copy
        ReadOnlySpan<float> read = shared.AsSpan<float>();
        #endregion

        Assert.That(copy[0].ToScalar(), Is.EqualTo(1));
        Assert.That(read[0], Is.EqualTo(10));
    }

    [Test]
    public void A_tape_gives_gradients()
    {
        #region doc-tape
        var w = new Variable(Tensor.Scalar(3));
        using (var tape = new GradientTape())
        {
            Tensor y = w * w + 2 * w;
            Tensor gradient = tape.Gradient(y, w);  // 2w + 2 = 8: taken inside the block
            Console.WriteLine($"{gradient:F1}");
        }
        #endregion

        #region doc-second-order
        Tensor x = Tensor.Scalar(2, DType.Float64);
        using var outer = new GradientTape();
        outer.Watch(x);
        Tensor first;
        using (var inner = new GradientTape())
        {
            inner.Watch(x);
            first = inner.Gradient(x * x * x, x);   // 3x² = 12
        }
        Tensor second = outer.Gradient(first, x);   // 6x = 12
        #endregion

        Assert.That(first.ToScalar(), Is.EqualTo(12).Within(1e-12));
        Assert.That(second.ToScalar(), Is.EqualTo(12).Within(1e-12));
    }

    [Test]
    public void A_gradient_that_outlives_its_tape_is_a_copy()
    {
        #region doc-detach
        var w = new Variable(Tensor.Scalar(3));
        Tensor kept;
        Tensor lost;
        using (var tape = new GradientTape())
        {
            lost = tape.Gradient(w * w, w);
            kept = lost.Detach();                   // a copy that no tape owns
        }
        Console.WriteLine(kept.ToScalar());         // 6; lost.ToScalar() throws a TapeException
        #endregion

        Assert.That(kept.ToScalar(), Is.EqualTo(6));
        Assert.That(() => lost.ToScalar(), Throws.TypeOf<TapeException>());
    }

    [Test]
    public void A_scope_gives_memory_back()
    {
        var layer = new Dense(4);
        Tensor batch = Tensor.Ones([2, 3]);

        #region doc-scope
        Tensor result;
        using (new TensorScope())
        {
            Tensor hidden = layer.Apply(batch).Tanh();
            result = hidden.Sum(axis: 1).Detach();
        }
        #endregion

        Assert.That(result.IsAlive && result.Shape == Shape.Create([2]));
    }

    [Test]
    public void A_loop_of_ones_own_trains_a_layer()
    {
        #region doc-loop
        var random = new RandomGenerator(seed: 7);
        Tensor x = Tensor.RandomUniform([256, 1], -1, 1, random);
        Tensor y = 3 * x - 1;

        var dense = new Dense(1);
        var loss = new MeanSquaredError();
        var optimizer = new SGD(learningRate: 0.1, momentum: 0.9);

        for (int step = 0; step < 200; step++)
        {
            using var tape = new GradientTape();
            Tensor error = loss.Compute(y, dense.Apply(x, training: true));
            optimizer.Apply(tape.Gradients(error, dense.TrainableVariables));
        }
        #endregion

        Assert.That(dense.Kernel.ToScalar(), Is.EqualTo(3).Within(1e-3));
        Assert.That(dense.Bias!.ToScalar(), Is.EqualTo(-1).Within(1e-3));
    }

    [Test]
    public void Optimizers_have_schedules_and_options()
    {
        #region doc-optimizer
        var optimizer = new AdamW(new CosineDecay(0, decaySteps: 10_000, warmupTarget: 1e-3, warmupSteps: 500), weightDecay: 0.01)
        {
            GlobalClipNorm = 1,             // or ClipNorm, ClipValue
            GradientAccumulationSteps = 4,  // a step for every fourth batch, with the mean of four gradients
            UseEma = true,                  // Fit ends with the moving average in the weights
        };
        optimizer.ExcludeFromWeightDecay(names: ["bias", "gamma", "beta"]);

        var f1 = new F1Score(ClassAverage.Macro);
        var loss = new CategoricalCrossentropy(labelSmoothing: 0.1);
        #endregion

        Assert.That(optimizer.LearningRate, Is.Zero);
        optimizer.Step = 500;
        Assert.That(optimizer.LearningRate, Is.EqualTo(1e-3));
        Assert.That(f1.Result, Is.Zero);
        Tensor each = loss.Compute(Tensor.From<float>([0, 1], [1, 2]), Tensor.From<float>([0.5f, 0.5f], [1, 2]));
        Assert.That(each.ToScalar(), Is.EqualTo(Math.Log(2)).Within(1e-6));
    }

    [Test]
    public void Layers_are_connected_into_a_graph()
    {
        #region doc-functional
        SymbolicTensor input = SymbolicTensor.Input(28, 28, 1);
        SymbolicTensor h = new Conv2D(8, (3, 3), Activation.ReLU, padding: Padding.Same).Apply(input);
        h = new Flatten().Apply(new MaxPooling2D((2, 2)).Apply(h));
        var model = new Model(input, new Dense(10, Activation.Softmax).Apply(h));
        #endregion

        Assert.That(model.OutputShapes[0], Is.EqualTo(Shape.Create([10])));
    }

    [Test]
    public void An_op_of_ones_own_has_its_gradient_beside_it()
    {
        #region doc-own-op
        // y = x/(1 + |x|), dx = dy/(1 + |x|)².
        static Tensor Softsign(Tensor x)
        {
            Tensor y;
            using (GradientTape.StopRecording()) y = x / (1 + x.Abs());
            return GradientTape.Record("softsign", y, (x, dy => dy / (1 + x.Abs()).Square()));
        }

        Tensor points = Tensor.RandomNormal([3, 4], 0, 1, new RandomGenerator(seed: 7), DType.Float64);
        GradientReport report = GradientCheck.Function(t => Softsign(t[0]), [points], order: 2);
        Console.WriteLine(report.MaxError <= 1e-7 ? "ok" : report);
        #endregion

        Assert.That(report.MaxError, Is.LessThanOrEqualTo(1e-7), report.ToString());
    }

    [Test]
    public void A_layer_of_ones_own_is_built_on_first_use()
    {
        GradientReport report = GradientCheck.Layer(new Scale(), inputShape: [2, 3]);
        Assert.That(report.MaxError, Is.LessThanOrEqualTo(1e-7), report.ToString());
    }

    [Test]
    public void A_mistake_is_an_exception_that_says_what_to_do()
    {
        #region doc-errors
        try
        {
            Tensor.Ones([2, 3]).MatMul(Tensor.Ones([2, 3]));
        }
        catch (ShapeException e)
        {
            Console.WriteLine(e.Message);
        }
        #endregion

        Assert.That(() => Tensor.Ones([2, 3]).MatMul(Tensor.Ones([2, 3])), Throws.TypeOf<ShapeException>());
    }

    #region doc-own-layer
    /// <summary>y = x ⊙ s: each feature has a factor of its own.</summary>
    private sealed class Scale() : Layer(name: null)
    {
        private Variable? s;

        protected override void Build(Shape inputShape) => s = AddWeight("scale", [inputShape[^1]], Initializer.Ones);

        protected override Tensor Call(Tensor x, bool training) => x * s!;
    }
    #endregion
}
