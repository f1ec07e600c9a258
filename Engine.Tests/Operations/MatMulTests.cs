namespace Engine.Tests.Operations;

using static Oracle;

public class MatMulTests
{
    private static readonly int[][][] Shapes =
    [
        [[3, 4], [4, 5], [3, 5]],
        [[1, 1], [1, 1], [1, 1]],
        [[2, 3, 4], [4, 5], [2, 3, 5]],
        [[3, 4], [2, 4, 1], [2, 3, 1]],
        [[2, 1, 3, 4], [3, 4, 2], [2, 3, 3, 2]],
        [[2, 3, 2, 3], [2, 1, 3, 2], [2, 3, 2, 2]],
        [[3, 0], [0, 2], [3, 2]],
    ];

    [TestCaseSource(nameof(Shapes))]
    public void A_product_is_its_sum_with_batches_and_transposes(int[] left, int[] right, int[] result)
    {
        foreach (bool transposeA in new[] { false, true })
        {
            foreach (bool transposeB in new[] { false, true })
            {
                foreach (DType dtype in Floats)
                {
                    Tensor a = Normal(left, dtype), b = Normal(right, dtype, 2);
                    Tensor y = Swapped(a, transposeA).MatMul(Swapped(b, transposeB), transposeA, transposeB);
                    AssertClose(y, result, Map(result, at =>
                    {
                        double sum = 0;
                        for (int k = 0; k < left[^1]; k++) sum += At(a, Index(left, at, at[^2], k)) * At(b, Index(right, at, k, at[^1]));
                        return sum;
                    }));
                }
                if (left[^1] != 0)
                    AssertGradients(t => t[0].MatMul(t[1], transposeA, transposeB), [Swapped(Normal(left), transposeA), Swapped(Normal(right, seed: 2), transposeB)]);
            }
        }
    }

    [Test]
    public void Linear_is_a_product_with_bias_and_activation()
    {
        foreach (DType dtype in Floats)
        {
            Tensor x = Normal([2, 3, 4], dtype), w = Normal([4, 5], dtype, 2), b = Normal([5], dtype, 3);
            double[] plain = Map([2, 3, 5], at => Enumerable.Range(0, 4).Sum(k => At(x, at[0], at[1], k) * At(w, k, at[2])) + At(b, at[2]));
            AssertClose(x.Linear(w, b), [2, 3, 5], plain);
            AssertClose(x.Linear(w, b, relu: true), [2, 3, 5], [.. plain.Select(v => Math.Max(0, v))]);
            AssertClose(x[0, 0].Linear(w), [5], Map([5], at => Enumerable.Range(0, 4).Sum(k => At(x, 0, 0, k) * At(w, k, at[0]))));
            AssertClose(Tensor.Zeros([3, 0], dtype).Linear(Tensor.Zeros([0, 5], dtype), b), [3, 5], Map([3, 5], at => At(b, at[1])));
        }
        AssertGradients(t => t[0].Linear(t[1], t[2]), [Normal([2, 3, 4]), Normal([4, 5], seed: 2), Normal([5], seed: 3)]);
        AssertGradients(t => t[0].Linear(t[1], t[2], relu: true), [Normal([3, 4]), Normal([4, 5], seed: 2), Normal([5], seed: 3)]);
        AssertGradients(t => t[0].Linear(t[1], relu: true), [Normal([3, 4]), Normal([4, 5], seed: 2)]);
    }

    [Test]
    public void Vectors_have_inner_and_outer_products()
    {
        Tensor a = Normal([4]), b = Normal([4], seed: 2), c = Normal([3], seed: 3);
        AssertClose(a.Dot(b), [], [Enumerable.Range(0, 4).Sum(i => At(a, i) * At(b, i))]);
        AssertClose(a.Outer(c), [4, 3], Map([4, 3], at => At(a, at[0]) * At(c, at[1])));
        AssertGradients(t => t[0].Dot(t[1]), [a, b]);
        AssertGradients(t => t[0].Outer(t[1]), [a, c]);
    }

    [Test]
    public void Matrices_that_do_not_fit_are_named()
    {
        Tensor a = Normal([2, 3]), v = Normal([3]);
        Errors.Assert<ShapeException>(() => a.MatMul(a), "matMul", "[2, 3]", "3 and 2");
        Errors.Assert<ShapeException>(() => a.MatMul(a, transposeA: true, transposeB: true), "matMul", "transposed", "2 and 3");
        Errors.Assert<ShapeException>(() => a.MatMul(v), "matMul", "[3]", "two axes");
        Errors.Assert<ShapeException>(() => Normal([2, 2, 3]).MatMul(Normal([3, 3, 2])), "matMul", "[2]", "[3]");
        Errors.Assert<DTypeException>(() => a.MatMul(a.Cast(DType.Float32), transposeB: true), "matMul", "Float64", "Float32");
        Errors.Assert<DTypeException>(() => a.Cast(DType.Int32).MatMul(a.Cast(DType.Int32), transposeB: true), "matMul", "Int32");
        Errors.Assert<ShapeException>(() => a.Linear(Normal([2, 3])), "linear", "[2, 3]");
        Errors.Assert<ShapeException>(() => a.Linear(v), "linear", "[3]", "[in, out]");
        Errors.Assert<ShapeException>(() => a.Linear(Normal([3, 4]), v), "linear", "bias", "[3]", "[4]");
        Errors.Assert<DTypeException>(() => a.Linear(Normal([3, 4]), Tensor.Zeros([4])), "linear", "Float32");
        Errors.Assert<ShapeException>(() => v.Dot(Normal([4])), "dot", "[3]", "[4]");
        Errors.Assert<ShapeException>(() => v.Outer(a), "outer", "[3]", "[2, 3]");
    }

    /// <summary>The last two axes swapped in memory, where the product swaps them back.</summary>
    private static Tensor Swapped(Tensor x, bool swap)
    {
        if (!swap) return x;
        int[] order = [.. Enumerable.Range(0, x.Rank)];
        (order[^1], order[^2]) = (order[^2], order[^1]);
        return x.Transpose(order);
    }

    private static int[] Index(int[] shape, int[] at, int row, int column)
    {
        var index = new int[shape.Length];
        for (int axis = 0; axis < shape.Length - 2; axis++) index[axis] = shape[axis] == 1 ? 0 : at[at.Length - shape.Length + axis];
        (index[^2], index[^1]) = (row, column);
        return index;
    }
}
