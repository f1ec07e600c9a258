namespace Engine.Layers;

/// <summary>What belongs to a weight besides its shape.</summary>
/// <param name="Initializer">Where its first values come from.</param>
/// <param name="Regularizer">What it adds to the loss; null for nothing.</param>
/// <param name="Constraint">What it is held to; null for nothing.</param>
internal readonly record struct WeightRule(Initializer Initializer, Regularizer? Regularizer = null, Constraint? Constraint = null);
