using System.Numerics;

namespace Engine.Data;

/// <summary>A data set that needs no download: handwritten-looking digits, drawn by this library from stroke outlines.</summary>
/// <remarks>
/// <para>Each image is one digit in one of three or four styles (a 7 with or without a bar, a 2 with or without a loop, …), its points
/// moved at random, bent by an <see cref="ElasticField"/>, turned, sheared, stretched and shifted, drawn with a pen of changing width,
/// and covered with noise: 28 × 28 grey bytes, white on black, like MNIST's.</para>
/// <para>An image depends on the seed and on its index alone, so any part of a set can be drawn again, by any number of threads.
/// Only +, −, ×, ÷ and √ are used, whose results IEEE 754 fixes: every machine draws the same bytes.</para>
/// </remarks>
public static class RenderedDigits
{
    /// <summary>The side of an image in pixels: 28.</summary>
    public const int Side = RenderedDigitsPen.Side;

    /// <summary>The seeds of the two parts: a linear softmax reaches at most 92 % with them, a small convolutional network 99 %.</summary>
    internal const ulong TrainSeed = 1, TestSeed = 2;

    /// <summary>The sizes of the two parts of the set.</summary>
    internal const int TrainCount = 12_000, TestCount = 2_000;

    /// <summary>Draws the set: the same 12,000 digits to train on and 2,000 to test with each time.</summary>
    /// <returns>Features [count, 28, 28, 1] of bytes, which a batch scales to [0, 1]; labels [count] of Int32.</returns>
    public static (Dataset Train, Dataset Test) Load()
    {
        (byte[] Images, byte[] Labels) train = Generate(TrainCount, TrainSeed), test = Generate(TestCount, TestSeed);
        return (Mnist.AsDataset(train.Images, train.Labels), Mnist.AsDataset(test.Images, test.Labels));
    }

    /// <summary>Draws a set of digits.</summary>
    /// <param name="count">How many images, 0 or more.</param>
    /// <param name="seed">The seed: another one gives other images.</param>
    /// <returns>The images, count × 28 × 28 bytes row by row, and as many labels from 0 to 9.</returns>
    /// <exception cref="ValueException"><paramref name="count"/> is negative or beyond what an array holds.</exception>
    public static (byte[] Images, byte[] Labels) Generate(int count, ulong seed)
    {
        const int Pixels = Side * Side;
        if (count < 0 || count > Array.MaxLength / Pixels)
        {
            throw new ValueException($"RenderedDigits: {count} images were asked for, 0 to {Array.MaxLength / Pixels} are possible. "
                + "Draw several sets with different seeds.");
        }

        byte[] images = new byte[count * Pixels];
        byte[] labels = new byte[count];
        RandomGenerator root = new(seed);
        const int Chunk = 256;
        Parallel.For(0, (count + Chunk - 1) / Chunk, chunk =>
        {
            List<Vector2> line = [];
            Span<float> numbers = stackalloc float[RenderedDigitsRandom.Capacity];
            int end = Math.Min((chunk + 1) * Chunk, count);
            for (int i = chunk * Chunk; i < end; i++)
            {
                RenderedDigitsRandom random = new(root.Split((ulong)i), numbers);
                labels[i] = (byte)random.Below(10);
                Draw(labels[i], ref random, line, images.AsSpan(i * Pixels, Pixels));
            }
        });
        return (images, labels);
    }

    private static void Draw(int digit, ref RenderedDigitsRandom random, List<Vector2> line, Span<byte> image)
    {
        Span<float> ink = stackalloc float[Side * Side];
        ink.Clear();
        Span<Vector2> vectors = stackalloc Vector2[ElasticField.VectorCount];
        foreach (ref Vector2 vector in vectors) vector = 0.1f * random.NormalVector();
        ElasticField field = new(vectors);
        Hand hand = new(ref random);

        Span<Vector2> jittered = stackalloc Vector2[32];
        Vector2 joint = new(float.NaN), moved = default;
        foreach (Vector2[] curve in StrokeDigits.Curves(digit, random.Below(StrokeDigits.StyleCount(digit))))
        {
            for (int i = 0; i < curve.Length; i++)
            {
                // A curve that begins where the last one ended keeps touching it.
                jittered[i] = i == 0 && curve[0] == joint ? moved : curve[i] + 0.018f * random.NormalVector();
            }

            (joint, moved) = (curve[^1], jittered[curve.Length - 1]);
            StrokeDigits.Flatten(jittered[..curve.Length], line);
            float begin = hand.Radius * random.Between(0.75f, 1.2f), end = hand.Radius * random.Between(0.75f, 1.2f);
            float step = (end - begin) / (line.Count - 1);
            Vector2 from = default;
            for (int i = 0; i < line.Count; i++)
            {
                Vector2 to = hand.ToPixels(line[i] + field.At(line[i]));
                if (i > 0)
                {
                    RenderedDigitsPen.Segment(ink, from, to, begin + (i - 1) * step, begin + i * step, hand.Softness);
                }

                from = to;
            }
        }

        Expose(ink, ref random, image);
    }

    /// <summary>One writer's hand: the affine map from the unit box to pixels, the pen's radius and the width of its edge.</summary>
    private readonly struct Hand
    {
        private readonly Vector2 x, y, origin;

        public Hand(ref RenderedDigitsRandom random)
        {
            // A turn by θ with tan(θ/2) = t has cos θ = (1 − t²)/(1 + t²) and sin θ = 2t/(1 + t²).
            float t = 0.066f * random.Normal();
            Vector2 along = new Vector2(1 - t * t, 2 * t) / (1 + t * t), down = new(-along.Y, along.X);
            float shear = -0.1f + 0.18f * random.Normal();
            float width = 20 * random.Between(0.82f, 1.12f), height = 20 * random.Between(0.84f, 1.07f);
            Vector2 shift = new(random.Between(-1.8f, 1.8f), random.Between(-1.8f, 1.8f));
            x = width * along;
            y = height * (down + shear * along);
            origin = new Vector2(Side / 2f) + shift - (x + y) / 2;
            Radius = random.Between(0.8f, 1.6f);
            Softness = random.Between(0.9f, 1.6f);
        }

        public float Radius { get; }

        public float Softness { get; }

        // Not Vector2.Transform, which fuses multiplication and addition on some machines.
        public Vector2 ToPixels(Vector2 point) => point.X * x + point.Y * y + origin;
    }

    /// <summary>From ink to bytes: a random brightness, and noise on paper and ink.</summary>
    private static void Expose(scoped ReadOnlySpan<float> ink, ref RenderedDigitsRandom random, Span<byte> image)
    {
        float brightness = 255 * random.Between(0.82f, 1.05f), noise = random.Between(0, 40);
        for (int i = 0; i < image.Length; i++)
        {
            image[i] = (byte)Math.Clamp(brightness * ink[i] + noise * random.Triangular() + 0.5f, 0, 255);
        }
    }
}
