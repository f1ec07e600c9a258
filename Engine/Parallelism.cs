using Engine.Kernels;

namespace Engine;

/// <summary>How many threads the kernels may use.</summary>
/// <remarks>
/// Work is cut by the shapes of its operands alone, never by the number of threads, so the same program gives the same bits with any
/// setting.
/// </remarks>
public static class Parallelism
{
    /// <summary>Bits in the vector registers that the kernels use: 512, 256 or 128, and 0 for none. Results of different widths differ in
    /// their last bits.</summary>
    public static int VectorBits => SimdWidth.Current;

    /// <summary>The most threads that one kernel uses, the calling one included. Default: the processors that the process may run
    /// on.</summary>
    /// <remarks>May be changed at any time; work under way keeps the threads that it has.</remarks>
    /// <exception cref="ValueException">The value is below 1.</exception>
    public static int MaxThreads
    {
        get => WorkerTeam.Size;
        set
        {
            if (value < 1)
            {
                throw new ValueException($"Parallelism.MaxThreads: got {value}, wanted at least 1; 1 runs everything on the calling thread.");
            }

            WorkerTeam.Size = value;
        }
    }
}
