using Engine.Kernels;

namespace Engine;

/// <content>Elementary functions, element by element.</content>
/// <remarks>Errors in units of the last place are stated in VectorMath; all take Float32 and Float64 and refuse other types.</remarks>
public partial class Tensor
{
    /// <summary>y = eˣ.</summary>
    /// <remarks>dx = dy ⊙ y.</remarks>
    /// <returns>The result, of the tensor's shape.</returns>
    /// <exception cref="DTypeException">The tensor is not floating point.</exception>
    public Tensor Exp()
    {
        Tensor y = Dispatch.Unary<ExpKernel>("exp", this);
        return GradientTape.Record("exp", y, (this, dy => dy * y));
    }

    /// <summary>y = eˣ − 1, exact to the last places near 0.</summary>
    /// <remarks>dx = dy ⊙ (y + 1).</remarks>
    /// <returns>The result, of the tensor's shape.</returns>
    /// <exception cref="DTypeException">The tensor is not floating point.</exception>
    public Tensor Expm1()
    {
        Tensor y = Dispatch.Unary<Expm1Kernel>("expm1", this);
        return GradientTape.Record("expm1", y, (this, dy => dy * (y + 1)));
    }

    /// <summary>y = ln x; −∞ at 0, NaN below.</summary>
    /// <remarks>dx = dy / x.</remarks>
    /// <returns>The result, of the tensor's shape.</returns>
    /// <exception cref="DTypeException">The tensor is not floating point.</exception>
    public Tensor Log()
    {
        Tensor y = Dispatch.Unary<LogKernel>("log", this);
        return GradientTape.Record("log", y, (this, dy => dy / this));
    }

    /// <summary>y = ln(1 + x), exact to the last places near 0.</summary>
    /// <remarks>dx = dy / (1 + x).</remarks>
    /// <returns>The result, of the tensor's shape.</returns>
    /// <exception cref="DTypeException">The tensor is not floating point.</exception>
    public Tensor Log1p()
    {
        Tensor y = Dispatch.Unary<Log1pKernel>("log1p", this);
        return GradientTape.Record("log1p", y, (this, dy => dy / (this + 1)));
    }

    /// <summary>y = √x; NaN below 0.</summary>
    /// <remarks>dx = dy / (2y).</remarks>
    /// <returns>The result, of the tensor's shape.</returns>
    /// <exception cref="DTypeException">The tensor is not floating point.</exception>
    public Tensor Sqrt()
    {
        Tensor y = Dispatch.Unary<SqrtKernel>("sqrt", this);
        return GradientTape.Record("sqrt", y, (this, dy => dy / (2 * y)));
    }

    /// <summary>y = 1/√x.</summary>
    /// <remarks>dx = −dy ⊙ y / (2x).</remarks>
    /// <returns>The result, of the tensor's shape.</returns>
    /// <exception cref="DTypeException">The tensor is not floating point.</exception>
    public Tensor Rsqrt()
    {
        Tensor y = Dispatch.Unary<ReciprocalSqrtKernel>("rsqrt", this);
        return GradientTape.Record("rsqrt", y, (this, dy => dy * y / (-2 * this)));
    }

    /// <summary>y = x².</summary>
    /// <remarks>dx = 2 dy ⊙ x.</remarks>
    /// <returns>The result, of the tensor's shape.</returns>
    /// <exception cref="DTypeException">The tensor is not floating point.</exception>
    public Tensor Square()
    {
        Tensor y = Dispatch.Unary<SquareKernel>("square", this);
        return GradientTape.Record("square", y, (this, dy => dy * (2 * this)));
    }

    /// <summary>y = 1/x.</summary>
    /// <remarks>dx = −dy ⊙ y².</remarks>
    /// <returns>The result, of the tensor's shape.</returns>
    /// <exception cref="DTypeException">The tensor is not floating point.</exception>
    public Tensor Reciprocal()
    {
        Tensor y = Dispatch.Unary<ReciprocalKernel>("reciprocal", this);
        return GradientTape.Record("reciprocal", y, (this, dy => -dy * (y * y)));
    }

    /// <summary>y = sin x, x in radians.</summary>
    /// <remarks>dx = dy ⊙ cos x.</remarks>
    /// <returns>The result, of the tensor's shape.</returns>
    /// <exception cref="DTypeException">The tensor is not floating point.</exception>
    public Tensor Sin()
    {
        Tensor y = Dispatch.Unary<SinKernel>("sin", this);
        return GradientTape.Record("sin", y, (this, dy => dy * Cos()));
    }

    /// <summary>y = cos x, x in radians.</summary>
    /// <remarks>dx = −dy ⊙ sin x.</remarks>
    /// <returns>The result, of the tensor's shape.</returns>
    /// <exception cref="DTypeException">The tensor is not floating point.</exception>
    public Tensor Cos()
    {
        Tensor y = Dispatch.Unary<CosKernel>("cos", this);
        return GradientTape.Record("cos", y, (this, dy => -dy * Sin()));
    }

    /// <summary>y = tan x, x in radians.</summary>
    /// <remarks>dx = dy ⊙ (1 + y²).</remarks>
    /// <returns>The result, of the tensor's shape.</returns>
    /// <exception cref="DTypeException">The tensor is not floating point.</exception>
    public Tensor Tan()
    {
        Tensor y = Dispatch.Unary<TanKernel>("tan", this);
        return GradientTape.Record("tan", y, (this, dy => dy * (1 + y * y)));
    }

    /// <summary>y = erf x = 2/√π ∫₀ˣ e^(−t²) dt.</summary>
    /// <remarks>dx = dy ⊙ 2/√π · e^(−x²).</remarks>
    /// <returns>The result, of the tensor's shape.</returns>
    /// <exception cref="DTypeException">The tensor is not floating point.</exception>
    public Tensor Erf()
    {
        Tensor y = Dispatch.Unary<ErfKernel>("erf", this);
        return GradientTape.Record("erf", y, (this, dy => dy * (2 / Math.Sqrt(Math.PI) * (-(this * this)).Exp())));
    }

    /// <summary>y = |x|.</summary>
    /// <remarks>dx = dy ⊙ sign(x), which is 0 at 0.</remarks>
    /// <returns>The magnitudes, of the tensor's shape.</returns>
    /// <exception cref="DTypeException">The tensor is Bool.</exception>
    public Tensor Abs()
    {
        if (DType == DType.UInt8) return this;
        if (!DType.IsFloatingPoint()) return Maximum(this, -this);
        Tensor y = Dispatch.Unary<AbsKernel>("abs", this);
        return GradientTape.Record("abs", y, (this, dy => dy * Sign()));
    }

    /// <summary>y = −1, 0 or 1 as x is negative, zero or positive.</summary>
    /// <returns>The signs, a constant to every tape.</returns>
    /// <exception cref="DTypeException">The tensor is not floating point.</exception>
    [NotDifferentiable("the derivative is 0 wherever it exists")]
    public Tensor Sign() => Dispatch.Unary<SignKernel>("sign", this);

    /// <summary>The largest integer not above x.</summary>
    /// <returns>The result, a constant to every tape.</returns>
    /// <exception cref="DTypeException">The tensor is not floating point.</exception>
    [NotDifferentiable("the derivative is 0 wherever it exists")]
    public Tensor Floor() => Dispatch.Unary<FloorKernel>("floor", this);

    /// <summary>The nearest integer, halves to even.</summary>
    /// <returns>The result, a constant to every tape.</returns>
    /// <exception cref="DTypeException">The tensor is not floating point.</exception>
    [NotDifferentiable("the derivative is 0 wherever it exists")]
    public Tensor Round() => Dispatch.Unary<RoundKernel>("round", this);

    /// <summary>y = x kept between two bounds.</summary>
    /// <remarks>dx = dy where low ≤ x ≤ high, else 0.</remarks>
    /// <param name="low">The lower bound.</param>
    /// <param name="high">The upper bound, not below the lower.</param>
    /// <returns>The result, of the tensor's shape.</returns>
    /// <exception cref="ValueException">The upper bound is below the lower.</exception>
    /// <exception cref="DTypeException">The tensor is not floating point.</exception>
    public Tensor Clip(double low, double high)
    {
        if (!(low <= high)) throw Fail.Value("clip", $"bounds {low} and {high}", "give the lower bound first");
        Tensor y = Dispatch.Unary("clip", this, new ClipKernel(low, high));
        return GradientTape.Record("clip", y, (this, dy => GradientTape.WouldRecord(dy)
            ? dy * (this >= low).Cast(DType) * (this <= high).Cast(DType)
            : Dispatch.Binary("clip", dy, this, new ClipGradientKernel(low, high))));
    }
}
