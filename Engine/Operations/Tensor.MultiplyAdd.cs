using System.Numerics;
using Engine.Kernels;

namespace Engine;

/// <content>A product and a sum in one pass.</content>
public partial class Tensor
{
    /// <summary>y = x ⊙ factor + addend, in one pass.</summary>
    /// <remarks>dx = dy ⊙ factor, dfactor = dy ⊙ x, daddend = dy, each summed over the axes that were broadcast.</remarks>
    /// <param name="factor">A tensor of the same type whose shape broadcasts with x's.</param>
    /// <param name="addend">Another one.</param>
    /// <returns>The result, of the shape that all three broadcast to.</returns>
    /// <exception cref="ShapeException">The shapes do not broadcast.</exception>
    /// <exception cref="DTypeException">The types differ or are not floating point.</exception>
    public Tensor MultiplyAdd(Tensor factor, Tensor addend)
    {
        Fail.UnlessFloat("multiplyAdd", this);
        if (factor.DType != DType) throw Fail.Mismatch("multiplyAdd", DType, factor.DType);
        if (addend.DType != DType) throw Fail.Mismatch("multiplyAdd", DType, addend.DType);
        Shape shape = Dispatch.BroadcastShape("multiplyAdd", Dispatch.BroadcastShape("multiplyAdd", Shape, factor.Shape), addend.Shape);
        Tensor y = Empty(shape, DType);
        Dispatch.Float(DType, new MultiplyAddWork(this, factor, addend, y));
        return GradientTape.Record(
            "multiplyAdd", y, (this, dy => (dy * factor).SumTo(Shape)), (factor, dy => (dy * this).SumTo(factor.Shape)),
            (addend, dy => dy.SumTo(addend.Shape)));
    }

    private readonly unsafe struct MultiplyAddWork(Tensor x, Tensor factor, Tensor addend, Tensor y) : IFloatWork
    {
        public void Run<T>()
            where T : unmanaged, IBinaryFloatingPointIeee754<T>
        {
            fixed (T* a = x.Data<T>(), b = factor.Data<T>(), c = addend.Data<T>(), target = y.Data<T>())
                Elementwise.Ternary(default(MultiplyAddKernel), a, b, c, target,
                    Broadcasting.Of(y.Shape.AsSpan(), x.Shape.AsSpan(), factor.Shape.AsSpan(), addend.Shape.AsSpan()));
        }
    }
}
