using Engine.Layers;

namespace Engine.Models;

/// <summary>What is known of a model's inputs, layers and outputs: its graph, or what a try has shown.</summary>
internal interface IModelPlan
{
    /// <summary>The inputs.</summary>
    IReadOnlyList<SymbolicTensor> Inputs { get; }

    /// <summary>The outputs.</summary>
    IReadOnlyList<SymbolicTensor> Outputs { get; }

    /// <summary>The uses of layers, each after what it needs.</summary>
    IReadOnlyList<GraphNode> Nodes { get; }

    /// <summary>The places of the outputs among the values: the inputs, then each layer's outputs; −1 for what no layer gave.</summary>
    ReadOnlySpan<int> OutputPlaces { get; }
}
