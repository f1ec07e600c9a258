namespace Engine.Layers;

/// <summary>How a <see cref="Bidirectional"/> layer makes one output of two.</summary>
public enum BidirectionalMerge
{
    /// <summary>Side by side along the last axis.</summary>
    Concat,

    /// <summary>Their sum.</summary>
    Sum,

    /// <summary>Their product, element by element.</summary>
    Multiply,

    /// <summary>Their mean.</summary>
    Average,

    /// <summary>Not at all: the layer has two outputs, by <see cref="Layer.ApplyAll(IReadOnlyList{Tensor}, bool)"/>.</summary>
    None,
}
