namespace Engine;

/// <content>The reverse pass.</content>
public sealed partial class GradientTape
{
    /// <summary>The gradient of a loss with respect to one tensor.</summary>
    /// <param name="target">The loss: one element, unless <paramref name="seed"/> is given.</param>
    /// <param name="source">What was watched, or a result computed on the way.</param>
    /// <param name="seed">The gradient of the final quantity with respect to the target, of the target's shape; 1 by default.</param>
    /// <returns>A tensor of the source's shape; zeros when the target does not depend on it.</returns>
    /// <exception cref="TapeException">The tape is over or spent, target or source were not recorded, or a saved tensor was changed;
    /// the target has several elements and no seed, or the seed another shape or type.</exception>
    public Tensor Gradient(Tensor target, Tensor source, Tensor? seed = null) =>
        Differentiate(target, [source], seed)[0] ?? Tensor.ZerosLike(source);

    /// <summary>The gradients of a loss with respect to several tensors.</summary>
    /// <param name="target">The loss: one element, unless <paramref name="seed"/> is given.</param>
    /// <param name="sources">What was watched, or results computed on the way.</param>
    /// <param name="seed">The gradient of the final quantity with respect to the target, of the target's shape; 1 by default.</param>
    /// <returns>One tensor of each source's shape; zeros when the target does not depend on it.</returns>
    /// <exception cref="TapeException">The tape is over or spent, target or source were not recorded, or a saved tensor was changed;
    /// the target has several elements and no seed, or the seed another shape or type.</exception>
    public Tensor[] Gradients(Tensor target, IReadOnlyList<Tensor> sources, Tensor? seed = null)
    {
        Tensor?[] gradients = Differentiate(target, sources, seed);
        var result = new Tensor[gradients.Length];
        for (int i = 0; i < result.Length; i++) result[i] = gradients[i] ?? Tensor.ZerosLike(sources[i]);
        return result;
    }

    /// <summary>The gradients of a loss with respect to variables, each with its variable: what an optimizer applies.</summary>
    /// <param name="target">The loss: one element, unless <paramref name="seed"/> is given.</param>
    /// <param name="variables">The variables, as <c>model.TrainableVariables</c>.</param>
    /// <param name="seed">The gradient of the final quantity with respect to the target, of the target's shape; 1 by default.</param>
    /// <returns>A list in the variables' order; a variable that the loss does not depend on has no gradient.</returns>
    /// <exception cref="TapeException">The tape is over or spent, the target was not recorded, or a saved tensor was changed;
    /// the target has several elements and no seed, or the seed another shape or type.</exception>
    public VariableGradients Gradients(Tensor target, IReadOnlyList<Variable> variables, Tensor? seed = null) =>
        new(variables, Differentiate(target, variables, seed));

    /// <summary>Whether the gradients being taken are wanted for this tensor itself, not only for what it was made of.</summary>
    internal static bool IsAskedFor(Tensor tensor) =>
        ThreadState.Current.Differentiating is not { } tape || tape.askedSlots!.Contains(tape.SlotOf(tensor));

    /// <summary>Whether the gradients being taken are the last that this tape is asked for.</summary>
    internal static bool IsLastUse => ThreadState.Current.Differentiating is { persistent: false };

    private Tensor?[] Differentiate(Tensor target, IReadOnlyList<Tensor> sources, Tensor? seed)
    {
        CheckOpen("Gradient");
        if (seed is null && target.Length != 1)
            throw Fail.Tape("GradientTape.Gradient", $"a target of shape {target.Shape} with {target.Length} elements and no seed", "reduce it to one number, for example with Mean(), or pass seed: the gradient of what follows");
        if (seed is not null && (seed.Shape != target.Shape || seed.DType != target.DType))
            throw Fail.Tape("GradientTape.Gradient", $"a seed {seed.DType}{seed.Shape} for a target {target.DType}{target.Shape}", "give a seed of the target's shape and type");
        int targetSlot = SlotOf(target);
        if (targetSlot < 0)
            throw Fail.Tape("GradientTape.Gradient", "the target was not recorded: it depends on nothing that this tape watches", "Watch the inputs before they are used, compute the target inside the block, and do not cut it off with StopGradient or Detach");
        var sourceSlots = new int[sources.Count];
        for (int i = 0; i < sourceSlots.Length; i++)
        {
            sourceSlots[i] = SlotOf(sources[i]);
            if (sourceSlots[i] >= 0) continue;
            string what = sources[i] is Variable variable ? $"source {i}, the variable \"{variable.Name}\", is not watched" : $"source {i} of shape {sources[i].Shape} is not watched";
            throw Fail.Tape("GradientTape.Gradient", what, "call Watch on it before it is used; a variable must be trainable and, where watch: names some, among those");
        }

        // While this tape differentiates, the ones inside it are done and only those around it record.
        (GradientTape? recording, GradientTape? differentiating, HashSet<int>? asked) = (state.Tape, state.Differentiating, askedSlots);
        (state.Tape, state.Differentiating, askedSlots) = (outer, this, [.. sourceSlots]);
        try
        {
            return Reverse(target, targetSlot, sourceSlots, seed);
        }
        finally
        {
            (state.Tape, state.Differentiating, askedSlots) = (recording?.StillOpen, differentiating, asked);
            if (!persistent)
            {
                spent = true;
                Forget();
            }
        }
    }

    private Tensor?[] Reverse(Tensor target, int targetSlot, int[] sourceSlots, Tensor? seed)
    {
        bool[] reaches = MarkReachable(sourceSlots);
        Tensor?[] gradients = Workspace();
        // An outer tape may have recorded a gradient's computation, so then nothing is given back early.
        TensorScope? scope = outer is null ? state.Scope : null;
        try
        {
            int start = scope?.Count ?? 0;
            Hold(gradients, targetSlot, seed ?? Tensor.OnesLike(target));
            scope?.ReleaseTransient(start);
            for (int e = lists.Entries.Count - 1; e >= 0; e--)
            {
                Entry entry = lists.Entries[e];
                if (!IsNeeded(entry, gradients, reaches)) continue;
                CheckVersions(entry);
                int made = scope?.Count ?? 0;
                if (entry.EachGradient is not null) ApplyEach(entry, gradients, reaches, scope is not null);
                else ApplyJoint(entry, gradients, reaches, scope is not null);
                foreach (Operand output in Operands(entry)[..entry.Outputs])
                {
                    if (!askedSlots!.Contains(output.Slot)) Drop(gradients, output.Slot, scope is not null);
                }
                scope?.ReleaseTransient(made);
            }
            var result = new Tensor?[sourceSlots.Length];
            for (int i = 0; i < result.Length; i++) result[i] = gradients[sourceSlots[i]];
            return result;
        }
        finally
        {
            for (int slot = 0; slot < slotCount && slot < gradients.Length; slot++)
            {
                // Results stay held, so that a later reverse pass in the same block does not take their memory.
                gradients[slot] = null;
            }
            lists.Gradients = gradients;
            lists.Reaches = reaches;
        }
    }

    /// <summary>For each slot, whether it depends on a source: only gradients of those are computed.</summary>
    private bool[] MarkReachable(int[] sourceSlots)
    {
        bool[] reaches = lists.Reaches.Length >= slotCount ? lists.Reaches : new bool[Math.Max(64, 2 * slotCount)];
        Array.Clear(reaches);
        foreach (int slot in sourceSlots) reaches[slot] = true;
        foreach (Entry entry in lists.Entries)
        {
            Span<Operand> operands = Operands(entry);
            bool depends = false;
            foreach (Operand input in operands[entry.Outputs..]) depends |= input.Slot >= 0 && reaches[input.Slot];
            if (!depends) continue;
            foreach (Operand output in operands[..entry.Outputs]) reaches[output.Slot] = true;
        }
        return reaches;
    }

    private Tensor?[] Workspace()
    {
        // Taken out of the lists, so that a gradient taken inside a gradient function gets another one.
        Tensor?[] gradients = lists.Gradients.Length >= slotCount ? lists.Gradients : new Tensor?[Math.Max(64, 2 * slotCount)];
        lists.Gradients = [];
        lists.Reaches = [];
        return gradients;
    }

    private bool IsNeeded(in Entry entry, Tensor?[] gradients, bool[] reaches)
    {
        bool hasGradient = false, reachesSource = false;
        foreach (Operand output in Operands(entry)[..entry.Outputs])
        {
            hasGradient |= gradients[output.Slot] is not null;
            reachesSource |= reaches[output.Slot];
        }
        return hasGradient && reachesSource;
    }

    private void CheckVersions(in Entry entry)
    {
        if (!entry.ReadsValues) return;
        foreach (Operand operand in Operands(entry))
        {
            if (operand.Tensor.Storage.Version != operand.Version)
                throw Fail.Tape($"gradient of {entry.Name}", $"a tensor of shape {operand.Tensor.Shape} that it saved was changed after it was used", "take the gradient before writing to the tensor or assigning the variable, or work on a copy (Detach)");
        }
    }

    private void ApplyEach(in Entry entry, Tensor?[] gradients, bool[] reaches, bool release)
    {
        Operand output = Operands(entry)[0];
        Tensor dy = gradients[output.Slot]!;
        for (int i = 0; i < entry.Inputs; i++)
        {
            // The span is taken anew each time: a gradient function may record on this tape's lists through Watch.
            Operand input = Operands(entry)[1 + i];
            if (input.Slot < 0 || !reaches[input.Slot]) continue;
            Accumulate(entry, gradients, input, entry.EachGradient![i](dy), release);
        }
    }

    private void ApplyJoint(in Entry entry, Tensor?[] gradients, bool[] reaches, bool release)
    {
        var dys = new Tensor?[entry.Outputs];
        var needed = new bool[entry.Inputs];
        Span<Operand> operands = Operands(entry);
        for (int i = 0; i < dys.Length; i++) dys[i] = gradients[operands[i].Slot];
        for (int i = 0; i < needed.Length; i++)
        {
            int slot = operands[entry.Outputs + i].Slot;
            needed[i] = slot >= 0 && reaches[slot];
        }
        Tensor?[] results = entry.JointGradient!(dys, needed);
        if (results.Length != needed.Length)
            throw Fail.Tape($"gradient of {entry.Name}", $"its gradient function gave {results.Length} gradients for {needed.Length} inputs", "return one for each input, null where there is none");
        for (int i = 0; i < needed.Length; i++)
        {
            if (needed[i] && results[i] is { } gradient) Accumulate(entry, gradients, Operands(entry)[entry.Outputs + i], gradient, release);
        }
    }

    private static void Accumulate(in Entry entry, Tensor?[] gradients, Operand input, Tensor gradient, bool release)
    {
        if (gradient.Shape != input.Tensor.Shape || gradient.DType != input.Tensor.DType)
            throw Fail.Tape($"gradient of {entry.Name}", $"its gradient function gave {gradient.DType}{gradient.Shape} for an input of {input.Tensor.DType}{input.Tensor.Shape}", "a gradient has its input's shape and type: sum over broadcast axes with SumTo");
        DebugNumerics.CheckGradient(entry.Name, entry.LayerPath, gradient);
        Tensor? sum = gradients[input.Slot];
        if (sum is null)
        {
            Hold(gradients, input.Slot, gradient);
            return;
        }
        Tensor total = sum + gradient;
        // The parts go back to the pool with the entry that made them, or here where an earlier one did.
        Drop(gradients, input.Slot, release);
        Hold(gradients, input.Slot, total);
    }

    private static void Hold(Tensor?[] gradients, int slot, Tensor gradient)
    {
        gradients[slot] = gradient;
        gradient.Storage.GradientHolds++;
    }

    private static void Drop(Tensor?[] gradients, int slot, bool release)
    {
        if (gradients[slot] is not { } gradient) return;
        gradients[slot] = null;
        Storage storage = gradient.Storage;
        if (--storage.GradientHolds == 0 && release && storage.Transient) storage.Release();
    }
}
