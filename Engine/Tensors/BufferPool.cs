using System.Numerics;

namespace Engine;

/// <summary>Pinned buffers for the tensors of a step, handed out and taken back without the garbage collector.</summary>
/// <remarks>
/// Buffers come in size classes of a quarter of a power of two, so at most a fifth of a new one is unused. Where its class has none, a free
/// buffer of up to twice the class's size serves as well. A buffer that no step needed between two full collections is dropped, so a
/// program that turns to smaller work gives its memory back.
/// </remarks>
internal static class BufferPool
{
    private const int SmallestBits = 8;

    // A class and the four behind it: from a size to its double.
    private const int SharedClasses = 5;

    private static readonly Class[] Classes = new Class[4 * (32 - SmallestBits)];

    static BufferPool()
    {
        for (int i = 0; i < Classes.Length; i++) Classes[i] = new Class();
        _ = new CollectionWatcher();
    }

    /// <summary>A buffer that holds the bytes wherever they are aligned in it; its contents are arbitrary.</summary>
    public static byte[] Rent(int byteLength)
    {
        long wanted = Math.Max((long)byteLength + Storage.Alignment, 1L << SmallestBits);
        int index = IndexOf(wanted, out long capacity);
        // A buffer up to twice as large will do: batches of many lengths then share theirs instead of keeping a set for each length.
        for (int larger = index; larger < Math.Min(index + SharedClasses, Classes.Length); larger++)
        {
            if (Classes[larger].Take() is { } buffer) return buffer;
        }

        // The largest class ends where arrays do.
        return GC.AllocateUninitializedArray<byte>((int)Math.Min(capacity, Array.MaxLength), pinned: true);
    }

    public static void Return(byte[] buffer) => Classes[IndexOf(buffer.Length, out _)].Put(buffer);

    /// <summary>The class whose buffers hold this many bytes, and their size: (4 + quarter) · 2^(bits − 2).</summary>
    private static int IndexOf(long bytes, out long capacity)
    {
        int bits = BitOperations.Log2((ulong)bytes);
        long quarterSize = 1L << (bits - 2);
        int quarters = (int)((bytes - (1L << bits) + quarterSize - 1) / quarterSize);
        capacity = (1L << bits) + quarters * quarterSize;
        return 4 * (bits - SmallestBits) + quarters;
    }

    private static void Trim()
    {
        foreach (Class sizeClass in Classes) sizeClass.Trim();
    }

    private sealed class Class
    {
        private readonly Stack<byte[]> free = new();
        private int leastFree;

        public byte[]? Take()
        {
            lock (free)
            {
                if (!free.TryPop(out byte[]? buffer)) return null;
                leastFree = Math.Min(leastFree, free.Count);
                return buffer;
            }
        }

        public void Put(byte[] buffer)
        {
            lock (free) free.Push(buffer);
        }

        /// <summary>Drops the buffers that lay unused since the last call.</summary>
        public void Trim()
        {
            // Runs on the finalizer thread: it must not wait for a thread that the collector suspended inside the lock for long.
            if (!Monitor.TryEnter(free)) return;
            try
            {
                for (; leastFree > 0 && free.Count > 0; leastFree--) free.Pop();
                leastFree = free.Count;
            }
            finally
            {
                Monitor.Exit(free);
            }
        }
    }

    /// <summary>An object nobody holds: its finalizer runs after each full collection, and it comes back to life each time.</summary>
    private sealed class CollectionWatcher
    {
        private int seen = GC.CollectionCount(2);

        ~CollectionWatcher()
        {
            if (GC.CollectionCount(2) != seen)
            {
                seen = GC.CollectionCount(2);
                Trim();
            }
            if (!Environment.HasShutdownStarted) GC.ReRegisterForFinalize(this);
        }
    }
}
