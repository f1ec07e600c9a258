using System.Buffers.Binary;

namespace Engine.Formats;

/// <content>Pictures in a row, as animated PNG.</content>
public static partial class Png
{
    /// <summary>Writes pictures of one size as an animated PNG, which plays again and again; what knows no animation shows the
    /// first.</summary>
    /// <remarks>Chunks acTL, fcTL and fdAT. Source: W3C, "Portable Network Graphics (PNG) Specification (Third Edition)", sections 11.3.6 and
    /// 12.</remarks>
    /// <param name="path">The file to create or replace, atomically.</param>
    /// <param name="frames">The pictures, each height × width × channels bytes, row by row; at least one.</param>
    /// <param name="height">The number of rows, at least 1.</param>
    /// <param name="width">The number of columns, at least 1.</param>
    /// <param name="channels">1 for grey, 3 for red, green, blue.</param>
    /// <param name="milliseconds">How long each picture is shown, 1 to 65535; the last one four times as long.</param>
    /// <exception cref="ShapeException">The sizes are out of range or do not fit the number of bytes, or there are no pictures.</exception>
    /// <exception cref="ValueException">The time is out of range.</exception>
    public static void WriteAnimation(
        string path, IReadOnlyList<ReadOnlyMemory<byte>> frames, int height, int width, int channels = 1, int milliseconds = 250)
    {
        ArgumentNullException.ThrowIfNull(frames);
        if (milliseconds is < 1 or > ushort.MaxValue)
            throw Fail.Value($"PNG \"{path}\"", $"milliseconds is {milliseconds}", $"give 1 to {ushort.MaxValue}");
        if (frames.Count == 0) throw Fail.Shape($"PNG \"{path}\"", "an animation without pictures", "give at least one");
        foreach (ReadOnlyMemory<byte> frame in frames) RequireSizes(path, frame.Length, height, width, channels);
        FormatFile.WriteAtomically(path, stream => EncodeAnimation(stream, frames, height, width, channels, milliseconds));
    }

    private static void EncodeAnimation(
        Stream stream, IReadOnlyList<ReadOnlyMemory<byte>> frames, int height, int width, int channels, int milliseconds)
    {
        WriteHeader(stream, height, width, channels);
        Span<byte> control = stackalloc byte[8];
        BinaryPrimitives.WriteInt32BigEndian(control, frames.Count);
        // 0 plays: for ever.
        BinaryPrimitives.WriteInt32BigEndian(control[4..], 0);
        WriteChunk(stream, "acTL"u8, control);
        Span<byte> frameControl = stackalloc byte[26];
        int sequence = 0;
        for (int i = 0; i < frames.Count; i++)
        {
            frameControl.Clear();
            BinaryPrimitives.WriteInt32BigEndian(frameControl, sequence++);
            BinaryPrimitives.WriteInt32BigEndian(frameControl[4..], width);
            BinaryPrimitives.WriteInt32BigEndian(frameControl[8..], height);
            int shown = Math.Min(ushort.MaxValue, i == frames.Count - 1 ? 4 * milliseconds : milliseconds);
            BinaryPrimitives.WriteUInt16BigEndian(frameControl[20..], (ushort)shown);
            BinaryPrimitives.WriteUInt16BigEndian(frameControl[22..], 1000);
            WriteChunk(stream, "fcTL"u8, frameControl);
            using var data = new MemoryStream();
            if (i > 0)
            {
                BinaryPrimitives.WriteInt32BigEndian(control, sequence++);
                data.Write(control[..4]);
            }

            Compress(data, frames[i].Span, height, width, channels);
            ReadOnlySpan<byte> bytes = data.GetBuffer().AsSpan(0, (int)data.Length);
            if (i == 0) WriteChunk(stream, "IDAT"u8, bytes);
            else WriteChunk(stream, "fdAT"u8, bytes);
        }

        WriteChunk(stream, "IEND"u8, []);
    }
}
