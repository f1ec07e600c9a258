using Engine.Layers;

namespace Engine.Models;

/// <summary>What PyTorch stores for a variable: a tensor, or two that make it together.</summary>
/// <param name="Names">The names in the module, as <c>weight</c>.</param>
/// <param name="Stored">Their shape there.</param>
/// <param name="Variable">Where they go.</param>
/// <param name="Arrange">From the stored order of the elements to the variable's.</param>
internal sealed record PyTorchTensor(string[] Names, Shape Stored, Variable Variable, Func<Tensor[], Tensor> Arrange)
{
    public PyTorchTensor(string name, Shape stored, Variable variable, Func<Tensor, Tensor> arrange)
        : this([name], stored, variable, parts => arrange(parts[0]))
    {
    }
}

/// <summary>A layer with weights and what PyTorch calls them.</summary>
internal sealed class PyTorchLayer
{
    private PyTorchLayer(Layer layer, string name, List<PyTorchTensor> tensors) => (Layer, Name, Tensors) = (layer, name, tensors);

    public Layer Layer { get; }

    /// <summary>The layer's place in the model, as <c>encoder/dense</c>.</summary>
    public string Name { get; }

    public IReadOnlyList<PyTorchTensor> Tensors { get; }

    /// <summary>The layers of a model that have weights, in the order of its graph, each once.</summary>
    /// <param name="model">The model; it knows its input.</param>
    /// <param name="strict">Whether a layer without a counterpart is refused; else it is left out.</param>
    /// <param name="channelsFirstFlatten">Whether features behind a Flatten are put in order.</param>
    public static List<PyTorchLayer> In(Model model, bool strict, bool channelsFirstFlatten)
    {
        var found = new List<PyTorchLayer>();
        Collect(model, "", strict, channelsFirstFlatten, [], found);
        return found;
    }

    private static void Collect(
        Layer holder, string prefix, bool strict, bool channelsFirst, HashSet<Layer> seen, List<PyTorchLayer> found)
    {
        foreach (Layer layer in holder.Layers)
        {
            if (!seen.Add(layer) || layer.Variables.Count == 0) continue;
            Shape? flattened = channelsFirst && holder is Model { Plan: { } graph } ? FlattenedShape(graph, layer) : null;
            string name = prefix + layer.Name;
            if (TensorsOf(layer, flattened) is { } tensors) found.Add(new PyTorchLayer(layer, name, tensors));
            else if (layer.Layers.Count > 0) Collect(layer, name + "/", strict, channelsFirst, seen, found);
            else if (strict)
            {
                throw Fail.Model($"{layer.Path}: PyTorchWeights", "weights of this type of layer are not read from PyTorch's",
                    "set strict to false to leave the layer as it is, or use Assign on its variables");
            }
        }
    }

    private static List<PyTorchTensor>? TensorsOf(Layer layer, Shape? flattened)
    {
        List<PyTorchTensor> tensors = [];
        switch (layer)
        {
            case Dense dense:
                Shape kernel = dense.Kernel.Shape;
                tensors.Add(new PyTorchTensor("weight", [kernel[1], kernel[0]], dense.Kernel,
                    w => ChannelsLast(w.Transpose(1, 0), flattened)));
                AddPlain(tensors, "bias", dense.Bias, null);
                return tensors;
            case Convolution convolution:
                if (convolution.FlipKernel)
                {
                    throw Fail.Model($"{layer.Path}: PyTorchWeights", "the layer turns its kernel round and PyTorch's does not",
                        "make it without flipKernel");
                }

                Shape window = convolution.Kernel.Shape;
                tensors.Add(window.Rank == 4
                    ? new PyTorchTensor("weight", [window[3], window[2], window[0], window[1]], convolution.Kernel,
                        w => w.Transpose(2, 3, 1, 0))
                    : new PyTorchTensor("weight", [window[2], window[1], window[0]], convolution.Kernel, w => w.Transpose(2, 1, 0)));
                AddPlain(tensors, "bias", convolution.Bias, null);
                return tensors;
            case BatchNormalization normalization:
                AddPlain(tensors, "weight", normalization.Gamma, flattened);
                AddPlain(tensors, "bias", normalization.Beta, flattened);
                AddPlain(tensors, "running_mean", normalization.MovingMean, flattened);
                AddPlain(tensors, "running_var", normalization.MovingVariance, flattened);
                return tensors;
            case Embedding embedding:
                AddPlain(tensors, "weight", embedding.Embeddings, null);
                return tensors;
            case RecurrentLayer { Cell: KernelCell cell } when layer is not RNN:
                AddCell(tensors, cell, "");
                return tensors;
            case Bidirectional { ForwardLayer.Cell: KernelCell forward, BackwardLayer.Cell: KernelCell backward }:
                AddCell(tensors, forward, "");
                AddCell(tensors, backward, "_reverse");
                return tensors;
            default:
                return null;
        }
    }

    /// <summary>One direction of a layer of an RNN, LSTM or GRU.</summary>
    private static void AddCell(List<PyTorchTensor> tensors, KernelCell cell, string direction)
    {
        RecurrentWeights.CheckForm(cell, "PyTorchWeights", "PyTorch", wantsResetAfter: true);
        int columns = cell.Kernel.Shape[1];
        tensors.Add(new PyTorchTensor($"weight_ih_l0{direction}", [columns, cell.Kernel.Shape[0]], cell.Kernel,
            w => RecurrentWeights.KernelFromPyTorch(cell, w)));
        tensors.Add(new PyTorchTensor($"weight_hh_l0{direction}", [columns, cell.Units], cell.RecurrentKernel,
            w => RecurrentWeights.KernelFromPyTorch(cell, w)));
        if (cell.Bias is { } bias)
        {
            tensors.Add(new PyTorchTensor([$"bias_ih_l0{direction}", $"bias_hh_l0{direction}"], [columns], bias,
                parts => RecurrentWeights.BiasFromPyTorch(cell, parts[0], parts[1])));
        }
    }

    private static void AddPlain(List<PyTorchTensor> tensors, string name, Variable? variable, Shape? flattened)
    {
        if (variable is not null) tensors.Add(new PyTorchTensor(name, variable.Shape, variable, w => ChannelsLast(w, flattened)));
    }

    /// <summary>Puts the first axis, features that were flattened as (channels, places …), in the order (places …, channels).</summary>
    private static Tensor ChannelsLast(Tensor w, Shape? flattened)
    {
        if (flattened is not { } shape) return w;
        int places = shape.Rank - 1;
        Shape channels = [shape[^1]];
        Shape apart = channels.Concat(shape.Remove(places)).Concat(w.Shape.Remove(0));
        var order = new int[apart.Rank];
        for (int axis = 0; axis < order.Length; axis++) order[axis] = axis < places ? axis + 1 : axis == places ? 0 : axis;
        return w.Reshape(apart.ToArray()).Transpose(order).Reshape(w.Shape.ToArray());
    }

    /// <summary>The shape that was flattened into the features that a layer takes; null when they were never places and channels.</summary>
    private static Shape? FlattenedShape(IModelPlan graph, Layer layer)
    {
        GraphNode? node = NodeOf(graph, layer);
        while (node is { Inputs.Length: 1 })
        {
            int before = node.Inputs[0] - graph.Inputs.Count;
            if (before < 0) return null;
            node = graph.Nodes[before];
            if (node.Layer is Flatten or Reshape && node.Output.Shape.Rank == 1 && node.InputShapes[0].Rank > 1) return node.InputShapes[0];
            if (node.Layer is not (ActivationLayer or Dropout or GaussianDropout or GaussianNoise or BatchNormalization)) return null;
        }

        return null;
    }

    private static GraphNode? NodeOf(IModelPlan graph, Layer layer)
    {
        foreach (GraphNode node in graph.Nodes)
        {
            if (node.Layer == layer) return node;
        }

        return null;
    }
}
