namespace Engine.Layers;

/// <summary>A layer whose kernel is divided by its largest singular value, W/σ(W), so that it lengthens no vector. F-N10.</summary>
/// <remarks>
/// Miyato et al. 2018. The kernel is seen as a matrix [all other axes, last axis]. u approaches the first right singular vector: each
/// training pass takes u ← Wᵀv/‖Wᵀv‖ with v = Wu/‖Wu‖ a few times, and σ = ‖Wu‖. The gradient goes through σ with u held, as in the paper;
/// Keras writes the quotient into the kernel itself, through which no gradient goes. Passes inside <see cref="Layer.HoldState"/> and in
/// inference take u as it is. The bias is left alone.
/// </remarks>
public sealed class SpectralNormalization : Layer
{
    // Keeps a quotient by the norm of a kernel of zeros finite.
    private const double Epsilon = 1e-12;

    private Variable? vectorU;

    /// <summary>Wraps a layer; it is built on first use.</summary>
    /// <param name="layer">A Dense, Embedding, convolution or transposed convolution.</param>
    /// <param name="powerIterations">How often a training pass improves u; 1 by default.</param>
    /// <param name="name">The layer's name; by default numbered by its place, as <c>spectral_normalization_1</c>.</param>
    /// <exception cref="ValueException">The layer has no kernel of its own, or fewer than 1 iteration.</exception>
    public SpectralNormalization(Layer layer, int powerIterations = 1, string? name = null)
        : base(name)
    {
        ArgumentNullException.ThrowIfNull(layer);
        LayerCheck.Positive("SpectralNormalization", "powerIterations", powerIterations);
        if (layer is not (Dense or Convolution or ConvolutionTranspose or Embedding))
        {
            throw Fail.Value("SpectralNormalization", $"it was given {layer.Path}, which has no single kernel",
                "wrap a Dense, an Embedding, a convolution or a transposed convolution");
        }

        PowerIterations = powerIterations;
        Layer = AddLayer(layer);
        MadeWith(("layer", layer), ("powerIterations", powerIterations));
    }

    /// <summary>The layer inside.</summary>
    public Layer Layer { get; }

    /// <summary>How often a training pass improves u.</summary>
    public int PowerIterations { get; }

    /// <summary>u, [1, last axis of the kernel]: the estimate of the first right singular vector.</summary>
    /// <exception cref="ModelException">The layer is not built yet.</exception>
    public Variable VectorU => LayerCheck.Built(this, vectorU, "VectorU");

    private Variable Kernel => Layer switch
    {
        Dense dense => dense.Kernel,
        Convolution convolution => convolution.Kernel,
        ConvolutionTranspose transposed => transposed.Kernel,
        _ => ((Embedding)Layer).Embeddings,
    };

    /// <inheritdoc/>
    public override Shape OutputShape(Shape inputShape) => Layer.OutputShape(inputShape);

    /// <inheritdoc/>
    public override DType OutputType(DType inputType) => Layer.OutputType(inputType);

    /// <inheritdoc/>
    public override long MultiplyAdds(Shape inputShape) => Layer.MultiplyAdds(inputShape);

    /// <inheritdoc/>
    protected override void Build(Shape inputShape)
    {
        Layer.Prepare([inputShape], [ClaimedType]);
        vectorU = AddWeight("vector_u", [1, Kernel.Shape[^1]], Initializer.TruncatedNormal(0, 0.02), trainable: false);
    }

    /// <inheritdoc/>
    protected override Tensor Call(Tensor x, bool training)
    {
        if (training && !HoldsState) Improve();
        ThreadState state = ThreadState.Current;
        (Variable, Tensor)? outer = state.Substitute;
        state.Substitute = (Kernel, Normalized());
        try
        {
            return Layer.Apply(x, training);
        }
        finally
        {
            state.Substitute = outer;
        }
    }

    /// <summary>W/σ with σ = ‖Wu‖.</summary>
    private Tensor Normalized()
    {
        // A copy: a further training pass in the same tape moves u on.
        Tensor u;
        using (GradientTape.StopRecording()) u = Unit(VectorU * 1);
        Variable kernel = Kernel;
        Tensor product = Matrix(kernel).MatMul(u, transposeB: true);
        return kernel / (product * product).Sum().Clip(Epsilon, double.PositiveInfinity).Sqrt();
    }

    private void Improve()
    {
        using IDisposable pause = GradientTape.StopRecording();
        using var scope = new TensorScope();
        Tensor matrix = Matrix(Kernel), u = VectorU;
        for (int i = 0; i < PowerIterations; i++)
        {
            Tensor v = Unit(u.MatMul(matrix, transposeB: true));
            u = Unit(v.MatMul(matrix));
        }

        VectorU.Assign(u);
    }

    private static Tensor Matrix(Tensor kernel) => kernel.Reshape(-1, kernel.Shape[^1]);

    private static Tensor Unit(Tensor x) => x / (x * x).Sum().Clip(Epsilon, double.PositiveInfinity).Sqrt();
}
