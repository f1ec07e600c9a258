using System.Numerics;
using Engine.Kernels;

namespace Engine.Optimizers;

/// <summary>m ← β₁m + (1 − β₁)g; u ← max(β₂u, |g|); θ ← θ − η/(1 − β₁ᵗ)·m/(u + ε). F-O6.</summary>
/// <remarks>Kingma and Ba 2015, section 7.1: Adam by the largest gradient in place of the mean square.</remarks>
public sealed class Adamax : Optimizer
{
    private static readonly string[] Names = ["m", "u"];

    /// <summary>Creates the optimizer.</summary>
    /// <param name="learningRate">η, 0 or more, or a schedule of it; 0.001 by default.</param>
    /// <param name="beta1">β₁, the weight of the past in the mean gradient, in [0, 1); 0.9 by default.</param>
    /// <param name="beta2">β₂, how fast the largest gradient is forgotten, in [0, 1); 0.999 by default.</param>
    /// <param name="epsilon">ε, above 0; 1e-7 by default.</param>
    /// <param name="weightDecay">Decoupled weight decay, 0 or more; 0 by default.</param>
    /// <exception cref="ValueException">A parameter is outside its range.</exception>
    public Adamax(
        LearningRateSchedule? learningRate = null,
        double beta1 = 0.9,
        double beta2 = 0.999,
        double epsilon = 1e-7,
        double weightDecay = 0)
        : base(learningRate ?? 1e-3, weightDecay)
    {
        RequireFraction("beta1", beta1);
        RequireFraction("beta2", beta2);
        RequirePositive("epsilon", epsilon);
        Beta1 = beta1;
        Beta2 = beta2;
        Epsilon = epsilon;
    }

    /// <summary>β₁.</summary>
    public double Beta1 { get; }

    /// <summary>β₂.</summary>
    public double Beta2 { get; }

    /// <summary>ε.</summary>
    public double Epsilon { get; }

    /// <inheritdoc/>
    protected override IReadOnlyList<string> SlotNames => Names;

    private protected override bool FormsGradient => true;

    /// <inheritdoc/>
    protected override void Update(Variable variable, Tensor gradient, IReadOnlyList<Variable> slots)
    {
        variable.Storage.Version++;
        for (int i = 0; i < slots.Count; i++) slots[i].Storage.Version++;
        Dispatch.Float(variable.DType, new StepWork(this, variable, gradient, slots[0], slots[1]));
    }

    private readonly unsafe struct StepWork(
        Adamax settings, Variable variable, Tensor gradient, Variable average, Variable norm) : IFloatWork
    {
        public void Run<T>()
            where T : unmanaged, IBinaryFloatingPointIeee754<T>
        {
            fixed (T* theta = variable.Data<T>(), g = gradient.Data<T>(), m = average.Data<T>(), u = norm.Data<T>())
            {
                OptimizerSteps.Adamax(
                    theta, g, m, u, variable.Length, settings.RateOf(variable), settings.Beta1, settings.Beta2, settings.Epsilon,
                    settings.Iterations, settings.GradientForm);
            }
        }
    }
}
