using System.Text;
using Engine;
using Engine.Data;

namespace Examples;

/// <summary>The digits that several programs use, and how they look on a terminal.</summary>
internal static class Digits
{
    /// <summary>The columns that one digit takes in a sketch.</summary>
    public const int Width = 19;

    private const int Side = RenderedDigits.Side;

    /// <summary>MNIST's digits from a folder, or digits that the library draws; to train on, all of them or the first ones.</summary>
    public static (Dataset Train, Dataset Test) Load(string? folder, int? images = null) => Stage.Run(
        folder is null ? "drawing 14,000 digits" : $"reading MNIST from {folder}",
        () =>
        {
            (Dataset train, Dataset test) = folder is null ? RenderedDigits.Load() : Mnist.Load(folder);
            return (images is { } count ? train.Take(count) : train, test);
        });

    /// <summary>Draws images of digits side by side with letters.</summary>
    public static string Sketch(IEnumerable<Tensor> images)
    {
        const string Shades = " .:-=+*#%@";
        const int Left = 4;
        byte[][] pixels = [.. images.Select(image => image.ToArray<byte>())];
        var text = new StringBuilder();
        // A character is about twice as high as it is wide, so each stands for two rows of pixels.
        for (int row = 0; row < Side; row += 2)
        {
            foreach (byte[] digit in pixels)
            {
                int first = row * Side + Left;
                for (int i = first; i < first + Width; i++) text.Append(Shades[(digit[i] + digit[i + Side]) * Shades.Length / 512]);
            }

            text.AppendLine();
        }

        return text.ToString();
    }
}
