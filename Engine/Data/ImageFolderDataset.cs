using Engine.Formats;

namespace Engine.Data;

/// <summary>Images in folders, one folder a class, read as batches need them: see <see cref="Dataset.FromImageFolder"/>.</summary>
public sealed class ImageFolderDataset : Dataset
{
    private readonly int[] classes;

    internal ImageFolderDataset(string[] files, int[] classes, string[] classNames, Shape shape)
        : base(files.Length, shape, DType.Float32, Shape.Create([])) =>
        (Files, this.classes, ClassNames, Scales) = (files, classes, classNames, true);

    /// <summary>The class names, which are the folders' names, in the order of their numbers.</summary>
    public IReadOnlyList<string> ClassNames { get; }

    /// <summary>The files in the order of the samples: by class, then by name.</summary>
    public IReadOnlyList<string> Files { get; }

    private protected override bool IsPlain => true;

    /// <summary>Finds the files of all classes and compares their sizes.</summary>
    internal static ImageFolderDataset Find(string folder)
    {
        string[] folders;
        var files = new List<string>();
        var classes = new List<int>();
        try
        {
            if (!Directory.Exists(folder))
            {
                throw new FileFormatException($"Images \"{folder}\": there is no such folder, one with a folder of PNG files "
                    + "for each class was wanted. Check the path.");
            }

            folders = Directory.GetDirectories(folder);
            Array.Sort(folders, StringComparer.Ordinal);
            for (int number = 0; number < folders.Length; number++)
            {
                string[] images = [.. Directory.GetFiles(folders[number]).Where(IsPng)];
                Array.Sort(images, StringComparer.Ordinal);
                files.AddRange(images);
                classes.AddRange(Enumerable.Repeat(number, images.Length));
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new FileFormatException($"Images \"{folder}\": the folder cannot be read ({e.Message}), a readable one was wanted. "
                + "Check its permissions.", e);
        }

        if (files.Count == 0)
        {
            throw new FileFormatException($"Images \"{folder}\": {folders.Length} folders without a PNG file are there, one with "
                + "PNG files for each class was wanted. Check the path, and that the files end in .png.");
        }

        Shape first = Png.ReadShape(files[0]);
        foreach (string file in files) CheckShape(file, Png.ReadShape(file), first, files[0]);
        return new ImageFolderDataset([.. files], [.. classes], [.. folders.Select(path => Path.GetFileName(path))], first);
    }

    /// <inheritdoc/>
    protected internal override void Read(ReadOnlySpan<int> samples, Tensor features, Tensor? labels)
    {
        for (int i = 0; i < samples.Length; i++)
        {
            GatherScaled([0], Image(samples[i]), Part(features, i, 1).AsWritableSpan<float>());
            if (labels is not null) labels.AsWritableSpan<int>()[i] = classes[samples[i]];
        }
    }

    /// <summary>All images as bytes.</summary>
    private protected override (Tensor Features, Tensor? Labels) Collect()
    {
        Tensor images = Tensor.EmptyFree(FeatureShape.Insert(0, Count), DType.UInt8);
        for (int i = 0; i < Count; i++) Image(i).Bytes().CopyTo(Part(images, i, 1).Bytes());
        return (images, Tensor.Wrap(classes, [Count]));
    }

    private static bool IsPng(string file) => Path.GetExtension(file).Equals(".png", StringComparison.OrdinalIgnoreCase);

    private static void CheckShape(string file, Shape came, Shape wanted, string first)
    {
        if (came == wanted) return;
        throw new FileFormatException($"Images \"{file}\": an image of shape {came} came, {wanted} as of \"{first}\" was wanted. "
            + "Bring all images to one size and one number of channels.");
    }

    private Tensor Image(int sample)
    {
        Tensor image = Png.Load(Files[sample]);
        CheckShape(Files[sample], image.Shape, FeatureShape, Files[0]);
        return image;
    }
}
