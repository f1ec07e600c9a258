using Engine.Layers;
using static Engine.Tests.Operations.Oracle;

namespace Engine.Tests.Layers;

public class ActivationTests
{
    private static readonly (Activation Activation, string Name, Func<double, double> Formula)[] Elementwise =
    [
        (Activation.Linear, "linear", x => x),
        (Activation.ReLU, "relu", x => Math.Max(0, x)),
        (Activation.Sigmoid, "sigmoid", Sigmoid),
        (Activation.Tanh, "tanh", Math.Tanh),
        (Activation.SiLU, "silu", x => x * Sigmoid(x)),
        (Activation.SELU, "selu", x => 1.0507009873554805 * (x > 0 ? x : 1.6732632423543772 * (Math.Exp(x) - 1))),
        (Activation.Softplus, "softplus", x => Math.Log(1 + Math.Exp(x))),
        (Activation.ApproximateGELU, "gelu_approximate",
            x => 0.5 * x * (1 + Math.Tanh(Math.Sqrt(2 / Math.PI) * (x + 0.044715 * x * x * x)))),
        (Activation.LeakyReLU(), "leaky_relu(0.3)", x => x > 0 ? x : 0.3 * x),
        (Activation.LeakyReLU(0.2), "leaky_relu(0.2)", x => x > 0 ? x : 0.2 * x),
        (Activation.ELU(), "elu(1)", x => x > 0 ? x : Math.Exp(x) - 1),
        (Activation.ELU(0.5), "elu(0.5)", x => x > 0 ? x : 0.5 * (Math.Exp(x) - 1)),
    ];

    [Test]
    public void Elementwise_activations_are_their_formulas_and_come_back_by_name()
    {
        foreach ((Activation activation, string name, Func<double, double> formula) in Elementwise)
        {
            Assert.That(activation.Name, Is.EqualTo(name));
            foreach (Activation same in new[] { activation, Activation.FromName(name) })
            foreach (DType dtype in Floats)
            {
                Tensor x = 2 * Normal([3, 7], dtype);
                AssertClose(new ActivationLayer(same).Apply(x), [3, 7], [.. Values(x).Select(formula)]);
            }
        }
    }

    [Test]
    public void Exact_GELU_is_close_to_its_approximation_and_differs_from_it()
    {
        Tensor x = Normal([100]);
        double[] exact = Activation.GELU.Apply(x).ToArray<double>(), approximate = Activation.ApproximateGELU.Apply(x).ToArray<double>();
        double most = exact.Zip(approximate, (a, b) => Math.Abs(a - b)).Max();
        Assert.That(most, Is.InRange(1e-6, 1e-3));
        Assert.That(Activation.FromName("gelu"), Is.SameAs(Activation.GELU));
    }

    [Test]
    public void Softmax_and_its_logarithm_go_over_the_last_axis()
    {
        Tensor x = Normal([2, 3, 4]);
        double Sum(int[] at) => Enumerable.Range(0, 4).Sum(k => Math.Exp(At(x, at[0], at[1], k)));
        AssertClose(Activation.Softmax.Apply(x), x.Shape, Map(x.Shape, at => Math.Exp(At(x, at)) / Sum(at)));
        AssertClose(Activation.LogSoftmax.Apply(x), x.Shape, Map(x.Shape, at => At(x, at) - Math.Log(Sum(at))));
    }

    [Test]
    public void A_function_of_ones_own_is_an_activation()
    {
        Activation square = Activation.Custom("square", x => x * x);
        var layer = new Dense(2, square, useBias: false);
        Tensor x = Normal([3, 4]);
        Tensor y = layer.Apply(x);
        AssertClose(y, [3, 2], [.. Values(x.MatMul(layer.Kernel)).Select(v => v * v)]);
        Assert.That(square.ToString(), Is.EqualTo("square"));
    }

    [Test]
    public void Unknown_names_and_bad_parameters_are_refused()
    {
        Assert.That(() => Activation.FromName("rulu"), Throws.TypeOf<ValueException>().With.Message.Contains("\"rulu\""));
        Assert.That(() => Activation.FromName("leaky_relu(x)"), Throws.TypeOf<ValueException>());
        Assert.That(() => Activation.FromName("elu(NaN)"), Throws.TypeOf<ValueException>());
        Assert.That(() => Activation.LeakyReLU(double.NaN), Throws.TypeOf<ValueException>().With.Message.Contains("slope"));
        Assert.That(() => Activation.ELU(double.PositiveInfinity), Throws.TypeOf<ValueException>().With.Message.Contains("alpha"));
        Assert.That(() => Activation.Custom("", x => x), Throws.TypeOf<ValueException>().With.Message.Contains("name"));
        Assert.That(() => Activation.ReLU.Apply(Tensor.Zeros([2], DType.Int32)), Throws.TypeOf<DTypeException>());
    }

    private static double Sigmoid(double x) => 1 / (1 + Math.Exp(-x));
}
