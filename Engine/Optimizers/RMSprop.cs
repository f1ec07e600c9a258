using System.Numerics;
using Engine.Kernels;

namespace Engine.Optimizers;

/// <summary>v ← ρv + (1 − ρ)g²; θ ← θ − η·g/√(v + ε). F-O2.</summary>
/// <remarks>
/// Hinton 2012, in Keras' form, whose ε stands under the root; PyTorch's stands beside it. Centered, a ← ρa + (1 − ρ)g and v − a² stands
/// for v (Graves 2013); with momentum m ← μm + η·g/√(v + ε) and θ ← θ − m.
/// </remarks>
public sealed class RMSprop : Optimizer
{
    private readonly string[] slotNames;

    /// <summary>Creates the optimizer.</summary>
    /// <param name="learningRate">η, 0 or more, or a schedule of it; 0.001 by default.</param>
    /// <param name="rho">ρ, the weight of the past in the mean square, in [0, 1); 0.9 by default.</param>
    /// <param name="momentum">μ, in [0, 1); 0, no momentum, by default.</param>
    /// <param name="epsilon">ε, above 0; 1e-7 by default.</param>
    /// <param name="centered">Whether the variance of the gradient is used instead of its mean square; false by default.</param>
    /// <param name="weightDecay">Decoupled weight decay, 0 or more; 0 by default.</param>
    /// <exception cref="ValueException">A parameter is outside its range.</exception>
    public RMSprop(
        LearningRateSchedule? learningRate = null,
        double rho = 0.9,
        double momentum = 0,
        double epsilon = 1e-7,
        bool centered = false,
        double weightDecay = 0)
        : base(learningRate ?? 1e-3, weightDecay)
    {
        RequireFraction("rho", rho);
        RequireFraction("momentum", momentum);
        RequirePositive("epsilon", epsilon);
        Rho = rho;
        Momentum = momentum;
        Epsilon = epsilon;
        Centered = centered;
        slotNames = (centered, momentum != 0) switch
        {
            (false, false) => ["v"],
            (true, false) => ["v", "a"],
            (false, true) => ["v", "m"],
            _ => ["v", "a", "m"],
        };
    }

    /// <summary>ρ.</summary>
    public double Rho { get; }

    /// <summary>μ.</summary>
    public double Momentum { get; }

    /// <summary>ε.</summary>
    public double Epsilon { get; }

    /// <summary>Whether the variance of the gradient is used.</summary>
    public bool Centered { get; }

    /// <inheritdoc/>
    protected override IReadOnlyList<string> SlotNames => slotNames;

    private protected override bool FormsGradient => true;

    /// <inheritdoc/>
    protected override void Update(Variable variable, Tensor gradient, IReadOnlyList<Variable> slots)
    {
        variable.Storage.Version++;
        for (int i = 0; i < slots.Count; i++) slots[i].Storage.Version++;
        var settings = new RmsPropSettings(LearningRate, Rho, Momentum, Epsilon, WeightDecayOf(variable));
        Variable? average = Centered ? slots[1] : null, velocity = Momentum == 0 ? null : slots[^1];
        Dispatch.Float(variable.DType, new StepWork(settings, GradientForm, variable, gradient, slots[0], average, velocity));
    }

    private readonly unsafe struct StepWork(
        RmsPropSettings settings, GradientForm form, Variable variable, Tensor gradient, Variable squares, Variable? average,
        Variable? velocity) : IFloatWork
    {
        public void Run<T>()
            where T : unmanaged, IBinaryFloatingPointIeee754<T>
        {
            fixed (T* theta = variable.Data<T>(), g = gradient.Data<T>(), v = squares.Data<T>())
            fixed (T* a = average is null ? default : average.Data<T>(), m = velocity is null ? default : velocity.Data<T>())
                OptimizerSteps.RmsProp(theta, g, v, a, m, variable.Length, settings, form);
        }
    }
}
