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

    private Array? array;
    private readonly nint byteOffset;
    private readonly PinnedMemory? foreign;
    private bool pooled;

    private Storage(Array? array, nint byteOffset, int byteLength, bool pooled, PinnedMemory? foreign = null)
    {
        this.array = array;
        this.byteOffset = byteOffset;
        this.pooled = pooled;
        this.foreign = foreign;
        ByteLength = byteLength;
    }

    public int ByteLength { get; }

    /// <summary>Grows with every change of the contents that is made through a writable span or an assignment.</summary>
    public int Version { get; set; }

    /// <summary>How many gradients in flight hold this memory; see <see cref="GradientTape"/>.</summary>
    public int GradientHolds { get; set; }

    /// <summary>Made while a gradient was taken, so it may go back to the pool as soon as nothing in flight holds it.</summary>
    public bool Transient { get; set; }

    public bool IsAlive => array is not null || foreign is not null;

    /// <summary>Memory from the pool, owned by the scope.</summary>
    public static Storage Rent(int byteLength, TensorScope scope)
    {
        byte[] buffer = BufferPool.Rent(byteLength);
        var storage = new Storage(buffer, AlignedOffset(buffer), byteLength, pooled: true);
        scope.Own(storage);
        return storage;
    }

    /// <summary>Garbage-collected memory that no scope owns.</summary>
    public static Storage Free(int byteLength)
    {
        if (byteLength < PinnedFrom) return new Storage(GC.AllocateUninitializedArray<byte>(byteLength), 0, byteLength, pooled: false);
        byte[] buffer = GC.AllocateUninitializedArray<byte>(checked(byteLength + Alignment), pinned: true);
        return new Storage(buffer, AlignedOffset(buffer), byteLength, pooled: false);
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
        if (array is byte[] bytes)
            return MemoryMarshal.CreateSpan(ref Unsafe.Add(ref Unsafe.As<byte, T>(ref Unsafe.AddByteOffset(ref MemoryMarshal.GetArrayDataReference(bytes), byteOffset)), offset), length);
        if (array is not null)
            return MemoryMarshal.CreateSpan(ref Unsafe.Add(ref Unsafe.As<byte, T>(ref Unsafe.AddByteOffset(ref MemoryMarshal.GetArrayDataReference(array), byteOffset)), offset), length);
        if (foreign is not null) return new Span<T>((T*)foreign.Pointer + offset, length);
        throw Dead();
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
        if (!pooled || array is not byte[] buffer) return;
        pooled = false;
        array = null;
        BufferPool.Return(buffer);
    }

    private static TapeException Dead() => Fail.Tape(
        "Tensor",
        "this tensor was made inside a GradientTape or TensorScope block that has ended, and its memory was given back",
        "use it inside the block (take gradients there too, unlike in Keras), or keep a copy with Detach()");

    private static unsafe nint AlignedOffset(byte[] pinned)
    {
        nint address = (nint)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(pinned));
        return (Alignment - address % Alignment) % Alignment;
    }

    /// <summary>Keeps memory that is no array (a native or mapped block) pinned for as long as a tensor uses it.</summary>
    private sealed unsafe class PinnedMemory(MemoryHandle handle)
    {
        private MemoryHandle handle = handle;

        public void* Pointer { get; } = handle.Pointer;

        ~PinnedMemory() => handle.Dispose();
    }
}
