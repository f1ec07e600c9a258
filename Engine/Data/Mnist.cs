using Engine.Formats;

namespace Engine.Data;

/// <summary>The MNIST digits: 60,000 images of 28 × 28 grey bytes to train on and 10,000 to test with, from their four IDX files.</summary>
/// <remarks>
/// Source: Y. LeCun, L. Bottou, Y. Bengio, P. Haffner, "Gradient-based learning applied to document recognition", 1998.
/// A folder may hold any numbers of images in these files; their sizes, counts and labels are checked before use.
/// </remarks>
public static partial class Mnist
{
    /// <summary>The side of an image in pixels: 28.</summary>
    public const int Side = 28;

    private const string Remedy = "Put the four MNIST files there: "
        + "train-images-idx3-ubyte, train-labels-idx1-ubyte, t10k-images-idx3-ubyte and "
        + "t10k-labels-idx1-ubyte, as they are or with .gz.";

    /// <summary>Reads the four files of a folder.</summary>
    /// <param name="folder">The folder with the files, as they are or with <c>.gz</c>.</param>
    /// <returns>Images to train on and to test with: features [count, 28, 28, 1] of bytes, which a batch scales to [0, 1]; labels [count]
    /// of Int32.</returns>
    /// <exception cref="FileFormatException">The folder or a file is missing, or a file is not what it should be.</exception>
    public static (Dataset Train, Dataset Test) Load(string folder)
    {
        ((byte[] Images, byte[] Labels) train, (byte[] Images, byte[] Labels) test) = Read(folder);
        return (AsDataset(train.Images, train.Labels), AsDataset(test.Images, test.Labels));
    }

    /// <summary>Digits of 28 × 28 grey bytes with one channel, and their labels.</summary>
    internal static Dataset AsDataset(byte[] images, byte[] labels) =>
        new(Tensor.Wrap(images, [labels.Length, Side, Side, 1]), Tensor.From<byte>(labels).Cast(DType.Int32).Detach());

    /// <summary>Reads the four files of a folder.</summary>
    /// <param name="folder">The folder.</param>
    /// <returns>The two parts: images, row by row, and labels from 0 to 9.</returns>
    /// <exception cref="FileFormatException">The folder or a file is missing, or a file is not what it should be.</exception>
    internal static ((byte[] Images, byte[] Labels) Train, (byte[] Images, byte[] Labels) Test) Read(string folder)
    {
        if (!Directory.Exists(folder))
        {
            throw new FileFormatException($"MNIST \"{folder}\": there is no such folder, one with the data set was wanted. {Remedy}");
        }

        // All that is cheap to check comes before the first image is read.
        (string trainImages, string trainLabels) = Checked(folder, "train");
        (string testImages, string testLabels) = Checked(folder, "t10k");
        return (ReadPart(trainImages, trainLabels), ReadPart(testImages, testLabels));
    }

    private static (string Images, string Labels) Checked(string folder, string part)
    {
        (string images, string labels) = (Find(folder, $"{part}-images-idx3-ubyte"), Find(folder, $"{part}-labels-idx1-ubyte"));
        (IdxHeader imageHeader, IdxHeader labelHeader) = (Idx.ReadHeader(images), Idx.ReadHeader(labels));
        if (imageHeader.DType != DType.UInt8 || imageHeader.Dimensions is not [_, Side, Side])
        {
            throw Bad(images, $"{imageHeader.DType} of shape {FormatFile.Show(imageHeader.Dimensions)} came",
                "bytes of shape [count, 28, 28] were");
        }

        int count = imageHeader.Dimensions[0];
        if (labelHeader.DType != DType.UInt8 || labelHeader.Dimensions is not [var labelCount] || labelCount != count)
        {
            throw Bad(labels, $"{labelHeader.DType} of shape {FormatFile.Show(labelHeader.Dimensions)} came",
                $"bytes of shape [{count}], one for each image, were");
        }

        return (images, labels);
    }

    private static (byte[] Images, byte[] Labels) ReadPart(string images, string labels)
    {
        byte[] digits = (byte[])Idx.ReadArray(labels).Values;
        int wrong = digits.AsSpan().IndexOfAnyExceptInRange((byte)0, (byte)9);
        if (wrong >= 0) throw Bad(labels, $"label {wrong} is {digits[wrong]}", "0 to 9 was");
        return ((byte[])Idx.ReadArray(images).Values, digits);
    }

    private static string Find(string folder, string name)
    {
        string plain = Path.Combine(folder, name);
        if (File.Exists(plain)) return plain;
        return File.Exists(plain + ".gz")
            ? plain + ".gz"
            : throw new FileFormatException($"MNIST \"{folder}\": {name} is missing, that file or {name}.gz was wanted. {Remedy}");
    }

    private static FileFormatException Bad(string path, string came, string wanted) =>
        new($"MNIST \"{path}\": {came}, {wanted} wanted. {Remedy}");
}
