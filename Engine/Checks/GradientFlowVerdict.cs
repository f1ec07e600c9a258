namespace Engine;

/// <summary>What becomes of a gradient on its way back through time.</summary>
public enum GradientFlowVerdict
{
    /// <summary>The first step's gradient is within a hundredth and a hundred times of the last step's.</summary>
    Healthy,

    /// <summary>The first step's gradient is less than a hundredth of the last step's: early steps hardly learn.</summary>
    Vanishing,

    /// <summary>The first step's gradient is more than a hundred times the last step's, or not finite: clip gradients by their norm.</summary>
    Exploding,
}
