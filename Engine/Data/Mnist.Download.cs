using Engine.Formats;

namespace Engine.Data;

/// <content>Download.</content>
public static partial class Mnist
{
    /// <summary>Where <see cref="Download"/> looks unless the caller says otherwise: the copy that PyTorch's users share.</summary>
    public static readonly Uri DefaultBaseAddress = new("https://ossci-datasets.s3.amazonaws.com/mnist/");

    /// <summary>The four files with their lengths and SHA-256 sums, as published.</summary>
    private static readonly DownloadedFile[] PublishedFiles =
    [
        new("train-images-idx3-ubyte.gz", 9_912_422, "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609"),
        new("train-labels-idx1-ubyte.gz", 28_881, "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c"),
        new("t10k-images-idx3-ubyte.gz", 1_648_877, "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6"),
        new("t10k-labels-idx1-ubyte.gz", 4_542, "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6"),
    ];

    /// <summary>The published files, for tests.</summary>
    internal static IReadOnlyList<DownloadedFile> Published => PublishedFiles;

    /// <summary>Brings the four files into a folder, over HTTPS, and compares their SHA-256 sums with the published ones.</summary>
    /// <remarks>
    /// A file that is there already, whole and sound, is not asked for again. What an interrupted transfer brought stays in
    /// <c>NAME.part</c>, and the next call goes on where it ended, if the server can; a file gets its own name only when its sum is right.
    /// </remarks>
    /// <param name="folder">The folder, created where it is missing; <see cref="Load"/> reads it.</param>
    /// <param name="baseAddress">Where the files lie; <see cref="DefaultBaseAddress"/> when null. HTTPS, or HTTP on this very
    /// machine.</param>
    /// <param name="cancellationToken">Ends the transfer early; what came so far stays for the next call.</param>
    /// <exception cref="FileFormatException">A file cannot be had, its sum is wrong, or the folder cannot be written.</exception>
    /// <exception cref="ValueException">The address is neither HTTPS nor on this machine.</exception>
    /// <exception cref="OperationCanceledException">The caller ended the transfer.</exception>
    public static void Download(string folder, Uri? baseAddress = null, CancellationToken cancellationToken = default) =>
        Downloader.Fetch("MNIST", folder, baseAddress ?? DefaultBaseAddress, PublishedFiles, cancellationToken);
}
