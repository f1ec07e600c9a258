namespace Engine;

/// <summary>What a tensor of rows with one 1 was made of: a product with it chooses rows, for which nobody needs the zeros.</summary>
internal sealed class OneHotOrigin
{
    private readonly Tensor indices;
    private readonly int version;

    /// <summary>Notes the origin of a tensor.</summary>
    /// <param name="indices">Int32 classes, known to lie inside the depth, which nobody changes.</param>
    /// <param name="rows">The tensor.</param>
    public OneHotOrigin(Tensor indices, Tensor rows) => (this.indices, version) = (indices, rows.Storage.Version);

    /// <summary>The classes, of the tensor's shape without its last axis; null when the tensor was written to since.</summary>
    public Tensor? IndicesOf(Tensor rows) => indices.IsAlive && rows.Storage.Version == version ? indices : null;
}
