using System.Numerics;

namespace Engine.Kernels;

/// <summary>What the forward pass over a sequence reads and gives beside <see cref="RecurrentSequence{T}"/>; null for what is not
/// there.</summary>
internal unsafe struct RecurrentForward<T>
    where T : unmanaged
{
    /// <summary>The biases of h·U.</summary>
    public T* RecurrentBias;

    /// <summary>[batch, units].</summary>
    public T* FirstState, FirstCell;

    /// <summary>Rows of sums, and which of them each step of each sample takes instead of Gates.</summary>
    public T* Table;

    /// <summary>See <see cref="Table"/>.</summary>
    public int* Rows;

    /// <summary>[batch, steps, units].</summary>
    public T* Outputs;

    /// <summary>[batch, units].</summary>
    public T* LastOutput, LastState, LastCell;
}

/// <summary>What the backward pass reads and gives; null where there is none.</summary>
internal unsafe struct RecurrentBackward<T>
    where T : unmanaged
{
    /// <summary>The gradients of the forward pass' results.</summary>
    public T* Outputs, LastOutput, LastState, LastCell;

    /// <summary>The gradients of the sums, [batch, steps, blocks·units].</summary>
    public T* Gradients;

    /// <summary>Their sums over all samples and steps, [blocks·units].</summary>
    public T* Sums;

    /// <summary>The gradients of the first state and cell.</summary>
    public T* FirstState, FirstCell;
}

/// <summary>Recurrent formulas over whole sequences, forward and backward.</summary>
/// <remarks>
/// U is packed once for all steps. The batch is cut into groups of samples by its size alone, and each group goes through all steps on
/// one thread: there is one parallel region a pass, not one a step. The rows of a group meet U in the microkernel and go through the
/// formula while they are in the first-level cache. All arrays are sample by sample, so that x·W and the products for dW, dU and dx are
/// single products over all samples and steps.
/// </remarks>
internal static unsafe class Recurrent
{
    /// <summary>The blocks of a row of gradients.</summary>
    public static RecurrentBlock[] Blocks(RecurrentKind kind) => kind switch
    {
        RecurrentKind.Lstm => LstmRecurrentCell.Blocks,
        RecurrentKind.CelllessLstm => CelllessLstmRecurrentCell.Blocks,
        RecurrentKind.ResetAfterGru => ResetAfterGruRecurrentCell.Blocks,
        RecurrentKind.SingleGateGru => GruRecurrentCell<SingleGates>.Blocks,
        RecurrentKind.Gru or RecurrentKind.ResetGatedCarryGru => GruRecurrentCell<StandardGates>.Blocks,
        _ => SimpleRecurrentCell<RecurrentTanh>.Blocks,
    };

    /// <summary>Column blocks of the kernel.</summary>
    public static int Gates(RecurrentKind kind) => kind switch
    {
        RecurrentKind.Lstm or RecurrentKind.CelllessLstm => 4,
        RecurrentKind.SingleGateGru => 2,
        RecurrentKind.Tanh or RecurrentKind.Relu or RecurrentKind.Linear => 1,
        _ => 3,
    };

    /// <summary>Whether the formula has a cell beside the state.</summary>
    public static bool HasCell(RecurrentKind kind) => kind == RecurrentKind.Lstm;

    /// <summary>Whether the formula keeps an inner state.</summary>
    public static bool HasInner(RecurrentKind kind) => Gates(kind) > 1 && !HasCell(kind);

    /// <summary>All steps, forward.</summary>
    public static void Forward<T>(RecurrentKind kind, in RecurrentSequence<T> sequence, in RecurrentForward<T> pass)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (sequence.Batch > 0) Run(kind, new ForwardPass<T>(sequence, pass));
    }

    /// <summary>All steps, backward.</summary>
    public static void Backward<T>(RecurrentKind kind, in RecurrentSequence<T> sequence, in RecurrentBackward<T> pass)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (sequence.Batch > 0) Run(kind, new BackwardPass<T>(sequence, pass));
        else if (pass.Sums != null) new Span<T>(pass.Sums, checked((int)(Blocks(kind).Length * sequence.Units))).Clear();
    }

    private static void Run<P>(RecurrentKind kind, in P pass)
        where P : struct, IPass
    {
        switch (kind)
        {
            case RecurrentKind.Tanh: pass.Run<SimpleRecurrentCell<RecurrentTanh>>(); break;
            case RecurrentKind.Relu: pass.Run<SimpleRecurrentCell<RecurrentRelu>>(); break;
            case RecurrentKind.Linear: pass.Run<SimpleRecurrentCell<RecurrentIdentity>>(); break;
            case RecurrentKind.Lstm: pass.Run<LstmRecurrentCell>(); break;
            case RecurrentKind.CelllessLstm: pass.Run<CelllessLstmRecurrentCell>(); break;
            case RecurrentKind.Gru: pass.Run<GruRecurrentCell<StandardGates>>(); break;
            case RecurrentKind.ResetAfterGru: pass.Run<ResetAfterGruRecurrentCell>(); break;
            case RecurrentKind.ResetGatedCarryGru: pass.Run<GruRecurrentCell<ResetGatedCarryGates>>(); break;
            default: pass.Run<GruRecurrentCell<SingleGates>>(); break;
        }
    }

    private interface IPass
    {
        void Run<C>()
            where C : struct, IRecurrentCell;
    }

    private readonly struct ForwardPass<T>(RecurrentSequence<T> sequence, RecurrentForward<T> pass) : IPass
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        public void Run<C>()
            where C : struct, IRecurrentCell => SimdDispatch.Run<ForwardBody<C, T>, T>(new(sequence, pass));
    }

    private readonly struct BackwardPass<T>(RecurrentSequence<T> sequence, RecurrentBackward<T> pass) : IPass
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        public void Run<C>()
            where C : struct, IRecurrentCell => SimdDispatch.Run<BackwardBody<C, T>, T>(new(sequence, pass));
    }

    private readonly struct ForwardBody<C, T>(RecurrentSequence<T> sequence, RecurrentForward<T> pass) : ISimdBody<T>
        where C : struct, IRecurrentCell
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        public void Run<V>()
            where V : struct, ISimd<V, T>
        {
            (PackedMatrix<T> state, PackedMatrix<T> inner) = RecurrentPacking<C, V, T>.Pack(sequence, transposed: false);
            var job = new RecurrentForwardJob<C, V, T>
            {
                Sequence = sequence, StateBlocks = state, InnerBlock = inner, RecurrentBias = pass.RecurrentBias,
                FirstState = pass.FirstState, FirstCell = pass.FirstCell, Table = pass.Table, Rows = pass.Rows,
                Outputs = pass.Outputs, LastOutput = pass.LastOutput, LastState = pass.LastState, LastCell = pass.LastCell,
            };
            WorkerTeam.Run(job, (int)sequence.Chunks.Parts);
        }
    }

    private readonly struct BackwardBody<C, T>(RecurrentSequence<T> sequence, RecurrentBackward<T> pass) : ISimdBody<T>
        where C : struct, IRecurrentCell
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        public void Run<V>()
            where V : struct, ISimd<V, T>
        {
            (PackedMatrix<T> state, PackedMatrix<T> inner) = RecurrentPacking<C, V, T>.Pack(sequence, transposed: true);
            nint width = C.Blocks.Length * sequence.Units;
            T* sums = pass.Sums == null ? null : GemmScratch.Rent<T>(ScratchUse.Shared, sequence.Chunks.Parts * width);
            var job = new RecurrentBackwardJob<C, V, T>
            {
                Sequence = sequence, StateBlocks = state, InnerBlock = inner, Outputs = pass.Outputs, LastOutput = pass.LastOutput,
                LastState = pass.LastState, LastCell = pass.LastCell, Gradients = pass.Gradients, Sums = sums, FirstState = pass.FirstState,
                FirstCell = pass.FirstCell,
            };
            WorkerTeam.Run(job, (int)sequence.Chunks.Parts);
            if (sums == null) return;
            new Span<T>(pass.Sums, checked((int)width)).Clear();
            RecurrentRows.AddRows<V, T>(pass.Sums, sums, sequence.Chunks.Parts, width, width);
        }
    }
}

/// <summary>Packs the blocks of U in a formula's order.</summary>
internal static unsafe class RecurrentPacking<C, V, T>
    where C : struct, IRecurrentCell
    where V : struct, ISimd<V, T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>The blocks that meet the state side by side, and the one that meets the inner state; or the transpose of each.</summary>
    /// <remarks>The columns are counted as the registers that hold them: those beyond the matrix are zero.</remarks>
    public static (PackedMatrix<T> State, PackedMatrix<T> Inner) Pack(in RecurrentSequence<T> sequence, bool transposed)
    {
        RecurrentBlock[] blocks = C.Blocks;
        nint units = sequence.Units, width = C.StateBlocks * units, all = 0;
        foreach (RecurrentBlock block in blocks) all = Math.Max(all, block.Recurrent + 1);
        nint stride = all * units, size = Gemm.PackedSize<T>(transposed ? width : units, transposed ? units : width);
        T* buffer = GemmScratch.Rent<T>(ScratchUse.SharedKernel, size + Gemm.PackedSize<T>(units, units));
        StridedMatrix<T> side = Side(sequence, blocks, stride);
        PackedMatrix<T> state = Pack(transposed ? width : units, transposed ? units : width, transposed ? side.Transposed : side, buffer);
        if (!C.HasInnerProduct) return (state, default);
        var last = new StridedMatrix<T>(sequence.Recurrent + (blocks[C.StateBlocks].Recurrent * units), stride, 1);
        return (state, Pack(units, units, transposed ? last.Transposed : last, buffer + size));
    }

    private static PackedMatrix<T> Pack(nint rows, nint columns, StridedMatrix<T> matrix, T* buffer)
    {
        GemmDriver<V, T>.Pack(rows, columns, matrix, buffer);
        return new PackedMatrix<T>(buffer, rows, GemmTiling<V, T>.PaddedColumns(columns));
    }

    // Where the blocks lie in another order, or apart, they are laid out first.
    private static StridedMatrix<T> Side(in RecurrentSequence<T> sequence, RecurrentBlock[] blocks, nint stride)
    {
        nint units = sequence.Units;
        bool inOrder = true;
        for (int i = 0; i < C.StateBlocks; i++) inOrder &= blocks[i].Recurrent == i;
        if (inOrder) return new StridedMatrix<T>(sequence.Recurrent, stride, 1);
        nint width = C.StateBlocks * units;
        T* laid = GemmScratch.Rent<T>(ScratchUse.Shared, units * width);
        for (nint row = 0; row < units; row++)
        {
            for (int i = 0; i < C.StateBlocks; i++)
            {
                T* from = sequence.Recurrent + (row * stride) + (blocks[i].Recurrent * units);
                GemmPacking.Copy(from, laid + (row * width) + (i * units), units);
            }
        }

        return new StridedMatrix<T>(laid, width, 1);
    }
}
