using System.Runtime.InteropServices;

namespace Engine;

/// <summary>The gradients of several inputs at once, from the gradients of an operation's outputs.</summary>
/// <param name="outputGradients">One for each output; null where the loss does not depend on it.</param>
/// <param name="needed">One for each input: whether its gradient is wanted.</param>
/// <returns>One for each input, of its shape; null where it is not wanted or there is none.</returns>
public delegate Tensor?[] GradientFunction(Tensor?[] outputGradients, bool[] needed);

/// <summary>Records operations, so that gradients can be taken through them: reverse-mode automatic differentiation.</summary>
/// <remarks>
/// While the tape is open, an operation on something watched appends one entry: name, inputs, outputs and gradient function. A gradient is a
/// loop over the entries, backwards. Trainable variables are watched by themselves, other tensors with <see cref="Watch"/>. Take gradients
/// <em>inside</em> the block: the tape also owns the memory of the tensors made in it. Gradient functions are written in operations, so
/// nested tapes give higher orders: while a tape differentiates, the tapes around it record. A tape belongs to the thread that made it.
/// Source: Griewank and Walther, <em>Evaluating Derivatives</em>, 2008, chapter 3.
/// </remarks>
public sealed partial class GradientTape : IDisposable
{
    [ThreadStatic]
    private static Stack<Lists>? spare;

    private readonly ThreadState state = ThreadState.Current;
    private readonly GradientTape? outer;
    private readonly GradientTape? enclosing;
    private readonly TensorScope? memory;
    private readonly bool persistent;
    private readonly HashSet<Variable>? only;
    private readonly Lists lists;
    private int slotCount;
    private bool hasWatched;
    private bool spent;
    private bool disposed;
    private HashSet<int>? askedSlots;

    /// <summary>Opens a tape on the calling thread.</summary>
    /// <param name="persistent">Whether gradients can be taken more than once; false by default, which lets memory go early.</param>
    /// <param name="watch">The only variables to watch; by default every trainable variable that is used.</param>
    public GradientTape(bool persistent = false, IEnumerable<Variable>? watch = null)
    {
        this.persistent = persistent;
        if (watch is not null) only = new HashSet<Variable>(watch, ReferenceEqualityComparer.Instance);
        outer = state.Tape;
        enclosing = state.Innermost;
        // A tape in a tape shares its memory: the outer one may have recorded what was computed inside.
        if (enclosing is null) memory = new TensorScope();
        lists = (spare ??= new()).TryPop(out Lists? used) ? used : new Lists();
        state.Tape = this;
        state.Innermost = this;
    }

    /// <summary>Watches a tensor, so that gradients with respect to it can be taken.</summary>
    /// <param name="tensor">A floating-point tensor; watch it before it is used.</param>
    /// <exception cref="TapeException">The tensor counts in integers, or the tape is over.</exception>
    public void Watch(Tensor tensor)
    {
        CheckOpen("Watch");
        if (!tensor.DType.IsFloatingPoint())
            throw Fail.Tape("GradientTape.Watch", $"a tensor of type {tensor.DType}", "only Float32 and Float64 have gradients: convert it with Cast first");
        if (SlotOf(tensor) >= 0) return;
        hasWatched |= tensor is not Variable;
        lists.Leaves.Add(tensor, slotCount++);
    }

    /// <summary>Stops all recording on this thread until the result is disposed: <c>using (GradientTape.StopRecording()) { … }</c>.</summary>
    /// <returns>Resumes the recording when disposed.</returns>
    public static IDisposable StopRecording() => new Pause(ThreadState.Current);

    /// <summary>Whether a tape on this thread would record an operation on any of these tensors.</summary>
    /// <param name="inputs">The operation's inputs.</param>
    /// <returns>True when a gradient may be asked of the result; a fused operation then uses operations that have gradients themselves.</returns>
    public static bool WouldRecord(params ReadOnlySpan<Tensor> inputs)
    {
        for (GradientTape? tape = ThreadState.Current.Tape; tape is not null; tape = tape.outer)
        {
            if (!tape.spent && tape.DependsOn(inputs)) return true;
        }
        return false;
    }

    /// <summary>Records an operation with one output, with one gradient function for each input that has a gradient.</summary>
    /// <param name="name">The operation's name, for messages.</param>
    /// <param name="output">The result, a new tensor.</param>
    /// <param name="inputs">Each input with the map from the output's gradient dy to its own, written in operations.</param>
    /// <returns>The output.</returns>
    /// <exception cref="TapeException">The output is an input or was recorded before.</exception>
    public static Tensor Record(string name, Tensor output, params ReadOnlySpan<(Tensor Input, Func<Tensor, Tensor> Gradient)> inputs) =>
        RecordEach(name, output, readsValues: true, inputs);

    /// <summary>Records an operation whose gradients read no values, neither of its inputs nor of its output, as those of a sum: they may be
    /// written to before the gradient is taken.</summary>
    internal static Tensor RecordLinear(
        string name, Tensor output, params ReadOnlySpan<(Tensor Input, Func<Tensor, Tensor> Gradient)> inputs) =>
        RecordEach(name, output, readsValues: false, inputs);

    private static Tensor RecordEach(
        string name, Tensor output, bool readsValues, ReadOnlySpan<(Tensor Input, Func<Tensor, Tensor> Gradient)> inputs)
    {
        if (DebugNumerics.Enabled)
        {
            var operands = new Tensor[inputs.Length];
            for (int i = 0; i < operands.Length; i++) operands[i] = inputs[i].Input;
            DebugNumerics.Check(name, output, operands);
        }
        Func<Tensor, Tensor>[]? gradients = null;
        for (GradientTape? tape = ThreadState.Current.Tape; tape is not null; tape = tape.outer)
        {
            if (tape.spent) continue;
            bool depends = false;
            foreach ((Tensor input, _) in inputs) depends |= tape.SlotOf(input) >= 0;
            if (!depends) continue;
            if (gradients is null)
            {
                gradients = new Func<Tensor, Tensor>[inputs.Length];
                for (int i = 0; i < inputs.Length; i++) gradients[i] = inputs[i].Gradient;
            }
            tape.lists.Entries.Add(new Entry(name, tape.state.LayerPath, tape.lists.Operands.Count, 1, inputs.Length, gradients, null, readsValues));
            tape.AddOutput(name, output);
            foreach ((Tensor input, _) in inputs) tape.AddInput(input);
        }
        return output;
    }

    /// <summary>Records an operation whose inputs' gradients are computed together, with any number of outputs.</summary>
    /// <param name="name">The operation's name, for messages.</param>
    /// <param name="outputs">The results, new tensors.</param>
    /// <param name="inputs">The inputs that have gradients.</param>
    /// <param name="gradient">Maps the outputs' gradients to the inputs', written in operations.</param>
    /// <exception cref="TapeException">An output is an input or was recorded before.</exception>
    public static void Record(string name, ReadOnlySpan<Tensor> outputs, ReadOnlySpan<Tensor> inputs, GradientFunction gradient)
    {
        if (DebugNumerics.Enabled)
        {
            foreach (Tensor output in outputs) DebugNumerics.Check(name, output, inputs);
        }
        for (GradientTape? tape = ThreadState.Current.Tape; tape is not null; tape = tape.outer)
        {
            if (tape.spent || !tape.DependsOn(inputs)) continue;
            tape.lists.Entries.Add(new Entry(name, tape.state.LayerPath, tape.lists.Operands.Count, outputs.Length, inputs.Length, null, gradient, true));
            foreach (Tensor output in outputs) tape.AddOutput(name, output);
            foreach (Tensor input in inputs) tape.AddInput(input);
        }
    }

    /// <summary>Ends the tape and gives the memory of everything made in its block back.</summary>
    /// <exception cref="TapeException">Called on another thread than the tape was made on.</exception>
    public void Dispose()
    {
        if (disposed) return;
        if (state != ThreadState.Current)
            throw Fail.Tape("GradientTape", "it was made on another thread than the one that ends it", "open and dispose a tape on the same thread, with using");
        // Tapes that were left open inside this one end with it.
        for (GradientTape? inner = state.Innermost; inner is not null && inner != this; inner = inner.enclosing) inner.End();
        End();
    }

    private void End()
    {
        disposed = true;
        state.Innermost = enclosing;
        // A pause inside the block may be on: then nothing records, and its end resumes what is still open.
        if (state.Tape is { } recording) state.Tape = recording.StillOpen;
        Forget();
        if (spare!.Count < 8) spare.Push(lists);
        memory?.Dispose();
    }

    /// <summary>This tape, or the next around it that is not over.</summary>
    private GradientTape? StillOpen
    {
        get
        {
            GradientTape? tape = this;
            while (tape is { disposed: true }) tape = tape.outer;
            return tape;
        }
    }

    /// <summary>Whether the tape follows a tensor: it is watched, or depends on something that is.</summary>
    internal bool Follows(Tensor tensor) => SlotOf(tensor) >= 0;

    private bool DependsOn(ReadOnlySpan<Tensor> inputs)
    {
        foreach (Tensor input in inputs)
        {
            if (SlotOf(input) >= 0) return true;
        }
        return false;
    }

    private void AddOutput(string name, Tensor output)
    {
        // A tensor has one place on the tape, so what was read or made before cannot be a result once more.
        if (output is Variable || output.OutputSlot(this) >= 0 || (hasWatched && lists.Leaves.ContainsKey(output)))
            throw Fail.Tape($"GradientTape.Record of {name}", $"an output of shape {output.Shape} that the tape already follows", "record a new tensor; for a function that changes gradients alone, x.StopGradient() is one with x's values");
        output.Link(this, slotCount);
        lists.Operands.Add(new Operand(output, slotCount++, output.Storage.Version));
    }

    private void AddInput(Tensor input) => lists.Operands.Add(new Operand(input, SlotOf(input), input.Storage.Version));

    /// <summary>The slot of a tensor on this tape, or -1 when the tape does not follow it; a trainable variable gets one on first use.</summary>
    private int SlotOf(Tensor tensor)
    {
        int slot = tensor.OutputSlot(this);
        if (slot >= 0) return slot;
        if (tensor is Variable variable)
        {
            if (lists.Leaves.TryGetValue(tensor, out slot)) return slot;
            if (!variable.Trainable || (only is not null && !only.Contains(variable))) return -1;
            lists.Leaves.Add(tensor, slotCount);
            return slotCount++;
        }
        return hasWatched && lists.Leaves.TryGetValue(tensor, out slot) ? slot : -1;
    }

    private void CheckOpen(string operation)
    {
        if (disposed)
            throw Fail.Tape($"GradientTape.{operation}", "the tape's block has ended", "take gradients inside the using block: unlike in Keras, a tape owns the memory of what it recorded");
        if (spent)
            throw Fail.Tape($"GradientTape.{operation}", "gradients were already taken from this tape, which is then spent", "make it with persistent: true to take several, or ask for all at once with Gradients");
        if (state != ThreadState.Current)
            throw Fail.Tape($"GradientTape.{operation}", "the tape was made on another thread", "use a tape on the thread that made it");
    }

    private void Forget()
    {
        lists.Entries.Clear();
        lists.Operands.Clear();
        lists.Leaves.Clear();
        hasWatched = false;
    }

    private Span<Operand> Operands(in Entry entry) => CollectionsMarshal.AsSpan(lists.Operands).Slice(entry.FirstOperand, entry.Outputs + entry.Inputs);

    /// <summary>One recorded operation; its operands are the outputs and then the inputs in the tape's flat list. Where its gradient reads
    /// values, they must not change before it is taken.</summary>
    private readonly record struct Entry(
        string Name, string LayerPath, int FirstOperand, int Outputs, int Inputs, Func<Tensor, Tensor>[]? EachGradient,
        GradientFunction? JointGradient, bool ReadsValues);

    /// <summary>A tensor an entry reads or made, its slot (-1: not followed) and the contents' version at that time.</summary>
    private readonly record struct Operand(Tensor Tensor, int Slot, int Version);

    /// <summary>A tape's lists, kept for the thread's next tape so that a training step does not grow new ones.</summary>
    private sealed class Lists
    {
        public List<Entry> Entries { get; } = [];

        public List<Operand> Operands { get; } = [];

        public Dictionary<Tensor, int> Leaves { get; } = new(ReferenceEqualityComparer.Instance);

        public Tensor?[] Gradients { get; set; } = [];

        public bool[] Reaches { get; set; } = [];
    }

    private sealed class Pause : IDisposable
    {
        private readonly ThreadState state;
        private readonly GradientTape? paused;
        private bool resumed;

        public Pause(ThreadState state)
        {
            this.state = state;
            paused = state.Tape;
            state.Tape = null;
        }

        public void Dispose()
        {
            if (resumed) return;
            resumed = true;
            state.Tape = paused?.StillOpen;
        }
    }
}
