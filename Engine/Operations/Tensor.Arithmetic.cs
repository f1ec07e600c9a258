using Engine.Kernels;

namespace Engine;

/// <content>Sums, products and their kin, element by element with NumPy's broadcasting.</content>
public partial class Tensor
{
    /// <summary>y = a + b.</summary>
    /// <remarks>da = dy, db = dy, each summed over the axes that were broadcast.</remarks>
    /// <param name="a">A tensor of any number type.</param>
    /// <param name="b">A tensor of the same type whose shape broadcasts with a's.</param>
    /// <returns>The sum, of the broadcast shape.</returns>
    /// <exception cref="ShapeException">The shapes do not broadcast.</exception>
    /// <exception cref="DTypeException">The types differ.</exception>
    public static Tensor operator +(Tensor a, Tensor b)
    {
        Tensor y = Dispatch.Binary<AddKernel, IntegerAddKernel>("add", a, b);
        return GradientTape.RecordLinear("add", y, (a, dy => dy.SumTo(a.Shape)), (b, dy => dy.SumTo(b.Shape)));
    }

    /// <summary>y = a − b.</summary>
    /// <remarks>da = dy, db = −dy, each summed over the axes that were broadcast.</remarks>
    /// <param name="a">A tensor of any number type.</param>
    /// <param name="b">A tensor of the same type whose shape broadcasts with a's.</param>
    /// <returns>The difference, of the broadcast shape.</returns>
    /// <exception cref="ShapeException">The shapes do not broadcast.</exception>
    /// <exception cref="DTypeException">The types differ.</exception>
    public static Tensor operator -(Tensor a, Tensor b)
    {
        Tensor y = Dispatch.Binary<SubtractKernel, IntegerSubtractKernel>("subtract", a, b);
        return GradientTape.RecordLinear("subtract", y, (a, dy => dy.SumTo(a.Shape)), (b, dy => (-dy).SumTo(b.Shape)));
    }

    /// <summary>y = a ⊙ b, the elementwise product.</summary>
    /// <remarks>da = dy ⊙ b, db = dy ⊙ a, each summed over the axes that were broadcast.</remarks>
    /// <param name="a">A tensor of any number type.</param>
    /// <param name="b">A tensor of the same type whose shape broadcasts with a's.</param>
    /// <returns>The product, of the broadcast shape.</returns>
    /// <exception cref="ShapeException">The shapes do not broadcast.</exception>
    /// <exception cref="DTypeException">The types differ.</exception>
    public static Tensor operator *(Tensor a, Tensor b)
    {
        Tensor y = Dispatch.Binary<MultiplyKernel, IntegerMultiplyKernel>("multiply", a, b);
        return GradientTape.Record("multiply", y, (a, dy => (dy * b).SumTo(a.Shape)), (b, dy => (dy * a).SumTo(b.Shape)));
    }

    /// <summary>y = a / b; integers divide towards zero.</summary>
    /// <remarks>da = dy / b, db = −dy ⊙ y / b, each summed over the axes that were broadcast.</remarks>
    /// <param name="a">A tensor of any number type.</param>
    /// <param name="b">A tensor of the same type whose shape broadcasts with a's.</param>
    /// <returns>The quotient, of the broadcast shape.</returns>
    /// <exception cref="ShapeException">The shapes do not broadcast.</exception>
    /// <exception cref="DTypeException">The types differ.</exception>
    /// <exception cref="ValueException">An integer is divided by 0.</exception>
    public static Tensor operator /(Tensor a, Tensor b)
    {
        Tensor y = Dispatch.Binary<DivideKernel, IntegerDivideKernel>("divide", a, b);
        return GradientTape.Record("divide", y, (a, dy => (dy / b).SumTo(a.Shape)), (b, dy => (-dy * y / b).SumTo(b.Shape)));
    }

    /// <summary>y = −x.</summary>
    /// <remarks>dx = −dy.</remarks>
    /// <param name="x">A tensor of any number type.</param>
    /// <returns>The negative, of x's shape.</returns>
    public static Tensor operator -(Tensor x)
    {
        if (!x.DType.IsFloatingPoint()) return Full([], 0, x.DType) - x;
        Tensor y = Dispatch.Unary<NegateKernel>("negate", x);
        return GradientTape.RecordLinear("negate", y, (x, dy => -dy));
    }

    /// <summary>y = x + c for a number c, which takes the tensor's type.</summary>
    /// <param name="x">A tensor.</param>
    /// <param name="c">A number.</param>
    public static Tensor operator +(Tensor x, double c) => Affine("add", x, 1, c);

    /// <summary>y = c + x for a number c, which takes the tensor's type.</summary>
    /// <param name="c">A number.</param>
    /// <param name="x">A tensor.</param>
    public static Tensor operator +(double c, Tensor x) => Affine("add", x, 1, c);

    /// <summary>y = x − c for a number c, which takes the tensor's type.</summary>
    /// <param name="x">A tensor.</param>
    /// <param name="c">A number.</param>
    public static Tensor operator -(Tensor x, double c) => x.DType.IsFloatingPoint() ? Affine("subtract", x, 1, -c) : x - Full([], c, x.DType);

    /// <summary>y = c − x for a number c, which takes the tensor's type.</summary>
    /// <param name="c">A number.</param>
    /// <param name="x">A tensor.</param>
    public static Tensor operator -(double c, Tensor x) => x.DType.IsFloatingPoint() ? Affine("subtract", x, -1, c) : Full([], c, x.DType) - x;

    /// <summary>y = c·x for a number c, which takes the tensor's type.</summary>
    /// <param name="x">A tensor.</param>
    /// <param name="c">A number.</param>
    public static Tensor operator *(Tensor x, double c) => Affine("multiply", x, c, 0);

    /// <summary>y = c·x for a number c, which takes the tensor's type.</summary>
    /// <param name="c">A number.</param>
    /// <param name="x">A tensor.</param>
    public static Tensor operator *(double c, Tensor x) => Affine("multiply", x, c, 0);

    /// <summary>y = x / c for a number c, which takes the tensor's type.</summary>
    /// <param name="x">A tensor.</param>
    /// <param name="c">A number.</param>
    public static Tensor operator /(Tensor x, double c) => x / Full([], c, x.DType);

    /// <summary>y = c / x for a number c, which takes the tensor's type.</summary>
    /// <param name="c">A number.</param>
    /// <param name="x">A tensor.</param>
    public static Tensor operator /(double c, Tensor x) => Full([], c, x.DType) / x;

    /// <summary>y = max(a, b), elementwise.</summary>
    /// <remarks>The gradient goes to the larger operand; where both are equal, to a.</remarks>
    /// <param name="a">A tensor of any number type.</param>
    /// <param name="b">A tensor of the same type whose shape broadcasts with a's.</param>
    /// <returns>The larger elements; NaN where either is NaN.</returns>
    /// <exception cref="ShapeException">The shapes do not broadcast.</exception>
    /// <exception cref="DTypeException">The types differ.</exception>
    public static Tensor Maximum(Tensor a, Tensor b)
    {
        Tensor y = Dispatch.Binary<MaximumKernel, IntegerMaximumKernel>("maximum", a, b);
        return GradientTape.Record(
            "maximum", y, (a, dy => (dy * (a >= b).Cast(dy.DType)).SumTo(a.Shape)), (b, dy => (dy * (a < b).Cast(dy.DType)).SumTo(b.Shape)));
    }

    /// <summary>y = min(a, b), elementwise.</summary>
    /// <remarks>The gradient goes to the smaller operand; where both are equal, to a.</remarks>
    /// <param name="a">A tensor of any number type.</param>
    /// <param name="b">A tensor of the same type whose shape broadcasts with a's.</param>
    /// <returns>The smaller elements; NaN where either is NaN.</returns>
    /// <exception cref="ShapeException">The shapes do not broadcast.</exception>
    /// <exception cref="DTypeException">The types differ.</exception>
    public static Tensor Minimum(Tensor a, Tensor b)
    {
        Tensor y = Dispatch.Binary<MinimumKernel, IntegerMinimumKernel>("minimum", a, b);
        return GradientTape.Record(
            "minimum", y, (a, dy => (dy * (a <= b).Cast(dy.DType)).SumTo(a.Shape)), (b, dy => (dy * (a > b).Cast(dy.DType)).SumTo(b.Shape)));
    }

    /// <summary>y = a^b, elementwise.</summary>
    /// <remarks>da = dy ⊙ b ⊙ a^(b−1) (0 where b is 0), db = dy ⊙ y ⊙ ln a (0 where a is not positive).</remarks>
    /// <param name="a">The base, Float32 or Float64.</param>
    /// <param name="b">The exponent, of the same type, whose shape broadcasts with a's.</param>
    /// <returns>The powers, of the broadcast shape.</returns>
    /// <exception cref="ShapeException">The shapes do not broadcast.</exception>
    /// <exception cref="DTypeException">The types differ or are not floating point.</exception>
    public static Tensor Pow(Tensor a, Tensor b)
    {
        Tensor y = Dispatch.Binary<PowKernel>("pow", a, b);
        return GradientTape.Record(
            "pow",
            y,
            (a, dy =>
            {
                // b·a^(b−1) is 0 for b = 0 also where a is 0; the exponent 0 instead of −1 keeps 0·∞ out.
                Tensor isZero = b.EqualTo(ZerosLike(b));
                return (dy * b * Pow(a, Where(isZero, ZerosLike(b), b - 1))).SumTo(a.Shape);
            }),
            (b, dy => (dy * Where(a > 0, y * Where(a > 0, a, OnesLike(a)).Log(), ZerosLike(y))).SumTo(b.Shape)));
    }

    /// <summary>y = x^c for a number c.</summary>
    /// <remarks>dx = dy ⊙ c·x^(c−1).</remarks>
    /// <param name="exponent">The exponent c.</param>
    /// <returns>The powers, of x's shape.</returns>
    /// <exception cref="DTypeException">The tensor is not floating point.</exception>
    public Tensor Pow(double exponent)
    {
        Tensor y = Dispatch.Unary("pow", this, new PowerKernel(exponent));
        return GradientTape.Record("pow", y, (this, dy => exponent == 0 ? ZerosLike(dy) : dy * (exponent * Pow(exponent - 1))));
    }

    /// <summary>scale·x + shift: every operation of a tensor with a number is this one pass.</summary>
    private static Tensor Affine(string operation, Tensor x, double scale, double shift)
    {
        if (!x.DType.IsFloatingPoint())
        {
            Tensor scaled = scale == 1 ? x : x * Full([], scale, x.DType);
            return shift == 0 ? scaled : scaled + Full([], shift, x.DType);
        }
        Tensor y = Dispatch.Unary(operation, x, new AffineKernel(scale, shift));
        return GradientTape.RecordLinear(operation, y, (x, dy => scale == 1 ? dy : Affine("multiply", dy, scale, 0)));
    }
}
