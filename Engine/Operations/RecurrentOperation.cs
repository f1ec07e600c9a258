using System.Numerics;
using Engine.Kernels;

namespace Engine;

/// <summary>A recurrent formula over all steps of a sequence, as one operation.</summary>
/// <remarks>
/// <para>The formulas and their numbers stand with <see cref="RecurrentKind"/>. Forward: one product x·W + b for all steps, then h·U and
/// the formula step by step. Backward: the formula's derivatives from the last step to the first give the gradients g of its sums; then,
/// each in one product over all samples and steps, dW = Σ xᵀ·g, dU = Σ h'ᵀ·g, dx = g·Wᵀ, and db = Σ g. F-R1, F-L1 to F-L3, F-U1 to F-U3.
/// </para>
/// <para>Where the gradient is to be differentiated itself, it is taken through the composed form, whose operations have gradients.</para>
/// </remarks>
internal sealed unsafe class RecurrentOperation
{
    private readonly RecurrentKind kind;
    private readonly RecurrentOperands operands;
    private readonly bool backwards;
    private readonly bool zeroOutputs;
    private readonly Tensor gates;
    private readonly Tensor? rows;
    private readonly GatherOrigin? gathered;
    private readonly Tensor? origin;
    private readonly Tensor? met;
    private readonly Tensor? table;
    private readonly Tensor? states;
    private readonly Tensor? droppedStates;
    private readonly Tensor? cells;
    private readonly Tensor? inners;
    private readonly int batch;
    private readonly int steps;
    private readonly int features;
    private readonly int units;

    // Whether the gates hold gradients already; who asks once more, a tape around the one that was asked, gets the composed form's.
    private bool overwritten;

    private RecurrentOperation(RecurrentKind kind, in RecurrentOperands operands, bool backwards, bool zeroOutputs, bool keeps)
    {
        (this.kind, this.operands, this.backwards, this.zeroOutputs) = (kind, operands, backwards, zeroOutputs);
        Shape shape = operands.Input.Shape;
        (batch, steps, features, units) = (shape[0], shape[1], shape[2], operands.Recurrent.Shape[0]);
        DType dtype = operands.Input.DType;
        rows = operands.Input.ChosenRows;
        GatherOrigin? known = operands.Input.Gathered;
        using IDisposable? pause = rows is null && known is null ? null : GradientTape.StopRecording();
        if (known is not null && known.Holds(operands.Input))
        {
            // Of a table E the rows that occur, each once, where these are an eighth fewer than its rows and than the steps.
            int all = known.Table.Shape[0];
            if (DistinctRows.Of(known.Indices, all, (int)(Math.Min(all, (long)batch * steps) * 7 / 8)) is { } distinct)
                (gathered, rows, met, origin) = (known, distinct.Places, distinct.Rows, known.Table.Gather(distinct.Rows));
            else if (all <= batch * steps) (gathered, rows, origin) = (known, known.Indices, known.Table);
        }

        if (rows is not null)
        {
            // The sums are rows of W + b, or of E·W + b for rows of E: of all where they are fewer than steps, else of the chosen.
            Tensor kernel = operands.Kernel;
            Tensor? bias = operands.Bias is { Rank: 2 } both ? both[0] : operands.Bias;
            if (origin is not null) table = origin.Linear(kernel, bias);
            else if (features <= batch * steps) table = bias is null ? kernel : kernel + bias;
            else gates = bias is null ? kernel.Gather(rows) : kernel.Gather(rows) + bias;
        }

        gates ??= Tensor.Empty([batch, steps, Recurrent.Gates(kind) * units], dtype);
        if (!keeps) return;
        Shape each = [batch, steps, units];
        states = droppedStates = Tensor.Empty(each, dtype);
        if (operands.Dropout is not null) droppedStates = Tensor.Empty(each, dtype);
        if (Recurrent.HasCell(kind)) cells = Tensor.Empty(each, dtype);
        if (Recurrent.HasInner(kind)) inners = Tensor.Empty(each, dtype);
    }

    /// <summary>Runs the formula over the sequence.</summary>
    /// <param name="formula">The formula.</param>
    /// <param name="operands">What it works on; all of one type.</param>
    /// <param name="returnSequences">Whether every step's output is wanted, not the last alone.</param>
    /// <param name="backwards">Whether the steps are taken last to first; outputs come in the order of the steps.</param>
    /// <param name="zeroOutputs">Whether outputs at masked steps are 0, not the last one before.</param>
    /// <param name="composed">The same from operations: the output, the last state and, where there is one, the last cell.</param>
    /// <returns>The output [batch, steps, units] or [batch, units]; the last state; and the last cell, null where there is none.</returns>
    /// <exception cref="ShapeException">A shape does not fit.</exception>
    /// <exception cref="DTypeException">The types differ or are not floating point.</exception>
    public static (Tensor Output, Tensor State, Tensor? Cell) Run(
        RecurrentFormula formula,
        RecurrentOperands operands,
        bool returnSequences,
        bool backwards,
        bool zeroOutputs,
        Func<Tensor[]> composed)
    {
        RecurrentKind kind = formula.Kind;
        Check(kind, operands);
        Tensor[] inputs = operands.Differentiable;
        var run = new RecurrentOperation(kind, operands, backwards, zeroOutputs, GradientTape.WouldRecord(inputs));
        DType dtype = operands.Input.DType;
        Shape last = [run.batch, run.units];
        Tensor output = Tensor.Empty(returnSequences ? [run.batch, run.steps, run.units] : last, dtype), state = Tensor.Empty(last, dtype);
        Tensor? cell = Recurrent.HasCell(kind) ? Tensor.Empty(last, dtype) : null;
        Dispatch.Float(dtype, new ForwardWork(run, output, state, cell, returnSequences));
        Tensor[] outputs = cell is null ? [output, state] : [output, state, cell];
        GradientTape.Record("recurrence", outputs, inputs, (dys, needed) => IsFollowed(dys) || GradientTape.WouldRecord(inputs) || run.overwritten
            ? Tensor.Pullback(composed, inputs, dys)
            : run.Gradients(dys, needed, returnSequences));
        return (output, state, cell);
    }

    /// <summary>Whether an outer tape follows a gradient.</summary>
    internal static bool IsFollowed(Tensor?[] dys)
    {
        foreach (Tensor? dy in dys)
        {
            if (dy is not null && GradientTape.WouldRecord(dy)) return true;
        }

        return false;
    }

    private static void Check(RecurrentKind kind, in RecurrentOperands operands)
    {
        const string Name = "recurrence";
        Tensor x = operands.Input, kernel = operands.Kernel, recurrent = operands.Recurrent;
        Fail.UnlessFloat(Name, x);
        Tensor?[] others = [kernel, recurrent, operands.Bias, operands.State, operands.Cell, operands.Dropout];
        foreach (Tensor? operand in others)
        {
            if (operand is not null && operand.DType != x.DType) throw Fail.Mismatch(Name, x.DType, operand.DType);
        }

        if (x.Rank != 3 || x.Shape[1] == 0)
            throw Fail.Shape(Name, $"an input of shape {x.Shape}", "give [batch, steps, features] with at least one step");
        int units = recurrent.Rank == 2 ? recurrent.Shape[0] : 0, columns = Recurrent.Gates(kind) * units;
        if (units == 0 || recurrent.Shape[1] != columns || kernel.Shape != Shape.Create([x.Shape[2], columns]))
        {
            throw Fail.Shape(Name, $"kernels of shape {kernel.Shape} and {recurrent.Shape} for an input of shape {x.Shape}",
                $"give [features, columns] and [units, columns] with {Recurrent.Gates(kind)} columns a unit");
        }

        Shape bias = kind == RecurrentKind.ResetAfterGru ? [2, columns] : [columns], each = [x.Shape[0], units];
        Want("a bias", operands.Bias, bias);
        Want("a state", operands.State, each);
        Want("a cell", operands.Cell, each);
        Want("a dropout mask", operands.Dropout, each);
        Want("a mask", operands.Mask, [x.Shape[0], x.Shape[1]]);
        if (operands.Mask is { } mask && mask.DType != DType.Bool)
            throw Fail.DType(Name, $"a mask of type {mask.DType}", "give truth values");

        static void Want(string what, Tensor? operand, Shape shape)
        {
            if (operand is not null && operand.Shape != shape)
                throw Fail.Shape(Name, $"{what} of shape {operand.Shape}", $"give the shape {shape}");
        }
    }

    /// <summary>The gradients of the inputs, as far as they are needed.</summary>
    private Tensor?[] Gradients(Tensor?[] dys, bool[] needed, bool sequences)
    {
        DType dtype = operands.Input.DType;
        RecurrentBlock[] blocks = Recurrent.Blocks(kind);
        int bias = 3, state = operands.Bias is null ? 3 : 4, cell = operands.State is null ? state : state + 1;
        var results = new Tensor?[needed.Length];
        for (int i = 0; i < results.Length; i++)
        {
            Tensor input = i == 0 ? operands.Input : i == 1 ? operands.Kernel : i == 2 ? operands.Recurrent
                : i == bias && i < state ? operands.Bias! : i == state && i < cell ? operands.State! : operands.Cell!;
            if (needed[i] && (i > 1 || rows is null)) results[i] = Tensor.Empty(input.Shape, dtype);
        }

        // Of no use any more, the gates' values make room for the gradients of their sums, step by step: half as much memory passes by.
        overwritten = GradientTape.IsLastUse && blocks.Length == Recurrent.Gates(kind);
        Tensor gradients = overwritten ? gates : Tensor.Empty([batch, steps, blocks.Length * units], dtype);
        Tensor? dstate = state < cell ? results[state] : null, dcell = operands.Cell is null ? null : results[cell];
        Tensor? dbias = bias < state ? results[bias] : null, total = dbias is null ? null : Tensor.Empty([gradients.Shape[2]], dtype);
        Dispatch.Float(dtype, new BackwardWork(this, dys, sequences, gradients, total, dstate, dcell));
        Tensor? sums = rows is null ? null : Tensor.Empty([table is null ? features : table.Shape[0], gates.Shape[^1]], dtype);
        Dispatch.Float(dtype, new ProductWork(this, blocks, gradients, results[0], sums ?? results[1], results[2]));
        if (sums is not null) FromSums(sums, gradients, blocks, needed, results);
        if (dbias is not null) Dispatch.Float(dtype, new BiasWork(blocks, total!, dbias, units, Recurrent.Gates(kind)));
        return results;
    }

    /// <summary>dW and dx of rows of a table E, from the sums S of g by row: S for one-hot rows, else dW = Eᵀ·S, and dE = S·Wᵀ.</summary>
    private void FromSums(Tensor sums, Tensor gradients, RecurrentBlock[] blocks, bool[] needed, Tensor?[] results)
    {
        if (needed[1]) results[1] = origin is null ? sums : origin.MatMul(sums, transposeA: true);
        if (!needed[0]) return;
        Shape shape = operands.Input.Shape;
        DType dtype = operands.Input.DType;
        if (origin is null || GradientTape.IsAskedFor(operands.Input))
        {
            results[0] = Tensor.Empty(shape, dtype);
            Dispatch.Float(dtype, new ProductWork(this, blocks, gradients, results[0], null, null));
            return;
        }

        // The gather in front takes the sums; who adds another gradient reads the elements, which are made then.
        Tensor dtable = sums.MatMul(operands.Kernel, transposeB: true);
        if (met is not null) dtable = dtable.ScatterAdd(met, gathered!.Table.Shape[0]);
        Storage pending = Storage.Pending(shape.Length * dtype.Size(), ThreadState.Current.Scope, (target, _) =>
        {
            Tensor dx = Tensor.Empty(shape, dtype);
            Dispatch.Float(dtype, new ProductWork(this, blocks, gradients, dx, null, null));
            dx.Bytes().CopyTo(target);
        });
        gradients.Storage.GradientHolds++;
        dtable.Storage.GradientHolds++;
        results[0] = new Tensor(pending, 0, shape, dtype) { SumsByRow = new RowSums(gathered!.Indices, dtable) };
    }

    private RecurrentSequence<T> Sequence<T>(
        T* gate, T* recurrent, bool* mask, bool* begun, T* dropout, T* state, T* dropped, T* cell, T* inner)
        where T : unmanaged => new()
        {
            Batch = batch, Steps = steps, Units = units, Backwards = backwards, ZeroOutputs = zeroOutputs, Mask = mask, Begun = begun,
            Dropout = dropout, Recurrent = recurrent, Gates = gate, States = state, DroppedStates = dropped, Cells = cell, Inners = inner,
        };

    private static Span<T> Data<T>(Tensor? tensor)
        where T : unmanaged => tensor is null ? default : tensor.Data<T>();

    private readonly struct ForwardWork(RecurrentOperation run, Tensor output, Tensor state, Tensor? cell, bool sequences) : IFloatWork
    {
        public void Run<T>()
            where T : unmanaged, IBinaryFloatingPointIeee754<T>
        {
            RecurrentOperands of = run.operands;
            int columns = run.gates.Shape[^1];
            fixed (T* x = Data<T>(run.rows is null ? of.Input : null), kernel = of.Kernel.Data<T>(), recurrent = of.Recurrent.Data<T>())
            fixed (T* bias = Data<T>(of.Bias), sums = Data<T>(run.table))
            fixed (int* rows = Data<int>(run.rows))
            fixed (T* firstState = Data<T>(of.State), firstCell = Data<T>(of.Cell), dropout = Data<T>(of.Dropout))
            fixed (T* gate = run.gates.Data<T>(), states = Data<T>(run.states), dropped = Data<T>(run.droppedStates))
            fixed (T* cells = Data<T>(run.cells), inners = Data<T>(run.inners))
            fixed (T* y = output.Data<T>(), lastState = state.Data<T>(), lastCell = Data<T>(cell))
            fixed (bool* mask = Data<bool>(of.Mask), begun = Data<bool>(of.Begun))
            {
                if (run.rows is null)
                {
                    Gemm.Multiply(
                        (nint)run.batch * run.steps, columns, run.features, new(x, run.features, 1), new(kernel, columns, 1), gate,
                        columns, new GemmEpilogue<T>(bias));
                }

                var pass = new RecurrentForward<T>
                {
                    RecurrentBias = run.kind == RecurrentKind.ResetAfterGru && bias != null ? bias + columns : null,
                    FirstState = firstState, FirstCell = firstCell, Table = sums, Rows = rows, Outputs = sequences ? y : null,
                    LastOutput = sequences ? null : y, LastState = lastState, LastCell = lastCell,
                };
                Recurrent.Forward(run.kind, run.Sequence(gate, recurrent, mask, begun, dropout, states, dropped, cells, inners), pass);
            }
        }
    }

    private readonly struct BackwardWork(
        RecurrentOperation run, Tensor?[] dys, bool sequences, Tensor gradients, Tensor? total, Tensor? dstate, Tensor? dcell) : IFloatWork
    {
        public void Run<T>()
            where T : unmanaged, IBinaryFloatingPointIeee754<T>
        {
            RecurrentOperands of = run.operands;
            fixed (T* recurrent = of.Recurrent.Data<T>(), dropout = Data<T>(of.Dropout), gate = run.gates.Data<T>())
            fixed (T* states = Data<T>(run.states), dropped = Data<T>(run.droppedStates), cells = Data<T>(run.cells))
            fixed (T* inners = Data<T>(run.inners), g = gradients.Data<T>(), sums = Data<T>(total))
            fixed (T* dy = Data<T>(dys[0]), lastState = Data<T>(dys[1]), lastCell = Data<T>(dys.Length > 2 ? dys[2] : null))
            fixed (T* firstState = Data<T>(dstate), firstCell = Data<T>(dcell))
            fixed (bool* mask = Data<bool>(of.Mask), begun = Data<bool>(of.Begun))
            {
                var pass = new RecurrentBackward<T>
                {
                    Outputs = sequences ? dy : null, LastOutput = sequences ? null : dy, LastState = lastState, LastCell = lastCell,
                    Gradients = g, Sums = sums, FirstState = firstState, FirstCell = firstCell,
                };
                Recurrent.Backward(run.kind, run.Sequence(gate, recurrent, mask, begun, dropout, states, dropped, cells, inners), pass);
            }
        }
    }

    /// <summary>dx, dW and dU; blocks that lie side by side in both matrices go together.</summary>
    private readonly struct ProductWork(
        RecurrentOperation run, RecurrentBlock[] blocks, Tensor gradients, Tensor? dx, Tensor? dkernel, Tensor? drecurrent) : IFloatWork
    {
        public void Run<T>()
            where T : unmanaged, IBinaryFloatingPointIeee754<T>
        {
            RecurrentOperands of = run.operands;
            nint rows = (nint)run.batch * run.steps, features = run.features, units = run.units, width = blocks.Length * units;
            nint columns = run.gates.Shape[^1];
            fixed (T* x = Data<T>(run.rows is null ? of.Input : null), kernel = of.Kernel.Data<T>())
            fixed (T* dropped = Data<T>(run.droppedStates), inners = Data<T>(run.inners))
            fixed (int* chosen = Data<int>(run.rows))
            fixed (T* g = gradients.Data<T>(), toInput = Data<T>(dx), toKernel = Data<T>(dkernel), toRecurrent = Data<T>(drecurrent))
            {
                bool first = true;
                for (int start = 0, end; start < blocks.Length; start = end)
                {
                    end = End(start, recurrent: false);
                    if (blocks[start].Kernel < 0) continue;
                    nint count = (end - start) * units, column = blocks[start].Kernel * units;
                    var part = new StridedMatrix<T>(g + (start * units), width, 1);
                    if (toKernel != null && chosen != null)
                        RowScatter.Sum(1, g + (start * units), width, chosen, rows, count, toKernel + column, dkernel!.Shape[0], columns);
                    else if (toKernel != null)
                        Gemm.Multiply(features, count, rows, new(x, 1, features), part, toKernel + column, columns);
                    if (toInput != null)
                    {
                        Gemm.Multiply(rows, features, count, part, new(kernel + column, 1, columns), toInput, features,
                            new GemmEpilogue<T>(accumulate: !first));
                    }

                    first = false;
                }

                for (int start = 0, end; start < blocks.Length && toRecurrent != null; start = end)
                {
                    end = End(start, recurrent: true);
                    if (blocks[start].Recurrent < 0) continue;
                    T* met = blocks[start].Inner ? inners : dropped;
                    Gemm.Multiply(units, (end - start) * units, rows, new(met, 1, units), new(g + (start * units), width, 1),
                        toRecurrent + (blocks[start].Recurrent * units), columns);
                }
            }
        }

        private int End(int start, bool recurrent)
        {
            int end = start + 1, first = Column(start, recurrent);
            while (end < blocks.Length && first >= 0 && Column(end, recurrent) == first + end - start
                && (!recurrent || blocks[end].Inner == blocks[start].Inner)) end++;
            return end;
        }

        private int Column(int block, bool recurrent) => recurrent ? blocks[block].Recurrent : blocks[block].Kernel;
    }

    private readonly struct BiasWork(RecurrentBlock[] blocks, Tensor sums, Tensor dbias, int units, int gates) : IFloatWork
    {
        public void Run<T>()
            where T : unmanaged, IBinaryFloatingPointIeee754<T>
        {
            Span<T> from = sums.Data<T>(), to = dbias.Data<T>();
            for (int i = 0; i < blocks.Length; i++)
            {
                Span<T> block = from.Slice(i * units, units);
                if (blocks[i].Kernel >= 0) block.CopyTo(to[(blocks[i].Kernel * units)..]);
                if (dbias.Rank == 2 && blocks[i].Recurrent >= 0) block.CopyTo(to[((gates + blocks[i].Recurrent) * units)..]);
            }
        }
    }
}
