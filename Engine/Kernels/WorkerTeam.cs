using System.Runtime.CompilerServices;
using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;

namespace Engine.Kernels;

/// <summary>Work that is cut into numbered chunks, each independent of the others.</summary>
/// <remarks>
/// The number of chunks and what each one covers must follow from the operands' shapes alone. Then the bits of a result do not depend on
/// how many threads there are, nor on which of them takes which chunk.
/// </remarks>
internal interface IChunkJob
{
    /// <summary>Does one chunk.</summary>
    void Run(int chunk);
}

/// <summary>A persistent team of background threads that share the chunks of one job at a time with the thread that called.</summary>
/// <remarks>
/// Handing out a job costs a fraction of a microsecond and allocates nothing: the job stays on the caller's stack and the workers, who spin
/// for a moment after their last job, see a number change. A worker that has spun in vain parks, so an idle process uses no processor time.
/// The caller takes chunks too and never waits for a worker that has not yet begun: late workers find the gate closed and go back to waiting.
/// A job given while the team is busy (from another thread, or from inside a chunk) runs inline on the thread that gave it.
/// </remarks>
internal static unsafe class WorkerTeam
{
    // gate = epoch << 32 | Open | number of workers inside. A worker enters by adding one while the gate is open.
    private const long Open = 1L << 31;
    private const long InsideMask = Open - 1;

    // About a tenth of a millisecond: longer than the gap between two kernels of a training step, too short to be seen as load.
    private const int SpinsBeforeParking = 2500;

    private static readonly Lock Growth = new();
    private static Worker[] workers = [];
    private static int size = Math.Max(1, Environment.ProcessorCount);
    private static int busy;
    private static ExceptionDispatchInfo? failure;
    private static void* job;
    private static delegate*<void*, int, void> runChunk;
    private static int chunkCount;
    private static Shared shared;

    /// <summary>Threads that share a job, the calling one included.</summary>
    public static int Size
    {
        get => Volatile.Read(ref size);
        set => Volatile.Write(ref size, value);
    }

    /// <summary>Runs every chunk from 0 to <paramref name="chunks"/> − 1 and returns when all are done.</summary>
    /// <remarks>The first exception that a chunk throws reaches the caller; chunks not begun by then are dropped.</remarks>
    public static void Run<TJob>(in TJob job, int chunks)
        where TJob : struct, IChunkJob
    {
        TJob local = job;
        int helpers = Math.Min(Size, chunks) - 1;
        if (helpers < 1 || Interlocked.CompareExchange(ref busy, 1, 0) != 0)
        {
            for (int chunk = 0; chunk < chunks; chunk++)
            {
                local.Run(chunk);
            }

            return;
        }

        try
        {
            Share(Unsafe.AsPointer(ref local), &RunChunk<TJob>, chunks, helpers);
        }
        finally
        {
            Volatile.Write(ref busy, 0);
        }
    }

    private static void RunChunk<TJob>(void* job, int chunk)
        where TJob : struct, IChunkJob
        => Unsafe.AsRef<TJob>(job).Run(chunk);

    private static void Share(void* sharedJob, delegate*<void*, int, void> run, int chunks, int helpers)
    {
        Worker[] team = workers.Length >= helpers ? workers : Grow(helpers);
        job = sharedJob;
        runChunk = run;
        chunkCount = chunks;
        failure = null;
        shared.Next = 0;
        shared.Invited = helpers;
        long epoch = (shared.Gate >> 32) + 1;
        Interlocked.Exchange(ref shared.Gate, (epoch << 32) | Open);
        for (int i = 0; i < helpers; i++)
        {
            team[i].Wake();
        }

        TakeChunks();

        // Closed: who comes now finds nothing. Who is inside is working on its last chunk.
        Interlocked.And(ref shared.Gate, ~Open);
        for (int spin = 0; (Volatile.Read(ref shared.Gate) & InsideMask) != 0; spin++)
        {
            if (spin < 1000)
            {
                Thread.SpinWait(4);
            }
            else
            {
                // The worker may be waiting for this very processor.
                Thread.Yield();
            }
        }

        failure?.Throw();
    }

    private static void TakeChunks()
    {
        try
        {
            for (int chunk; (chunk = Interlocked.Increment(ref shared.Next) - 1) < chunkCount;)
            {
                runChunk(job, chunk);
            }
        }
        catch (Exception exception)
        {
            Interlocked.CompareExchange(ref failure, ExceptionDispatchInfo.Capture(exception), null);
            Interlocked.Exchange(ref shared.Next, chunkCount);
        }
    }

    private static Worker[] Grow(int count)
    {
        lock (Growth)
        {
            var grown = new Worker[Math.Max(count, workers.Length)];
            workers.CopyTo(grown, 0);
            for (int i = workers.Length; i < grown.Length; i++)
            {
                grown[i] = new Worker(i);
            }

            return workers = grown;
        }
    }

    // The counters that threads fight over, each on cache lines of its own.
    [StructLayout(LayoutKind.Explicit, Size = 512)]
    private struct Shared
    {
        [FieldOffset(128)] public long Gate;
        [FieldOffset(256)] public int Next;
        [FieldOffset(384)] public int Invited;
    }

    // Workers live as long as the process: nobody disposes of their semaphores.
#pragma warning disable CA1001
    private sealed class Worker
#pragma warning restore CA1001
    {
        private readonly SemaphoreSlim wakeUp = new(0);
        private readonly int index;
        private int parked;
        private long lastEpoch;

        public Worker(int index)
        {
            this.index = index;
            new Thread(Live) { IsBackground = true, Name = $"Engine worker {index + 1}" }.Start();
        }

        public void Wake()
        {
            if (Volatile.Read(ref parked) == 1 && Interlocked.Exchange(ref parked, 0) == 1)
            {
                wakeUp.Release();
            }
        }

        private void Live()
        {
            while (true)
            {
                if (Enter())
                {
                    TakeChunks();
                    Interlocked.Decrement(ref shared.Gate);
                }
                else
                {
                    WaitForWork();
                }
            }
        }

        private bool HasWork(long gate) => (gate & Open) != 0 && gate >> 32 != lastEpoch && index < Volatile.Read(ref shared.Invited);

        private bool Enter()
        {
            long gate = Volatile.Read(ref shared.Gate);
            while (HasWork(gate))
            {
                long seen = Interlocked.CompareExchange(ref shared.Gate, gate + 1, gate);
                if (seen == gate)
                {
                    lastEpoch = gate >> 32;
                    return true;
                }

                gate = seen;
            }

            return false;
        }

        private void WaitForWork()
        {
            // More threads than processors: spinning would take the processor from a thread that has work.
            int spins = Size <= Environment.ProcessorCount ? SpinsBeforeParking : 0;
            for (; spins > 0; spins--)
            {
                if (HasWork(Volatile.Read(ref shared.Gate)))
                {
                    return;
                }

                Thread.SpinWait(1);
            }

            Interlocked.Exchange(ref parked, 1);
            if (HasWork(Volatile.Read(ref shared.Gate)) && Interlocked.Exchange(ref parked, 0) == 1)
            {
                return;
            }

            wakeUp.Wait();
        }
    }
}
