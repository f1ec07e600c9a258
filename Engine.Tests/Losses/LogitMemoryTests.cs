using Engine.Layers;
using Engine.Losses;
using static Engine.Tests.Operations.Oracle;

namespace Engine.Tests.Losses;

/// <summary>A cross-entropy on probabilities that a softmax or sigmoid made is computed from their logits.</summary>
public class LogitMemoryTests
{
    private static readonly Tensor Large = Tensor.From<float>([1e4f, -1e4f, 0, 30, 31, -1e4f, 1, 2, 3], [3, 3]);

    [Test]
    public void Softmax_probabilities_give_value_and_gradient_of_their_logits()
    {
        Tensor labels = Tensor.From(1, 0, 2), oneHot = Tensor.OneHot(labels, 3);
        AssertSame(
            p => new SparseCategoricalCrossentropy().Compute(labels, p),
            x => new SparseCategoricalCrossentropy(true).Compute(labels, x));
        AssertSame(p => new CategoricalCrossentropy().Compute(oneHot, p), x => new CategoricalCrossentropy(true).Compute(oneHot, x));

        static void AssertSame(Func<Tensor, Tensor> onProbabilities, Func<Tensor, Tensor> onLogits)
        {
            (double value, float[] gradient) = Evaluate(Large, x => onProbabilities(Activation.Softmax.Apply(x)));
            (double expected, float[] expectedGradient) = Evaluate(Large, onLogits);
            Assert.That(expected, Is.GreaterThan(6000).And.LessThan(7000));
            Assert.That(value, Is.EqualTo(expected).Within(1e-6 * expected));
            Assert.That(gradient, Is.EqualTo(expectedGradient).Within(1e-6f));
            Assert.That(gradient[1], Is.EqualTo(-1 / 3f).Within(1e-6f), "the wrong row still learns");
        }
    }

    [Test]
    public void Sigmoid_probabilities_give_value_and_gradient_of_their_logits()
    {
        Tensor y = Tensor.From<float>([0, 0, 1, 1, 0, 1, 0, 1, 1], [3, 3]);
        (double value, float[] gradient) = Evaluate(Large, x => new BinaryCrossentropy().Compute(y, Activation.Sigmoid.Apply(x)));
        (double expected, float[] expectedGradient) = Evaluate(Large, x => new BinaryCrossentropy(fromLogits: true).Compute(y, x));
        Assert.That(value, Is.EqualTo(expected).Within(1e-6 * expected));
        Assert.That(double.IsFinite(value) && value > 2000, Is.True);
        Assert.That(gradient, Is.EqualTo(expectedGradient).Within(1e-6f));
    }

    [Test]
    public void A_layers_activation_remembers_too()
    {
        var layer = new Dense(3, Activation.Softmax, kernelInitializer: Initializer.Constant(0), biasInitializer: Initializer.Constant(0));
        layer.Apply(Tensor.Ones([1, 2]));
        layer.Bias!.Assign(Tensor.From(1e4f, 0f, -1e4f));
        double loss = new SparseCategoricalCrossentropy().Compute(Tensor.From(2), layer.Apply(Tensor.Ones([1, 2]))).ToScalar();
        Assert.That(loss, Is.EqualTo(20000).Within(0.01));
    }

    [Test]
    public void Probabilities_that_were_changed_are_taken_as_they_are()
    {
        Tensor p = Normal([2, 3], DType.Float32).Softmax();
        p.AsWritableSpan<float>()[0] = 1e-3f;
        double loss = new SparseCategoricalCrossentropy().PerSample(Tensor.From(0, 0), p).ToArray<float>()[0];
        float sum = p.AsSpan<float>()[..3].ToArray().Sum();
        Assert.That(loss, Is.EqualTo(-Math.Log(1e-3 / sum)).Within(1e-4));
    }

    [Test]
    public void Logits_that_were_changed_afterwards_do_not_count()
    {
        Tensor x = Tensor.From<float>([1, 2, 3], [1, 3]);
        Tensor p = x.Softmax();
        x.AsWritableSpan<float>()[0] = 50;
        double expected = -Math.Log(Math.Exp(1) / (Math.Exp(1) + Math.Exp(2) + Math.Exp(3)));
        Assert.That(new SparseCategoricalCrossentropy().Compute(Tensor.From(0), p).ToScalar(), Is.EqualTo(expected).Within(1e-5));
    }

    [Test]
    public void Watched_probabilities_have_their_own_gradient()
    {
        Tensor p = Normal([2, 3]).Softmax();
        using var tape = new GradientTape();
        tape.Watch(p);
        double[] gradient = tape.Gradient(new SparseCategoricalCrossentropy().Compute(Tensor.From(0, 1), p), p).ToArray<double>();
        // d/dpᵢ of −ln(p₀ / Σp) at Σp = 1 is 1 − [i = 0]/p₀, halved by the mean.
        Assert.That(gradient[0], Is.EqualTo((1 - 1 / p[0, 0].ToScalar()) / 2).Within(1e-9));
        Assert.That(gradient[1], Is.EqualTo(0.5).Within(1e-9));
    }

    [Test]
    public void A_softmax_over_another_axis_or_a_sigmoid_is_no_softmax_over_the_classes()
    {
        Tensor x = Normal([3, 3]);
        Tensor labels = Tensor.From(0, 1, 2);
        var loss = new SparseCategoricalCrossentropy();
        foreach (Tensor p in new[] { x.Softmax(0), x.Sigmoid() })
            Assert.That(loss.Compute(labels, p).ToScalar(), Is.EqualTo(loss.Compute(labels, p.Detach()).ToScalar()).Within(1e-12));
    }

    [Test]
    public void A_chain_of_probabilities_does_not_keep_all_of_its_past()
    {
        Tensor x = Normal([2]);
        WeakReference first = Step(ref x);
        for (int i = 0; i < 5; i++) Step(ref x);
        GC.Collect();
        Assert.That(first.IsAlive, Is.False);
        Assert.That(x.Probability, Is.Not.Null);

        // A method of its own, so that no register or stack slot of the test keeps the tensor.
        [System.Runtime.CompilerServices.MethodImpl(System.Runtime.CompilerServices.MethodImplOptions.NoInlining)]
        static WeakReference Step(ref Tensor x)
        {
            x = x.Sigmoid();
            return new WeakReference(x);
        }
    }

    private static (double Value, float[] Gradient) Evaluate(Tensor x, Func<Tensor, Tensor> loss)
    {
        using var tape = new GradientTape();
        tape.Watch(x);
        Tensor value = loss(x);
        return (value.ToScalar(), tape.Gradient(value, x).ToArray<float>());
    }
}
