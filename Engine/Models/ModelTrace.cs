using Engine.Layers;

namespace Engine.Models;

/// <summary>What one run of a model's own <c>Call</c> has shown: the layers that it applies, and the shapes between them.</summary>
internal sealed class ModelTrace : IModelPlan
{
    private readonly int[] outputs;

    /// <summary>Takes down the shapes of a run; it keeps no tensors.</summary>
    public ModelTrace(IReadOnlyList<Tensor> inputs, IReadOnlyList<LayerUse> uses, IReadOnlyList<Tensor> results)
    {
        var places = new Dictionary<Tensor, int>(ReferenceEqualityComparer.Instance);
        var values = new List<SymbolicTensor>();
        void Add(Tensor tensor, SymbolicTensor value)
        {
            // A layer may hand on what it was given.
            places[tensor] = values.Count;
            values.Add(value);
        }

        foreach (Tensor input in inputs) Add(input, SymbolicTensor.Input(input.Shape.Remove(0), input.DType));
        Inputs = [.. values];
        var nodes = new List<GraphNode>();
        foreach (LayerUse use in uses)
        {
            int[] from = [.. use.Inputs.Select(input => places.GetValueOrDefault(input, -1))];
            var given = new SymbolicTensor[use.Outputs.Count];
            for (int i = 0; i < given.Length; i++)
                given[i] = new SymbolicTensor(use.Layer, [], use.Outputs[i].Shape.Remove(0), use.Outputs[i].DType, given);
            nodes.Add(new GraphNode(use.Layer, from, [.. use.Inputs.Select(input => input.Shape.Remove(0))], given));
            for (int i = 0; i < given.Length; i++) Add(use.Outputs[i], given[i]);
        }

        Nodes = nodes;
        outputs = [.. results.Select(result => places.GetValueOrDefault(result, -1))];
        Outputs = [.. results.Select((result, i) => outputs[i] >= 0 ? values[outputs[i]]
            : new SymbolicTensor(null, [], result.Shape.Remove(0), result.DType))];
    }

    /// <inheritdoc/>
    public IReadOnlyList<SymbolicTensor> Inputs { get; }

    /// <inheritdoc/>
    public IReadOnlyList<SymbolicTensor> Outputs { get; }

    /// <inheritdoc/>
    public IReadOnlyList<GraphNode> Nodes { get; }

    /// <inheritdoc/>
    public ReadOnlySpan<int> OutputPlaces => outputs;
}
