using Engine.Layers;
using Engine.Models;

namespace Engine.Tests.Models;

/// <summary>Layers that a model computes in one pass with the next.</summary>
[NonParallelizable]
public class JoinedLayersTests
{
    private static readonly Tensor Images = Tensor.RandomNormal([3, 12, 11, 1], 0, 1, new RandomGenerator(5));

    [Test]
    public void A_model_gives_what_its_layers_give_one_by_one()
    {
        var model = new Sequential(new Input(12, 11, 1), new Conv2D(6, (3, 3), Activation.ReLU), new MaxPooling2D((2, 2)), new Flatten(), new Dense(4));
        float[] joined = model.Apply(Images).ToArray<float>();
        Tensor x = Images;
        foreach (Layer layer in model.Layers) x = layer.Apply(x);
        Assert.That(joined, Is.EqualTo(x.ToArray<float>()));

        float[][] alone = Gradients(model, () => model.Layers.Aggregate(Images, (value, layer) => layer.Apply(value, training: true)));
        float[][] together = Gradients(model, () => model.Apply(Images, training: true));
        for (int i = 0; i < alone.Length; i++) Assert.That(together[i], Is.EqualTo(alone[i]).Within(1e-4f), model.Variables[i].Name);
    }

    [Test]
    public void Only_a_rectified_convolution_and_windows_side_by_side_are_joined()
    {
        var pool = new MaxPooling2D((2, 2));
        Assert.That(new Conv2D(4, (3, 3), Activation.ReLU).Through(pool), Is.Not.Null);
        Assert.That(new Conv2D(4, (3, 3), Activation.Tanh).Through(pool), Is.Null);
        Assert.That(new Conv2D(4, (3, 3), Activation.ReLU, flipKernel: true).Through(pool), Is.Null);
        Assert.That(new Conv2D(4, (3, 3), Activation.ReLU, activityRegularizer: new L2(0.1)).Through(pool), Is.Null);
        Assert.That(new Conv2D(4, (3, 3), Activation.ReLU).Through(new MaxPooling2D((3, 3), (2, 2))), Is.Null);
        Assert.That(new Conv2D(4, (3, 3), Activation.ReLU).Through(new MaxPooling2D((2, 2), padding: Padding.Same)), Is.Null);
        Assert.That(new Conv2D(4, (3, 3), Activation.ReLU).Through(new AveragePooling2D((2, 2))), Is.Null);
        Assert.That(new Conv1D(4, 3, activation: Activation.ReLU).Through(new MaxPooling1D(2)), Is.Null);
        Assert.That(new Dense(4).Through(pool), Is.Null);
    }

    [Test]
    public void A_result_that_something_else_reads_is_there()
    {
        SymbolicTensor input = SymbolicTensor.Input(12, 11, 1);
        var convolution = new Conv2D(5, (3, 3), Activation.ReLU);
        SymbolicTensor features = convolution.Apply(input), pooled = new MaxPooling2D((2, 2)).Apply(features);
        var model = new Model([input], [pooled, features]);
        Tensor[] outputs = model.ApplyAll([Images]);
        Assert.That(outputs[1].ToArray<float>(), Is.EqualTo(convolution.Apply(Images).ToArray<float>()));
        Assert.That(outputs[0].ToArray<float>(), Is.EqualTo(outputs[1].MaxPooling2D((2, 2)).ToArray<float>()));
        Assert.That(new Model(input, pooled).Apply(Images).ToArray<float>(), Is.EqualTo(outputs[0].ToArray<float>()));
    }

    [Test]
    public void Names_of_layers_stand_in_messages_as_ever_and_a_search_for_NaN_takes_the_layers_apart()
    {
        SymbolicTensor input = SymbolicTensor.Input(12, 11, 1);
        var model = new Model(input, new MaxPooling2D((3, 3)).Apply(new Conv2D(6, (3, 3), Activation.ReLU).Apply(input)));
        Assert.That(Assert.Throws<ShapeException>(() => model.Apply(Tensor.Zeros([1, 4, 4, 1])))!.Message, Does.Contain("MaxPooling2D \"max_pooling2d\""));
        Assert.That(Assert.Throws<ShapeException>(() => model.Apply(Tensor.Zeros([1, 12, 11, 2])))!.Message, Does.Contain("Conv2D \"conv2d\""));
        DebugNumerics.Enabled = true;
        try
        {
            float[] values = Images.ToArray<float>();
            values[0] = float.NaN;
            Assert.That(Assert.Throws<ValueException>(() => model.Apply(Tensor.From<float>(values, [3, 12, 11, 1])))!.Message, Does.Contain("convolution2D").And.Contain("conv2d"));
        }
        finally
        {
            DebugNumerics.Enabled = false;
        }
    }

    private static float[][] Gradients(Model model, Func<Tensor> function)
    {
        using var tape = new GradientTape();
        return [.. tape.Gradients(function().Square().Sum(), model.TrainableVariables).Select(pair => pair.Gradient!.ToArray<float>())];
    }
}
