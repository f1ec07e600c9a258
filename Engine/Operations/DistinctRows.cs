namespace Engine;

/// <summary>The rows of a table that indices name, each once: a product of the table's rows is needed once for each that occurs.</summary>
internal static class DistinctRows
{
    /// <summary>Lists the rows in the order in which they occur first.</summary>
    /// <param name="indices">Int32, each from 0 to <paramref name="count"/> − 1.</param>
    /// <param name="count">Rows of the table.</param>
    /// <param name="most">The longest list that is of use.</param>
    /// <returns>The rows, and for each index its row's place among them; null where there are more than <paramref name="most"/>.</returns>
    public static (Tensor Rows, Tensor Places)? Of(Tensor indices, int count, int most)
    {
        if (most < 1) return null;
        ReadOnlySpan<int> named = indices.Data<int>();
        Tensor found = Tensor.Empty([most], DType.Int32), places = Tensor.Empty(indices.Shape, DType.Int32);
        Span<int> rows = found.Data<int>(), placeOf = Tensor.Full([count], -1, DType.Int32).Data<int>(), to = places.Data<int>();
        int length = 0;
        for (int i = 0; i < named.Length; i++)
        {
            ref int place = ref placeOf[named[i]];
            if (place < 0)
            {
                if (length == most) return null;
                rows[length] = named[i];
                place = length++;
            }

            to[i] = place;
        }

        return (found[..length], places);
    }
}
