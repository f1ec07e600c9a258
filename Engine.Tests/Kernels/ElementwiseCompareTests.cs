using Engine.Kernels;

namespace Engine.Tests.Kernels;

[TestFixture]
public unsafe class ElementwiseCompareTests
{
    private static byte[] Compare<R>(double[] a, double[] b)
        where R : struct, IRelation
    {
        byte[] y = new byte[Math.Max(a.Length, b.Length)];
        fixed (double* x = a, z = b)
        fixed (byte* result = y) ElementwiseCompare.Compare<R, double>(x, z, result, Broadcasting.Of([y.Length], [a.Length], [b.Length]));
        return y;
    }

    [Test]
    public void Relations_give_truth_values_and_nan_holds_none_but_inequality()
    {
        double[] a = [1, 2, 3, double.NaN, -0.0], b = [2, 2, 2, 2, 0];
        Assert.Multiple(() =>
        {
            Assert.That(Compare<EqualRelation>(a, b), Is.EqualTo(new byte[] { 0, 1, 0, 0, 1 }));
            Assert.That(Compare<NotEqualRelation>(a, b), Is.EqualTo(new byte[] { 1, 0, 1, 1, 0 }));
            Assert.That(Compare<LessRelation>(a, b), Is.EqualTo(new byte[] { 1, 0, 0, 0, 0 }));
            Assert.That(Compare<LessOrEqualRelation>(a, b), Is.EqualTo(new byte[] { 1, 1, 0, 0, 1 }));
            Assert.That(Compare<GreaterRelation>(a, b), Is.EqualTo(new byte[] { 0, 0, 1, 0, 0 }));
            Assert.That(Compare<GreaterOrEqualRelation>(a, b), Is.EqualTo(new byte[] { 0, 1, 1, 0, 1 }));
            Assert.That(Compare<GreaterRelation>(a, [2]), Is.EqualTo(new byte[] { 0, 0, 1, 0, 0 }));
            Assert.That(Compare<GreaterRelation>([2], a), Is.EqualTo(new byte[] { 1, 0, 0, 0, 1 }));
            Assert.That(Compare<GreaterRelation>([2], [1]), Is.EqualTo(new byte[] { 1 }));
        });
    }

    [Test]
    public void Select_takes_each_element_from_the_operand_that_the_condition_names()
    {
        const int rows = 70, columns = 50;
        byte[] condition = [.. Enumerable.Range(0, rows).Select(i => (byte)(i % 3 == 0 ? 1 : 0))];
        long[] a = [.. Enumerable.Range(0, columns).Select(i => 1000L + i)], y = new long[rows * columns], b = [-1];
        fixed (byte* c = condition)
        fixed (long* x = a, z = b, result = y) ElementwiseCompare.Select(c, x, z, result,
            Broadcasting.Of([rows, columns], [rows, 1], [columns], []));
        for (int i = 0; i < y.Length; i++) Assert.That(y[i], Is.EqualTo(i / columns % 3 == 0 ? 1000L + i % columns : -1));
    }

    [Test]
    public void Select_of_short_rows_lays_out_all_three_operands()
    {
        byte[] condition = [1, 0, 1];
        byte[] a = [.. Enumerable.Range(0, 200).Select(i => (byte)i)], b = [7], y = new byte[600];
        fixed (byte* c = condition, x = a, z = b, result = y) ElementwiseCompare.Select(c, x, z, result,
            Broadcasting.Of([200, 3], [3], [200, 1], [1]));
        for (int i = 0; i < y.Length; i++) Assert.That(y[i], Is.EqualTo(i % 3 == 1 ? 7 : (byte)(i / 3)));
    }

    private static int[] Integers<K>(int[] a, int[] b)
        where K : struct, IIntegerKernel
    {
        int[] y = new int[Math.Max(a.Length, b.Length)];
        fixed (int* x = a, z = b, result = y) ElementwiseInteger.Binary<K, int>(x, z, result,
            Broadcasting.Of([y.Length], [a.Length], [b.Length]));
        return y;
    }

    [Test]
    public void Integer_kernels_follow_their_formulas_with_either_operand_repeated()
    {
        int[] a = [.. Enumerable.Range(-40, 90)], b = [.. Enumerable.Range(1, 90)];
        Assert.Multiple(() =>
        {
            Assert.That(Integers<IntegerAddKernel>(a, b), Is.EqualTo(a.Zip(b, (x, z) => x + z)));
            Assert.That(Integers<IntegerSubtractKernel>(a, b), Is.EqualTo(a.Zip(b, (x, z) => x - z)));
            Assert.That(Integers<IntegerSubtractKernel>([5], b), Is.EqualTo(b.Select(z => 5 - z)));
            Assert.That(Integers<IntegerSubtractKernel>(a, [5]), Is.EqualTo(a.Select(x => x - 5)));
            Assert.That(Integers<IntegerMultiplyKernel>(a, [3]), Is.EqualTo(a.Select(x => 3 * x)));
            Assert.That(Integers<IntegerMaximumKernel>([3], a), Is.EqualTo(a.Select(x => Math.Max(3, x))));
            Assert.That(Integers<IntegerMinimumKernel>(a, b), Is.EqualTo(a.Zip(b, Math.Min)));
            Assert.That(Integers<IntegerDivideKernel>(a, b), Is.EqualTo(a.Zip(b, (x, z) => x / z)));
            Assert.That(Integers<IntegerDivideKernel>(a, [-7]), Is.EqualTo(a.Select(x => x / -7)));
            Assert.That(Integers<IntegerDivideKernel>([100], b), Is.EqualTo(b.Select(z => 100 / z)));
            Assert.That(Integers<IntegerDivideKernel>([9], [2]), Is.EqualTo(new[] { 4 }));
            Assert.That(Integers<IntegerDivideKernel>([int.MinValue], [-1]), Is.EqualTo(new[] { int.MinValue }), "wraps around");
        });
    }

    [Test]
    public void Dividing_an_integer_by_zero_is_an_error_that_says_what_to_do() =>
        Assert.That(() => Integers<IntegerDivideKernel>([1, 2], [1, 0]),
            Throws.TypeOf<ValueException>().With.Message.Contains("divided by 0"));
}
