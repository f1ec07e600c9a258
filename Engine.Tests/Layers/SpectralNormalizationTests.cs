using Engine.Layers;
using Engine.Models;
using Engine.Tests.Operations;
using static Engine.Tests.Operations.Oracle;

namespace Engine.Tests.Layers;

public class SpectralNormalizationTests
{
    private static double LargestSingularValue(Tensor kernel) => kernel.Reshape(-1, kernel.Shape[^1]).ToMatrix().L2Norm();

    private static IEnumerable<TestCaseData> Wrapped()
    {
        yield return new TestCaseData(new Func<Layer>(() => new Dense(5, Activation.ReLU)), Shape.Create([4, 6])).SetArgDisplayNames("dense");
        yield return new TestCaseData(new Func<Layer>(() => new Conv2D(4, 3, strides: 2)), Shape.Create([2, 7, 6, 3])).SetArgDisplayNames("conv2d");
        yield return new TestCaseData(new Func<Layer>(() => new Conv1D(4, 3, Activation.ReLU)), Shape.Create([2, 7, 3])).SetArgDisplayNames("conv1d");
        yield return new TestCaseData(new Func<Layer>(() => new Conv2DTranspose(4, 3, strides: 2)), Shape.Create([2, 3, 3, 2]))
            .SetArgDisplayNames("transposed");
    }

    [TestCaseSource(nameof(Wrapped))]
    public void The_kernel_is_divided_by_its_largest_singular_value(Func<Layer> make, Shape shape)
    {
        var layer = new SpectralNormalization(make(), powerIterations: 3);
        Tensor x = Normal(shape);
        for (int i = 0; i < 100; i++) layer.Apply(x, training: true);
        Variable kernel = layer.Layer.Variables[0];
        byte[] before = kernel.Bytes().ToArray();
        Tensor y = layer.Apply(x);
        Assert.That(kernel.Bytes().ToArray(), Is.EqualTo(before), "the kernel itself stays");
        Layer plain = make();
        plain.Apply(x);
        plain.Variables[0].Assign(kernel / LargestSingularValue(kernel));
        AssertClose(y, y.Shape, Values(plain.Apply(x)));
        Assert.That(layer.OutputShape(shape.Remove(0)), Is.EqualTo(y.Shape.Remove(0)));
        Assert.That(layer.MultiplyAdds(shape.Remove(0)), Is.EqualTo(plain.MultiplyAdds(shape.Remove(0))));
    }

    [Test]
    public void An_embedding_is_divided_too()
    {
        var layer = new SpectralNormalization(new Embedding(6, 3, Initializer.RandomUniform(-2, 2)), powerIterations: 50);
        Tensor indices = Tensor.From<int>([0, 5, 3]);
        layer.Apply(indices, training: true);
        Variable table = layer.Layer.Variables[0];
        Tensor wanted = (table / LargestSingularValue(table)).Gather(indices);
        AssertClose(layer.Apply(indices), [3, 3], Values(wanted));
    }

    [Test]
    public void The_mask_of_an_embedding_and_the_one_given_go_on()
    {
        var embedding = new SpectralNormalization(new Embedding(6, 3, maskZero: true));
        Tensor words = Tensor.From<int>([4, 0, 2, 0], [2, 2]);
        Tensor vectors = embedding.Apply(words, training: true);
        Assert.That(vectors.Mask?.ToArray<bool>(), Is.EqualTo((bool[])[true, false, true, false]));
        Assert.That(new SpectralNormalization(new Dense(2)).Apply(vectors).Mask?.ToArray<bool>(), Is.EqualTo((bool[])[true, false, true, false]));
        Assert.That(new SpectralNormalization(new Conv1D(2, 1)).Apply(vectors).Mask, Is.Null, "a convolution drops it");
        var lstm = new LSTM(2);
        Tensor Last(params int[] sentence) => lstm.Apply(embedding.Apply(Tensor.From<int>(sentence, [1, sentence.Length])));
        AssertClose(Last(4, 0), [1, 2], Values(Last(4)));
    }

    [Test]
    public void A_training_pass_is_one_power_iteration_of_the_formula()
    {
        var layer = new SpectralNormalization(new Dense(2, useBias: false));
        Tensor x = Normal([3, 4]);
        layer.Apply(x);
        double[] u = Values(layer.VectorU);
        double[,] w = layer.Layer.Variables[0].ToMatrix().ToArray();
        layer.Apply(x, training: true);
        double[] v = [.. Enumerable.Range(0, 4).Select(i => w[i, 0] * u[0] + w[i, 1] * u[1])];
        double length = Math.Sqrt(v.Sum(value => value * value));
        double[] next = [.. Enumerable.Range(0, 2).Select(j => Enumerable.Range(0, 4).Sum(i => w[i, j] * v[i] / length))];
        double size = Math.Sqrt(next.Sum(value => value * value));
        AssertClose(layer.VectorU, [1, 2], [.. next.Select(value => value / size)]);
    }

    [Test]
    public void Passes_in_inference_and_held_ones_leave_u()
    {
        var layer = new SpectralNormalization(new Dense(2));
        Tensor x = Normal([3, 4]);
        layer.Apply(x);
        byte[] before = layer.VectorU.Bytes().ToArray();
        layer.Apply(x);
        using (layer.HoldState()) layer.Apply(x, training: true);
        Assert.That(layer.VectorU.Bytes().ToArray(), Is.EqualTo(before));
        layer.Apply(x, training: true);
        Assert.That(layer.VectorU.Bytes().ToArray(), Is.Not.EqualTo(before));
    }

    [Test]
    public void Two_passes_in_one_tape_and_a_wrapper_in_a_model_train()
    {
        var model = new Sequential(
            new Input(3), new SpectralNormalization(new Dense(4, Activation.Tanh)), new SpectralNormalization(new Dense(1)));
        Assert.That(model.Variables.Select(variable => variable.Name), Is.EqualTo(new[]
        {
            "spectral_normalization/vector_u", "spectral_normalization/dense/kernel", "spectral_normalization/dense/bias",
            "spectral_normalization_1/vector_u", "spectral_normalization_1/dense/kernel", "spectral_normalization_1/dense/bias",
        }));
        Tensor x = Normal([5, 3], DType.Float32);
        using var tape = new GradientTape();
        Tensor loss = model.Apply(x, training: true).Mean() + model.Apply(x * 2, training: true).Square().Mean();
        foreach ((Variable variable, Tensor? gradient) in tape.Gradients(loss, model.TrainableVariables))
            Assert.That(gradient!.Square().Sum().ToScalar(), Is.Positive, variable.Name);
    }

    [Test]
    public void Layers_without_a_single_kernel_are_refused()
    {
        Errors.Assert<ValueException>(() => new SpectralNormalization(new Flatten()), "Flatten \"flatten\"", "no single kernel");
        Errors.Assert<ValueException>(() => new SpectralNormalization(new SeparableConv2D(2, 3)), "SeparableConv2D");
        Errors.Assert<ValueException>(() => new SpectralNormalization(new Dense(2), 0), "powerIterations is 0");
        Errors.Assert<ModelException>(() => new SpectralNormalization(new Dense(2)).VectorU, "VectorU", "no weights yet");
    }
}
