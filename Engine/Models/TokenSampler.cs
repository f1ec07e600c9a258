namespace Engine.Models;

/// <summary>Draws the next token from a model's scores.</summary>
/// <remarks>p ∝ exp(x/τ) (Ackley, Hinton and Sejnowski 1985), then the k largest (Fan, Lewis and Dauphin 2018), then the fewest whose sum
/// is at least p (Holtzman et al. 2020). Of equal probabilities the lower id counts as the larger one.</remarks>
internal sealed class TokenSampler
{
    private readonly double temperature;
    private readonly int topK;
    private readonly double topP;
    private readonly double[] weights;
    private readonly int[] order;
    private readonly bool[] excluded;

    public TokenSampler(int count, double temperature, int topK, double topP, IReadOnlyList<int> excludedTokens)
    {
        (this.temperature, this.topK, this.topP) = (temperature, topK, topP);
        (weights, order, excluded) = (new double[count], new int[count], new bool[count]);
        foreach (int token in excludedTokens) excluded[token] = true;
    }

    /// <summary>The next token.</summary>
    /// <param name="scores">x, logarithms of probabilities up to a constant; −∞ for what is impossible.</param>
    /// <param name="random">Where the numbers come from; not asked at temperature 0, which takes the most probable.</param>
    public int Next(ReadOnlySpan<double> scores, RandomGenerator random)
    {
        int best = -1;
        for (int i = 0; i < scores.Length; i++)
        {
            if (!excluded[i] && (best < 0 || scores[i] > scores[best])) best = i;
        }

        if (temperature == 0) return best;
        double sum = 0;
        for (int i = 0; i < weights.Length; i++)
        {
            weights[i] = excluded[i] || double.IsNegativeInfinity(scores[i]) ? 0 : Math.Exp((scores[i] - scores[best]) / temperature);
            sum += weights[i];
        }

        if (topK > 0 || topP < 1) sum = Keep(sum);
        double drawn = random.NextDouble() * sum, passed = 0;
        for (int i = 0; i < weights.Length; i++)
        {
            passed += weights[i];
            if (drawn < passed) return i;
        }

        return best;
    }

    /// <summary>Takes the weight off all but the largest; returns what is left.</summary>
    private double Keep(double sum)
    {
        for (int i = 0; i < order.Length; i++) order[i] = i;
        order.AsSpan().Sort((a, b) => weights[a] != weights[b] ? weights[b].CompareTo(weights[a]) : a.CompareTo(b));
        int kept = 0, most = topK > 0 ? Math.Min(topK, order.Length) : order.Length;
        double all = 0;
        if (topK > 0)
        {
            sum = 0;
            for (int i = 0; i < most; i++) sum += weights[order[i]];
        }

        while (kept < most && (kept == 0 || all < topP * sum)) all += weights[order[kept++]];
        for (int i = kept; i < order.Length; i++) weights[order[i]] = 0;
        return all;
    }
}
