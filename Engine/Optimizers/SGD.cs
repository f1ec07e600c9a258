using System.Numerics;
using Engine.Kernels;

namespace Engine.Optimizers;

/// <summary>Gradient descent: θ ← θ − ηg; with momentum m ← μm − ηg, θ ← θ + m; with Nesterov's look ahead θ ← θ + μm − ηg. F-O1.</summary>
/// <remarks>Keras' form, in which the learning rate is inside the momentum. Polyak 1964; Sutskever et al. 2013.</remarks>
public sealed class SGD : Optimizer
{
    private static readonly string[] MomentumSlot = ["m"];

    /// <summary>Creates the optimizer.</summary>
    /// <param name="learningRate">η, 0 or more, or a schedule of it; 0.01 by default.</param>
    /// <param name="momentum">μ, from 0 to less than 1; 0, no momentum, by default.</param>
    /// <param name="nesterov">Whether to look ahead; false by default, and without effect where there is no momentum.</param>
    /// <param name="weightDecay">Decoupled weight decay, 0 or more; 0 by default.</param>
    /// <exception cref="ValueException">A parameter is outside its range.</exception>
    public SGD(
        LearningRateSchedule? learningRate = null, double momentum = 0, bool nesterov = false, double weightDecay = 0)
        : base(learningRate ?? 0.01, weightDecay)
    {
        RequireFraction("momentum", momentum);
        Momentum = momentum;
        Nesterov = nesterov;
    }

    /// <summary>μ.</summary>
    public double Momentum { get; }

    /// <summary>Whether a step looks ahead.</summary>
    public bool Nesterov { get; }

    /// <inheritdoc/>
    protected override IReadOnlyList<string> SlotNames => Momentum == 0 ? [] : MomentumSlot;

    private protected override bool FormsGradient => true;

    /// <inheritdoc/>
    protected override void Update(Variable variable, Tensor gradient, IReadOnlyList<Variable> slots)
    {
        variable.Storage.Version++;
        Dispatch.Float(variable.DType, new StepWork(this, variable, gradient, Momentum == 0 ? null : slots[0]));
    }

    private readonly unsafe struct StepWork(SGD settings, Variable variable, Tensor gradient, Variable? velocity) : IFloatWork
    {
        public void Run<T>()
            where T : unmanaged, IBinaryFloatingPointIeee754<T>
        {
            (double rate, double decay) = settings.RateOf(variable);
            fixed (T* theta = variable.Data<T>(), g = gradient.Data<T>())
            {
                if (velocity is null)
                {
                    OptimizerSteps.Sgd(theta, g, variable.Length, rate, decay, settings.GradientForm);
                    return;
                }
                velocity.Storage.Version++;
                fixed (T* m = velocity.Data<T>())
                {
                    OptimizerSteps.SgdMomentum(
                        theta, g, m, variable.Length, rate, settings.Momentum, settings.Nesterov, decay, settings.GradientForm);
                }
            }
        }
    }
}
