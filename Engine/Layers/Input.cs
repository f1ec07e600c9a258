namespace Engine.Layers;

/// <summary>The first layer of a <c>Sequential</c> model: it says what one sample looks like, so that the model is built at once.</summary>
/// <remarks>It passes its input on; integers are converted to the declared type.</remarks>
public sealed class Input : Layer
{
    /// <summary>An input of Float32 samples: <c>new Input(28, 28, 1)</c>.</summary>
    /// <param name="lengths">The shape of one sample, without the batch axis.</param>
    public Input(params ReadOnlySpan<int> lengths)
        : this(Shape.Create(lengths), DType.Float32)
    {
    }

    /// <summary>An input of any type: <c>new Input([40], DType.Int32)</c>.</summary>
    /// <param name="shape">The shape of one sample, without the batch axis.</param>
    /// <param name="dtype">The type of the elements.</param>
    /// <param name="name">The layer's name; by default numbered by its place, as <c>input_1</c>.</param>
    public Input(Shape shape, DType dtype, string? name = null)
        : base(name, dtype.IsFloatingPoint() ? dtype : null)
    {
        SampleShape = shape;
        InputType = dtype;
        MadeWith(("shape", shape), ("dtype", dtype));
    }

    /// <summary>The shape of one sample.</summary>
    public Shape SampleShape { get; }

    /// <summary>The type of the elements.</summary>
    public DType InputType { get; }

    /// <inheritdoc/>
    protected override bool SupportsMasking => true;

    /// <inheritdoc/>
    public override Shape OutputShape(Shape inputShape)
    {
        CheckInput(inputShape);
        return SampleShape;
    }

    /// <inheritdoc/>
    public override DType OutputType(DType inputType) => InputType;

    /// <inheritdoc/>
    protected override void CheckInput(Shape inputShape)
    {
        if (inputShape != SampleShape)
            throw Fail.Shape(
                "input",
                $"a batch of shape {LayerCheck.BatchOf(inputShape)}, where {LayerCheck.BatchOf(SampleShape)} is wanted",
                "give samples of the declared shape, or declare another");
    }

    /// <inheritdoc/>
    protected override Tensor Call(Tensor x, bool training) => x.DType.IsFloatingPoint() && !InputType.IsFloatingPoint()
        ? throw Fail.DType("input", $"a batch of type {x.DType}, where {InputType} is wanted", $"convert it with Cast(DType.{InputType})")
        : x.Cast(InputType);
}
