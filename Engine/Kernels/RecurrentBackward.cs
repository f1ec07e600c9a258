using System.Numerics;
using System.Runtime.CompilerServices;

namespace Engine.Kernels;

/// <summary>The backward pass: chunks are groups of samples, each of which goes back through all steps by itself.</summary>
/// <remarks>Source of the order: Werbos, "Backpropagation through time", 1990.</remarks>
internal unsafe struct RecurrentBackwardJob<C, V, T> : IChunkJob
    where C : struct, IRecurrentCell
    where V : struct, ISimd<V, T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public RecurrentSequence<T> Sequence;

    /// <summary>The transposes of U's blocks for the state, and of the one for the inner state.</summary>
    public PackedMatrix<T> StateBlocks, InnerBlock;

    /// <summary>[batch, steps, units] and [batch, units]: the gradients of what the forward pass gave; null where there are none.</summary>
    public T* Outputs, LastOutput, LastState, LastCell;

    /// <summary>[batch, steps, blocks·units]: the gradients of the sums, in the order of the formula's blocks.</summary>
    public T* Gradients;

    /// <summary>[chunks, blocks·units]: the sums of a chunk's gradients, which a pass over them all would read from afar; null where not
    /// wanted.</summary>
    public T* Sums;

    /// <summary>[batch, units]: the gradients of the first state and cell; null where not wanted.</summary>
    public T* FirstState, FirstCell;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public readonly void Run(int chunk)
    {
        EvenSplit split = Sequence.Chunks;
        nint start = split.Start(chunk), rows = split.Length(chunk), units = Sequence.Units, steps = Sequence.Steps;
        nint line = 64 / sizeof(T), stateStride = GemmTiling<V, T>.PaddedColumns(units) + line;
        nint blocks = C.Blocks.Length * units, gradientStride = blocks + line;
        bool drops = Sequence.Dropout != null;
        T* dstate = GemmScratch.Rent<T>(ScratchUse.Recurrent, rows * ((4 * stateStride) + gradientStride));
        T* dcell = dstate + (rows * stateStride), dinner = dcell + (rows * stateStride);
        T* dropped = dinner + (rows * stateStride), gradients = dropped + (rows * stateStride);
        T* ddropped = drops ? dropped : dstate;
        nint* begin = stackalloc nint[(int)rows];
        new Span<T>(dstate, checked((int)(rows * 2 * stateStride))).Clear();
        T* sums = Sums + (chunk * blocks);
        if (Sums != null) new Span<T>(sums, checked((int)blocks)).Clear();
        for (nint row = 0; row < rows; row++)
        {
            if (LastState != null) GemmPacking.Copy(LastState + ((start + row) * units), dstate + (row * stateStride), units);
            if (LastCell != null) GemmPacking.Copy(LastCell + ((start + row) * units), dcell + (row * stateStride), units);
            begin[row] = Sequence.FirstStep(start + row);
        }

        var step = new RecurrentReverseStep<T> { Units = units };
        for (nint s = steps - 1; s >= 0; s--)
        {
            nint time = Sequence.Time(s);
            if (drops) new Span<T>(ddropped, checked((int)(rows * stateStride))).Clear();
            for (nint row = 0; row < rows; row++)
            {
                nint sample = start + row, place = (sample * steps) + time;
                bool counts = Sequence.Mask == null || Sequence.Mask[place];
                T* dh = dstate + (row * stateStride);
                if (s >= begin[row] && (counts || !Sequence.ZeroOutputs))
                {
                    if (Outputs != null) RecurrentRows.Add<V, T>(dh, Outputs + (((sample * steps) + s) * units), units);
                    if (LastOutput != null && s == steps - 1) RecurrentRows.Add<V, T>(dh, LastOutput + (sample * units), units);
                }

                if (!counts)
                {
                    new Span<T>(gradients + (row * gradientStride), (int)blocks).Clear();
                    continue;
                }

                Point(ref step, row, place, dh, dcell, stateStride);
                step.Gradients = gradients + (row * gradientStride);
                nint done = C.Reverse<V, T>(step, 0);
                if (done < units) C.Reverse<SimdScalar<T>, T>(step, done);
            }

            if (C.HasInnerProduct)
            {
                nint block = C.StateBlocks * units;
                GemmDriver<V, T>.MultiplyInline(rows, new(gradients + block, gradientStride, 1), InnerBlock, dinner, stateStride);
                for (nint row = 0; row < rows; row++)
                {
                    nint place = ((start + row) * steps) + time;
                    if (Sequence.Mask != null && !Sequence.Mask[place]) continue;
                    Point(ref step, row, place, dstate + (row * stateStride), dcell, stateStride);
                    step.Gradients = gradients + (row * gradientStride);
                    step.DroppedGradient = ddropped + (row * stateStride);
                    step.InnerGradient = dinner + (row * stateStride);
                    nint done = C.ReverseInner<V, T>(step, 0);
                    if (done < units) C.ReverseInner<SimdScalar<T>, T>(step, done);
                }
            }

            if (s > 0 || FirstState != null)
            {
                GemmDriver<V, T>.MultiplyInline(
                    1, rows, new(gradients, gradientStride, 1), 0, StateBlocks, 0, ddropped, 0, stateStride, accumulate: true);
            }

            if (Sums != null) RecurrentRows.AddRows<V, T>(sums, gradients, rows, gradientStride, blocks);
            for (nint row = 0; row < rows; row++)
            {
                nint place = ((start + row) * steps) + time;
                GemmPacking.Copy(gradients + (row * gradientStride), Gradients + (place * blocks), blocks);
                if (!drops) continue;
                T* past = ddropped + (row * stateStride);
                RecurrentRows.Multiply<V, T>(past, Sequence.Dropout + ((start + row) * units), past, units);
                RecurrentRows.Add<V, T>(dstate + (row * stateStride), past, units);
            }
        }

        for (nint row = 0; row < rows; row++)
        {
            if (FirstState != null) GemmPacking.Copy(dstate + (row * stateStride), FirstState + ((start + row) * units), units);
            if (FirstCell != null) GemmPacking.Copy(dcell + (row * stateStride), FirstCell + ((start + row) * units), units);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private readonly void Point(ref RecurrentReverseStep<T> step, nint row, nint place, T* dh, T* dcell, nint stateStride)
    {
        nint units = Sequence.Units;
        step.Gates = Sequence.Gates + (place * C.Gates * units);
        step.State = Sequence.States + (place * units);
        step.Dropped = Sequence.DroppedStates + (place * units);
        step.Cell = Sequence.Cells + (place * units);
        step.Inner = Sequence.Inners + (place * units);
        step.StateGradient = dh;
        step.CellGradient = dcell + (row * stateStride);
    }
}

/// <summary>Rows of numbers between the products of a recurrent step.</summary>
internal static unsafe class RecurrentRows
{
    /// <summary>y = a ⊙ b.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Multiply<V, T>(T* a, T* b, T* y, nint count)
        where V : struct, ISimd<V, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        nint j = 0;
        for (; j + V.Count <= count; j += V.Count) V.Store(V.Load(a + j) * V.Load(b + j), y + j);
        for (; j < count; j++) y[j] = a[j] * b[j];
    }

    /// <summary>y += x.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Add<V, T>(T* y, T* x, nint count)
        where V : struct, ISimd<V, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        nint j = 0;
        for (; j + V.Count <= count; j += V.Count) V.Store(V.Load(y + j) + V.Load(x + j), y + j);
        for (; j < count; j++) y[j] += x[j];
    }

    /// <summary>y += Σ x over rows that lie <paramref name="stride"/> apart.</summary>
    /// <remarks>The rows are added up by themselves first, so that the long sum is rounded once for all of them.</remarks>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void AddRows<V, T>(T* y, T* x, nint rows, nint stride, nint count)
        where V : struct, ISimd<V, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        nint j = 0;
        for (; j + (2 * V.Count) <= count; j += 2 * V.Count)
        {
            V first = V.Load(x + j), second = V.Load(x + j + V.Count);
            T* from = x + j;
            for (nint row = 1; row < rows; row++)
            {
                from += stride;
                first += V.Load(from);
                second += V.Load(from + V.Count);
            }

            V.Store(V.Load(y + j) + first, y + j);
            V.Store(V.Load(y + j + V.Count) + second, y + j + V.Count);
        }

        for (; j < count; j++)
        {
            T sum = x[j];
            for (nint row = 1; row < rows; row++) sum += x[(row * stride) + j];
            y[j] += sum;
        }
    }
}
