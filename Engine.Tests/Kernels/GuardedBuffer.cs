using System.Numerics;
using System.Runtime.InteropServices;

namespace Engine.Tests.Kernels;

/// <summary>Native memory between margins of NaN: a kernel that reads them spoils its results, one that writes them is found out.</summary>
internal sealed unsafe class GuardedBuffer<T> : IDisposable
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private const int Margin = 160;
    private readonly T* memory;
    private readonly int length;

    /// <summary>Fills the buffer with values in [−1, 1) that depend on the seed.</summary>
    /// <param name="length">Elements.</param>
    /// <param name="seed">Of the values.</param>
    /// <param name="poisonGapsOf">Only every such element gets a value, the others are NaN.</param>
    public GuardedBuffer(int length, int seed, int poisonGapsOf = 1)
    {
        this.length = length;
        memory = (T*)NativeMemory.AlignedAlloc((nuint)((length + (2 * Margin)) * sizeof(T)), 64);
        new Span<T>(memory, length + (2 * Margin)).Fill(T.NaN);
        // One element past the alignment: kernels must not count on it.
        Pointer = memory + Margin + 1;
        uint state = (uint)seed * 2654435761u;
        for (int i = 0; i < length; i += poisonGapsOf)
        {
            state = (state * 1664525u) + 1013904223u;
            Pointer[i] = T.CreateChecked((state >> 8) / 8388608.0) - T.One;
        }
    }

    /// <summary>The first element.</summary>
    public T* Pointer { get; }

    /// <summary>The elements between the margins.</summary>
    public Span<T> Span => new(Pointer, length);

    /// <summary>Fails if something was written outside.</summary>
    public void AssertMarginsUntouched()
    {
        for (int i = 0; i < Margin - 1; i++)
        {
            Assert.That(T.IsNaN(Pointer[length + i]) && T.IsNaN(Pointer[-1 - i]), Is.True, $"margin written at distance {i}");
        }
    }

    /// <inheritdoc/>
    public void Dispose() => NativeMemory.AlignedFree(memory);
}
