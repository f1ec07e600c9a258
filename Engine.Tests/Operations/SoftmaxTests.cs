namespace Engine.Tests.Operations;

using static Oracle;

public class SoftmaxTests
{
    [TestCase(0)]
    [TestCase(1)]
    [TestCase(-1)]
    public void Softmax_and_its_logarithm_are_their_formulas_along_any_axis(int axis)
    {
        Shape shape = [3, 4, 5];
        foreach (DType dtype in Floats)
        {
            Tensor x = Normal(shape, dtype);
            AssertClose(x.Softmax(axis), shape, Map(shape, at => Math.Exp(At(x, at)) / Sum(at)));
            AssertClose(x.LogSoftmax(axis), shape, Map(shape, at => At(x, at) - Math.Log(Sum(at))));

            double Sum(int[] at)
            {
                int[] other = [.. at];
                int along = axis < 0 ? axis + 3 : axis;
                double sum = 0;
                for (other[along] = 0; other[along] < shape[along]; other[along]++) sum += Math.Exp(At(x, other));
                return sum;
            }
        }
        AssertGradients(t => t[0].Softmax(axis), [Normal(shape)]);
        AssertGradients(t => t[0].LogSoftmax(axis), [Normal(shape)]);
    }

    [Test]
    public void Cross_entropy_of_labels_is_its_formula_and_leaves_ignored_rows_out()
    {
        Tensor labels = Tensor.From<int>([2, 0, 9, 1], [2, 2]);
        foreach (DType dtype in Floats)
        {
            Tensor x = Normal([2, 2, 3], dtype), logs = x.LogSoftmax();
            Tensor loss = Tensor.SoftmaxCrossEntropy(x, labels, ignoreIndex: 9);
            AssertClose(loss, [2, 2], Map([2, 2], at => At(labels, at) == 9 ? 0 : -At(logs, at[0], at[1], (int)At(labels, at))));
        }
        AssertGradients(t => Tensor.SoftmaxCrossEntropy(t[0], labels, 9), [Normal([2, 2, 3])]);
    }

    [Test]
    public void Cross_entropy_of_probabilities_is_its_formula()
    {
        foreach (DType dtype in Floats)
        {
            Tensor x = Normal([4, 3], dtype), t = Normal([4, 3], dtype, 2).Softmax(), logs = x.LogSoftmax();
            AssertClose(Tensor.SoftmaxCrossEntropy(x, t), [4], Map([4], at => -Enumerable.Range(0, 3).Sum(k => At(t, at[0], k) * At(logs, at[0], k))));
            AssertClose(
                Tensor.SigmoidCrossEntropy(x, t),
                [4, 3],
                Map([4, 3], at => Math.Log(1 + Math.Exp(At(x, at))) - At(x, at) * At(t, at)));
        }
        AssertGradients(x => Tensor.SoftmaxCrossEntropy(x[0], x[1]), [Normal([4, 3]), Normal([4, 3], seed: 2)]);
        AssertGradients(x => Tensor.SigmoidCrossEntropy(x[0], x[1]), [Normal([4, 3]), Normal([4, 3], seed: 2)]);
    }

    [Test]
    public void Logits_of_any_size_are_safe()
    {
        Tensor x = Tensor.From<float>([1e4f, 0, -1e4f], [1, 3]);
        Assert.That(x.Softmax().ToArray<float>(), Is.EqualTo([1f, 0, 0]));
        Assert.That(x.LogSoftmax().ToArray<float>(), Is.EqualTo([0f, -1e4f, -2e4f]));
        Assert.That(Tensor.SoftmaxCrossEntropy(x, Tensor.From<int>(2)).ToArray<float>(), Is.EqualTo([2e4f]));
        Assert.That(Tensor.SigmoidCrossEntropy(x, Tensor.Zeros([1, 3])).ToArray<float>(), Is.EqualTo([1e4f, MathF.Log(2), 0]).Within(1e-6f));
    }

    [Test]
    public void Targets_that_do_not_fit_are_named()
    {
        Tensor x = Normal([2, 3]), labels = Tensor.From<int>(0, 3);
        Errors.Assert<ValueException>(() => Tensor.SoftmaxCrossEntropy(x, labels), "softmaxCrossEntropy", "label 1", "is 3", "3 classes");
        Errors.Assert<ValueException>(() => Tensor.SoftmaxCrossEntropy(x, labels, ignoreIndex: -1), "label 1", "is 3", "-1 to ignore");
        Errors.Assert<ShapeException>(() => Tensor.SoftmaxCrossEntropy(x, Tensor.From<int>(0)), "labels", "[1]", "[2, 3]");
        Errors.Assert<ShapeException>(() => Tensor.SoftmaxCrossEntropy(x, Normal([2, 4])), "probabilities", "[2, 4]", "[2, 3]");
        Errors.Assert<ShapeException>(() => Tensor.SoftmaxCrossEntropy(Tensor.Zeros([2, 0]), Tensor.Zeros([2, 0])), "[2, 0]", "at least one class");
        Errors.Assert<DTypeException>(() => Tensor.SoftmaxCrossEntropy(x, x.Cast(DType.Float32)), "Float32", "Float64");
        Errors.Assert<DTypeException>(() => Tensor.SoftmaxCrossEntropy(labels, labels), "softmaxCrossEntropy", "Int32");
        Errors.Assert<ValueException>(() => Tensor.SoftmaxCrossEntropy(x, x, 1), "ignoreIndex 1");
        Errors.Assert<ShapeException>(() => Tensor.SigmoidCrossEntropy(x, x[0]), "sigmoidCrossEntropy", "[3]", "[2, 3]");
        Errors.Assert<DTypeException>(() => Tensor.SigmoidCrossEntropy(x, x.Cast(DType.Float32)), "sigmoidCrossEntropy", "Float32");
        Errors.Assert<ShapeException>(() => x.Softmax(2), "softmax", "axis 2");
        Errors.Assert<DTypeException>(() => labels.Softmax(), "softmax", "Int32");
        Errors.Assert<ShapeException>(() => x.LogSoftmax(-3), "logSoftmax", "axis -3");
        Errors.Assert<DTypeException>(() => labels.LogSoftmax(), "logSoftmax", "Int32");
    }
}
