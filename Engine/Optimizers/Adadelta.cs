using System.Numerics;
using Engine.Kernels;

namespace Engine.Optimizers;

/// <summary>s ← ρs + (1 − ρ)g²; Δ = −g·√(d + ε)/√(s + ε); d ← ρd + (1 − ρ)Δ²; θ ← θ + η·Δ. F-O5.</summary>
/// <remarks>Zeiler 2012, whose η is 1; Keras' default, as here, is 0.001.</remarks>
public sealed class Adadelta : Optimizer
{
    private static readonly string[] Names = ["s", "d"];

    /// <summary>Creates the optimizer.</summary>
    /// <param name="learningRate">η, 0 or more, or a schedule of it; 0.001 by default.</param>
    /// <param name="rho">ρ, the weight of the past in both mean squares, in [0, 1); 0.95 by default.</param>
    /// <param name="epsilon">ε, above 0; 1e-7 by default.</param>
    /// <param name="weightDecay">Decoupled weight decay, 0 or more; 0 by default.</param>
    /// <exception cref="ValueException">A parameter is outside its range.</exception>
    public Adadelta(
        LearningRateSchedule? learningRate = null,
        double rho = 0.95,
        double epsilon = 1e-7,
        double weightDecay = 0)
        : base(learningRate ?? 1e-3, weightDecay)
    {
        RequireFraction("rho", rho);
        RequirePositive("epsilon", epsilon);
        Rho = rho;
        Epsilon = epsilon;
    }

    /// <summary>ρ.</summary>
    public double Rho { get; }

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
        Adadelta settings, Variable variable, Tensor gradient, Variable squares, Variable changes) : IFloatWork
    {
        public void Run<T>()
            where T : unmanaged, IBinaryFloatingPointIeee754<T>
        {
            fixed (T* theta = variable.Data<T>(), g = gradient.Data<T>(), s = squares.Data<T>(), d = changes.Data<T>())
            {
                OptimizerSteps.Adadelta(
                    theta, g, s, d, variable.Length, settings.RateOf(variable), settings.Rho, settings.Epsilon, settings.GradientForm);
            }
        }
    }
}
