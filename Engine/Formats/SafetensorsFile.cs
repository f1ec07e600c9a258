using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Engine.Formats;

/// <summary>An open safetensors file: named tensors behind a JSON header. The header is read at once, data only when asked for.</summary>
/// <remarks>
/// <para>Layout: the header's length (unsigned 64-bit, little-endian), the header (JSON, may be padded with spaces), the data in row-major
/// order, little-endian. The header maps each name to <c>{"dtype", "shape", "data_offsets": [begin, end]}</c>, and
/// <c>"__metadata__"</c> to a map from strings to strings. The data cover the rest of the file without overlap and without holes.</para>
/// <para>Types: F32, F64, I32, I64, U8, BOOL; F16 and BF16 are widened to <see cref="DType.Float32"/> as they are read.
/// Nothing in a file is believed before it is checked, so a hostile one costs no more memory than its own length.
/// Source: the safetensors project's "Format" description, https://github.com/huggingface/safetensors.</para>
/// </remarks>
public sealed class SafetensorsFile : IDisposable
{
    /// <summary>The longest header that is read or written: 100 MB, as in the format's reference implementation.</summary>
    public const long MaxHeaderBytes = 100_000_000;

    private readonly string path;
    private readonly FileStream file;
    private readonly long dataStart;
    private readonly Dictionary<string, SafetensorsEntry> byName;

    private SafetensorsFile(string path, FileStream file, long dataStart, SafetensorsHeader header)
    {
        (this.path, this.file, this.dataStart) = (path, file, dataStart);
        (Entries, Metadata) = (header.Entries, header.Metadata);
        byName = header.Entries.ToDictionary(entry => entry.Name, StringComparer.Ordinal);
    }

    /// <summary>The tensors in the order of their data.</summary>
    public IReadOnlyList<SafetensorsEntry> Entries { get; }

    /// <summary>The texts that travel with the tensors; empty when there are none.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; }

    /// <summary>Opens a file, reads its header and checks it against the file's length.</summary>
    /// <param name="path">The file.</param>
    /// <returns>The open file; dispose it to close it.</returns>
    /// <exception cref="FileFormatException">The file is missing, or breaks a rule of the format.</exception>
    public static SafetensorsFile Open(string path)
    {
        FileStream file = FormatFile.OpenRead("Safetensors", path);
        try
        {
            Span<byte> prefix = stackalloc byte[8];
            if (file.ReadAtLeast(prefix, 8, throwOnEndOfStream: false) < 8)
            {
                throw SafetensorsHeader.Bad(path, $"{file.Length} bytes are there", "at least the 8 bytes of the header's length");
            }

            ulong length = BinaryPrimitives.ReadUInt64LittleEndian(prefix);
            ulong most = (ulong)Math.Min(MaxHeaderBytes, file.Length - 8);
            if (length > most)
            {
                throw SafetensorsHeader.Bad(path, $"a header of {length} bytes is declared in a file of {file.Length}", $"at most {most}");
            }

            byte[] json = new byte[length];
            file.ReadExactly(json);
            long dataStart = 8 + json.Length;
            return new SafetensorsFile(path, file, dataStart, SafetensorsHeader.Parse(path, json, file.Length - dataStart));
        }
        catch (Exception e)
        {
            file.Dispose();
            if (e is IOException)
            {
                throw SafetensorsHeader.Bad(path, $"the header cannot be read ({e.Message})", "a readable file", e);
            }

            throw;
        }
    }

    /// <summary>Finds a tensor by its name.</summary>
    /// <param name="name">The name.</param>
    /// <returns>Its entry.</returns>
    /// <exception cref="FileFormatException">There is no tensor of that name.</exception>
    public SafetensorsEntry this[string name] => byName.TryGetValue(name, out SafetensorsEntry? entry)
        ? entry
        : throw new FileFormatException($"Safetensors \"{path}\": tensor \"{name}\" was asked for, the file has {Entries.Count}: "
            + $"{string.Join(", ", Entries.Take(8).Select(e => e.Name))}{(Entries.Count > 8 ? ", …" : "")}. "
            + "Check the name, or that the file belongs to this model.");

    /// <summary>Whether there is a tensor of that name.</summary>
    /// <param name="name">The name.</param>
    /// <returns>True when there is one.</returns>
    public bool Contains(string name) => byName.ContainsKey(name);

    /// <summary>Reads one tensor's elements.</summary>
    /// <param name="name">The tensor's name.</param>
    /// <param name="destination">Its elements in memory: <see cref="SafetensorsEntry.ByteLength"/> bytes.</param>
    /// <exception cref="FileFormatException">There is no such tensor, its data cannot be read, or a BOOL is neither 0 nor 1.</exception>
    /// <exception cref="ShapeException"><paramref name="destination"/> has another length.</exception>
    public void Read(string name, Span<byte> destination)
    {
        SafetensorsEntry entry = this[name];
        if (destination.Length != entry.ByteLength)
        {
            throw new ShapeException($"Safetensors \"{path}\": {destination.Length} bytes came for tensor \"{name}\", "
                + $"{entry.ByteLength} were wanted "
                + $"(shape {FormatFile.Show(entry.Shape)} of {entry.DType}). Give a span of exactly that length.");
        }

        // Half-width types are read into the upper half of the destination and widened from its front, in place.
        Span<byte> stored = destination[^(int)entry.StoredLength..];
        try
        {
            file.Position = dataStart + entry.Begin;
            file.ReadExactly(stored);
        }
        catch (IOException e)
        {
            throw SafetensorsHeader.Bad(path, $"the data of tensor \"{name}\" cannot be read ({e.Message})",
                $"{entry.StoredLength} bytes", e);
        }

        if (entry.StoredType == "F16")
        {
            Widen<Half>(stored, destination, half => (float)half);
        }
        else if (entry.StoredType == "BF16")
        {
            Widen<ushort>(stored, destination, bits => BitConverter.UInt32BitsToSingle((uint)bits << 16));
        }
        else if (entry.DType == DType.Bool && stored.IndexOfAnyExcept((byte)0, (byte)1) is >= 0 and int index)
        {
            throw SafetensorsHeader.Bad(path, $"BOOL element {index} of tensor \"{name}\" is {stored[index]}", "0 or 1");
        }
    }

    /// <summary>Reads one tensor, into memory that no scope owns.</summary>
    /// <param name="name">The tensor's name.</param>
    /// <returns>The tensor.</returns>
    /// <exception cref="FileFormatException">There is no such tensor, its data cannot be read, or a BOOL is neither 0 nor 1.</exception>
    /// <exception cref="ShapeException">The tensor is larger than a <see cref="Tensor"/> can be, 2³¹ bytes.</exception>
    public Tensor Read(string name)
    {
        SafetensorsEntry entry = this[name];
        Tensor tensor = Tensor.EmptyFree(Shape.Create([.. entry.Shape]), entry.DType);
        Read(name, tensor.Bytes());
        return tensor;
    }

    /// <summary>Reads all tensors of a file; its metadata are in <see cref="Metadata"/> of an opened one.</summary>
    /// <param name="path">The file.</param>
    /// <returns>The tensors by name, in memory that no scope owns.</returns>
    /// <exception cref="FileFormatException">The file is missing, or breaks a rule of the format.</exception>
    public static Dictionary<string, Tensor> Load(string path)
    {
        using SafetensorsFile file = Open(path);
        return file.Entries.ToDictionary(entry => entry.Name, entry => file.Read(entry.Name), StringComparer.Ordinal);
    }

    /// <summary>Writes a file atomically: whatever goes wrong, a file that was there before stays as it was.</summary>
    /// <remarks>Data lie by falling element size, else in the given order, and begin at a multiple of 8: all are aligned.</remarks>
    /// <param name="path">The file to create or replace.</param>
    /// <param name="items">The tensors, with distinct names.</param>
    /// <param name="metadata">Texts to store with them; none when null.</param>
    /// <exception cref="ValueException">Two tensors have one name, or a name is "__metadata__".</exception>
    /// <exception cref="ShapeException">An item's data have another length than its shape says.</exception>
    public static void Write(string path, IReadOnlyList<SafetensorsItem> items, IReadOnlyDictionary<string, string>? metadata = null)
    {
        SafetensorsItem[] ordered = [.. items.OrderByDescending(item => item.DType.Size())];
        byte[] header = SafetensorsHeader.Format(path, ordered, metadata);
        FormatFile.WriteAtomically(path, stream =>
        {
            Span<byte> prefix = stackalloc byte[8];
            BinaryPrimitives.WriteInt64LittleEndian(prefix, header.Length);
            stream.Write(prefix);
            stream.Write(header);
            foreach (SafetensorsItem item in ordered)
            {
                long begin = stream.Position;
                item.WriteData(stream);
                long written = stream.Position - begin;
                if (written != item.ByteLength)
                {
                    throw new ShapeException($"Safetensors \"{path}\": {written} bytes came for tensor \"{item.Name}\", "
                        + $"{item.ByteLength} were wanted "
                        + $"(shape {FormatFile.Show(item.Shape)} of {item.DType}). Write exactly the elements of the shape.");
                }
            }
        });
    }

    /// <summary>Closes the file.</summary>
    public void Dispose() => file.Dispose();

    private static void Widen<T>(ReadOnlySpan<byte> stored, Span<byte> destination, Func<T, float> convert)
        where T : unmanaged
    {
        ReadOnlySpan<T> source = MemoryMarshal.Cast<byte, T>(stored);
        Span<float> wide = MemoryMarshal.Cast<byte, float>(destination);
        for (int i = 0; i < wide.Length; i++) wide[i] = convert(source[i]);
    }
}
