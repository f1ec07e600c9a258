using Engine.Layers;

namespace Engine.Tests.Autodiff;

[NonParallelizable]
public class DebugNumericsTests
{
    [SetUp]
    public void Enable() => DebugNumerics.Enabled = true;

    [TearDown]
    public void Disable() => DebugNumerics.Enabled = false;

    [Test]
    public void The_first_operation_that_makes_an_infinity_is_named_with_element_and_operands()
    {
        Tensor x = Tensor.From<double>([1, 2, 3, 0, 5, 6], [2, 3]);
        Assert.That(
            () => x.Log().Sum(),
            Throws.TypeOf<ValueException>().With.Message.Contains("log: its result Float64[2, 3] holds -Infinity at [1, 0], made from Float64[2, 3] of 0 to 6"));
        Tensor nan = Tensor.From<float>([1, float.NaN], [2]);
        Assert.That(
            () => nan + Tensor.Ones([2]),
            Throws.TypeOf<ValueException>().With.Message.Contains("add").And.Message.Contains("from Float32[2] with NaN at [1] and Float32[2] of 1 to 1"));
    }

    [Test]
    public void A_gradient_that_is_not_finite_is_named_by_its_operation_and_element()
    {
        Tensor x = Tensor.From<double>([4, 0], [2]);
        using var tape = new GradientTape();
        tape.Watch(x);
        Tensor y = x.Sqrt().Sum();
        Assert.That(() => tape.Gradient(y, x), Throws.TypeOf<ValueException>());
    }

    [Test]
    public void A_gradient_function_s_own_kernel_is_checked_too()
    {
        Tensor x = Tensor.Ones([2, 2], DType.Float64);
        using var tape = new GradientTape();
        tape.Watch(x);
        Tensor y = GradientTape.Record("mine", x.Detach(), (x, dy => Tensor.Full([2, 2], double.NaN, DType.Float64)));
        Assert.That(
            () => tape.Gradient(y.Sum(), x),
            Throws.TypeOf<ValueException>().With.Message.Contains("gradient of mine: a gradient Float64[2, 2] holds NaN at [0, 0]"));
    }

    [Test]
    public void The_layer_is_named_forward_and_backward()
    {
        var forward = new ActivationLayer(Activation.Custom("log", x => x.Log()), name: "head");
        Assert.That(() => forward.Apply(Tensor.Zeros([1, 2])), Throws.TypeOf<ValueException>().With.Message.StartsWith("ActivationLayer \"head\": log:"));
        var backward = new ActivationLayer(
            Activation.Custom("bad", x => GradientTape.Record("bad", x.Detach(), (x, dy => Tensor.Full(dy.Shape, double.NaN)))), name: "head");
        Tensor input = Tensor.Ones([1, 2]);
        using var tape = new GradientTape();
        tape.Watch(input);
        Tensor y = backward.Apply(input).Sum();
        Assert.That(() => tape.Gradient(y, input), Throws.TypeOf<ValueException>().With.Message.StartsWith("ActivationLayer \"head\": gradient of bad:"));
    }

    [Test]
    public void Without_the_mode_nothing_is_checked()
    {
        DebugNumerics.Enabled = false;
        Assert.That(Tensor.Zeros([2]).Log().ToArray<float>(), Has.All.EqualTo(float.NegativeInfinity));
    }
}
