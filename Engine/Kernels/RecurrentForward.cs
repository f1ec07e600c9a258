using System.Numerics;
using System.Runtime.CompilerServices;

namespace Engine.Kernels;

/// <summary>What both passes over a sequence know of it.</summary>
internal unsafe struct RecurrentSequence<T>
    where T : unmanaged
{
    /// <summary>Samples, steps and units.</summary>
    public nint Batch, Steps, Units;

    /// <summary>Whether the steps are taken from the last to the first; outputs come in the order in which they are made.</summary>
    public bool Backwards;

    /// <summary>Whether the output of a masked step is 0 and not the one before.</summary>
    public bool ZeroOutputs;

    /// <summary>[batch, steps]: which steps count; null for all.</summary>
    public bool* Mask;

    /// <summary>[batch]: whether a step before the first one counted; null for none.</summary>
    public bool* Begun;

    /// <summary>[batch, units]: what h is multiplied with before it enters a step; null for 1.</summary>
    public T* Dropout;

    /// <summary>U [units, blocks·units].</summary>
    public T* Recurrent;

    /// <summary>[batch, steps, gates·units]: x·W + b; the gates' values after the forward pass.</summary>
    public T* Gates;

    /// <summary>[batch, steps, units]: h before each step; null when nothing is kept.</summary>
    public T* States;

    /// <summary>The same after dropout: what met U. May be <see cref="States"/>.</summary>
    public T* DroppedStates;

    /// <summary>[batch, steps, units]: c before each step; null when nothing is kept.</summary>
    public T* Cells;

    /// <summary>[batch, steps, units]: the inner state; null when nothing is kept.</summary>
    public T* Inners;

    /// <summary>Rows in a chunk: few enough that a step's numbers stay in the caches, enough for high tiles, and more where U comes from
    /// beyond the second-level cache. By the shape alone.</summary>
    public readonly EvenSplit Chunks => EvenSplit.AtMost(Batch, Batch < 32 ? 8 : Batch < 64 || Units < 192 ? 16 : 32);

    /// <summary>The place in memory of a step's input.</summary>
    public readonly nint Time(nint step) => Backwards ? Steps - 1 - step : step;

    /// <summary>The first step of a sample that counts; the number of steps if none does.</summary>
    public readonly nint FirstStep(nint sample)
    {
        nint step = 0;
        if (Begun != null && Begun[sample]) return 0;
        while (Mask != null && step < Steps && !Mask[(sample * Steps) + Time(step)]) step++;
        return step;
    }
}

/// <summary>The forward pass: chunks are groups of samples, each of which goes through all steps by itself.</summary>
internal unsafe struct RecurrentForwardJob<C, V, T> : IChunkJob
    where C : struct, IRecurrentCell
    where V : struct, ISimd<V, T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public RecurrentSequence<T> Sequence;

    /// <summary>U's blocks for the state, and the one for the inner state.</summary>
    public PackedMatrix<T> StateBlocks, InnerBlock;

    /// <summary>The biases of h·U; null for none.</summary>
    public T* RecurrentBias;

    /// <summary>[batch, units] at the beginning; null for zeros.</summary>
    public T* FirstState, FirstCell;

    /// <summary>[rows, gates·units] and, for each sample and step, the row that is x·W + b; null where the sums lie in Gates.</summary>
    public T* Table;

    /// <summary>See <see cref="Table"/>.</summary>
    public int* Rows;

    /// <summary>[batch, steps, units]; null when only the last is wanted.</summary>
    public T* Outputs;

    /// <summary>[batch, units] at the end; null where not wanted.</summary>
    public T* LastOutput, LastState, LastCell;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public readonly void Run(int chunk)
    {
        EvenSplit split = Sequence.Chunks;
        nint start = split.Start(chunk), rows = split.Length(chunk), units = Sequence.Units, steps = Sequence.Steps;
        nint line = 64 / sizeof(T), stateStride = GemmTiling<V, T>.PaddedColumns(units) + line;
        nint productStride = StateBlocks.Columns + line, gates = C.Gates * units;
        bool drops = Sequence.Dropout != null;
        T* state = GemmScratch.Rent<T>(ScratchUse.Recurrent, rows * ((5 * stateStride) + productStride));
        T* cell = state + (rows * stateStride), inner = cell + (rows * stateStride);
        T* innerProduct = inner + (rows * stateStride), dropped = innerProduct + (rows * stateStride);
        T* product = dropped + (rows * stateStride), operand = drops ? dropped : state;
        nint* begin = stackalloc nint[(int)rows];
        for (nint row = 0; row < rows; row++)
        {
            Begin(FirstState, start + row, state + (row * stateStride), units);
            Begin(FirstCell, start + row, cell + (row * stateStride), units);
            begin[row] = Sequence.FirstStep(start + row);
        }

        var step = new RecurrentStep<T> { Units = units, RecurrentBias = RecurrentBias };
        for (nint s = 0; s < steps; s++)
        {
            nint time = Sequence.Time(s);
            for (nint row = 0; drops && row < rows; row++)
            {
                T* factors = Sequence.Dropout + ((start + row) * units);
                RecurrentRows.Multiply<V, T>(state + (row * stateStride), factors, operand + (row * stateStride), units);
            }

            if (s > 0 || FirstState != null)
                GemmDriver<V, T>.MultiplyInline(rows, new(operand, stateStride, 1), StateBlocks, product, productStride);
            else
                new Span<T>(product, checked((int)(rows * productStride))).Clear();
            for (nint row = 0; row < rows; row++)
            {
                nint place = ((start + row) * steps) + time;
                Point(ref step, row, place);
                step.Product = product + (row * productStride);
                step.State = state + (row * stateStride);
                step.Dropped = operand + (row * stateStride);
                step.Cell = cell + (row * stateStride);
                step.Inner = inner + (row * stateStride);
                if (Sequence.States != null) GemmPacking.Copy(step.State, Sequence.States + (place * units), units);
                if (drops && Sequence.DroppedStates != null)
                    GemmPacking.Copy(step.Dropped, Sequence.DroppedStates + (place * units), units);
                if (C.HasCell && Sequence.Cells != null) GemmPacking.Copy(step.Cell, Sequence.Cells + (place * units), units);
                if (C.HasInnerProduct)
                {
                    nint done = C.Prepare<V, T>(step, 0);
                    if (done < units) C.Prepare<SimdScalar<T>, T>(step, done);
                }
                else
                {
                    step.Next = state + (row * stateStride);
                    if (s >= begin[row] && (Sequence.Mask == null || Sequence.Mask[place])) Finish(step);
                    if (C.HasInner && Sequence.Inners != null) GemmPacking.Copy(step.Inner, Sequence.Inners + (place * units), units);
                    Output(s, start + row, place, step.Next, s >= begin[row]);
                }
            }

            if (!C.HasInnerProduct) continue;
            GemmDriver<V, T>.MultiplyInline(rows, new(inner, stateStride, 1), InnerBlock, innerProduct, stateStride);
            for (nint row = 0; row < rows; row++)
            {
                nint place = ((start + row) * steps) + time;
                Point(ref step, row, place);
                step.InnerProduct = innerProduct + (row * stateStride);
                step.State = state + (row * stateStride);
                step.Inner = inner + (row * stateStride);
                step.Next = state + (row * stateStride);
                if (Sequence.Inners != null) GemmPacking.Copy(step.Inner, Sequence.Inners + (place * units), units);
                if (Sequence.Mask == null || Sequence.Mask[place]) Finish(step);
                Output(s, start + row, place, step.Next, s >= begin[row]);
            }
        }

        for (nint row = 0; row < rows; row++)
        {
            if (LastState != null) GemmPacking.Copy(state + (row * stateStride), LastState + ((start + row) * units), units);
            if (LastCell != null) GemmPacking.Copy(cell + (row * stateStride), LastCell + ((start + row) * units), units);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private readonly void Point(ref RecurrentStep<T> step, nint row, nint place)
    {
        nint gates = C.Gates * Sequence.Units;
        step.Gates = Sequence.Gates + (place * gates);
        step.Input = Table == null ? step.Gates : Table + (Rows[place] * gates);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Finish(in RecurrentStep<T> step)
    {
        nint done = C.Finish<V, T>(step, 0);
        if (done < step.Units) C.Finish<SimdScalar<T>, T>(step, done);
    }

    // A step that does not count repeats the output before, which is 0 until one did.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private readonly void Output(nint s, nint sample, nint place, T* state, bool hasBegun)
    {
        nint units = Sequence.Units;
        bool shows = hasBegun && (!Sequence.ZeroOutputs || Sequence.Mask == null || Sequence.Mask[place]);
        if (Outputs != null) Show(state, Outputs + (((sample * Sequence.Steps) + s) * units), units, shows);
        if (LastOutput != null && s == Sequence.Steps - 1) Show(state, LastOutput + (sample * units), units, shows);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Show(T* state, T* output, nint units, bool shows)
    {
        if (shows) GemmPacking.Copy(state, output, units);
        else new Span<T>(output, (int)units).Clear();
    }

    private static void Begin(T* values, nint sample, T* row, nint units)
    {
        if (values == null) new Span<T>(row, (int)units).Clear();
        else new Span<T>(values + (sample * units), (int)units).CopyTo(new Span<T>(row, (int)units));
    }
}
