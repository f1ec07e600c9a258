namespace Engine.Layers;

/// <summary>Applies an activation function: y = f(x), of the input's shape. F-A1 to F-A4.</summary>
public sealed class ActivationLayer : Layer
{
    /// <summary>Creates the layer.</summary>
    /// <param name="activation">The function.</param>
    /// <param name="name">The layer's name; by default numbered by its place, as <c>activation_layer_1</c>.</param>
    public ActivationLayer(Activation activation, string? name = null)
        : base(name)
    {
        ArgumentNullException.ThrowIfNull(activation);
        Activation = activation;
        MadeWith(("activation", activation));
    }

    /// <summary>The function.</summary>
    public Activation Activation { get; }

    /// <inheritdoc/>
    protected override bool SupportsMasking => true;

    /// <inheritdoc/>
    public override Shape OutputShape(Shape inputShape) => inputShape;

    /// <inheritdoc/>
    protected override Tensor Call(Tensor x, bool training) => Activation.Apply(x);
}
