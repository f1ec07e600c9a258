namespace Engine.Layers;

/// <summary>The options that the cells with kernels share.</summary>
/// <param name="Activation">What makes the candidate; null for tanh.</param>
/// <param name="UseBias">Whether there is a bias.</param>
/// <param name="Kernel">The input's matrix.</param>
/// <param name="RecurrentKernel">The state's matrix.</param>
/// <param name="Bias">The bias.</param>
/// <param name="Dropout">The part of the inputs that is dropped.</param>
/// <param name="RecurrentDropout">The part of the state that is dropped.</param>
/// <param name="LayerNormalization">Whether the products are normalised.</param>
internal sealed record KernelCellRules(
    Activation? Activation,
    bool UseBias,
    WeightRule Kernel,
    WeightRule RecurrentKernel,
    WeightRule Bias,
    double Dropout,
    double RecurrentDropout,
    bool LayerNormalization)
{
    /// <summary>The rules with Keras' first values where none are given.</summary>
    public static WeightRule ForKernel(Initializer? initializer, Regularizer? regularizer, Constraint? constraint) =>
        new(initializer ?? Initializer.GlorotUniform, regularizer, constraint);

    /// <inheritdoc cref="ForKernel"/>
    public static WeightRule ForRecurrentKernel(Initializer? initializer, Regularizer? regularizer, Constraint? constraint) =>
        new(initializer ?? Initializer.Orthogonal(), regularizer, constraint);

    /// <inheritdoc cref="ForKernel"/>
    public static WeightRule ForBias(Initializer? initializer, Regularizer? regularizer, Constraint? constraint) =>
        new(initializer ?? Initializer.Zeros, regularizer, constraint);
}
