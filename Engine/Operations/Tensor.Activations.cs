using Engine.Kernels;

namespace Engine;

/// <content>Activation functions.</content>
public partial class Tensor
{
    /// <summary>y = σ(x) = 1/(1 + e^(−x)).</summary>
    /// <remarks>dx = dy ⊙ y ⊙ (1 − y). F-A1.</remarks>
    /// <returns>The result, of the tensor's shape.</returns>
    /// <exception cref="DTypeException">The tensor is not floating point.</exception>
    public Tensor Sigmoid()
    {
        Tensor y = Dispatch.Unary<SigmoidKernel>("sigmoid", this);
        y.Probability = new ProbabilityOrigin(this, y, ProbabilityKind.Sigmoid);
        return GradientTape.Record("sigmoid", y, (this, dy => GradientTape.WouldRecord(dy, y)
            ? dy * (y * (1 - y))
            : Dispatch.Binary<SigmoidGradientKernel>("sigmoid", dy, y)));
    }

    /// <summary>y = tanh x.</summary>
    /// <remarks>dx = dy ⊙ (1 − y²). F-A2.</remarks>
    /// <returns>The result, of the tensor's shape.</returns>
    /// <exception cref="DTypeException">The tensor is not floating point.</exception>
    public Tensor Tanh()
    {
        Tensor y = Dispatch.Unary<TanhKernel>("tanh", this);
        return GradientTape.Record("tanh", y, (this, dy => GradientTape.WouldRecord(dy, y)
            ? dy * (1 - y * y)
            : Dispatch.Binary<TanhGradientKernel>("tanh", dy, y)));
    }

    /// <summary>y = max(0, x).</summary>
    /// <remarks>dx = dy where y &gt; 0, else 0. F-A3.</remarks>
    /// <returns>The result, of the tensor's shape.</returns>
    /// <exception cref="DTypeException">The tensor is not floating point.</exception>
    public Tensor ReLU()
    {
        Tensor y = Dispatch.Unary<ReluKernel>("relu", this);
        return GradientTape.Record("relu", y, (this, dy => GradientTape.WouldRecord(dy, y)
            ? dy * (y > 0).Cast(DType)
            : Dispatch.Binary<ReluGradientKernel>("relu", dy, y)));
    }

    /// <summary>y = x where x &gt; 0, else slope·x.</summary>
    /// <remarks>dx = dy where x &gt; 0, else slope·dy. Maas, Hannun and Ng 2013. F-A5.</remarks>
    /// <param name="slope">The slope below 0; 0.3 as in Keras.</param>
    /// <returns>The result, of the tensor's shape.</returns>
    /// <exception cref="DTypeException">The tensor is not floating point.</exception>
    public Tensor LeakyReLU(double slope = 0.3)
    {
        Tensor y = Dispatch.Unary("leakyRelu", this, new LeakyReluKernel(slope));
        return GradientTape.Record("leakyRelu", y, (this, dy => GradientTape.WouldRecord(dy, this)
            ? Where(this > 0, dy, slope * dy)
            : Dispatch.Binary("leakyRelu", dy, this, new LeakyReluGradientKernel(slope))));
    }

    /// <summary>y = x where x &gt; 0, else α(eˣ − 1).</summary>
    /// <remarks>dx = dy where x &gt; 0, else dy ⊙ αeˣ. Clevert, Unterthiner and Hochreiter 2016. F-A6.</remarks>
    /// <param name="alpha">The limit −α for very negative x, 0 or more; 1 by default.</param>
    /// <returns>The result, of the tensor's shape.</returns>
    /// <exception cref="ValueException">α is negative.</exception>
    /// <exception cref="DTypeException">The tensor is not floating point.</exception>
    public Tensor ELU(double alpha = 1)
    {
        if (!(alpha >= 0)) throw Fail.Value("elu", $"an alpha of {alpha}", "give 0 or more");
        Tensor y = Dispatch.Unary("elu", this, new EluKernel(alpha));
        return GradientTape.Record("elu", y, (this, dy => GradientTape.WouldRecord(dy, this)
            ? Where(this > 0, dy, dy * (alpha * Minimum(this, ZerosLike(this)).Exp()))
            : Dispatch.Binary("elu", dy, y, new EluGradientKernel(alpha))));
    }

    /// <summary>y = λx where x &gt; 0, else λα(eˣ − 1), with λ ≈ 1.0507 and α ≈ 1.6733.</summary>
    /// <remarks>dx = λ dy where x &gt; 0, else dy ⊙ λαeˣ. Klambauer et al. 2017. F-A6.</remarks>
    /// <returns>The result, of the tensor's shape.</returns>
    /// <exception cref="DTypeException">The tensor is not floating point.</exception>
    public Tensor SELU()
    {
        Tensor y = Dispatch.Unary<SeluKernel>("selu", this);
        return GradientTape.Record("selu", y, (this, dy => GradientTape.WouldRecord(dy, this)
            ? Where(this > 0, SeluScale * dy, dy * (SeluScale * SeluAlpha * Minimum(this, ZerosLike(this)).Exp()))
            : Dispatch.Binary<SeluGradientKernel>("selu", dy, y)));
    }

    /// <summary>y = x·Φ(x), with Φ the normal distribution function; or its approximation by tanh.</summary>
    /// <remarks>
    /// dx = dy ⊙ (Φ(x) + x·φ(x)). Hendrycks and Gimpel 2016. The approximation is ½x(1 + tanh(√(2/π)(x + 0.044715x³))). F-A7.
    /// </remarks>
    /// <param name="approximate">Whether to use the approximation; false by default, as in Keras.</param>
    /// <returns>The result, of the tensor's shape.</returns>
    /// <exception cref="DTypeException">The tensor is not floating point.</exception>
    public Tensor GELU(bool approximate = false)
    {
        if (approximate)
        {
            Tensor z = Dispatch.Unary<GeluTanhKernel>("gelu", this);
            return GradientTape.Record("gelu", z, (this, dy => GradientTape.WouldRecord(dy, this)
                ? dy * GeluTanhDerivative(this)
                : Dispatch.Binary<GeluTanhGradientKernel>("gelu", dy, this)));
        }
        Tensor y = Dispatch.Unary<GeluKernel>("gelu", this);
        return GradientTape.Record("gelu", y, (this, dy => GradientTape.WouldRecord(dy, this)
            ? dy * (0.5 * (1 + (this * Math.Sqrt(0.5)).Erf()) + this * ((-0.5 * (this * this)).Exp() * (1 / Math.Sqrt(2 * Math.PI))))
            : Dispatch.Binary<GeluGradientKernel>("gelu", dy, this)));
    }

    /// <summary>y = x·σ(x), also called swish.</summary>
    /// <remarks>dx = dy ⊙ σ(x) ⊙ (1 + x ⊙ (1 − σ(x))). Elfwing, Uchibe and Doya 2018. F-A8.</remarks>
    /// <returns>The result, of the tensor's shape.</returns>
    /// <exception cref="DTypeException">The tensor is not floating point.</exception>
    public Tensor SiLU()
    {
        Tensor y = Dispatch.Unary<SiluKernel>("silu", this);
        return GradientTape.Record("silu", y, (this, dy => GradientTape.WouldRecord(dy, this)
            ? dy * Sigmoid() * (1 + this * (1 - Sigmoid()))
            : Dispatch.Binary<SiluGradientKernel>("silu", dy, this)));
    }

    /// <summary>y = ln(1 + eˣ), without overflow.</summary>
    /// <remarks>dx = dy ⊙ σ(x). Dugas et al. 2001. F-A9.</remarks>
    /// <returns>The result, of the tensor's shape.</returns>
    /// <exception cref="DTypeException">The tensor is not floating point.</exception>
    public Tensor Softplus()
    {
        Tensor y = Dispatch.Unary<SoftplusKernel>("softplus", this);
        return GradientTape.Record("softplus", y, (this, dy => GradientTape.WouldRecord(dy, this)
            ? dy * Sigmoid()
            : Dispatch.Binary<SoftplusGradientKernel>("softplus", dy, this)));
    }

    private const double SeluScale = 1.0507009873554804934193349852946;
    private const double SeluAlpha = 1.6732632423543772848170429916717;

    private static Tensor GeluTanhDerivative(Tensor x)
    {
        double c = Math.Sqrt(2 / Math.PI);
        Tensor t = (c * (x + 0.044715 * (x * x * x))).Tanh();
        return 0.5 * (1 + t) + 0.5 * x * (1 - t * t) * (c * (1 + 3 * 0.044715 * (x * x)));
    }
}
