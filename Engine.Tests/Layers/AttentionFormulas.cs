using Engine.Layers;
using static Engine.Tests.Operations.Oracle;

namespace Engine.Tests.Layers;

/// <summary>Attention as scalar loops, written from the papers alone.</summary>
internal static class AttentionFormulas
{
    /// <summary>What a query at a place may see.</summary>
    public delegate bool Sees(int sample, int query, int value);

    /// <summary>softmax over what is seen; zeros where nothing is.</summary>
    public static double[] Softmax(double[] scores, Func<int, bool> seen)
    {
        double sum = 0;
        for (int s = 0; s < scores.Length; s++) sum += seen(s) ? Math.Exp(scores[s]) : 0;
        return [.. scores.Select((score, s) => seen(s) ? Math.Exp(score) / sum : 0)];
    }

    /// <summary>y_t = Σ_s α_ts·v_s with α_t the softmax of a score; and α.</summary>
    public static (double[] Output, double[] Weights) Attend(Tensor query, Tensor value, Func<int, int, int, double> score, Sees sees)
    {
        int batch = query.Shape[0], queries = query.Shape[1], values = value.Shape[1], features = value.Shape[2];
        var output = new List<double>();
        var all = new List<double>();
        for (int n = 0; n < batch; n++)
        {
            for (int t = 0; t < queries; t++)
            {
                double[] weights = Softmax([.. Enumerable.Range(0, values).Select(s => score(n, t, s))], s => sees(n, t, s));
                all.AddRange(weights);
                for (int i = 0; i < features; i++)
                {
                    double sum = 0;
                    for (int s = 0; s < values; s++) sum += weights[s] == 0 ? 0 : weights[s] * At(value, n, s, i);
                    output.Add(sum);
                }
            }
        }

        return ([.. output], [.. all]);
    }

    /// <summary>Σᵢ f(i) for i below a count.</summary>
    public static double Sum(int count, Func<int, double> term)
    {
        double sum = 0;
        for (int i = 0; i < count; i++) sum += term(i);
        return sum;
    }

    /// <summary>Truth values.</summary>
    public static Tensor Mask(Shape shape, params int[] values) => Tensor.From<int>(values, shape).Cast(DType.Bool);

    /// <summary>Gives each variable random values, so that no symmetry hides an error.</summary>
    public static void Shake(Layer layer, ulong seed = 3)
    {
        var random = new RandomGenerator(seed);
        foreach (Variable variable in layer.Variables)
        {
            if (variable.DType == DType.Float64) random.FillNormal(variable.AsWritableSpan<double>());
            else random.FillNormal(variable.AsWritableSpan<float>());
        }
    }
}
