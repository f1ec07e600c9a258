using System.Numerics;
using Engine.Kernels;

namespace Engine.Optimizers;

/// <summary>a ← a + g²; θ ← θ − η·g/√(a + ε). F-O4.</summary>
/// <remarks>Duchi, Hazan and Singer 2011, in Keras' form, whose a begins at 0.1 and whose ε stands under the root; PyTorch's a begins
/// at 0 and its ε stands beside the root.</remarks>
public sealed class Adagrad : Optimizer
{
    private static readonly string[] Names = ["accumulator"];

    /// <summary>Creates the optimizer.</summary>
    /// <param name="learningRate">η, 0 or more, or a schedule of it; 0.001 by default.</param>
    /// <param name="initialAccumulatorValue">What a begins with, 0 or more; 0.1 by default.</param>
    /// <param name="epsilon">ε, above 0; 1e-7 by default.</param>
    /// <param name="weightDecay">Decoupled weight decay, 0 or more; 0 by default.</param>
    /// <exception cref="ValueException">A parameter is outside its range.</exception>
    public Adagrad(
        LearningRateSchedule? learningRate = null,
        double initialAccumulatorValue = 0.1,
        double epsilon = 1e-7,
        double weightDecay = 0)
        : base(learningRate ?? 1e-3, weightDecay)
    {
        RequireNotNegative("initialAccumulatorValue", initialAccumulatorValue);
        RequirePositive("epsilon", epsilon);
        InitialAccumulatorValue = initialAccumulatorValue;
        Epsilon = epsilon;
    }

    /// <summary>What a begins with.</summary>
    public double InitialAccumulatorValue { get; }

    /// <summary>ε.</summary>
    public double Epsilon { get; }

    /// <inheritdoc/>
    protected override IReadOnlyList<string> SlotNames => Names;

    private protected override bool FormsGradient => true;

    /// <inheritdoc/>
    protected override double InitialSlotValue(int slot) => InitialAccumulatorValue;

    /// <inheritdoc/>
    protected override void Update(Variable variable, Tensor gradient, IReadOnlyList<Variable> slots)
    {
        variable.Storage.Version++;
        for (int i = 0; i < slots.Count; i++) slots[i].Storage.Version++;
        Dispatch.Float(variable.DType, new StepWork(this, variable, gradient, slots[0]));
    }

    private readonly unsafe struct StepWork(Adagrad settings, Variable variable, Tensor gradient, Variable accumulator) : IFloatWork
    {
        public void Run<T>()
            where T : unmanaged, IBinaryFloatingPointIeee754<T>
        {
            fixed (T* theta = variable.Data<T>(), g = gradient.Data<T>(), a = accumulator.Data<T>())
            {
                OptimizerSteps.Adagrad(
                    theta, g, a, variable.Length, settings.RateOf(variable), settings.Epsilon, settings.GradientForm);
            }
        }
    }
}
