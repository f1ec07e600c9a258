namespace Engine;

/// <summary>What belongs to one thread: its open tapes, its memory scope, and the layer that runs.</summary>
internal sealed class ThreadState
{
    // A third or less of what the runtime would let pile up, and still some hundred training steps.
    private const long YoungGarbageBytes = 4 << 20;

    [ThreadStatic]
    private static ThreadState? current;

    private long allocatedThen = GC.GetAllocatedBytesForCurrentThread();
    private int collectionsThen = GC.CollectionCount(0);

    /// <summary>The calling thread's state.</summary>
    public static ThreadState Current => current ??= new ThreadState();

    /// <summary>The innermost tape that records, or null.</summary>
    public GradientTape? Tape { get; set; }

    /// <summary>The tape that was opened last and is not over, whether it records or is paused.</summary>
    public GradientTape? Innermost { get; set; }

    /// <summary>The tape whose gradients are being taken, or null.</summary>
    public GradientTape? Differentiating { get; set; }

    /// <summary>The scope that owns the memory of new tensors, or null for the garbage collector.</summary>
    public TensorScope? Scope { get; set; }

    /// <summary>The layer that runs, as <c>Conv2D "conv2d_1"</c>, for messages; empty outside layers.</summary>
    public string LayerPath { get; set; } = "";

    /// <summary>Collects the bookkeeping of past steps, for which the runtime would otherwise first take tens of megabytes.</summary>
    /// <remarks>At the end of a step next to nothing is alive that the youngest generation holds, so this takes a fraction of a millisecond.</remarks>
    public void CollectYoungGarbage()
    {
        long allocated = GC.GetAllocatedBytesForCurrentThread();
        if (allocated - allocatedThen < YoungGarbageBytes) return;
        if (GC.CollectionCount(0) == collectionsThen) GC.Collect(0, GCCollectionMode.Forced, blocking: true);
        (allocatedThen, collectionsThen) = (allocated, GC.CollectionCount(0));
    }

    /// <summary>Where recurrent layers put their states, step by step, or null when nobody asks for them.</summary>
    public List<StateTrace>? StateTraces { get; set; }

    /// <summary>Whether layers run only to be tried, and those that remember must not remember this.</summary>
    public bool IsTrial { get; set; }

    /// <summary>What a wrapping layer puts in the place of the kernel of the layer in it while that runs, or null.</summary>
    public (Variable Kernel, Tensor By)? Substitute { get; set; }

    /// <summary>Where layers put what they add to the loss, or null when nobody asks for it.</summary>
    public List<Tensor>? LossTerms { get; set; }
}
