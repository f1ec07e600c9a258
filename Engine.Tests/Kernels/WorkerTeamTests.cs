using Engine.Kernels;

namespace Engine.Tests.Kernels;

/// <summary>The team runs every chunk exactly once, whatever its size and whoever is busy.</summary>
[NonParallelizable]
public sealed unsafe class WorkerTeamTests
{
    private int former;

    [SetUp]
    public void Remember() => former = Parallelism.MaxThreads;

    [TearDown]
    public void Restore() => Parallelism.MaxThreads = former;

    [Test]
    public void Every_chunk_runs_exactly_once([Values(1, 2, 3, 8)] int threads, [Values(0, 1, 2, 7, 100)] int chunks)
    {
        Parallelism.MaxThreads = threads;
        int[] runs = new int[100];
        for (int repeat = 1; repeat <= 300; repeat++)
        {
            WorkerTeam.Run(new CountJob { Runs = runs }, chunks);
            Assert.That(runs.AsSpan(0, chunks).IndexOfAnyExcept(repeat), Is.EqualTo(-1));
        }

        Assert.That(runs.AsSpan(chunks).IndexOfAnyExcept(0), Is.EqualTo(-1));
    }

    [Test]
    public void A_parked_team_wakes_up()
    {
        Parallelism.MaxThreads = 2;
        for (int repeat = 0; repeat < 5; repeat++)
        {
            int[] runs = new int[50];
            WorkerTeam.Run(new CountJob { Runs = runs }, 50);
            Assert.That(runs.Sum(), Is.EqualTo(50));
            Thread.Sleep(30);
        }
    }

    [Test]
    public void Several_threads_are_used_when_chunks_take_long()
    {
        Parallelism.MaxThreads = 3;
        int[] threads = new int[6];
        WorkerTeam.Run(new SleepJob { Threads = threads }, 6);
        Assert.That(threads.Distinct().Count(), Is.GreaterThan(1));
    }

    [Test]
    public void Work_from_inside_a_chunk_runs_inline()
    {
        Parallelism.MaxThreads = 3;
        int[] runs = new int[64];
        WorkerTeam.Run(new NestedJob { Runs = runs }, 8);
        Assert.That(runs, Is.All.EqualTo(1));
    }

    [Test]
    public void Several_callers_at_once_all_get_their_work_done()
    {
        Parallelism.MaxThreads = 3;
        var callers = new Thread[4];
        int[][] runs = [new int[20], new int[20], new int[20], new int[20]];
        for (int i = 0; i < callers.Length; i++)
        {
            int own = i;
            callers[i] = new Thread(() =>
            {
                for (int repeat = 0; repeat < 500; repeat++)
                {
                    WorkerTeam.Run(new CountJob { Runs = runs[own] }, 20);
                }
            });
            callers[i].Start();
        }

        foreach (Thread caller in callers)
        {
            caller.Join();
        }

        Assert.That(runs, Is.All.All.EqualTo(500));
    }

    [Test]
    public void An_exception_in_a_chunk_reaches_the_caller_and_leaves_the_team_usable([Values(1, 3)] int threads)
    {
        Parallelism.MaxThreads = threads;
        for (int repeat = 0; repeat < 20; repeat++)
        {
            Assert.That(() => WorkerTeam.Run(new FailingJob(), 10), Throws.TypeOf<ValueException>().With.Message.EqualTo("chunk 3"));
        }

        int[] runs = new int[10];
        WorkerTeam.Run(new CountJob { Runs = runs }, 10);
        Assert.That(runs, Is.All.EqualTo(1));
    }

    [Test]
    public void Handing_out_work_allocates_nothing()
    {
        Parallelism.MaxThreads = 2;
        int[] runs = new int[4];
        WorkerTeam.Run(new CountJob { Runs = runs }, 4);
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int repeat = 0; repeat < 100; repeat++)
        {
            WorkerTeam.Run(new CountJob { Runs = runs }, 4);
        }

        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.Zero);
    }

    [Test]
    public void Thread_counts_below_one_are_refused([Values(0, -3)] int threads)
        => Assert.That(() => Parallelism.MaxThreads = threads, Throws.TypeOf<ValueException>().With.Message.Contains($"got {threads}, wanted at least 1"));

    [Test]
    public void The_thread_count_reads_back()
    {
        Parallelism.MaxThreads = 5;
        Assert.That(Parallelism.MaxThreads, Is.EqualTo(5));
    }

    private struct CountJob : IChunkJob
    {
        public int[] Runs;

        public readonly void Run(int chunk) => Interlocked.Increment(ref Runs[chunk]);
    }

    private struct SleepJob : IChunkJob
    {
        public int[] Threads;

        public readonly void Run(int chunk)
        {
            Thread.Sleep(20);
            Threads[chunk] = Environment.CurrentManagedThreadId;
        }
    }

    private struct NestedJob : IChunkJob
    {
        public int[] Runs;

        public readonly void Run(int chunk) => WorkerTeam.Run(new OffsetJob { Runs = Runs, Offset = chunk * 8 }, 8);
    }

    private struct OffsetJob : IChunkJob
    {
        public int[] Runs;
        public int Offset;

        public readonly void Run(int chunk) => Interlocked.Increment(ref Runs[Offset + chunk]);
    }

    private struct FailingJob : IChunkJob
    {
        public readonly void Run(int chunk)
        {
            if (chunk == 3)
            {
                throw new ValueException("chunk 3");
            }
        }
    }
}
