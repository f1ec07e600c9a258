using System.Buffers;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Engine;

/// <summary>The memory behind one or more tensors: pooled, garbage-collected or the caller's own.</summary>
internal sealed class Storage
{
    /// <summary>Where memory begins on a cache line, so that wide registers do not straddle two.</summary>
    public const int Alignment = 64;

    // An allocation this large would go to the large object heap anyway; pinned, it can start on a cache line.
    private const int PinnedFrom = 64 * 1024;

    private static readonly Lock Filling = new();

    private Array? array;
    private nint byteOffset;
    private bool pooled;

    // The caller's memory, or what fills the array when it is asked for.
    private object? source;

    private Storage(Array? array, nint byteOffset, int byteLength, bool pooled, PinnedMemory? foreign = null)
    {
        this.array = array;
        this.byteOffset = byteOffset;
        this.pooled = pooled;
        source = foreign;
        ByteLength = byteLength;
    }

    public int ByteLength { get; }

    /// <summary>Grows with every change of the contents that is made through a writable span or an assignment.</summary>
    public int Version { get; set; }

    /// <summary>How many gradients in flight hold this memory; see <see cref="GradientTape"/>.</summary>
    public int GradientHolds { get; set; }

    /// <summary>Made while a gradient was taken, so it may go back to the pool as soon as nothing in flight holds it.</summary>
    public bool Transient { get; set; }

    public bool IsAlive => array is not null || source is not null;

    /// <summary>Whether the contents are known but nobody asked for them yet, so that they take no memory.</summary>
    public bool IsPending => source is SpanAction<byte, Storage>;

    /// <summary>Memory from the pool, owned by the scope.</summary>
    public static Storage Rent(int byteLength, TensorScope scope)
    {
        (byte[] buffer, nint start) = Aligned(BufferPool.Rent(byteLength));
        var storage = new Storage(buffer, start, byteLength, pooled: true);
        scope.Own(storage);
        return storage;
    }

    /// <summary>Memory that is taken, from the pool where a scope owns it, and filled when somebody reads or writes it.</summary>
    public static Storage Pending(int byteLength, TensorScope? scope, SpanAction<byte, Storage> fill)
    {
        var storage = new Storage(null, 0, byteLength, pooled: scope is not null) { source = fill };
        scope?.Own(storage);
        return storage;
    }

    /// <summary>Garbage-collected memory that no scope owns.</summary>
    public static Storage Free(int byteLength)
    {
        (byte[] buffer, nint start) = Allocate(byteLength);
        return new Storage(buffer, start, byteLength, pooled: false);
    }

    /// <summary>The caller's memory, shared.</summary>
    public static Storage Wrap<T>(Memory<T> memory)
        where T : unmanaged
    {
        int byteLength = checked(memory.Length * Unsafe.SizeOf<T>());
        if (MemoryMarshal.TryGetArray((ReadOnlyMemory<T>)memory, out ArraySegment<T> segment) && segment.Array is { } own)
            return new Storage(own, (nint)segment.Offset * Unsafe.SizeOf<T>(), byteLength, pooled: false);
        return new Storage(null, 0, byteLength, pooled: false, new PinnedMemory(memory.Pin()));
    }

    public unsafe Span<T> Span<T>(int offset, int length)
        where T : unmanaged
    {
        // Read before the offset, which another thread may have set just before it.
        if (Volatile.Read(ref array) is byte[] bytes)
            return MemoryMarshal.CreateSpan(ref Unsafe.Add(ref Unsafe.As<byte, T>(ref Unsafe.AddByteOffset(ref MemoryMarshal.GetArrayDataReference(bytes), byteOffset)), offset), length);
        if (array is not null)
            return MemoryMarshal.CreateSpan(ref Unsafe.Add(ref Unsafe.As<byte, T>(ref Unsafe.AddByteOffset(ref MemoryMarshal.GetArrayDataReference(array), byteOffset)), offset), length);
        if (source is PinnedMemory foreign) return new Span<T>((T*)foreign.Pointer + offset, length);
        if (source is null && array is null) throw Dead();
        Materialize();
        return Span<T>(offset, length);
    }

    /// <summary>The memory as Memory&lt;T&gt; where it is an array of that very type.</summary>
    public bool TryGetMemory<T>(int offset, int length, out Memory<T> memory)
        where T : unmanaged
    {
        if (array is T[] own && byteOffset % Unsafe.SizeOf<T>() == 0)
        {
            memory = own.AsMemory((int)(byteOffset / Unsafe.SizeOf<T>()) + offset, length);
            return true;
        }
        memory = default;
        return false;
    }

    /// <summary>Gives pooled memory back; the tensors on it are dead from now on.</summary>
    public void Release()
    {
        if (!pooled) return;
        source = null;
        if (array is not byte[] buffer) return;
        pooled = false;
        array = null;
        BufferPool.Return(buffer);
    }

    // Several threads may read one tensor: whoever comes second finds the contents.
    private void Materialize()
    {
        lock (Filling)
        {
            if (source is not SpanAction<byte, Storage> contents) return;
            (byte[] buffer, nint start) = pooled ? Aligned(BufferPool.Rent(ByteLength)) : Allocate(ByteLength);
            contents(buffer.AsSpan((int)start, ByteLength), this);
            byteOffset = start;
            Volatile.Write(ref array, buffer);
            source = null;
        }
    }

    private static TapeException Dead() => Fail.Tape(
        "Tensor",
        "this tensor was made inside a GradientTape or TensorScope block that has ended, and its memory was given back",
        "use it inside the block (take gradients there too, unlike in Keras), or keep a copy with Detach()");

    private static (byte[] Buffer, nint Start) Allocate(int byteLength) => byteLength < PinnedFrom
        ? (GC.AllocateUninitializedArray<byte>(byteLength), 0)
        : Aligned(GC.AllocateUninitializedArray<byte>(checked(byteLength + Alignment), pinned: true));

    private static unsafe (byte[] Buffer, nint Start) Aligned(byte[] pinned)
    {
        nint address = (nint)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(pinned));
        return (pinned, (Alignment - address % Alignment) % Alignment);
    }

    /// <summary>Keeps memory that is no array (a native or mapped block) pinned for as long as a tensor uses it.</summary>
    private sealed unsafe class PinnedMemory(MemoryHandle handle)
    {
        private MemoryHandle handle = handle;

        public void* Pointer { get; } = handle.Pointer;

        ~PinnedMemory() => handle.Dispose();
    }
}
