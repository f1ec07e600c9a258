namespace Engine;

/// <summary>The norms of the gradients of one state of one recurrent layer.</summary>
public sealed class GradientFlowSeries
{
    private const double Bound = 100;

    internal GradientFlowSeries(string layer, string state, double[] norms)
    {
        (Layer, State, Norms) = (layer, state, norms);
        LargestRatio = SmallestRatio = 1;
        double most = double.NegativeInfinity, least = double.PositiveInfinity;
        for (int t = 1; t < norms.Length; t++)
        {
            // Where neither step has a gradient nothing is passed on.
            double ratio = norms[t] == 0 ? norms[t - 1] == 0 ? 0 : double.PositiveInfinity : norms[t - 1] / norms[t];
            (most, least) = (Math.Max(most, ratio), Math.Min(least, ratio));
        }

        if (norms.Length > 1) (LargestRatio, SmallestRatio) = (most, least);
        double first = norms[0], last = norms[^1];
        Verdict = !Array.TrueForAll(norms, double.IsFinite) || first > Bound * last ? GradientFlowVerdict.Exploding
            : first * Bound < last || first == 0 ? GradientFlowVerdict.Vanishing
            : GradientFlowVerdict.Healthy;
    }

    /// <summary>The layer's place in its model.</summary>
    public string Layer { get; }

    /// <summary>h, or c of an LSTM.</summary>
    public string State { get; }

    /// <summary>‖∂L/∂h_t‖ for each step, in the order in which the layer takes them.</summary>
    public IReadOnlyList<double> Norms { get; }

    /// <summary>The largest ‖∂L/∂h_{t−1}‖ / ‖∂L/∂h_t‖; 1 for a single step.</summary>
    public double LargestRatio { get; }

    /// <summary>The smallest ‖∂L/∂h_{t−1}‖ / ‖∂L/∂h_t‖; 1 for a single step.</summary>
    public double SmallestRatio { get; }

    /// <summary>What becomes of the gradient between the last step and the first.</summary>
    public GradientFlowVerdict Verdict { get; }
}
