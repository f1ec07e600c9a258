using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;

namespace Engine.Data;

/// <summary>A file to be had from a server.</summary>
/// <param name="Name">Its name, which is added to the base address.</param>
/// <param name="Length">Its length in bytes.</param>
/// <param name="Sha256">Its SHA-256 sum in hexadecimal digits.</param>
internal sealed record DownloadedFile(string Name, long Length, string Sha256);

/// <summary>Brings files of known length and checksum from a server: what was interrupted goes on, what is wrong is not kept.</summary>
internal static class Downloader
{
    private const int Tries = 3;

    /// <summary>How long a server may be silent.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    /// <summary>Brings all files that are not there yet.</summary>
    /// <param name="what">The name of the data set, as messages begin with it.</param>
    /// <param name="folder">Where the files go.</param>
    /// <param name="baseAddress">Where they come from.</param>
    /// <param name="files">The files.</param>
    /// <param name="cancellationToken">Ends the transfer early.</param>
    public static void Fetch(
        string what, string folder, Uri baseAddress, IReadOnlyList<DownloadedFile> files, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(folder);
        bool safe = baseAddress.IsAbsoluteUri
            && (baseAddress.Scheme == Uri.UriSchemeHttps || (baseAddress.Scheme == Uri.UriSchemeHttp && baseAddress.IsLoopback));
        if (!safe)
        {
            throw Fail.Value($"{what}.Download", $"base address {baseAddress}",
                "give one that begins with https://, or http:// on this machine");
        }

        Uri directory = baseAddress.AbsoluteUri.EndsWith('/') ? baseAddress : new Uri(baseAddress.AbsoluteUri + "/");
        try
        {
            Directory.CreateDirectory(folder);
            // Nothing here needs the caller's context: waiting for the transfer cannot lock up.
            Task.Run(() => FetchAll(what, folder, directory, files, cancellationToken), cancellationToken).GetAwaiter().GetResult();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new FileFormatException($"{what} \"{folder}\": the folder cannot be written ({e.Message}), a folder with room for "
                + $"{files.Sum(file => file.Length)} bytes was wanted. Check its path and permissions.", e);
        }
    }

    private static async Task FetchAll(
        string what, string folder, Uri directory, IReadOnlyList<DownloadedFile> files, CancellationToken cancellationToken)
    {
        using var client = new HttpClient { Timeout = Timeout.InfiniteTimeSpan };
        foreach (DownloadedFile file in files)
        {
            string target = Path.Combine(folder, file.Name), part = target + ".part";
            if (await IsSound(target, file, cancellationToken).ConfigureAwait(false)) continue;
            Uri address = new(directory, file.Name);
            await FetchPart(what, client, address, part, file, cancellationToken).ConfigureAwait(false);
            if (!await IsSound(part, file, cancellationToken).ConfigureAwait(false))
            {
                string sum = await Sum(part, cancellationToken).ConfigureAwait(false);
                string came = $"{new FileInfo(part).Length} bytes with the SHA-256 sum {sum}";
                File.Delete(part);
                throw new FileFormatException($"{what} \"{target}\": {address} gave {came}, {file.Length} bytes with {file.Sha256} were "
                    + "wanted. The file was not kept; try again, or name another base address.");
            }

            File.Move(part, target, overwrite: true);
        }
    }

    /// <summary>Brings one file, or what is lacking of it; tries again from where a transfer broke off.</summary>
    private static async Task FetchPart(
        string what, HttpClient client, Uri address, string part, DownloadedFile file, CancellationToken cancellationToken)
    {
        for (int attempt = 1; ; attempt++)
        {
            try
            {
                await Transfer(what, client, address, part, file, cancellationToken).ConfigureAwait(false);
                return;
            }
            catch (Exception e) when (IsBroken(e) && !cancellationToken.IsCancellationRequested)
            {
                if (attempt < Tries) continue;
                long there = File.Exists(part) ? new FileInfo(part).Length : 0;
                throw new FileFormatException($"{what} \"{part}\": {address} broke off after {there} bytes ({e.Message}), "
                    + $"{file.Length} bytes were wanted. Check the connection and call again: what is there is kept and not asked for again.", e);
            }
        }
    }

    /// <summary>A server or network that failed half-way, unlike a disk that did.</summary>
    private static bool IsBroken(Exception e) => e is HttpRequestException or OperationCanceledException;

    private static async Task Transfer(
        string what, HttpClient client, Uri address, string part, DownloadedFile file, CancellationToken cancellationToken)
    {
        long there = File.Exists(part) ? new FileInfo(part).Length : 0;
        if (there >= file.Length) there = 0;
        using var request = new HttpRequestMessage(HttpMethod.Get, address);
        if (there > 0) request.Headers.Range = new RangeHeaderValue(there, null);
        using var silence = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        silence.CancelAfter(Patience);
        using HttpResponseMessage response =
            await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, silence.Token).ConfigureAwait(false);
        if (response.StatusCode is not (HttpStatusCode.OK or HttpStatusCode.PartialContent))
        {
            throw new FileFormatException($"{what} \"{part}\": {address} answered {(int)response.StatusCode} {response.ReasonPhrase}, "
                + $"the file was wanted. Check the base address, or bring {file.Name} into the folder by hand.");
        }

        // A server that does not know ranges sends the whole file again.
        bool goesOn = there > 0 && response.StatusCode == HttpStatusCode.PartialContent
            && response.Content.Headers.ContentRange?.From == there;
        using var output = new FileStream(part, goesOn ? FileMode.Append : FileMode.Create, FileAccess.Write, FileShare.None);
        using Stream input = await response.Content.ReadAsStreamAsync(silence.Token).ConfigureAwait(false);
        byte[] buffer = new byte[1 << 16];
        long length = goesOn ? there : 0;
        while (true)
        {
            silence.CancelAfter(Patience);
            int count = await Receive(input, buffer, silence.Token).ConfigureAwait(false);
            if (count == 0) break;
            length += count;
            if (length > file.Length)
            {
                throw new FileFormatException($"{what} \"{part}\": {address} gives more than the {file.Length} bytes that were wanted. "
                    + "Check the base address.");
            }

            await output.WriteAsync(buffer.AsMemory(0, count), cancellationToken).ConfigureAwait(false);
        }

        if (length < file.Length) throw new HttpRequestException("the connection ended early");
    }

    /// <summary>Reads from the network, whose failures are told from the disk's by their type.</summary>
    private static async ValueTask<int> Receive(Stream input, byte[] buffer, CancellationToken cancellationToken)
    {
        try
        {
            return await input.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
        }
        catch (IOException e)
        {
            throw new HttpRequestException(e.Message, e);
        }
    }

    private static async Task<bool> IsSound(string path, DownloadedFile file, CancellationToken cancellationToken) =>
        File.Exists(path) && new FileInfo(path).Length == file.Length
        && string.Equals(await Sum(path, cancellationToken).ConfigureAwait(false), file.Sha256, StringComparison.OrdinalIgnoreCase);

    private static async Task<string> Sum(string path, CancellationToken cancellationToken)
    {
        using FileStream stream = File.OpenRead(path);
        return Convert.ToHexStringLower(await SHA256.HashDataAsync(stream, cancellationToken).ConfigureAwait(false));
    }
}
