using System.Numerics;

namespace Engine.Data;

/// <summary>A smooth random displacement of the plane: the elastic distortion that makes one outline a thousand handwritings.</summary>
/// <remarks>
/// Random vectors on a coarse grid, between them a bicubic B-spline (twice continuously differentiable).
/// Sources: P. Simard, D. Steinkraus, J. Platt, "Best practices for convolutional neural networks applied to visual document analysis",
/// 2003, for the idea; O. Ronneberger, P. Fischer, T. Brox, "U-Net", 2015, for the coarse grid instead of a blurred fine one.
/// </remarks>
internal readonly ref struct ElasticField
{
    /// <summary>The number of grid vectors that a field needs.</summary>
    public const int VectorCount = Side * Side;

    private const int Side = Cells + 3;
    private const int Cells = 3;

    private readonly ReadOnlySpan<Vector2> grid;

    /// <summary>Makes a field over the box from (−0.25, −0.25) to (1.25, 1.25).</summary>
    /// <param name="grid">The vectors at the grid's points, <see cref="VectorCount"/> of them; kept, not copied.</param>
    public ElasticField(ReadOnlySpan<Vector2> grid) => this.grid = grid;

    /// <summary>The displacement at a point.</summary>
    /// <param name="point">The point; outside the box the field is that of the nearest point inside.</param>
    /// <returns>Where the point moves to, less the point.</returns>
    public Vector2 At(Vector2 point)
    {
        Vector2 position = Vector2.Clamp((point + new Vector2(0.25f)) / 1.5f, Vector2.Zero, Vector2.One) * Cells;
        int column = Math.Min((int)position.X, Cells - 1), row = Math.Min((int)position.Y, Cells - 1);
        Vector4 wx = Weights(position.X - column), wy = Weights(position.Y - row);
        Vector2 sum = Vector2.Zero;
        for (int y = 0; y < 4; y++)
        {
            for (int x = 0; x < 4; x++) sum += wy[y] * wx[x] * grid[(row + y) * Side + column + x];
        }

        return sum;
    }

    /// <summary>The uniform cubic B-spline's four weights, ⅙[(1 − t)³, 3t³ − 6t² + 4, −3t³ + 3t² + 3t + 1, t³].</summary>
    private static Vector4 Weights(float t)
    {
        float s = 1 - t;
        return new Vector4(s * s * s, (3 * t - 6) * t * t + 4, ((3 - 3 * t) * t + 3) * t + 1, t * t * t) / 6;
    }
}
