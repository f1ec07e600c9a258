using System.Numerics;
using Engine.Kernels;

namespace Engine.Optimizers;

/// <summary>m ← β₁m + (1 − β₁)g; v ← β₂v + (1 − β₂)g²; θ ← θ − η·√(1 − β₂ᵗ)/(1 − β₁ᵗ)·m/(√v + ε). F-O3.</summary>
/// <remarks>
/// Kingma and Ba 2015, in Keras' form, whose ε stands beside the uncorrected root; PyTorch's stands beside the corrected one. With
/// <c>amsgrad</c> the largest v so far stands under the root: Reddi, Kale and Kumar 2018.
/// </remarks>
public class Adam : Optimizer
{
    private static readonly string[] PlainSlots = ["m", "v"];
    private static readonly string[] AmsGradSlots = ["m", "v", "v_max"];

    /// <summary>Creates the optimizer.</summary>
    /// <param name="learningRate">η, 0 or more, or a schedule of it; 0.001 by default.</param>
    /// <param name="beta1">β₁, the weight of the past in the mean gradient, in [0, 1); 0.9 by default.</param>
    /// <param name="beta2">β₂, the same for the mean square, in [0, 1); 0.999 by default.</param>
    /// <param name="epsilon">ε, above 0; 1e-7 by default.</param>
    /// <param name="amsgrad">Whether the largest mean square so far is used; false by default.</param>
    /// <param name="weightDecay">Decoupled weight decay, 0 or more; 0 by default.</param>
    /// <exception cref="ValueException">A parameter is outside its range.</exception>
    public Adam(
        LearningRateSchedule? learningRate = null,
        double beta1 = 0.9,
        double beta2 = 0.999,
        double epsilon = 1e-7,
        bool amsgrad = false,
        double weightDecay = 0)
        : base(learningRate ?? 1e-3, weightDecay)
    {
        RequireFraction("beta1", beta1);
        RequireFraction("beta2", beta2);
        RequirePositive("epsilon", epsilon);
        Beta1 = beta1;
        Beta2 = beta2;
        Epsilon = epsilon;
        AmsGrad = amsgrad;
    }

    /// <summary>β₁.</summary>
    public double Beta1 { get; }

    /// <summary>β₂.</summary>
    public double Beta2 { get; }

    /// <summary>ε.</summary>
    public double Epsilon { get; }

    /// <summary>Whether the largest mean square so far is used.</summary>
    public bool AmsGrad { get; }

    /// <inheritdoc/>
    protected sealed override IReadOnlyList<string> SlotNames => AmsGrad ? AmsGradSlots : PlainSlots;

    private protected sealed override bool FormsGradient => true;

    /// <inheritdoc/>
    protected sealed override void Update(Variable variable, Tensor gradient, IReadOnlyList<Variable> slots)
    {
        variable.Storage.Version++;
        for (int i = 0; i < slots.Count; i++) slots[i].Storage.Version++;
        var settings = new AdamSettings(LearningRate, Beta1, Beta2, Epsilon, WeightDecayOf(variable));
        Variable? largest = AmsGrad ? slots[2] : null;
        Dispatch.Float(
            variable.DType, new StepWork(settings, GradientForm, Iterations, variable, gradient, slots[0], slots[1], largest));
    }

    private readonly unsafe struct StepWork(
        AdamSettings settings, GradientForm form, long step, Variable variable, Tensor gradient, Variable average, Variable squares,
        Variable? largest) : IFloatWork
    {
        public void Run<T>()
            where T : unmanaged, IBinaryFloatingPointIeee754<T>
        {
            fixed (T* theta = variable.Data<T>(), g = gradient.Data<T>(), m = average.Data<T>(), v = squares.Data<T>())
            fixed (T* vMax = largest is null ? default : largest.Data<T>())
                OptimizerSteps.Adam(theta, g, m, v, vMax, variable.Length, settings, step, form);
        }
    }
}
