namespace Engine.Kernels;

/// <summary>Work on a range of elements or rows that any split of the range does with the same result.</summary>
internal interface IRangeJob
{
    /// <summary>Does the elements from <paramref name="start"/> up to, not including, <paramref name="end"/>.</summary>
    void Run(nint start, nint end);
}

/// <summary>Splits ranges over the worker team in chunks whose bounds follow from the length alone.</summary>
internal static class ElementwiseChunks
{
    /// <summary>Elements in a chunk: some microseconds of work, well above the cost of handing it out.</summary>
    public const int Size = 16 * 1024;

    /// <summary>Runs the job over [0, length) in chunks of <paramref name="chunk"/>; a single chunk runs on the calling thread.</summary>
    public static void Run<TJob>(TJob job, nint length, nint chunk)
        where TJob : struct, IRangeJob
    {
        if (length > chunk) WorkerTeam.Run(new Chunks<TJob>(job, length, chunk), (int)((length + chunk - 1) / chunk));
        else if (length > 0) job.Run(0, length);
    }

    private readonly struct Chunks<TJob>(TJob job, nint length, nint chunk) : IChunkJob
        where TJob : struct, IRangeJob
    {
        public void Run(int index) => job.Run(index * chunk, Math.Min((index + 1) * chunk, length));
    }
}
