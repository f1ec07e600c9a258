using System.Text.Json;

namespace Engine.Bench.Peer;

/// <summary>Holds a case's outputs against PyTorch's on the same inputs, stored by peer_reference.py beside this file.</summary>
internal static class PeerReference
{
    private static readonly Lazy<JsonDocument> Stored = new(() =>
    {
        using Stream stream = typeof(PeerReference).Assembly.GetManifestResourceStream("peer_reference.json")!;
        return JsonDocument.Parse(stream);
    });

    /// <summary>Throws unless sampled values and the sum of magnitudes of each output agree to 2·10⁻⁴ of the largest magnitude.</summary>
    public static void Check(string name, PeerWork work)
    {
        if (work.Outputs is null) return;
        if (!Stored.Value.RootElement.TryGetProperty(name, out JsonElement expected))
            throw new EngineException($"peer {name}: no stored outputs. Run Engine.Bench/Peer/peer_reference.py with a Python that has PyTorch.");
        IReadOnlyList<Tensor> outputs = work.Outputs();
        for (int o = 0; o < outputs.Count; o++)
        {
            JsonElement wanted = expected[o];
            ReadOnlySpan<float> values = outputs[o].AsSpan<float>();
            double magnitude = 0;
            foreach (float value in values) magnitude += Math.Abs(value);
            double scale = wanted.GetProperty("largest").GetDouble();
            Compare(name, o, "sum of magnitudes", magnitude, wanted.GetProperty("magnitude").GetDouble(), 1e-4 * wanted.GetProperty("magnitude").GetDouble());
            foreach (JsonElement sample in wanted.GetProperty("samples").EnumerateArray())
                Compare(name, o, $"element {sample[0].GetInt32()}", values[sample[0].GetInt32()], sample[1].GetDouble(), 2e-4 * scale);
        }
    }

    private static void Compare(string name, int output, string what, double got, double wanted, double tolerance)
    {
        if (!(Math.Abs(got - wanted) <= tolerance))
            throw new EngineException($"peer {name}: output {output}, {what}: {got}, where PyTorch has {wanted} (tolerance {tolerance}). The kernel is wrong, or inputs differ from peer_reference.py's.");
    }
}
