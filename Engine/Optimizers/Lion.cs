using System.Numerics;
using Engine.Kernels;

namespace Engine.Optimizers;

/// <summary>θ ← θ − η·sign(β₁m + (1 − β₁)g); m ← β₂m + (1 − β₂)g. F-O8.</summary>
/// <remarks>Chen et al. 2023. Every element moves by η, so η is usually three to ten times smaller than Adam's and the decay as much
/// larger.</remarks>
public sealed class Lion : Optimizer
{
    private static readonly string[] Names = ["m"];

    /// <summary>Creates the optimizer.</summary>
    /// <param name="learningRate">η, 0 or more, or a schedule of it; 0.001 by default.</param>
    /// <param name="beta1">β₁, the weight of the past in the step's direction, in [0, 1); 0.9 by default.</param>
    /// <param name="beta2">β₂, the weight of the past in what is remembered, in [0, 1); 0.99 by default.</param>
    /// <param name="weightDecay">Decoupled weight decay, 0 or more; 0 by default.</param>
    /// <exception cref="ValueException">A parameter is outside its range.</exception>
    public Lion(
        LearningRateSchedule? learningRate = null,
        double beta1 = 0.9,
        double beta2 = 0.99,
        double weightDecay = 0)
        : base(learningRate ?? 1e-3, weightDecay)
    {
        RequireFraction("beta1", beta1);
        RequireFraction("beta2", beta2);
        Beta1 = beta1;
        Beta2 = beta2;
    }

    /// <summary>β₁.</summary>
    public double Beta1 { get; }

    /// <summary>β₂.</summary>
    public double Beta2 { get; }

    /// <inheritdoc/>
    protected override IReadOnlyList<string> SlotNames => Names;

    private protected override bool FormsGradient => true;

    /// <inheritdoc/>
    protected override void Update(Variable variable, Tensor gradient, IReadOnlyList<Variable> slots)
    {
        variable.Storage.Version++;
        for (int i = 0; i < slots.Count; i++) slots[i].Storage.Version++;
        Dispatch.Float(variable.DType, new StepWork(this, variable, gradient, slots[0]));
    }

    private readonly unsafe struct StepWork(Lion settings, Variable variable, Tensor gradient, Variable average) : IFloatWork
    {
        public void Run<T>()
            where T : unmanaged, IBinaryFloatingPointIeee754<T>
        {
            fixed (T* theta = variable.Data<T>(), g = gradient.Data<T>(), m = average.Data<T>())
            {
                OptimizerSteps.Lion(
                    theta, g, m, variable.Length, settings.RateOf(variable), settings.Beta1, settings.Beta2, settings.GradientForm);
            }
        }
    }
}
