using System.Numerics;
using Engine.Kernels;

namespace Engine;

/// <content>Softmax and its logarithm.</content>
public partial class Tensor
{
    /// <summary>yᵢ = e^xᵢ / Σₖ e^xₖ along an axis, safe for logits of any size.</summary>
    /// <remarks>dx = y ⊙ (dy − Σₖ dyₖ·yₖ). F-A4.</remarks>
    /// <param name="axis">The axis; negative counts from the end, the last by default.</param>
    /// <returns>Probabilities that sum to 1 along the axis, of the tensor's shape.</returns>
    /// <exception cref="ShapeException">The axis does not exist.</exception>
    /// <exception cref="DTypeException">The tensor is not floating point.</exception>
    public Tensor Softmax(int axis = -1)
    {
        Fail.UnlessFloat("softmax", this);
        if (SwapWithLast(Shape.Axis(axis, "softmax")) is { } order) return Transpose(order).Softmax().Transpose(order);
        Tensor y = Empty(Shape, DType);
        Dispatch.Float(DType, new SoftmaxWork(this, null, y, logarithm: false));
        y.Probability = new ProbabilityOrigin(this, y, ProbabilityKind.Softmax);
        return GradientTape.Record("softmax", y, (this, dy => GradientTape.WouldRecord(dy, y)
            ? y * (dy - (dy * y).Sum(-1, keepDims: true))
            : RowGradient(y, dy, logarithm: false)));
    }

    /// <summary>yᵢ = xᵢ − ln Σₖ e^xₖ along an axis, exact also where the softmax rounds to 0.</summary>
    /// <remarks>dx = dy − eʸ ⊙ Σₖ dyₖ. F-A4.</remarks>
    /// <param name="axis">The axis; negative counts from the end, the last by default.</param>
    /// <returns>Logarithms of probabilities, of the tensor's shape.</returns>
    /// <exception cref="ShapeException">The axis does not exist.</exception>
    /// <exception cref="DTypeException">The tensor is not floating point.</exception>
    public Tensor LogSoftmax(int axis = -1)
    {
        Fail.UnlessFloat("logSoftmax", this);
        if (SwapWithLast(Shape.Axis(axis, "logSoftmax")) is { } order) return Transpose(order).LogSoftmax().Transpose(order);
        Tensor y = Empty(Shape, DType);
        Dispatch.Float(DType, new SoftmaxWork(this, null, y, logarithm: true));
        return GradientTape.Record("logSoftmax", y, (this, dy => GradientTape.WouldRecord(dy, y)
            ? dy - y.Exp() * dy.Sum(-1, keepDims: true)
            : RowGradient(y, dy, logarithm: true)));
    }

    /// <summary>The order of axes, its own inverse, that swaps an axis with the last; null when it is the last.</summary>
    private int[]? SwapWithLast(int axis)
    {
        if (axis == Rank - 1) return null;
        var order = new int[Rank];
        for (int i = 0; i < Rank; i++) order[i] = i;
        (order[axis], order[^1]) = (order[^1], order[axis]);
        return order;
    }

    private static Tensor RowGradient(Tensor y, Tensor dy, bool logarithm)
    {
        Tensor dx = Empty(y.Shape, y.DType);
        Dispatch.Float(y.DType, new SoftmaxWork(y, dy, dx, logarithm));
        return dx;
    }

    /// <summary>Forward from x, or backward from y and dy.</summary>
    private readonly unsafe struct SoftmaxWork(Tensor x, Tensor? dy, Tensor result, bool logarithm) : IFloatWork
    {
        public void Run<T>()
            where T : unmanaged, IBinaryFloatingPointIeee754<T>
        {
            if (result.Length == 0) return;
            int columns = result.Shape[^1], rows = result.Length / columns;
            fixed (T* source = x.Data<T>(), gradient = dy is null ? default : dy.Data<T>(), target = result.Data<T>())
            {
                if (dy is null && logarithm) Kernels.Softmax.LogForward(source, target, rows, columns);
                else if (dy is null) Kernels.Softmax.Forward(source, target, rows, columns);
                else if (logarithm) Kernels.Softmax.LogGradient(source, gradient, target, rows, columns);
                else Kernels.Softmax.Gradient(source, gradient, target, rows, columns);
            }
        }
    }
}
