namespace Engine.Layers;

/// <content>Using a layer: on tensors, and on the places of a graph.</content>
public abstract partial class Layer
{
    /// <summary>Whether the layer has no form of <see cref="Call(IReadOnlyList{Tensor}, bool)"/> of its own, and so takes one
    /// input.</summary>
    private protected virtual bool TakesOneInput => ((Func<IReadOnlyList<Tensor>, bool, Tensor>)Call).Method.DeclaringType == typeof(Layer);

    /// <summary>Computes the layer's output.</summary>
    /// <param name="x">A batch of samples: the first axis is the batch.</param>
    /// <param name="training">Whether this is a training step: dropout drops, normalisation uses the batch. False by default.</param>
    /// <returns>The output batch.</returns>
    /// <exception cref="ShapeException">The input's shape does not fit the layer.</exception>
    /// <exception cref="DTypeException">The input's type is not the layer's.</exception>
    public Tensor Apply(Tensor x, bool training = false) => Apply([x], training);

    /// <summary>Computes the output of a layer with several inputs: <c>new Add().Apply(a, b)</c>.</summary>
    /// <param name="first">The first input's batch.</param>
    /// <param name="second">The second input's batch, of the same length.</param>
    /// <param name="others">Those of further inputs. In training give all in a list.</param>
    /// <returns>The output batch.</returns>
    /// <exception cref="ShapeException">An input's shape does not fit the layer, or the layer takes another number of inputs.</exception>
    /// <exception cref="DTypeException">An input's type is not the layer's.</exception>
    public Tensor Apply(Tensor first, Tensor second, params ReadOnlySpan<Tensor> others) => Apply([first, second, .. others]);

    /// <summary>Computes the output of a layer with several inputs.</summary>
    /// <param name="inputs">Batches of one length.</param>
    /// <param name="training">Whether this is a training step. False by default.</param>
    /// <returns>The output batch.</returns>
    /// <exception cref="ShapeException">An input's shape does not fit the layer, or the layer takes another number of inputs.</exception>
    /// <exception cref="DTypeException">An input's type is not the layer's.</exception>
    public Tensor Apply(IReadOnlyList<Tensor> inputs, bool training = false)
    {
        using var running = new RunningLayer(this);
        Prepare(inputs);
        Tensor y = WithCarriedMask(inputs, Call(inputs, training));
        AddActivityPenalty(y);
        running.Note(inputs, [y]);
        return y;
    }

    /// <summary>What computes the output of the next layer from this one's input in one pass, without this one's output; null where
    /// nothing does.</summary>
    internal virtual Func<Tensor, Tensor>? Through(Layer next) => null;

    /// <summary>Applies this layer and the next by what <see cref="Through"/> gave.</summary>
    internal Tensor ApplyThrough(Layer next, Func<Tensor, Tensor> both, Tensor x)
    {
        using (new RunningLayer(this)) Prepare([x]);
        using (new RunningLayer(next)) next.Prepare([OutputShape(x.Shape.Remove(0))], [OutputType(x.DType)]);
        using var running = new RunningLayer(this);
        Tensor y = both(x);
        next.AddActivityPenalty(y);
        return y;
    }

    /// <summary>Adds the layer to a functional model's graph.</summary>
    /// <param name="x">What it is applied to.</param>
    /// <returns>Its output, to apply further layers to.</returns>
    /// <exception cref="ShapeException">The input's shape does not fit the layer.</exception>
    public SymbolicTensor Apply(SymbolicTensor x) => Apply([x]);

    /// <summary>Adds a layer with several inputs to a functional model's graph: <c>new Add().Apply(a, b)</c>.</summary>
    /// <param name="first">The first input.</param>
    /// <param name="second">The second input.</param>
    /// <param name="others">Further ones.</param>
    /// <returns>Its output.</returns>
    /// <exception cref="ShapeException">An input's shape does not fit the layer, or the layer takes another number of inputs.</exception>
    public SymbolicTensor Apply(SymbolicTensor first, SymbolicTensor second, params ReadOnlySpan<SymbolicTensor> others) =>
        Apply([first, second, .. others]);

    /// <summary>Adds a layer with several inputs to a functional model's graph.</summary>
    /// <param name="inputs">What it is applied to.</param>
    /// <returns>Its output.</returns>
    /// <exception cref="ShapeException">An input's shape does not fit the layer, or the layer takes another number of inputs.</exception>
    public SymbolicTensor Apply(IReadOnlyList<SymbolicTensor> inputs)
    {
        SymbolicTensor[] outputs = ApplyAll(inputs);
        return outputs.Length == 1 ? outputs[0] : throw SeveralOutputs("Apply", outputs.Length);
    }

    /// <summary>Makes the weights for these inputs, if that has not happened; checks that they fit.</summary>
    internal void Prepare(IReadOnlyList<Tensor> inputs)
    {
        var shapes = new Shape[inputs.Count];
        var types = new DType[inputs.Count];
        for (int i = 0; i < shapes.Length; i++)
        {
            Tensor x = inputs[i];
            if (x.Rank == 0) throw Fail.Shape("input", "a scalar", "a layer takes a batch: give the input a first axis for the samples");
            if (x.Shape[0] != inputs[0].Shape[0])
                throw Fail.Shape("input", $"inputs of {inputs[0].Shape[0]} and {x.Shape[0]} samples ({inputs[0].Shape} and {x.Shape})",
                    "give batches of one length");
            (shapes[i], types[i]) = (x.Shape.Remove(0), x.DType);
        }
        Prepare(shapes, types);
    }

    /// <summary>Makes the weights for these inputs, if that has not happened; checks that they fit.</summary>
    internal void Prepare(Shape[] inputShapes, DType[] inputTypes)
    {
        Check(inputShapes);
        if (!IsBuilt)
        {
            DType common = Common(inputTypes);
            DType = wantedType ?? (common.IsFloatingPoint() ? common : DType.Float32);
            if (claimed is null) (claimed, claimedTypes) = (inputShapes, inputTypes);
            BuildAll(inputShapes, inputTypes);
            IsBuilt = true;
        }
        foreach (DType inputType in inputTypes)
        {
            if (inputType.IsFloatingPoint() && inputType != DType)
                throw Fail.DType("input", $"an input of type {inputType} for a layer of type {DType}",
                    $"convert the input with Cast(DType.{DType}), or make the layer with dtype: DType.{inputType}");
        }
    }

    /// <summary>Notes the input shapes that a graph will build the layer for, and checks them; no weights are made yet.</summary>
    internal void Claim(Shape[] inputShapes, DType[] inputTypes)
    {
        Check(inputShapes);
        if (claimed is null) (claimed, claimedTypes) = (inputShapes, inputTypes);
    }

    /// <summary>The type of several inputs: that of the first that is floating point, else of the first.</summary>
    private static DType Common(DType[] types)
    {
        foreach (DType type in types)
        {
            if (type.IsFloatingPoint()) return type;
        }
        return types[0];
    }

    private void Check(Shape[] inputShapes)
    {
        if (inputShapes.Length == 0) throw Fail.Shape("input", "no inputs", "give at least one");
        if (inputShapes.Length > 1 && TakesOneInput) throw TooMany(inputShapes.Length);
        CheckInputs(inputShapes);
    }

    private static ShapeException TooMany(int inputs) =>
        Fail.Shape("input", $"{inputs} inputs", "this layer takes one; join them first, for example with Concatenate");
}
