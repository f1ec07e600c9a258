using System.Globalization;
using System.Net;
using System.Text;
using Engine.Formats;

namespace Engine.Callbacks;

/// <summary>A page of HTML that needs no other file and no network.</summary>
internal static class HtmlPage
{
    /// <summary>Writes a page in one piece: who looks at it meanwhile sees the old one or the new one.</summary>
    /// <param name="where">Who writes, for the message of an error.</param>
    /// <param name="path">The file.</param>
    /// <param name="title">The title, as text.</param>
    /// <param name="body">What follows the title, as HTML.</param>
    /// <exception cref="FileFormatException">The file cannot be written.</exception>
    public static void Write(string where, string path, string title, StringBuilder body)
    {
        string shown = WebUtility.HtmlEncode(title);
        string head = string.Create(CultureInfo.InvariantCulture, $"""
            <!DOCTYPE html>
            <html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
            <title>{shown}</title><style>{HtmlStyle.Sheet}</style></head><body><main>
            <h1>{shown}</h1>

            """);
        byte[] page = Encoding.UTF8.GetBytes($"{head}{body}</main></body></html>\n");
        try
        {
            FormatFile.WriteAtomically(path, stream => stream.Write(page));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new FileFormatException(
                $"{where} \"{path}\": it cannot be written ({e.Message}). Check the folder and its permissions.", e);
        }
    }
}
