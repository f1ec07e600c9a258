namespace Engine;

/// <summary>Which rows of which table a tensor was made of: a product with it is a choice of the table's products.</summary>
internal sealed class GatherOrigin
{
    private readonly int tableVersion;
    private readonly int indexVersion;
    private readonly int version;

    /// <summary>Notes the origin of a tensor.</summary>
    /// <param name="table">[rows, columns].</param>
    /// <param name="indices">Int32 rows.</param>
    /// <param name="rows">The tensor: the indices' axes, and the columns.</param>
    public GatherOrigin(Tensor table, Tensor indices, Tensor rows)
    {
        (Table, Indices) = (table, indices);
        (tableVersion, indexVersion, version) = (table.Storage.Version, indices.Storage.Version, rows.Storage.Version);
    }

    /// <summary>[rows, columns].</summary>
    public Tensor Table { get; }

    /// <summary>Int32 rows.</summary>
    public Tensor Indices { get; }

    /// <summary>Whether the tensor still holds what its origin says.</summary>
    public bool Holds(Tensor rows) => Table.IsAlive && Indices.IsAlive && Table.Storage.Version == tableVersion
        && Indices.Storage.Version == indexVersion && rows.Storage.Version == version;
}

/// <summary>A gradient of gathered rows, summed by the rows of the table that they came from.</summary>
/// <param name="Indices">The table's row of each.</param>
/// <param name="Sums">[rows, columns].</param>
internal sealed record RowSums(Tensor Indices, Tensor Sums);
