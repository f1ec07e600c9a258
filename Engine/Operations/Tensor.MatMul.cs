using System.Numerics;
using Engine.Kernels;

namespace Engine;

/// <content>Matrix products.</content>
public partial class Tensor
{
    /// <summary>Y = A·B over the last two axes; the leading axes are a batch and broadcast.</summary>
    /// <remarks>dA = dY·Bᵀ, dB = Aᵀ·dY, with the transposes undone where they were asked for. No transposed copy is made.</remarks>
    /// <param name="other">B of shape […, k, n], or […, n, k] when transposed.</param>
    /// <param name="transposeA">Whether this tensor's last two axes are swapped.</param>
    /// <param name="transposeB">Whether B's last two axes are swapped.</param>
    /// <returns>A tensor […, m, n].</returns>
    /// <exception cref="ShapeException">Fewer than two axes, inner lengths that differ, or batches that do not broadcast.</exception>
    /// <exception cref="DTypeException">The types differ or are not floating point.</exception>
    public Tensor MatMul(Tensor other, bool transposeA = false, bool transposeB = false)
    {
        Tensor a = this, b = other;
        Tensor y = MatrixProduct(a, b, transposeA, transposeB, null, relu: false);
        return GradientTape.Record(
            "matMul",
            y,
            (a, dy => (transposeA ? b.MatMul(dy, transposeB, true) : dy.MatMul(b, false, !transposeB)).SumTo(a.Shape)),
            (b, dy => (transposeB ? dy.MatMul(a, true, transposeA) : a.MatMul(dy, !transposeA, false)).SumTo(b.Shape)));
    }

    /// <summary>Y = max(0, X·W + b) or X·W + b, in one pass: bias and activation ride in the product's epilogue.</summary>
    /// <remarks>With dY masked where Y is 0: dX = dY·Wᵀ, dW = Xᵀ·dY, db = Σ dY over the rows. F-D1.</remarks>
    /// <param name="kernel">W [in, out].</param>
    /// <param name="bias">b [out], or null.</param>
    /// <param name="relu">Whether negative results become 0.</param>
    /// <returns>A tensor […, out] for this tensor […, in].</returns>
    /// <exception cref="ShapeException">The last axis is not <c>in</c> long, or the bias not <c>out</c>.</exception>
    /// <exception cref="DTypeException">The types differ or are not floating point.</exception>
    public Tensor Linear(Tensor kernel, Tensor? bias = null, bool relu = false)
    {
        if (kernel.Rank != 2 || Rank < 1 || Shape[^1] != kernel.Shape[0])
            throw Fail.Shape("linear", $"an input of shape {Shape} and a kernel of shape {kernel.Shape}", $"the input's last axis must be as long as the kernel's first, {(kernel.Rank == 2 ? kernel.Shape[0] : "and the kernel [in, out]")}");
        if (bias is not null && (bias.Rank != 1 || bias.Length != kernel.Shape[1]))
            throw Fail.Shape("linear", $"a bias of shape {bias.Shape} for a kernel of shape {kernel.Shape}", $"give a bias of shape [{kernel.Shape[1]}]");
        if (bias is not null && bias.DType != DType) throw Fail.Mismatch("linear", DType, bias.DType);
        if (kernel.DType != DType) throw Fail.Mismatch("linear", DType, kernel.DType);
        if (ChosenRows is { } chosen) return Chosen(kernel.Gather(chosen), bias, relu);
        int outputs = kernel.Shape[1], rows = Shape.LengthOf(0, Rank - 1);
        Tensor x = Alias([rows, Shape[^1]]);
        Tensor y = MatrixProduct(x, kernel, false, false, bias, relu).Alias(Shape.With(-1, outputs));
        Tensor input = this;
        if (bias is null) GradientTape.Record("linear", [y], [input, kernel], Gradient);
        else GradientTape.Record("linear", [y], [input, kernel, bias], Gradient);
        return y;

        Tensor?[] Gradient(Tensor?[] dys, bool[] needed)
        {
            Tensor dy = relu ? ReluMask(dys[0]!, y) : dys[0]!;
            Tensor flat = dy.Reshape([rows, outputs]);
            var gradients = new Tensor?[needed.Length];
            if (needed[0]) gradients[0] = flat.MatMul(kernel, transposeB: true).Reshape(input.Shape);
            if (needed[1]) gradients[1] = input.Reshape([flat.Shape[0], input.Shape[^1]]).MatMul(flat, transposeA: true);
            if (needed.Length > 2 && needed[2]) gradients[2] = flat.Sum(0);
            return gradients;
        }
    }

    /// <summary>The product of one-hot rows: the rows of W that they choose.</summary>
    private static Tensor Chosen(Tensor rows, Tensor? bias, bool relu)
    {
        Tensor sums = bias is null ? rows : rows + bias;
        return relu ? sums.ReLU() : sums;
    }

    /// <summary>y = Σᵢ aᵢ·bᵢ for two vectors.</summary>
    /// <remarks>da = dy·b, db = dy·a.</remarks>
    /// <param name="other">A tensor of one axis and the same length.</param>
    /// <returns>A scalar.</returns>
    /// <exception cref="ShapeException">Not two vectors of one length.</exception>
    public Tensor Dot(Tensor other)
    {
        if (Rank != 1 || other.Rank != 1 || Length != other.Length)
            throw Fail.Shape("dot", $"shapes {Shape} and {other.Shape}", "give two vectors of the same length, or use MatMul");
        return Reshape([1, Length]).MatMul(other.Reshape([Length, 1])).Reshape([]);
    }

    /// <summary>Y[i, j] = aᵢ·bⱼ for two vectors.</summary>
    /// <remarks>da = dY·b, db = dYᵀ·a.</remarks>
    /// <param name="other">A tensor of one axis.</param>
    /// <returns>A tensor [a's length, b's length].</returns>
    /// <exception cref="ShapeException">Not two vectors.</exception>
    public Tensor Outer(Tensor other)
    {
        if (Rank != 1 || other.Rank != 1) throw Fail.Shape("outer", $"shapes {Shape} and {other.Shape}", "give two vectors");
        return Reshape([Length, 1]) * other.Reshape([1, other.Length]);
    }

    /// <summary>dy where y is positive, else 0: what passes back through a fused ReLU.</summary>
    internal static Tensor ReluMask(Tensor dy, Tensor y)
    {
        if (ReferenceEquals(dy.MaskedBy, y)) return dy;
        return GradientTape.WouldRecord(dy) ? dy * (y > 0).Cast(dy.DType) : Dispatch.Binary<ReluGradientKernel>("relu", dy, y);
    }

    private static Tensor MatrixProduct(Tensor a, Tensor b, bool transposeA, bool transposeB, Tensor? bias, bool relu)
    {
        Fail.UnlessFloat("matMul", a);
        if (a.DType != b.DType) throw Fail.Mismatch("matMul", a.DType, b.DType);
        if (a.Rank < 2 || b.Rank < 2)
            throw Fail.Shape("matMul", $"shapes {a.Shape} and {b.Shape}", "matrices need two axes: reshape a vector to [1, n] or [n, 1], or use Dot");
        int m = a.Shape[transposeA ? ^1 : ^2], k = a.Shape[transposeA ? ^2 : ^1], n = b.Shape[transposeB ? ^2 : ^1];
        int inner = b.Shape[transposeB ? ^1 : ^2];
        if (k != inner)
            throw Fail.Shape("matMul", $"shapes {a.Shape}{(transposeA ? " (transposed)" : "")} and {b.Shape}{(transposeB ? " (transposed)" : "")} have inner lengths {k} and {inner}", "the first's columns must be as many as the second's rows");
        Shape batchA = Shape.Create(a.Shape.AsSpan()[..^2]), batchB = Shape.Create(b.Shape.AsSpan()[..^2]);
        Shape batch = Dispatch.BroadcastShape("matMul", batchA, batchB);
        // A batch is one stride or one matrix for all; a mixed broadcast is laid out first.
        if (batchA != batch && batchA.Length != 1) return MatrixProduct(a.BroadcastTo(batch.Concat([a.Shape[^2], a.Shape[^1]])), b, transposeA, transposeB, bias, relu);
        if (batchB != batch && batchB.Length != 1) return MatrixProduct(a, b.BroadcastTo(batch.Concat([b.Shape[^2], b.Shape[^1]])), transposeA, transposeB, bias, relu);
        Tensor y = Empty(batch.Concat([m, n]), a.DType);
        Dispatch.Float(a.DType, new ProductWork(a, b, bias, y, batch.Length, m, n, k, transposeA, transposeB, batchA == batch ? m * k : 0, batchB == batch ? k * n : 0, relu));
        return y;
    }

    private readonly unsafe struct ProductWork(
        Tensor a, Tensor b, Tensor? bias, Tensor y, int batch, int m, int n, int k, bool transposeA, bool transposeB, int stepA, int stepB, bool relu) : IFloatWork
    {
        public void Run<T>()
            where T : unmanaged, IBinaryFloatingPointIeee754<T>
        {
            fixed (T* left = a.Data<T>(), right = b.Data<T>(), target = y.Data<T>(), offsets = bias is null ? default : bias.Data<T>())
            {
                var first = transposeA ? new StridedMatrix<T>(left, 1, m) : new StridedMatrix<T>(left, k, 1);
                var second = transposeB ? new StridedMatrix<T>(right, 1, k) : new StridedMatrix<T>(right, n, 1);
                Gemm.MultiplyBatched(batch, m, n, k, first, stepA, second, stepB, target, (nint)m * n, n, new GemmEpilogue<T>(offsets, relu));
            }
        }
    }
}
