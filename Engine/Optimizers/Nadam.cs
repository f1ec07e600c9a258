using System.Numerics;
using Engine.Kernels;

namespace Engine.Optimizers;

/// <summary>Adam with Nesterov's look ahead, by Dozat's schedule of the momentum, u(t) = β₁·(1 − 0.96ᵗ/2). F-O7.</summary>
/// <remarks>m and v as Adam's; m̂ = u(t+1)·m/(1 − Π u(i), i ≤ t+1) + (1 − u(t))·g/(1 − Π u(i), i ≤ t); θ ← θ − η·m̂/(√(v/(1 − β₂ᵗ)) + ε).
/// Dozat 2016, as Keras has it; PyTorch 2's <c>NAdam</c> with <c>momentum_decay=1</c>.</remarks>
public sealed class Nadam : Optimizer
{
    private static readonly string[] Names = ["m", "v"];

    // Π u(i) for i ≤ the step: what the state would hold, but it follows from the step alone.
    private double product = 1;
    private long productStep;

    /// <summary>Creates the optimizer.</summary>
    /// <param name="learningRate">η, 0 or more, or a schedule of it; 0.001 by default.</param>
    /// <param name="beta1">β₁, the weight of the past in the mean gradient, in [0, 1); 0.9 by default.</param>
    /// <param name="beta2">β₂, the same for the mean square, in [0, 1); 0.999 by default.</param>
    /// <param name="epsilon">ε, above 0; 1e-7 by default.</param>
    /// <param name="weightDecay">Decoupled weight decay, 0 or more; 0 by default.</param>
    /// <exception cref="ValueException">A parameter is outside its range.</exception>
    public Nadam(
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
        Dispatch.Float(variable.DType, new StepWork(this, Settings(), variable, gradient, slots[0], slots[1]));
    }

    private NadamSettings Settings()
    {
        long t = Iterations;
        if (productStep > t) (product, productStep) = (1, 0);
        while (productStep < t && product > 0) product *= Momentum(++productStep);
        productStep = t;
        double next = Momentum(t + 1), rate = LearningRate;
        double ofAverage = rate * next / (1 - product * next), ofGradient = rate * (1 - Momentum(t)) / (1 - product);
        return new NadamSettings(Beta1, Beta2, Epsilon, ofAverage, ofGradient, 1 / (1 - Math.Pow(Beta2, t)));
    }

    private double Momentum(long t) => Beta1 * (1 - 0.5 * Math.Pow(0.96, t));

    private readonly unsafe struct StepWork(
        Nadam owner, NadamSettings settings, Variable variable, Tensor gradient, Variable average, Variable squares) : IFloatWork
    {
        public void Run<T>()
            where T : unmanaged, IBinaryFloatingPointIeee754<T>
        {
            fixed (T* theta = variable.Data<T>(), g = gradient.Data<T>(), m = average.Data<T>(), v = squares.Data<T>())
            {
                OptimizerSteps.Nadam(theta, g, m, v, variable.Length, owner.RateOf(variable), settings, owner.GradientForm);
            }
        }
    }
}
