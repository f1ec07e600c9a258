using System.Globalization;
using System.Numerics;

namespace Engine.Data;

/// <summary>How the ten digits are written: for each a few styles, each the pen's way over the paper.</summary>
/// <remarks>
/// A way is written as points "x,y" in hundredths, x to the right, y downwards, in a box of 100 by 100. The pen passes through them in
/// smooth curves (Catmull–Rom splines), turns sharply where a point is given twice, and is lifted at "|".
/// </remarks>
internal static class StrokeDigits
{
    private const int StepsPerSpan = 6;

    private static readonly string[][] Ways =
    [
        [ // 0: an oval, one with crossing ends, one left open at the top
            "50,4 28,18 20,52 30,86 50,96 71,84 80,50 72,18 52,4",
            "66,14 42,6 24,34 24,74 46,95 72,78 78,40 64,12 48,7 40,18",
            "54,8 30,18 20,54 34,90 60,92 80,56 72,18 62,10",
        ],
        [ // 1: a stroke, with a serif, with a serif and a base, with a falling serif
            "51,4 50,50 49,96",
            "38,20 46,14 53,4 53,4 52,50 51,96",
            "34,22 52,4 52,4 52,50 52,96 | 30,96 74,96",
            "34,34 46,22 56,4 56,4 54,50 52,96",
        ],
        [ // 2: straight foot, loop, wavy foot, open neck
            "24,26 34,8 56,4 74,18 72,40 50,66 22,95 22,95 52,94 80,95",
            "24,24 38,6 62,6 74,24 66,48 44,74 27,90 19,80 32,73 50,84 66,94 82,86",
            "26,22 44,4 70,10 74,34 52,64 24,92 24,92 44,85 62,94 82,86",
            "22,14 46,5 70,16 70,40 48,70 28,94 28,94 54,93 78,90",
        ],
        [ // 3: round, flat top, with a loop in the middle, with a short middle
            "24,16 44,4 68,10 70,32 46,46 46,46 72,54 78,76 58,95 34,94 20,80",
            "24,6 50,6 74,6 74,6 46,42 46,42 70,50 78,72 62,92 38,96 20,84",
            "26,14 48,4 70,16 62,38 44,48 40,42 52,43 74,60 74,82 50,96 22,86",
            "26,10 56,4 74,22 56,44 38,48 38,48 66,52 76,74 54,95 22,90",
        ],
        [ // 4: open with straight strokes, closed, closed in one stroke, open and round
            "32,8 28,32 22,58 22,58 52,58 82,56 | 66,22 65,60 64,96",
            "60,4 40,34 18,66 18,66 50,66 84,65 | 62,4 62,50 61,96",
            "64,96 64,50 65,4 65,4 40,34 18,64 18,64 50,64 84,62",
            "28,8 23,36 34,55 58,53 72,42 | 75,8 68,50 63,96",
        ],
        [ // 5: in two strokes, in one, like an S
            "32,6 29,24 26,44 26,44 52,38 76,52 76,78 54,96 22,88 | 32,6 54,7 78,5",
            "76,6 54,6 32,7 32,7 30,24 28,44 28,44 54,38 76,56 70,86 44,96 20,86",
            "76,8 48,7 33,18 32,38 54,46 74,62 68,88 44,96 22,86",
        ],
        [ // 6: round, straight back, deep curl
            "64,6 38,24 24,58 30,88 54,96 74,82 70,58 48,52 28,68",
            "58,4 44,24 30,52 24,78 40,95 62,94 74,74 60,56 38,60 26,76",
            "74,14 56,4 30,26 22,64 40,96 66,90 70,66 50,56 27,70",
        ],
        [ // 7: straight, with a bar, with a serif, with a waved top
            "22,8 50,8 78,8 78,8 56,46 42,96",
            "22,8 50,8 78,8 78,8 58,44 42,96 | 36,52 54,51 74,52",
            "24,24 24,8 24,8 50,9 78,8 78,8 54,50 46,96",
            "20,18 34,6 56,12 78,8 78,8 60,44 50,96",
        ],
        [ // 8: in one stroke, two circles, in one stroke with open ends
            "70,16 48,4 28,18 36,40 60,54 76,76 54,96 28,84 30,64 54,46 70,30 68,14",
            "50,4 31,14 32,37 50,46 69,36 68,12 50,4 | 50,46 27,57 24,82 50,96 76,82 73,57 50,46",
            "74,12 44,5 30,24 50,44 72,66 66,92 38,94 27,74 46,50 66,32 77,14",
        ],
        [ // 9: straight stem, curl, circle with a leaning stem
            "72,24 54,4 30,14 26,38 44,52 66,44 74,20 74,20 73,60 68,96",
            "72,26 56,4 30,12 26,40 48,52 70,38 74,20 76,50 66,86 44,96 26,86",
            "70,12 46,5 27,24 35,49 58,46 71,12 71,12 66,50 56,96",
        ],
    ];

    private static readonly Vector2[][][][] Styles = [.. Ways.Select(styles => styles.Select(Parse).ToArray())];

    /// <summary>The number of styles that a digit is written in.</summary>
    /// <param name="digit">0 to 9.</param>
    /// <returns>Three or four.</returns>
    public static int StyleCount(int digit) => Styles[digit].Length;

    /// <summary>The curves of a style: each the points that the pen passes through without a sharp turn.</summary>
    /// <param name="digit">0 to 9.</param>
    /// <param name="style">0 to <see cref="StyleCount"/> − 1.</param>
    /// <returns>The curves; two that share an end join in a sharp turn.</returns>
    public static Vector2[][] Curves(int digit, int style) => Styles[digit][style];

    /// <summary>Flattens a Catmull–Rom spline, whose slope at each inner point is half the way from neighbour to neighbour.</summary>
    /// <remarks>
    /// On the span from p₁ to p₂: ½(2p₁ + (p₂ − p₀)t + (2p₀ − 5p₁ + 4p₂ − p₃)t² + (3p₁ − p₀ − 3p₂ + p₃)t³).
    /// Beyond the ends the end points repeat.
    /// Source: E. Catmull, R. Rom, "A class of local interpolating splines", 1974.
    /// </remarks>
    /// <param name="through">The points that the curve passes through, two or more.</param>
    /// <param name="line">Receives the points of the flattened curve.</param>
    public static void Flatten(ReadOnlySpan<Vector2> through, List<Vector2> line)
    {
        line.Clear();
        line.Add(through[0]);
        for (int i = 0; i + 1 < through.Length; i++)
        {
            Vector2 p0 = through[Math.Max(i - 1, 0)], p1 = through[i], p2 = through[i + 1],
                p3 = through[Math.Min(i + 2, through.Length - 1)];
            for (int step = 1; step <= StepsPerSpan; step++)
            {
                float t = (float)step / StepsPerSpan;
                line.Add(0.5f * (2 * p1 + t * (p2 - p0 + t * (2 * p0 - 5 * p1 + 4 * p2 - p3 + t * (3 * p1 - p0 - 3 * p2 + p3)))));
            }
        }
    }

    private static Vector2[][] Parse(string way)
    {
        List<Vector2[]> curves = [];
        foreach (string stroke in way.Split('|'))
        {
            List<Vector2> curve = [];
            foreach (string point in stroke.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            {
                string[] xy = point.Split(',');
                Vector2 next = new Vector2(
                    int.Parse(xy[0], CultureInfo.InvariantCulture), int.Parse(xy[1], CultureInfo.InvariantCulture)) / 100;
                if (curve.Count > 0 && curve[^1] == next)
                {
                    curves.Add([.. curve]);
                    curve.Clear();
                }

                curve.Add(next);
            }

            curves.Add([.. curve]);
        }

        return [.. curves];
    }
}
