namespace Engine.Formats;

/// <summary>How every format opens and replaces files: errors that name the file, and writes that happen whole or not at all.</summary>
internal static class FormatFile
{
    /// <summary>Opens a file for reading.</summary>
    /// <param name="format">The format's name, as messages begin with it.</param>
    /// <param name="path">The file.</param>
    /// <returns>The open file, seekable, unbuffered: reads go straight to the caller's spans.</returns>
    /// <exception cref="FileFormatException">There is no such file, or it cannot be opened.</exception>
    public static FileStream OpenRead(string format, string path)
    {
        try
        {
            FileStream file = new(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 1);
            if (file.CanSeek) return file;
            file.Dispose();
            throw new IOException("it is a pipe or a device");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            string came = e is FileNotFoundException or DirectoryNotFoundException ? "there is no such file" : e.Message;
            throw new FileFormatException($"{format} \"{path}\": {came}, a readable file was wanted. "
                + "Check the path and its permissions.", e);
        }
    }

    /// <summary>Writes a file atomically: into a temporary file beside it, flushed to the disk, then renamed over the target.</summary>
    /// <remarks>Whatever goes wrong before the rename, a file that was there stays as it was and the temporary file is removed.</remarks>
    /// <param name="path">The file to create or replace.</param>
    /// <param name="write">Writes the contents.</param>
    public static void WriteAtomically(string path, Action<Stream> write)
    {
        string target = Path.GetFullPath(path);
        string temporary = $"{target}.{Guid.NewGuid():N}.tmp";
        try
        {
            using (FileStream stream = new(temporary, FileMode.CreateNew, FileAccess.Write, FileShare.None, bufferSize: 1 << 16))
            {
                write(stream);
                stream.Flush(flushToDisk: true);
            }

            File.Move(temporary, target, overwrite: true);
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }
    }

    /// <summary>A shape as messages show it: [60000, 28, 28].</summary>
    /// <param name="dimensions">The dimensions.</param>
    /// <returns>The text.</returns>
    public static string Show(IEnumerable<int> dimensions) => $"[{string.Join(", ", dimensions)}]";
}
