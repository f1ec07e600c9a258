namespace Engine.Optimizers;

/// <summary>Adam with decoupled weight decay, θ ← θ·(1 − η·decay) before Adam's step. F-O3, F-O9.</summary>
/// <remarks>Loshchilov and Hutter 2019, in Keras' form with its decay of 0.004; PyTorch's is 0.01. Any optimizer's <c>weightDecay</c> does
/// the same; this one begins with some.</remarks>
public sealed class AdamW : Adam
{
    /// <summary>Creates the optimizer.</summary>
    /// <param name="learningRate">η, 0 or more, or a schedule of it; 0.001 by default.</param>
    /// <param name="weightDecay">Decoupled weight decay, 0 or more; 0.004 by default.</param>
    /// <param name="beta1">β₁, the weight of the past in the mean gradient, in [0, 1); 0.9 by default.</param>
    /// <param name="beta2">β₂, the same for the mean square, in [0, 1); 0.999 by default.</param>
    /// <param name="epsilon">ε, above 0; 1e-7 by default.</param>
    /// <param name="amsgrad">Whether the largest mean square so far is used; false by default.</param>
    /// <exception cref="ValueException">A parameter is outside its range.</exception>
    public AdamW(
        LearningRateSchedule? learningRate = null,
        double weightDecay = 0.004,
        double beta1 = 0.9,
        double beta2 = 0.999,
        double epsilon = 1e-7,
        bool amsgrad = false)
        : base(learningRate, beta1, beta2, epsilon, amsgrad, weightDecay)
    {
    }
}
