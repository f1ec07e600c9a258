namespace Engine.Layers;

/// <summary>The weights of a recurrent cell as PyTorch holds them.</summary>
/// <param name="WeightIh">weight_ih (gates·units, features).</param>
/// <param name="WeightHh">weight_hh (gates·units, units).</param>
/// <param name="BiasIh">bias_ih (gates·units); null for a cell without bias.</param>
/// <param name="BiasHh">bias_hh (gates·units), which is added to the other; null for a cell without bias.</param>
public sealed record PyTorchCellWeights(Tensor WeightIh, Tensor WeightHh, Tensor? BiasIh, Tensor? BiasHh);

/// <summary>The weights of a recurrent cell as Keras holds them.</summary>
/// <param name="Kernel">kernel [features, gates·units].</param>
/// <param name="RecurrentKernel">recurrent_kernel [units, gates·units].</param>
/// <param name="Bias">bias [gates·units], or [2, gates·units] with <c>reset_after</c>; null for a cell without bias.</param>
public sealed record KerasCellWeights(Tensor Kernel, Tensor RecurrentKernel, Tensor? Bias);

/// <summary>Weights of recurrent cells from and to the layouts of PyTorch and Keras.</summary>
/// <remarks>
/// <para>PyTorch's matrices are transposed. Its LSTM has the gates i, f, g, o, which are i, f, c, o here; its two biases add up. Its GRU
/// has r, z, n, where z, r, h stand here, is the form <c>resetAfter: true</c>, and keeps both biases, as rows.</para>
/// <para>The z of a GRU here is the papers': 1 − z of Keras and PyTorch. Since 1 − σ(a) = σ(−a), its columns and its biases change their
/// sign. F-U1.</para>
/// </remarks>
public static class RecurrentWeights
{
    /// <summary>Takes over the weights of a layer of PyTorch's RNN, LSTM or GRU, of one direction.</summary>
    /// <param name="cell">A cell that has its weights: a <see cref="SimpleRNNCell"/>, a standard <see cref="LSTMCell"/>, or a standard
    /// <see cref="GRUCell"/> with <c>resetAfter: true</c>.</param>
    /// <param name="weights">weight_ih_l0, weight_hh_l0, bias_ih_l0 and bias_hh_l0, or those of another layer or of the reverse
    /// direction.</param>
    /// <exception cref="ModelException">The cell has no weights yet, or a form that PyTorch does not have.</exception>
    /// <exception cref="ShapeException">A weight has another shape than the cell's, or a bias is missing or too many.</exception>
    public static void FromPyTorch(KernelCell cell, PyTorchCellWeights weights)
    {
        ArgumentNullException.ThrowIfNull(cell);
        ArgumentNullException.ThrowIfNull(weights);
        const string Name = "RecurrentWeights.FromPyTorch";
        CheckForm(cell, Name, "PyTorch", wantsResetAfter: true);
        int columns = cell.Kernel.Shape[1];
        CheckShape(cell, Name, "weight_ih", weights.WeightIh, [columns, cell.Kernel.Shape[0]]);
        CheckShape(cell, Name, "weight_hh", weights.WeightHh, [columns, cell.Units]);
        CheckBias(cell, Name, "bias_ih", weights.BiasIh, [columns]);
        CheckBias(cell, Name, "bias_hh", weights.BiasHh, [columns]);
        Assign(cell, KernelFromPyTorch(cell, weights.WeightIh), KernelFromPyTorch(cell, weights.WeightHh),
            weights.BiasIh is null ? null : BiasFromPyTorch(cell, weights.BiasIh, weights.BiasHh!));
    }

    /// <summary>The weights as PyTorch holds them. Where it has two biases and the cell one, the second is 0.</summary>
    /// <param name="cell">As for <see cref="FromPyTorch"/>.</param>
    /// <returns>New tensors of the cell's type.</returns>
    /// <exception cref="ModelException">The cell has no weights yet, or a form that PyTorch does not have.</exception>
    public static PyTorchCellWeights ToPyTorch(KernelCell cell)
    {
        ArgumentNullException.ThrowIfNull(cell);
        CheckForm(cell, "RecurrentWeights.ToPyTorch", "PyTorch", wantsResetAfter: true);
        using IDisposable pause = GradientTape.StopRecording();
        Tensor Turned(Tensor weight) => ToRzn(cell, weight).Transpose(1, 0);
        Tensor? bias = cell.Bias;
        if (bias is null) return new PyTorchCellWeights(Turned(cell.Kernel), Turned(cell.RecurrentKernel), null, null);
        (Tensor ih, Tensor hh) = bias.Rank == 2 ? (bias[0], bias[1]) : (bias, Tensor.ZerosLike(bias));
        return new PyTorchCellWeights(
            Turned(cell.Kernel), Turned(cell.RecurrentKernel), ToRzn(cell, ih).Detach(), ToRzn(cell, hh).Detach());
    }

    /// <summary>Takes over the weights of Keras' SimpleRNN, LSTM or GRU.</summary>
    /// <param name="cell">A cell that has its weights: a <see cref="SimpleRNNCell"/>, a standard <see cref="LSTMCell"/>, or a standard
    /// <see cref="GRUCell"/> whose <c>resetAfter</c> is Keras' <c>reset_after</c>.</param>
    /// <param name="weights">What <c>layer.get_weights()</c> gives.</param>
    /// <exception cref="ModelException">The cell has no weights yet, or a form that Keras does not have.</exception>
    /// <exception cref="ShapeException">A weight has another shape than the cell's, or the bias is missing or too many.</exception>
    public static void FromKeras(KernelCell cell, KerasCellWeights weights)
    {
        ArgumentNullException.ThrowIfNull(cell);
        ArgumentNullException.ThrowIfNull(weights);
        const string Name = "RecurrentWeights.FromKeras";
        CheckForm(cell, Name, "Keras", wantsResetAfter: false);
        CheckShape(cell, Name, "kernel", weights.Kernel, cell.Kernel.Shape);
        CheckShape(cell, Name, "recurrent_kernel", weights.RecurrentKernel, cell.RecurrentKernel.Shape);
        CheckBias(cell, Name, "bias", weights.Bias, cell.Bias?.Shape ?? []);
        Assign(cell, WithZNegated(cell, weights.Kernel), WithZNegated(cell, weights.RecurrentKernel),
            weights.Bias is null ? null : WithZNegated(cell, weights.Bias));
    }

    /// <summary>The weights as Keras holds them.</summary>
    /// <param name="cell">As for <see cref="FromKeras"/>.</param>
    /// <returns>New tensors of the cell's type.</returns>
    /// <exception cref="ModelException">The cell has no weights yet, or a form that Keras does not have.</exception>
    public static KerasCellWeights ToKeras(KernelCell cell)
    {
        ArgumentNullException.ThrowIfNull(cell);
        CheckForm(cell, "RecurrentWeights.ToKeras", "Keras", wantsResetAfter: false);
        using IDisposable pause = GradientTape.StopRecording();
        return new KerasCellWeights(WithZNegated(cell, cell.Kernel).Detach(), WithZNegated(cell, cell.RecurrentKernel).Detach(),
            cell.Bias is { } bias ? WithZNegated(cell, bias).Detach() : null);
    }

    /// <summary>W or U from weight_ih or weight_hh.</summary>
    internal static Tensor KernelFromPyTorch(KernelCell cell, Tensor weight) => FromRzn(cell, weight.Transpose(1, 0));

    /// <summary>b from bias_ih and bias_hh.</summary>
    internal static Tensor BiasFromPyTorch(KernelCell cell, Tensor ih, Tensor hh) => cell is GRUCell
        ? Tensor.Stack([FromRzn(cell, ih), FromRzn(cell, hh)])
        : ih + hh;

    /// <summary>Refuses cells whose formula the other side does not have.</summary>
    internal static void CheckForm(KernelCell cell, string name, string other, bool wantsResetAfter)
    {
        string? what = cell.HasLayerNormalization ? "layer normalisation" : cell switch
        {
            LSTMCell { HasPeephole: true } => "peepholes",
            LSTMCell { Variant: not LstmVariant.Standard } lstm => $"variant {lstm.Variant}",
            GRUCell { Variant: not GruVariant.Standard } gru => $"variant {gru.Variant}",
            GRUCell { ResetAfter: false } when wantsResetAfter => "resetAfter: false",
            _ => null,
        };
        if (what is not null)
            throw Fail.Model($"{cell.Path}: {name}", $"{other} has no such layer with {what}", "make the layer without it");
    }

    private static void Assign(KernelCell cell, Tensor kernel, Tensor recurrentKernel, Tensor? bias)
    {
        using IDisposable pause = GradientTape.StopRecording();
        cell.Kernel.Assign(kernel.Cast(cell.DType));
        cell.RecurrentKernel.Assign(recurrentKernel.Cast(cell.DType));
        if (bias is not null) cell.Bias!.Assign(bias.Cast(cell.DType));
    }

    /// <summary>From r, z, n to z, r, h along the last axis, with the sign of z changed; other cells' columns as they are.</summary>
    private static Tensor FromRzn(KernelCell cell, Tensor columns)
    {
        if (cell is not GRUCell) return columns;
        Tensor[] gates = columns.Split(3, -1);
        return Tensor.Concat([-gates[1], gates[0], gates[2]], -1);
    }

    /// <summary>The way back.</summary>
    private static Tensor ToRzn(KernelCell cell, Tensor columns)
    {
        if (cell is not GRUCell) return columns;
        Tensor[] gates = columns.Split(3, -1);
        return Tensor.Concat([gates[1], -gates[0], gates[2]], -1);
    }

    /// <summary>The first third of the last axis, z's, with the other sign; other cells' columns as they are.</summary>
    private static Tensor WithZNegated(KernelCell cell, Tensor columns)
    {
        if (cell is not GRUCell) return columns;
        Tensor[] gates = columns.Split(3, -1);
        return Tensor.Concat([-gates[0], gates[1], gates[2]], -1);
    }

    private static void CheckBias(KernelCell cell, string name, string what, Tensor? bias, Shape wanted)
    {
        if (cell.UseBias == bias is not null)
        {
            if (bias is not null) CheckShape(cell, name, what, bias, wanted);
            return;
        }

        throw Fail.Shape($"{cell.Path}: {name}", cell.UseBias ? $"{what} is missing" : $"{what} for a cell without bias",
            "compare the layer's useBias");
    }

    private static void CheckShape(KernelCell cell, string name, string what, Tensor weight, Shape wanted)
    {
        if (weight.Shape == wanted) return;
        throw Fail.Shape($"{cell.Path}: {name}", $"{what} of shape {weight.Shape}, where {wanted} is wanted",
            "compare units, features and the kind of cell");
    }
}
