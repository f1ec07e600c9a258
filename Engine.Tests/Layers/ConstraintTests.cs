using Engine.Layers;
using Engine.Losses;
using Engine.Models;
using Engine.Optimizers;
using Engine.Tests.Operations;
using static Engine.Tests.Operations.Oracle;

namespace Engine.Tests.Layers;

public class ConstraintTests
{
    [Test]
    public void Constraints_are_their_formulas()
    {
        foreach (DType dtype in Floats)
        {
            Tensor w = Normal([4, 3], dtype);
            double Norm(int column) => Math.Sqrt(Enumerable.Range(0, 4).Sum(row => Math.Pow(At(w, row, column), 2)));
            AssertClose(new MaxNorm(1.5).Apply(w), [4, 3],
                Map([4, 3], at => At(w, at) * Math.Min(Norm(at[1]), 1.5) / (Norm(at[1]) + 1e-7)));
            AssertClose(new UnitNorm().Apply(w), [4, 3], Map([4, 3], at => At(w, at) / (Norm(at[1]) + 1e-7)));
            AssertClose(new NonNegative().Apply(w), [4, 3], Map([4, 3], at => Math.Max(0, At(w, at))));
            Tensor kernel = Normal([2, 2, 3, 5], dtype);
            Tensor unit = new UnitNorm([0, 1, 2]).Apply(kernel);
            Assert.That(Values(unit.Square().Sum([0, 1, 2])), Is.All.EqualTo(1).Within(1e-6));
            Assert.That(new MaxNorm().Apply(Tensor.Zeros([2, 2], dtype)).Norm().ToScalar(), Is.Zero);
        }
        Assert.That((new MaxNorm().MaxValue, new MaxNorm().Axis.Single(), new UnitNorm().Axis.Single()), Is.EqualTo((2.0, 0, 0)));
    }

    [Test]
    public void Every_step_ends_with_the_constraints([Values] bool convolution)
    {
        Layer layer = convolution
            ? new Conv1D(3, 2, kernelConstraint: new MaxNorm(0.5, [0, 1]), biasConstraint: new NonNegative())
            : new Dense(3, kernelConstraint: new MaxNorm(0.5), biasConstraint: new NonNegative());
        var model = new Sequential(convolution ? new Input(4, 2) : new Input(4), layer);
        model.Compile(new Adam(0.3), new MeanSquaredError());
        Tensor x = Normal(convolution ? [8, 4, 2] : [8, 4], DType.Float32), target = Tensor.Full(convolution ? [8, 3, 3] : [8, 3], -5);
        for (int step = 0; step < 3; step++)
        {
            model.TrainOnBatch(x, target);
            Tensor kernel = layer.Variables[0], norms = kernel.Norm(convolution ? [0, 1] : [0]);
            Assert.That(norms.ToArray<float>(), Is.All.LessThanOrEqualTo(0.5f + 1e-6f));
            Assert.That(layer.Variables[1].ToArray<float>(), Is.All.Zero, "the target pulls every bias below 0");
        }
    }

    [Test]
    public void A_step_by_hand_ends_with_the_constraint_too()
    {
        var layer = new Dense(2, useBias: false, kernelConstraint: new UnitNorm());
        Tensor x = Normal([4, 3]);
        layer.Apply(x);
        var optimizer = new SGD(0.1);
        using (var tape = new GradientTape())
        {
            Tensor error = layer.Apply(x).Square().Mean();
            optimizer.Apply(tape.Gradients(error, layer.TrainableVariables));
        }
        Assert.That(Values(layer.Kernel.Norm([0])), Is.All.EqualTo(1).Within(1e-6));
    }

    [Test]
    public void Embeddings_slopes_and_factors_are_held_too()
    {
        var model = new Sequential(
            new Input([3], DType.Int32), new Embedding(4, 2, embeddingsConstraint: new NonNegative()),
            new PReLU(alphaConstraint: new NonNegative()),
            new LayerNormalization(gammaConstraint: new MaxNorm(0.1), betaConstraint: new NonNegative()), new Flatten(), new Dense(1));
        model.Compile(new SGD(0.5), new MeanSquaredError());
        model.TrainOnBatch(Tensor.From<int>([0, 1, 2, 3, 3, 1], [2, 3]), Tensor.From<float>([5, -5], [2, 1]));
        foreach (string name in new[] { "embedding/embeddings", "p_re_lu/alpha", "layer_normalization/beta" })
            Assert.That(model.Variables.Single(variable => variable.Name == name).ToArray<float>(), Is.All.GreaterThanOrEqualTo(0), name);
        Assert.That(model.Variables.Single(variable => variable.Name.EndsWith("gamma")).Norm().ToScalar(),
            Is.LessThanOrEqualTo(0.1 + 1e-6));
    }

    [Test]
    public void Bad_bounds_are_named()
    {
        Errors.Assert<ValueException>(() => new MaxNorm(0), "MaxNorm", "maxValue is 0");
        Errors.Assert<ValueException>(() => new MaxNorm(double.NaN), "maxValue is NaN");
    }
}
