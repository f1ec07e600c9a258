using System.Numerics;

namespace Engine.Data;

/// <summary>Draws lines of changing width, anti-aliased, into a small grey image.</summary>
internal static class RenderedDigitsPen
{
    /// <summary>The side of the image in pixels.</summary>
    public const int Side = 28;

    /// <summary>Draws a segment: each pixel keeps the darkest ink that any segment gave it.</summary>
    /// <remarks>Ink is clamp((r − d)/softness + ½, 0, 1) for a pixel centre at distance d from the segment of radius r there.</remarks>
    /// <param name="ink">The image, <see cref="Side"/>² values from 0 to 1, row by row.</param>
    /// <param name="a">The beginning, in pixels.</param>
    /// <param name="b">The end, in pixels.</param>
    /// <param name="radiusA">The pen's radius at the beginning, in pixels.</param>
    /// <param name="radiusB">The pen's radius at the end, in pixels.</param>
    /// <param name="softness">The width of the edge in pixels.</param>
    public static void Segment(Span<float> ink, Vector2 a, Vector2 b, float radiusA, float radiusB, float softness)
    {
        float reach = MathF.Max(radiusA, radiusB) + softness / 2;
        (int left, int right) = Range(MathF.Min(a.X, b.X) - reach, MathF.Max(a.X, b.X) + reach);
        (int top, int bottom) = Range(MathF.Min(a.Y, b.Y) - reach, MathF.Max(a.Y, b.Y) + reach);
        Vector2 way = b - a;
        float perLength = 1 / MathF.Max(way.LengthSquared(), 1e-6f);
        for (int y = top; y <= bottom; y++)
        {
            for (int x = left; x <= right; x++)
            {
                Vector2 fromA = new Vector2(x + 0.5f, y + 0.5f) - a;
                float t = Math.Clamp(Vector2.Dot(fromA, way) * perLength, 0, 1);
                float distance = (fromA - t * way).Length();
                float radius = radiusA + t * (radiusB - radiusA);
                float value = Math.Clamp((radius - distance) / softness + 0.5f, 0, 1);
                ref float pixel = ref ink[y * Side + x];
                pixel = MathF.Max(pixel, value);
            }
        }
    }

    /// <summary>The pixels whose centres lie between two coordinates.</summary>
    private static (int First, int Last) Range(float from, float to) =>
        ((int)Math.Clamp(from, 0, Side), (int)Math.Clamp(to, -1, Side - 1));
}
