using Engine.Layers;
using Engine.Tests.Operations;

namespace Engine.Tests.Layers;

/// <summary>A layer says the same of a shape whether it is asked for the output's shape, put into a graph or applied.</summary>
public class InputShapeTests
{
    private static readonly Shape[] Samples =
    [
        [], [0], [1], [3], [4], [0, 3], [3, 0], [3, 4], [4, 3], [4, 4], [0, 4, 3], [4, 0, 3], [4, 4, 0], [4, 4, 3], [5, 5, 4],
        [0, 2, 2, 2], [2, 2, 2, 2],
    ];

    private static IEnumerable<Type> Types => LayerSamples.Types;

    [TestCaseSource(nameof(Types))]
    public void A_shape_is_refused_by_the_layer_or_foretold(Type type)
    {
        int takes = 0, refused = 0;
        foreach (Shape sample in Samples)
        {
            foreach (int inputs in (int[])[1, 2])
            {
                (Shape? shape, string? refusal) = Try(
                    sample, inputs, layer => layer.AllOutputShapes([.. Enumerable.Repeat(sample, inputs)])[0]);
                (Shape? counted, string? countRefusal) = Try(sample, inputs, layer =>
                {
                    Shape[] shapes = [.. Enumerable.Repeat(sample, inputs)];
                    Shape output = layer.AllOutputShapes(shapes)[0];
                    Assert.That(layer.MultiplyAdds(shapes), Is.Not.Negative);
                    return output;
                });
                (Shape? computed, string? applied) = Try(sample, inputs, layer =>
                    layer.ApplyAll([.. Enumerable.Repeat(Tensor.Ones(sample.Insert(0, 2), InputType(type)), inputs)])[0].Shape.Remove(0));
                Assert.That(shape, Is.EqualTo(computed), $"{sample} times {inputs}: {refusal} and {applied}");
                Assert.That((counted, countRefusal), Is.EqualTo((shape, refusal)));
                if (applied is null)
                {
                    takes++;
                    continue;
                }

                refused++;
                Assert.That(applied, Does.StartWith($"{type.Name} \""), $"{sample} times {inputs}");
                Assert.That(applied, Does.EndWith(refusal!), $"{sample} times {inputs}");
                Assert.That(applied, Does.Contain(": input: ").Or.Contain(": a window of "), $"{sample} times {inputs}");
            }
        }

        Assert.That((takes, refused), Is.Not.EqualTo((0, refused)).And.Not.EqualTo((takes, 0)));

        (Shape? Shape, string? Refusal) Try(Shape sample, int inputs, Func<Layer, Shape> call)
        {
            try
            {
                return (call(LayerSamples.Make(type)), null);
            }
            catch (ShapeException error)
            {
                return (null, error.Message);
            }
        }
    }

    [Test]
    public void Samples_without_elements_are_named()
    {
        (Func<Layer> Make, Shape Sample)[] cases =
        [
            (() => new GlobalAveragePooling1D(), [0, 3]), (() => new GlobalMaxPooling1D(), [0, 3]),
            (() => new Conv1DTranspose(2, 2), [0, 3]),
            (() => new GlobalAveragePooling2D(), [4, 0, 3]), (() => new GlobalMaxPooling2D(), [0, 4, 3]),
            (() => new Conv2DTranspose(2, 2), [4, 0, 3]), (() => new UpSampling2D(2, Interpolation.Bilinear), [0, 4, 3]),
            (() => new RandomContrast(0.5), [4, 0, 3]), (() => new RandomRotation(new FactorRange(-0.1, 0.1)), [4, 0, 3]),
        ];
        foreach ((Func<Layer> make, Shape sample) in cases)
        {
            string[] parts = [$"a batch of shape {LayerCheck.BatchOf(sample)}", "whose samples have no elements"];
            Errors.Assert<ShapeException>(() => make().OutputShape(sample), parts);
            Errors.Assert<ShapeException>(() => make().Apply(Tensor.Ones(sample.Insert(0, 2))), [make().GetType().Name, .. parts]);
        }
    }

    [Test]
    public void A_pooling_that_does_not_fit_does_not_speak_of_a_convolution() => Errors.Assert<ShapeException>(() => new MaxPooling2D(3).Apply(Tensor.Ones([1, 2, 4, 1])),
        "MaxPooling2D \"", "pooling: a window of 3×3", "2×4");

    [Test]
    public void One_wrong_input_of_two_is_enough()
    {
        Tensor x = Tensor.Ones([2, 3]), y = Tensor.Ones([2, 3, 4]);
        Errors.Assert<ShapeException>(() => new Concatenate().Apply(y, Tensor.Ones([2, 5, 4])), "[batch, 3, 4] and [batch, 5, 4]", "only axis -1 may differ");
        Errors.Assert<ShapeException>(() => new Concatenate().Apply(x, y), "[batch, 3] and [batch, 3, 4]", "only axis -1 may differ");
        foreach ((int, int) axes in ((int, int)[])[(0, 1), (1, 0)]) Errors.Assert<ValueException>(() => new Dot(axes), $"axes are {axes}");
        foreach ((int, int) axes in ((int, int)[])[(-2, -1), (-1, -2)])
            Errors.Assert<ShapeException>(() => new Dot(axes).Apply(x, Tensor.Ones([2, 2])), "[batch, 3] and [batch, 2]", $"along axes {axes}");
        foreach (Size2D wrong in (Size2D[])[(0, 1), (1, 0)])
        {
            Errors.Assert<ValueException>(() => new MaxPooling2D(2, wrong), "MaxPooling2D", "strides is");
            Errors.Assert<ValueException>(() => new MaxPooling2D(wrong), "MaxPooling2D", "poolSize is");
        }

        foreach (Func<Layer> make in (Func<Layer>[])[() => new GRUCell(0), () => new LSTMCell(0), () => new SimpleRNNCell(0)])
            Errors.Assert<ValueException>(() => make(), "Cell: units is 0");
        var cell = new LSTMCell(2);
        cell.Apply(x);
        Errors.Assert<ShapeException>(() => cell.Apply(Tensor.Ones([2, 4])), "4 features", "the kernel [3, 8] was built for 3");
    }

    private static DType InputType(Type type) => type == typeof(Embedding) || type == typeof(OneHot) ? DType.Int32 : DType.Float32;
}
