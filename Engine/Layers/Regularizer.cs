namespace Engine.Layers;

/// <summary>What a weight or an activation adds to the loss, so that it stays small. F-X1.</summary>
/// <remarks>One of one's own overrides <see cref="Penalty"/>, written in operations.</remarks>
public abstract class Regularizer
{
    /// <summary>The penalty.</summary>
    /// <param name="x">A weight, or a batch of outputs.</param>
    /// <returns>A scalar of x's type.</returns>
    public abstract Tensor Penalty(Tensor x);

    /// <summary>Refuses a factor that is negative or not finite.</summary>
    /// <summary>What the regularizer was made with, for files; null for one of another class.</summary>
    internal virtual Description? Description => null;

    private protected double Factor(string name, double value) => double.IsFinite(value) && value >= 0
        ? value
        : throw Fail.Value(GetType().Name, $"{name} is {value}", "give a finite number, 0 or more");
}
