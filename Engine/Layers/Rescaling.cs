namespace Engine.Layers;

/// <summary>y = x·scale + offset, as to bring bytes to [0, 1]: <c>new Rescaling(1 / 255.0)</c>. F-B9.</summary>
/// <remarks>Inputs that count are converted to the layer's type first. A <c>Dataset</c> scales bytes by itself unless told
/// otherwise.</remarks>
public sealed class Rescaling : Layer
{
    /// <summary>Creates the layer.</summary>
    /// <param name="scale">The factor.</param>
    /// <param name="offset">What is added; 0 by default.</param>
    /// <param name="name">The layer's name; by default numbered by its place, as <c>rescaling_1</c>.</param>
    /// <param name="dtype">The type of the output; by default the input's, Float32 for integers.</param>
    /// <exception cref="ValueException">A number is not finite.</exception>
    public Rescaling(double scale, double offset = 0, string? name = null, DType? dtype = null)
        : base(name, dtype)
    {
        if (!double.IsFinite(scale)) throw Fail.Value("Rescaling", $"scale is {scale}", "give a finite number");
        if (!double.IsFinite(offset)) throw Fail.Value("Rescaling", $"offset is {offset}", "give a finite number");
        (Scale, Offset) = (scale, offset);
        MadeWith(("scale", scale), ("offset", offset), ("dtype", dtype));
    }

    /// <summary>The factor.</summary>
    public double Scale { get; }

    /// <summary>What is added.</summary>
    public double Offset { get; }

    /// <inheritdoc/>
    protected override bool SupportsMasking => true;

    /// <inheritdoc/>
    public override Shape OutputShape(Shape inputShape) => inputShape;

    /// <inheritdoc/>
    public override long MultiplyAdds(Shape inputShape) => inputShape.Length;

    /// <inheritdoc/>
    protected override Tensor Call(Tensor x, bool training) => x.Cast(DType) * Scale + Offset;
}
