namespace Engine.Layers;

/// <content>Layers that give several outputs.</content>
public abstract partial class Layer
{
    /// <summary>Computes all outputs of a layer that may have several, as one with <c>returnState</c>.</summary>
    /// <param name="inputs">Batches of one length.</param>
    /// <param name="training">Whether this is a training step; false by default.</param>
    /// <returns>The outputs in their order; one for most layers.</returns>
    /// <exception cref="ShapeException">An input's shape does not fit the layer, or the layer takes another number of inputs.</exception>
    /// <exception cref="DTypeException">An input's type is not the layer's.</exception>
    public Tensor[] ApplyAll(IReadOnlyList<Tensor> inputs, bool training = false)
    {
        using var running = new RunningLayer(this);
        Prepare(inputs);
        Tensor[] outputs = CallAll(inputs, training);
        outputs[0] = WithCarriedMask(inputs, outputs[0]);
        AddActivityPenalty(outputs[0]);
        running.Note(inputs, outputs);
        return outputs;
    }

    /// <summary>Adds a layer that may have several outputs to a functional model's graph.</summary>
    /// <param name="inputs">What it is applied to.</param>
    /// <returns>Its outputs in their order.</returns>
    /// <exception cref="ShapeException">An input's shape does not fit the layer, or the layer takes another number of inputs.</exception>
    public SymbolicTensor[] ApplyAll(params IReadOnlyList<SymbolicTensor> inputs)
    {
        ThreadState state = ThreadState.Current;
        string caller = state.LayerPath;
        state.LayerPath = Path;
        try
        {
            var shapes = new Shape[inputs.Count];
            var types = new DType[inputs.Count];
            for (int i = 0; i < shapes.Length; i++) (shapes[i], types[i]) = (inputs[i].Shape, inputs[i].DType);
            Claim(shapes, types);
            IReadOnlyList<Shape> given = AllOutputShapes(shapes);
            var outputs = new SymbolicTensor[given.Count];
            for (int i = 0; i < outputs.Length; i++)
                outputs[i] = new SymbolicTensor(this, inputs, given[i], OutputTypeAt(i, Common(types)), outputs);
            return outputs;
        }
        finally
        {
            state.LayerPath = caller;
        }
    }

    /// <summary>The shapes of one sample of each output.</summary>
    /// <param name="inputShapes">The shapes of one sample of each input.</param>
    /// <returns>One shape for each output; by default <see cref="OutputShape(IReadOnlyList{Shape})"/> alone.</returns>
    /// <exception cref="ShapeException">The layer takes another number of inputs, or a shape does not fit.</exception>
    public virtual IReadOnlyList<Shape> AllOutputShapes(IReadOnlyList<Shape> inputShapes) => [OutputShape(inputShapes)];

    /// <summary>Computes all outputs of a layer that has several; by default the one of
    /// <see cref="Call(IReadOnlyList{Tensor}, bool)"/>.</summary>
    /// <param name="inputs">The batches, of one length.</param>
    /// <param name="training">Whether this is a training step.</param>
    /// <returns>As many as <see cref="AllOutputShapes"/>.</returns>
    protected virtual Tensor[] CallAll(IReadOnlyList<Tensor> inputs, bool training) => [Call(inputs, training)];

    /// <summary>The type of one of the outputs.</summary>
    private protected virtual DType OutputTypeAt(int output, DType inputType) => OutputType(inputType);

    /// <summary>The refusal of a layer that gives several outputs where one is wanted.</summary>
    private protected ModelException SeveralOutputs(string method, int count) =>
        Fail.Model($"{Path}: {method}", $"the layer has {count} outputs", "use ApplyAll, which gives them all");
}
