using System.Globalization;
using System.Net;
using System.Text;
using Engine.Data;
using Engine.Formats;
using Engine.Models;

namespace Engine.Callbacks;

/// <summary>Shows what a generator makes of the same latent points, epoch by epoch: pictures, an animation of them, and a page.</summary>
/// <remarks>
/// For a <see cref="Gan"/>, a <see cref="ConditionalGan"/>, whose labels take turns, or a <see cref="Vae"/> of images [H, W, 1] or
/// [H, W, 3]. Into its folder come <c>samples_001.png</c> and so on, one after each epoch; <c>interpolation.png</c>, each row on the way
/// from one latent point to another; <c>training.png</c>, all grids as animated PNG; and <c>index.html</c> with these and the curves of
/// what is measured. All are written after each epoch, each whole or not at all, so an interruption leaves them intact.
/// </remarks>
public sealed class SampleGallery : Callback
{
    private const int Ways = 4;

    private readonly string folder;
    private readonly List<int> epochs = [];
    private readonly List<ReadOnlyMemory<byte>> frames = [];
    private readonly Dictionary<string, List<double>> values = new(StringComparer.Ordinal);
    private TrainingPlan plan = new(0, 0, 0, 0, 0);

    /// <summary>Creates the callback.</summary>
    /// <param name="folder">Where the files go; it is made where it is missing.</param>
    /// <param name="count">The samples of a grid, at least 1; 64 by default.</param>
    /// <param name="columns">Samples in a row; by default ⌈√count⌉, and for labels their number.</param>
    /// <param name="range">Which numbers of an image are black and white; after a tanh <see cref="ImageRange.MinusOneToOne"/>.</param>
    /// <param name="seed">The seed of the latent points.</param>
    /// <param name="interpolationSteps">Samples from one latent point to the next, at least 2; 10 by default.</param>
    /// <param name="milliseconds">How long the animation shows an epoch, 1 to 65535; 250 by default.</param>
    /// <exception cref="ValueException">The folder's name is empty, or a number is out of its range.</exception>
    public SampleGallery(
        string folder,
        int count = 64,
        int? columns = null,
        ImageRange range = ImageRange.ZeroToOne,
        ulong seed = RandomGenerator.DefaultSeed,
        int interpolationSteps = 10,
        int milliseconds = 250)
    {
        if (string.IsNullOrWhiteSpace(folder)) throw Fail.Value("SampleGallery", "an empty folder name", "give the folder to write to");
        if (count < 1) throw Fail.Value("SampleGallery", $"count is {count}", "give at least 1");
        if (columns is < 1) throw Fail.Value("SampleGallery", $"columns is {columns}", "give at least 1");
        if (interpolationSteps < 2) throw Fail.Value("SampleGallery", $"interpolationSteps is {interpolationSteps}", "give at least 2");
        if (milliseconds is < 1 or > ushort.MaxValue)
            throw Fail.Value("SampleGallery", $"milliseconds is {milliseconds}", $"give 1 to {ushort.MaxValue}");
        this.folder = folder;
        (Count, Columns, Range, Seed) = (count, columns, range, seed);
        (InterpolationSteps, Milliseconds) = (interpolationSteps, milliseconds);
    }

    /// <summary>The samples of a grid.</summary>
    public int Count { get; }

    /// <summary>Samples in a row as they were given; null for the default.</summary>
    public int? Columns { get; }

    /// <summary>Which numbers of an image are black and white.</summary>
    public ImageRange Range { get; }

    /// <summary>The seed of the latent points.</summary>
    public ulong Seed { get; }

    /// <summary>Samples from one latent point to the next.</summary>
    public int InterpolationSteps { get; }

    /// <summary>How long the animation shows an epoch.</summary>
    public int Milliseconds { get; }

    /// <inheritdoc/>
    public override void OnTrainBegin(Model model, TrainingPlan plan)
    {
        if (model is not (Gan or ConditionalGan or Vae))
            throw Fail.Model("SampleGallery", $"{model.Path} makes no samples", "use it with a Gan, a ConditionalGan or a Vae");
        Model maker = model is AdversarialModel gan ? gan.Generator : ((Vae)model).Decoder;
        if (maker.OutputShapes is [var sample, ..] && (sample.Rank != 3 || sample[2] is not (1 or 3)))
        {
            throw Fail.Shape("SampleGallery", $"{maker.Path} makes samples of shape {sample}",
                "use it with images [H, W, 1] or [H, W, 3]");
        }

        this.plan = plan;
        epochs.Clear();
        frames.Clear();
        values.Clear();
        try
        {
            Directory.CreateDirectory(folder);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new FileFormatException($"SampleGallery \"{folder}\": the folder cannot be made ({e.Message}). Check the path.", e);
        }
    }

    /// <inheritdoc/>
    public override void OnEpochEnd(Model model, int epoch, IReadOnlyDictionary<string, double> measured)
    {
        epochs.Add(epoch + 1);
        foreach ((string name, double value) in measured)
        {
            if (!values.TryGetValue(name, out List<double>? list)) values.Add(name, list = []);
            list.Add(value);
        }

        Tensor grid = ImageGrid.Compose(Samples(model), Columns ?? (model as ConditionalGan)?.Classes, range: Range);
        Tensor ways = ImageGrid.Compose(Interpolations(model), InterpolationSteps, range: Range);
        ReadOnlyMemory<byte> frame = grid.ToArray<byte>();
        frames.Add(frame);
        try
        {
            Png.Write(At(FileOf(epoch + 1)), frame, grid.Shape[0], grid.Shape[1], grid.Shape[2]);
            Png.Write(At("interpolation.png"), ways.ToArray<byte>(), ways.Shape[0], ways.Shape[1], ways.Shape[2]);
            Png.WriteAnimation(At("training.png"), frames, grid.Shape[0], grid.Shape[1], grid.Shape[2], Milliseconds);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new FileFormatException($"SampleGallery \"{folder}\": it cannot be written ({e.Message}). Check the folder.", e);
        }

        WritePage(model);
    }

    private static string FileOf(int epoch) => string.Create(CultureInfo.InvariantCulture, $"samples_{epoch:D3}.png");

    private string At(string file) => Path.Combine(folder, file);

    private Tensor Samples(Model model) => model switch
    {
        Gan gan => gan.Generate(Count, Seed),
        ConditionalGan gan => gan.Generate(Tensor.From<int>([.. Enumerable.Range(0, Count).Select(i => i % gan.Classes)]), Seed),
        _ => ((Vae)model).Generate(Count, Seed),
    };

    private Tensor Interpolations(Model model)
    {
        var rows = new Tensor[Ways];
        for (int row = 0; row < Ways; row++)
        {
            rows[row] = model switch
            {
                Gan gan => gan.Interpolate(End(gan, row), End(gan, row + 1), InterpolationSteps),
                ConditionalGan gan => gan.Interpolate(row % gan.Classes, End(gan, row), End(gan, row + 1), InterpolationSteps),
                _ => OfVae((Vae)model, row),
            };
        }

        return Tensor.Concat(rows);
    }

    private Tensor End(AdversarialModel gan, int place) => gan.SampleLatent(Ways + 1, Seed)[place];

    private Tensor OfVae(Vae vae, int row)
    {
        Tensor points = Tensor.RandomNormal([Ways + 1, vae.LatentSize], 0, 1, new RandomGenerator(Seed).Split("latent"), vae.DType);
        return vae.Interpolate(points[row], points[row + 1], InterpolationSteps);
    }

    private void WritePage(Model model)
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"""
            <p class="muted">epoch {epochs[^1]} of {plan.Epochs} · {plan.Samples} samples · batches of {plan.BatchSize} · step {model.Step} ·
            seed {model.Seed}</p>
            <div class="charts">

            """);
        foreach ((string name, List<double> list) in values) text.Append(new HtmlChart(name, [new(name, "training", epochs, list)], legend: false));
        text.Append("</div>\n");
        Picture(text, "The same latent points after each epoch", "training.png");
        Picture(text, string.Create(CultureInfo.InvariantCulture, $"Epoch {epochs[^1]}"), FileOf(epochs[^1]));
        Picture(text, "From one latent point to another", "interpolation.png");
        HtmlPage.Write("SampleGallery", At("index.html"), model.Path, text);
    }

    private static void Picture(StringBuilder text, string title, string file)
    {
        string shown = WebUtility.HtmlEncode(title);
        text.Append(CultureInfo.InvariantCulture,
            $"<h2>{shown}</h2>\n<img src=\"{file}\" alt=\"{shown}\" style=\"image-rendering:pixelated;min-width:min(100%,520px)\">\n");
    }
}
