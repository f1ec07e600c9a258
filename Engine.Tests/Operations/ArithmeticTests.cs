namespace Engine.Tests.Operations;

using static Oracle;

public class ArithmeticTests
{
    private static readonly (string Name, Func<Tensor, Tensor, Tensor> Operation, Func<double, double, double> Formula)[] Operators =
    [
        ("add", (a, b) => a + b, (a, b) => a + b),
        ("subtract", (a, b) => a - b, (a, b) => a - b),
        ("multiply", (a, b) => a * b, (a, b) => a * b),
        ("divide", (a, b) => a / b, (a, b) => a / b),
        ("maximum", Tensor.Maximum, Math.Max),
        ("minimum", Tensor.Minimum, Math.Min),
        ("pow", Tensor.Pow, Math.Pow),
    ];

    private static readonly (string Name, Func<Tensor, Tensor, Tensor> Operation, Func<double, double, bool> Formula)[] Relations =
    [
        ("greater", (a, b) => a > b, (a, b) => a > b),
        ("less", (a, b) => a < b, (a, b) => a < b),
        ("greaterOrEqual", (a, b) => a >= b, (a, b) => a >= b),
        ("lessOrEqual", (a, b) => a <= b, (a, b) => a <= b),
        ("equalTo", (a, b) => a.EqualTo(b), (a, b) => a == b),
        ("notEqualTo", (a, b) => a.NotEqualTo(b), (a, b) => a != b),
    ];

    [FsCheck.NUnit.Property(MaxTest = 100)]
    public void Two_tensors_broadcast_by_NumPys_rules(int seed)
    {
        (Shape first, Shape second, Shape both) = BroadcastingShapes(seed);
        DType dtype = Floats[seed & 1];
        // Values from 1 to 2, so that quotients and powers stay of that size.
        Tensor a = 1 + Normal(first, dtype).Sigmoid(), b = 1 + Normal(second, dtype, 2).Sigmoid();
        foreach ((_, Func<Tensor, Tensor, Tensor> operation, Func<double, double, double> formula) in Operators)
            AssertClose(operation(a, b), both, Map(both, at => formula(Broadcast(a, at), Broadcast(b, at))));
        Tensor i = Tensor.RandomIntegers(first, -3, 4, new RandomGenerator(1)), j = Tensor.RandomIntegers(second, -3, 4, new RandomGenerator(2));
        foreach ((_, Func<Tensor, Tensor, Tensor> relation, Func<double, double, bool> formula) in Relations)
        {
            Tensor y = relation(i, j);
            Assert.That(y.DType, Is.EqualTo(DType.Bool));
            AssertClose(y.Cast(DType.Float64), both, Map(both, at => formula(Broadcast(i, at), Broadcast(j, at)) ? 1 : 0));
            AssertClose(relation(i.Cast(dtype), j.Cast(dtype)).Cast(DType.Float64), both, Values(y));
        }
        AssertClose(
            Tensor.Where(i > j, a, b), both, Map(both, at => Broadcast(i, at) > Broadcast(j, at) ? Broadcast(a, at) : Broadcast(b, at)));
        AssertClose(a.BroadcastTo(both), both, Map(both, at => Broadcast(a, at)));
        Tensor dy = Normal(both, DType.Float64, 4), source = Normal(first);
        Assert.That(Inner(dy.SumTo(first), source), Is.EqualTo(Inner(dy, source.BroadcastTo(both))).Within(1e-10), "SumTo is the adjoint of BroadcastTo");
    }

    [FsCheck.NUnit.Property(MaxTest = 60)]
    public void Shapes_that_do_not_broadcast_are_named(int seed)
    {
        (Shape first, Shape second, _) = BroadcastingShapes(seed);
        Shape a = first.Insert(-1, 2), b = second.Insert(-1, 3);
        if (a.Length == 0 || b.Length == 0) return;
        foreach ((string name, Func<Tensor, Tensor, Tensor> operation, _) in Operators)
            Errors.Assert<ShapeException>(() => operation(Tensor.Ones(a), Tensor.Ones(b)), name, a.ToString(), b.ToString());
        foreach ((string name, Func<Tensor, Tensor, Tensor> relation, _) in Relations)
            Errors.Assert<ShapeException>(() => relation(Tensor.Ones(a), Tensor.Ones(b)), name, a.ToString(), b.ToString());
    }

    [Test]
    public void Operators_have_gradients_of_both_orders_through_broadcasting()
    {
        Tensor a = 1 + Normal([3, 1, 4]).Sigmoid(), b = 1 + Normal([2, 1], seed: 2).Sigmoid();
        foreach ((_, Func<Tensor, Tensor, Tensor> operation, _) in Operators) AssertGradients(t => operation(t[0], t[1]), [a, b]);
        Tensor condition = Normal([2, 4], seed: 3) > 0;
        AssertGradients(t => Tensor.Where(condition, t[0], t[1]), [a, b]);
        AssertGradients(t => t[0].BroadcastTo([3, 2, 4]), [a]);
        AssertGradients(t => t[0].SumTo([1, 4]), [a]);
        AssertGradients(t => (3 - t[0]) / 2 + 1 / t[0] - 4 + t[0] * 5 - 2 * t[0] + (7 + t[0]), [a]);
    }

    [Test]
    public void Numbers_take_the_tensors_type()
    {
        Tensor x = Tensor.From<int>(7, -2);
        Assert.That((x + 1).ToArray<int>(), Is.EqualTo([8, -1]));
        Assert.That((1 + x - 3).ToArray<int>(), Is.EqualTo([5, -4]));
        Assert.That((10 - x).ToArray<int>(), Is.EqualTo([3, 12]));
        Assert.That((2 * x * 3).ToArray<int>(), Is.EqualTo([42, -12]));
        Assert.That((x / 2).ToArray<int>(), Is.EqualTo([3, -1]));
        Assert.That((14 / x).ToArray<int>(), Is.EqualTo([2, -7]));
        Tensor bytes = Tensor.From<byte>(7, 9);
        Assert.That((bytes - 3).ToArray<byte>(), Is.EqualTo(new byte[] { 4, 6 }));
        Assert.That((10 - bytes).ToArray<byte>(), Is.EqualTo(new byte[] { 3, 1 }));
        Assert.That((x > 0).ToArray<bool>(), Is.EqualTo([true, false]));
        Assert.That((x <= -2).ToArray<bool>(), Is.EqualTo([false, true]));
        Assert.That((x < 7).ToArray<bool>(), Is.EqualTo([false, true]));
        Assert.That((x >= 7).ToArray<bool>(), Is.EqualTo([true, false]));
    }

    [Test]
    public void A_power_of_zero_has_the_derivative_of_its_limit()
    {
        Tensor a = Tensor.From<double>(0, 0, 0), b = Tensor.From<double>(0, 1, 2);
        using var tape = new GradientTape();
        tape.Watch(a);
        tape.Watch(b);
        Tensor[] gradients = tape.Gradients(Tensor.Pow(a, b).Sum(), [a, b]);
        Assert.That(gradients[0].ToArray<double>(), Is.EqualTo([0.0, 1, 0]));
        Assert.That(gradients[1].ToArray<double>(), Is.EqualTo([0.0, 0, 0]));
    }

    [Test]
    public void Operands_of_two_types_are_named()
    {
        Tensor a = Tensor.Ones([2]), b = Tensor.Ones([2], DType.Float64);
        foreach ((string name, Func<Tensor, Tensor, Tensor> operation, _) in Operators)
            Errors.Assert<DTypeException>(() => operation(a, b), name, "Float32", "Float64", "Cast");
        foreach ((string name, Func<Tensor, Tensor, Tensor> relation, _) in Relations)
            Errors.Assert<DTypeException>(() => relation(a, b), name, "Float32", "Float64");
        Errors.Assert<DTypeException>(() => Tensor.From<bool>(true) + Tensor.From<bool>(true), "add", "Bool");
        Errors.Assert<DTypeException>(() => Tensor.Pow(Tensor.From<int>(1), Tensor.From<int>(1)), "pow", "Int32");
        Errors.Assert<ValueException>(() => Tensor.From<int>(1) / Tensor.From<int>(0), "0");
        Errors.Assert<DTypeException>(() => Tensor.Where(a, a, a), "where", "Float32", "Bool");
        Errors.Assert<DTypeException>(() => Tensor.Where(a > 0, a, b), "where", "Float64");
        Errors.Assert<ShapeException>(() => a.BroadcastTo([3]), "[2]", "[3]");
        Errors.Assert<ShapeException>(() => Tensor.Ones([2, 3]).BroadcastTo([3]), "broadcastTo", "[2, 3]", "[3]");
        Errors.Assert<ShapeException>(() => a.SumTo([2, 2]), "sumTo", "[2]", "[2, 2]");
    }

    [Test]
    public void Casts_go_towards_zero_and_saturate()
    {
        Tensor x = Tensor.From<float>(2.9f, -2.9f, float.NaN, 1e30f, 0);
        Assert.That(x.Cast(DType.Int32).ToArray<int>(), Is.EqualTo([2, -2, 0, int.MaxValue, 0]));
        Assert.That(x.Cast(DType.UInt8).ToArray<byte>(), Is.EqualTo(new byte[] { 2, 0, 0, 255, 0 }));
        Assert.That(x.Cast(DType.Bool).ToArray<bool>(), Is.EqualTo([true, true, true, true, false]));
        Assert.That(Tensor.From<bool>(true, false).Cast(DType.Int64).ToArray<long>(), Is.EqualTo([1L, 0]));
        using var tape = new GradientTape();
        Tensor y = Normal([3]);
        tape.Watch(y);
        Assert.That(tape.Gradient(y.Cast(DType.Float32).Sum(), y).ToArray<double>(), Is.EqualTo([1.0, 1, 1]));
    }

    /// <summary>Two shapes of up to four axes, drawn so that they broadcast, with axes of length 0 and 1, and what they broadcast to.</summary>
    private static (Shape First, Shape Second, Shape Both) BroadcastingShapes(int seed)
    {
        var random = new RandomGenerator((ulong)(uint)seed);
        int rank = random.NextInteger(0, 5);
        Shape first = [], second = [], both = [];
        int startFirst = random.NextInteger(0, rank + 1), startSecond = random.NextInteger(0, 2) == 0 ? 0 : rank;
        for (int axis = Math.Min(startFirst, startSecond); axis < rank; axis++)
        {
            int length = random.NextInteger(0, 12) == 0 ? 0 : random.NextInteger(1, 5), whom = random.NextInteger(0, 4);
            int a = axis < startFirst ? 1 : whom == 1 ? 1 : length, b = axis < startSecond ? 1 : whom == 2 ? 1 : length;
            if (axis >= startFirst) first = first.Insert(-1, a);
            if (axis >= startSecond) second = second.Insert(-1, b);
            both = both.Insert(-1, a == 1 ? b : a);
        }
        return (first, second, both);
    }

    private static double Broadcast(Tensor x, int[] at)
    {
        var index = new int[x.Rank];
        for (int axis = 0; axis < x.Rank; axis++) index[axis] = x.Shape[axis] == 1 ? 0 : at[at.Length - x.Rank + axis];
        return At(x, index);
    }
}
