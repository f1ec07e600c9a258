using Engine.Kernels;

namespace Engine;

/// <content>Repetition along axes and its adjoint, the sum over them.</content>
public partial class Tensor
{
    /// <summary>The tensor repeated along axes of length 1 and along new outer axes, as NumPy's broadcast_to.</summary>
    /// <remarks>dx = dy summed to x's shape: the adjoint of <see cref="SumTo"/>.</remarks>
    /// <param name="shape">A shape that this one broadcasts to.</param>
    /// <returns>A tensor of that shape.</returns>
    /// <exception cref="ShapeException">The shape is not reached by repeating axes of length 1.</exception>
    public Tensor BroadcastTo(Shape shape)
    {
        if (shape == Shape) return this;
        if (Dispatch.BroadcastShape("broadcastTo", Shape, shape) != shape)
            throw Fail.Shape("broadcastTo", $"shape {Shape} does not repeat to {shape}", "only axes of length 1 and new outer axes repeat");
        Tensor y = DType.IsFloatingPoint()
            ? Dispatch.Binary<AddKernel>("broadcastTo", this, Zeros(shape, DType))
            : DType == DType.Bool ? Where(BroadcastBytes(this, shape), Full([], 1, DType), Full([], 0, DType))
            : Dispatch.Binary<AddKernel, IntegerAddKernel>("broadcastTo", this, Zeros(shape, DType));
        return GradientTape.RecordLinear("broadcastTo", y, (this, dy => dy.SumTo(Shape)));
    }

    /// <summary>The sum over the axes along which <paramref name="shape"/> would have been repeated to this tensor's shape.</summary>
    /// <remarks>dx = dy broadcast to x's shape: the adjoint of <see cref="BroadcastTo"/>.</remarks>
    /// <param name="shape">A shape that broadcasts to this one.</param>
    /// <returns>A tensor of that shape.</returns>
    /// <exception cref="ShapeException">The shape does not broadcast to this one.</exception>
    public Tensor SumTo(Shape shape)
    {
        if (shape == Shape) return this;
        if (shape.Rank > Rank || Dispatch.BroadcastShape("sumTo", Shape, shape) != Shape)
            throw Fail.Shape("sumTo", $"shape {Shape} is not a repetition of {shape}", "give a shape that broadcasts to the tensor's");
        Span<int> axes = stackalloc int[Rank];
        int count = 0, added = Rank - shape.Rank;
        for (int axis = 0; axis < Rank; axis++)
        {
            if (axis < added || (shape[axis - added] == 1 && Shape[axis] != 1)) axes[count++] = axis;
        }
        return Sum(axes[..count].ToArray(), keepDims: true).Reshape(shape);
    }

    private static Tensor BroadcastBytes(Tensor x, Shape shape) => Dispatch.Compare<NotEqualRelation>("broadcastTo", x, Zeros(shape, x.DType));
}
