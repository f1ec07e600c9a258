using System.Runtime.CompilerServices;

namespace Engine.Kernels;

/// <summary>What a thread's scratch memory is used for; buffers of different uses may be held at once.</summary>
internal enum ScratchUse
{
    /// <summary>Panels of the right operand.</summary>
    PackedB,

    /// <summary>Panels of the left operand.</summary>
    PackedA,

    /// <summary>Tiles that stick out of the result, and the bias under them.</summary>
    EdgeTile,

    /// <summary>Pointers to the rows that a tile reads.</summary>
    RowPointers,

    /// <summary>Partial sums, and other things that one call shares among its chunks; held by the calling thread.</summary>
    Shared,

    /// <summary>Packed kernels of a convolution; held by the calling thread.</summary>
    SharedKernel,

    /// <summary>Image rows with their padding.</summary>
    Band,

    /// <summary>Segments of columns, held by the calling thread; or where the pixels of a block of tiles lie.</summary>
    Segments,

    /// <summary>Segments of rows, of a chunk.</summary>
    RowSegments,

    /// <summary>Rows of a convolution's gradient where its ReLU let them through.</summary>
    MaskedRows,

    /// <summary>Pieces of an image, transformed, and their products.</summary>
    Pieces,

    /// <summary>A recurrent step's states, products and gradients, of a chunk.</summary>
    Recurrent,
}

/// <summary>Scratch memory that kernels reuse from call to call: a thread's own, aligned to cache lines, pinned, grown on demand.</summary>
/// <remarks>The content is whatever the last user left. A buffer is valid until the same thread asks for the same use again.</remarks>
internal static unsafe class GemmScratch
{
    private const int Alignment = 64;

    [ThreadStatic]
    private static Buffers? own;

    /// <summary>At least <paramref name="count"/> elements, the first at a multiple of 64 bytes.</summary>
    public static T* Rent<T>(ScratchUse use, nint count)
        where T : unmanaged
        => (T*)(own ??= new Buffers()).Rent((int)use, checked(count * sizeof(T)));

    /// <summary>As <see cref="Rent"/>, for pointers.</summary>
    public static T** RentPointers<T>(ScratchUse use, nint count)
        where T : unmanaged
        => (T**)Rent<nint>(use, count);

    private sealed class Buffers
    {
        private static readonly int Uses = Enum.GetValues<ScratchUse>().Length;
        private readonly byte[]?[] arrays = new byte[Uses][];
        private readonly nint[] starts = new nint[Uses];
        private readonly nint[] sizes = new nint[Uses];

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public byte* Rent(int use, nint bytes)
        {
            if (bytes > sizes[use])
            {
                Grow(use, bytes);
            }

            return (byte*)starts[use];
        }

        private void Grow(int use, nint bytes)
        {
            // Half as much again, so that slowly growing shapes do not allocate at every step.
            nint size = Math.Max(bytes, sizes[use] + (sizes[use] / 2));
            if (size > Array.MaxLength - Alignment)
            {
                size = bytes;
            }

            byte[] array = GC.AllocateUninitializedArray<byte>(checked((int)(size + Alignment)), pinned: true);
            arrays[use] = array;
            starts[use] = ((nint)Unsafe.AsPointer(ref array[0]) + Alignment - 1) & -Alignment;
            sizes[use] = size;
        }
    }
}
