using Engine.Kernels;

namespace Engine;

/// <content>Comparisons, which give Bool tensors, choices by them, and conversions of type.</content>
public partial class Tensor
{
    /// <summary>Where a is greater than b, element by element with broadcasting: a &gt; b.</summary>
    /// <param name="a">A tensor.</param>
    /// <param name="b">A tensor of the same type.</param>
    /// <returns>Truth values, of the broadcast shape; NaN compares as false.</returns>
    /// <exception cref="ShapeException">The shapes do not broadcast.</exception>
    /// <exception cref="DTypeException">The types differ.</exception>
    [NotDifferentiable("truth values have no gradient")]
    public static Tensor operator >(Tensor a, Tensor b) => Dispatch.Compare<GreaterRelation>("greater", a, b);

    /// <summary>Where a is greater than the number c: a &gt; c.</summary>
    /// <param name="a">A tensor.</param>
    /// <param name="c">A number, which takes the tensor's type.</param>
    /// <returns>Truth values, of a's shape.</returns>
    [NotDifferentiable("truth values have no gradient")]
    public static Tensor operator >(Tensor a, double c) => a > Full([], c, a.DType);

    /// <summary>Where a is less than b, element by element with broadcasting: a &lt; b.</summary>
    /// <param name="a">A tensor.</param>
    /// <param name="b">A tensor of the same type.</param>
    /// <returns>Truth values, of the broadcast shape; NaN compares as false.</returns>
    /// <exception cref="ShapeException">The shapes do not broadcast.</exception>
    /// <exception cref="DTypeException">The types differ.</exception>
    [NotDifferentiable("truth values have no gradient")]
    public static Tensor operator <(Tensor a, Tensor b) => Dispatch.Compare<LessRelation>("less", a, b);

    /// <summary>Where a is less than the number c: a &lt; c.</summary>
    /// <param name="a">A tensor.</param>
    /// <param name="c">A number, which takes the tensor's type.</param>
    /// <returns>Truth values, of a's shape.</returns>
    [NotDifferentiable("truth values have no gradient")]
    public static Tensor operator <(Tensor a, double c) => a < Full([], c, a.DType);

    /// <summary>Where a is at least b, element by element with broadcasting: a &gt;= b.</summary>
    /// <param name="a">A tensor.</param>
    /// <param name="b">A tensor of the same type.</param>
    /// <returns>Truth values, of the broadcast shape; NaN compares as false.</returns>
    /// <exception cref="ShapeException">The shapes do not broadcast.</exception>
    /// <exception cref="DTypeException">The types differ.</exception>
    [NotDifferentiable("truth values have no gradient")]
    public static Tensor operator >=(Tensor a, Tensor b) => Dispatch.Compare<GreaterOrEqualRelation>("greaterOrEqual", a, b);

    /// <summary>Where a is at least the number c: a &gt;= c.</summary>
    /// <param name="a">A tensor.</param>
    /// <param name="c">A number, which takes the tensor's type.</param>
    /// <returns>Truth values, of a's shape.</returns>
    [NotDifferentiable("truth values have no gradient")]
    public static Tensor operator >=(Tensor a, double c) => a >= Full([], c, a.DType);

    /// <summary>Where a is at most b, element by element with broadcasting: a &lt;= b.</summary>
    /// <param name="a">A tensor.</param>
    /// <param name="b">A tensor of the same type.</param>
    /// <returns>Truth values, of the broadcast shape; NaN compares as false.</returns>
    /// <exception cref="ShapeException">The shapes do not broadcast.</exception>
    /// <exception cref="DTypeException">The types differ.</exception>
    [NotDifferentiable("truth values have no gradient")]
    public static Tensor operator <=(Tensor a, Tensor b) => Dispatch.Compare<LessOrEqualRelation>("lessOrEqual", a, b);

    /// <summary>Where a is at most the number c: a &lt;= c.</summary>
    /// <param name="a">A tensor.</param>
    /// <param name="c">A number, which takes the tensor's type.</param>
    /// <returns>Truth values, of a's shape.</returns>
    [NotDifferentiable("truth values have no gradient")]
    public static Tensor operator <=(Tensor a, double c) => a <= Full([], c, a.DType);

    /// <summary>Where the elements of two tensors are equal, with broadcasting.</summary>
    /// <param name="other">A tensor of the same type.</param>
    /// <returns>Truth values, of the broadcast shape; NaN equals nothing.</returns>
    /// <exception cref="ShapeException">The shapes do not broadcast.</exception>
    /// <exception cref="DTypeException">The types differ.</exception>
    [NotDifferentiable("truth values have no gradient")]
    public Tensor EqualTo(Tensor other) => Dispatch.Compare<EqualRelation>("equalTo", this, other);

    /// <summary>Where the elements of two tensors differ, with broadcasting.</summary>
    /// <param name="other">A tensor of the same type.</param>
    /// <returns>Truth values, of the broadcast shape; NaN equals nothing.</returns>
    /// <exception cref="ShapeException">The shapes do not broadcast.</exception>
    /// <exception cref="DTypeException">The types differ.</exception>
    [NotDifferentiable("truth values have no gradient")]
    public Tensor NotEqualTo(Tensor other) => Dispatch.Compare<NotEqualRelation>("notEqualTo", this, other);

    /// <summary>y = whenTrue where the condition holds, else whenFalse; all three broadcast.</summary>
    /// <remarks>dwhenTrue = dy where the condition holds, else 0; dwhenFalse the other way round.</remarks>
    /// <param name="condition">Truth values.</param>
    /// <param name="whenTrue">Values of any type.</param>
    /// <param name="whenFalse">Values of the same type.</param>
    /// <returns>The chosen values, of the broadcast shape.</returns>
    /// <exception cref="ShapeException">The shapes do not broadcast.</exception>
    /// <exception cref="DTypeException">The condition is not Bool, or the two values' types differ.</exception>
    public static unsafe Tensor Where(Tensor condition, Tensor whenTrue, Tensor whenFalse)
    {
        if (condition.DType != DType.Bool)
            throw Fail.DType("where", $"a condition of type {condition.DType}, where Bool is wanted", "make it by a comparison, or Cast(DType.Bool)");
        if (whenTrue.DType != whenFalse.DType) throw Fail.Mismatch("where", whenTrue.DType, whenFalse.DType);
        Shape shape = Dispatch.BroadcastShape("where", Dispatch.BroadcastShape("where", whenTrue.Shape, whenFalse.Shape), condition.Shape);
        Tensor y = Empty(shape, whenTrue.DType);
        Broadcasting plan = Broadcasting.Of(shape.AsSpan(), condition.Shape.AsSpan(), whenTrue.Shape.AsSpan(), whenFalse.Shape.AsSpan());
        fixed (byte* c = condition.Bytes(), a = whenTrue.Bytes(), b = whenFalse.Bytes(), target = y.Bytes())
        {
            switch (y.DType.Size())
            {
                case 8: ElementwiseCompare.Select(c, (long*)a, (long*)b, (long*)target, plan); break;
                case 4: ElementwiseCompare.Select(c, (int*)a, (int*)b, (int*)target, plan); break;
                default: ElementwiseCompare.Select(c, a, b, target, plan); break;
            }
        }
        return GradientTape.Record(
            "where",
            y,
            (whenTrue, dy => Where(condition, dy, Full([], 0, dy.DType)).SumTo(whenTrue.Shape)),
            (whenFalse, dy => Where(condition, Full([], 0, dy.DType), dy).SumTo(whenFalse.Shape)));
    }

    /// <summary>The same values in another type: to integers towards zero (NaN and what lies outside saturates), to Bool as "is not 0".</summary>
    /// <remarks>dx = dy cast back, where both types are floating point; otherwise the result is a constant.</remarks>
    /// <param name="dtype">The wanted type; the tensor's own gives the tensor itself.</param>
    /// <returns>A tensor of the same shape.</returns>
    public Tensor Cast(DType dtype)
    {
        if (dtype == DType) return this;
        Tensor y = Empty(Shape, dtype);
        switch (DType)
        {
            case DType.Float32: Dispatch.Convert<float>(this, y); break;
            case DType.Float64: Dispatch.Convert<double>(this, y); break;
            case DType.Int32: Dispatch.Convert<int>(this, y); break;
            case DType.Int64: Dispatch.Convert<long>(this, y); break;
            default: Dispatch.Convert<byte>(this, y); break;
        }
        return dtype.IsFloatingPoint() && DType.IsFloatingPoint() ? GradientTape.RecordLinear("cast", y, (this, dy => dy.Cast(DType))) : y;
    }
}
