namespace Engine;

/// <content>Triangles of matrices.</content>
public partial class Tensor
{
    /// <summary>The lower triangle of the last two axes: y[…, i, j] = x[…, i, j] where j ≤ i + diagonal, else 0.</summary>
    /// <remarks>dx = the same triangle of dy.</remarks>
    /// <param name="diagonal">The last diagonal that stays: 0 the main one, above it positive.</param>
    /// <returns>A tensor of the same shape.</returns>
    /// <exception cref="ShapeException">Fewer than two axes.</exception>
    public Tensor LowerTriangle(int diagonal = 0) => Where(TriangleMask("lowerTriangle", (i, j) => j <= (long)i + diagonal), this, Full([], 0, DType));

    /// <summary>The upper triangle of the last two axes: y[…, i, j] = x[…, i, j] where j ≥ i + diagonal, else 0.</summary>
    /// <remarks>dx = the same triangle of dy.</remarks>
    /// <param name="diagonal">The first diagonal that stays: 0 the main one, above it positive.</param>
    /// <returns>A tensor of the same shape.</returns>
    /// <exception cref="ShapeException">Fewer than two axes.</exception>
    public Tensor UpperTriangle(int diagonal = 0) => Where(TriangleMask("upperTriangle", (i, j) => j >= (long)i + diagonal), this, Full([], 0, DType));

    private Tensor TriangleMask(string operation, Func<int, int, bool> stays)
    {
        if (Rank < 2) throw Fail.Shape(operation, $"shape {Shape}", "give a matrix or a batch of them: at least two axes");
        int rows = Shape[^2], columns = Shape[^1];
        Tensor mask = Empty([rows, columns], DType.Bool);
        Span<bool> values = mask.Data<bool>();
        for (int i = 0; i < rows; i++)
        {
            for (int j = 0; j < columns; j++) values[i * columns + j] = stays(i, j);
        }
        return mask;
    }
}
