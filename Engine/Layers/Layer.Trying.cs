namespace Engine.Layers;

/// <content>Building a layer, and taking that back where it failed.</content>
public abstract partial class Layer
{
    /// <summary>Makes all weights of a layer: by default what <see cref="Build(IReadOnlyList{Shape})"/> makes.</summary>
    private protected virtual void BuildAll(Shape[] inputShapes, DType[] inputTypes) => Build(inputShapes);

    /// <summary>This layer and those in it that have no weights yet, each with how many layers it holds.</summary>
    private protected List<(Layer Layer, int Layers)> Unbuilt()
    {
        var found = new List<(Layer, int)>();
        Visit(this);
        return found;

        void Visit(Layer layer)
        {
            if (!layer.IsBuilt) found.Add((layer, layer.layers.Count));
            foreach (Layer inner in layer.layers) Visit(inner);
        }
    }

    /// <summary>Makes a layer what it was before a try to build it failed: without weights, and open for another input.</summary>
    private protected static void Forget(List<(Layer Layer, int Layers)> unbuilt)
    {
        foreach ((Layer layer, int count) in unbuilt)
        {
            layer.variables.Clear();
            layer.initializers.Clear();
            layer.layers.RemoveRange(count, layer.layers.Count - count);
            (layer.claimed, layer.claimedTypes, layer.IsBuilt) = (null, [], false);
            layer.DType = layer.wantedType ?? DType.Float32;
        }
    }

    /// <summary>Whether a layer is this one or inside it.</summary>
    private protected bool Holds(Layer layer) => layer == this || layers.Exists(inner => inner.Holds(layer));
}
