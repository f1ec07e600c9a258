using Engine.Layers;

namespace Engine.Models;

/// <summary>A network: layers between inputs and outputs, with the means to train, evaluate, use and store it.</summary>
/// <remarks>
/// Built from a graph: <c>new Model(input, output)</c> takes every layer between the two; a layer applied several times is shared. Or a
/// class of one's own, derived from this one, that makes its layers in its constructor and applies them in
/// <see cref="Call(Tensor, bool)"/>. Layers without a name of their own are named by type and place: <c>conv2d</c>, <c>conv2d_1</c>. A model is a layer, and may stand in another.
/// </remarks>
public partial class Model : Layer
{
    private readonly Lock building = new();
    private ModelGraph? graph;
    private bool hasLoadedWeights;

    /// <summary>A model of one input and one output.</summary>
    /// <param name="input">Made by <see cref="SymbolicTensor.Input(ReadOnlySpan{int})"/>.</param>
    /// <param name="output">What the layers give.</param>
    /// <param name="name">The model's name.</param>
    /// <exception cref="ModelException">The output does not come from the input.</exception>
    /// <exception cref="ValueException">Two layers were given one name.</exception>
    public Model(SymbolicTensor input, SymbolicTensor output, string? name = null)
        : this([input], [output], name)
    {
    }

    /// <summary>A model of several inputs and outputs.</summary>
    /// <param name="inputs">The inputs, in the order that <c>Apply</c> takes them.</param>
    /// <param name="outputs">The outputs, in the order that <see cref="Layer.ApplyAll(IReadOnlyList{Tensor}, bool)"/> gives them.</param>
    /// <param name="name">The model's name.</param>
    /// <exception cref="ModelException">An output comes from an input that is not named, or an input leads nowhere.</exception>
    /// <exception cref="ValueException">Two layers were given one name.</exception>
    public Model(IReadOnlyList<SymbolicTensor> inputs, IReadOnlyList<SymbolicTensor> outputs, string? name = null)
        : base(name)
    {
        SetGraph(new ModelGraph(Path, inputs, outputs));
    }

    /// <summary>The seed of the initial weights, of dropout and of the order of the samples; 42 by default.</summary>
    /// <remarks>Until the model is trained or loaded, setting it draws the initial weights anew; later it changes the other two
    /// alone.</remarks>
    public ulong Seed
    {
        get => Random.Seed;
        set
        {
            Random.Seed = value;
            if (Random.Step == 0 && !hasLoadedWeights) Initialize();
        }
    }

    /// <summary>How many training steps the model has taken.</summary>
    public long Step => Random.Step;

    /// <summary>The shapes of one sample of each input; empty while a model that learns its input from data has seen none.</summary>
    public IReadOnlyList<Shape> InputShapes => Plan is null ? [] : [.. Plan.Inputs.Select(input => input.Shape)];

    /// <summary>The shapes of one sample of each output; empty while a model that learns its input from data has seen none.</summary>
    public IReadOnlyList<Shape> OutputShapes => Plan is null ? [] : [.. Plan.Outputs.Select(output => output.Shape)];

    internal ModelGraph? Graph => graph;

    /// <summary>Finds a layer by its name.</summary>
    /// <param name="name">Its name in this model.</param>
    /// <returns>The layer.</returns>
    /// <exception cref="ValueException">There is none of this name.</exception>
    public Layer GetLayer(string name)
    {
        foreach (Layer layer in Layers)
        {
            if (layer.Name == name) return layer;
        }

        throw Fail.Value($"{Path}: GetLayer", $"there is no layer \"{name}\"",
            $"the layers are {string.Join(", ", Layers.Select(layer => layer.Name))}");
    }

    /// <inheritdoc/>
    public override Shape OutputShape(IReadOnlyList<Shape> inputShapes)
    {
        IReadOnlyList<Shape> shapes = AllOutputShapes(inputShapes);
        return shapes.Count == 1 ? shapes[0] : throw SeveralOutputs("OutputShape", shapes.Count);
    }

    /// <inheritdoc/>
    public override IReadOnlyList<Shape> AllOutputShapes(IReadOnlyList<Shape> inputShapes)
    {
        if (IsOwnCode) return TriedShapes(inputShapes);
        ModelGraph known = GraphFor(inputShapes[0], ClaimedType);
        CheckInputCount(inputShapes.Count);
        for (int i = 0; i < inputShapes.Count; i++)
        {
            if (inputShapes[i] == known.Inputs[i].Shape) continue;
            throw Fail.Shape(Path, $"input {i} has samples of shape {inputShapes[i]}, where {known.Inputs[i].Shape} is wanted",
                "give the model the shape that it was made for");
        }

        return OutputShapes;
    }

    /// <inheritdoc/>
    public override DType OutputType(DType inputType) => Plan?.Outputs[0].DType ?? base.OutputType(inputType);

    /// <inheritdoc/>
    /// <remarks>Of a class of one's own the sum over its layers, as they were applied when it was built.</remarks>
    public override long MultiplyAdds(Shape inputShape)
    {
        if (!IsOwnCode) GraphFor(inputShape, ClaimedType);
        RequireInput("MultiplyAdds");
        long sum = 0;
        foreach (GraphNode node in Plan!.Nodes) sum += node.Layer.MultiplyAdds(node.InputShapes);
        return sum;
    }

    /// <summary>The layers, the shapes between them, their parameters and multiplications, as a table of at most 80 columns, and the
    /// memory of a training step.</summary>
    /// <remarks>The memory is that of the weights, a gradient for each that is trained, the compiled optimizer's state, and the outputs of
    /// all layers for a batch. What single operations need besides is not in it.</remarks>
    /// <param name="batchSize">The samples of the step; 32 by default.</param>
    /// <returns>Several lines.</returns>
    /// <exception cref="ValueException">The batch size is below 1.</exception>
    /// <exception cref="ModelException">The model does not know its input yet.</exception>
    public string Summary(int batchSize = 32) => ModelSummary.Format(this, batchSize);

    /// <inheritdoc/>
    protected override void CheckInputs(IReadOnlyList<Shape> inputShapes)
    {
        if (Plan is null) return;
        CheckInputCount(inputShapes.Count);
        // Code of one's own may take samples of any shape; its layers refuse what they cannot.
        if (graph is null) return;
        for (int i = 0; i < inputShapes.Count; i++)
        {
            if (inputShapes[i].Rank == graph.Inputs[i].Shape.Rank) continue;
            throw Fail.Shape(inputShapes.Count == 1 ? "input" : $"input {i}",
                $"samples of shape {inputShapes[i]} for a model of input {graph.Inputs[i].Shape}",
                "give a batch of samples of the model's input shape");
        }
    }

    /// <inheritdoc/>
    /// <remarks>A class of one's own overrides it where it has weights besides those of its layers.</remarks>
    protected override void Build(Shape inputShape)
    {
        if (!IsOwnCode) GraphFor(inputShape, ClaimedType);
    }

    /// <inheritdoc/>
    protected override Tensor Call(Tensor x, bool training) => Call([x], training);

    /// <inheritdoc/>
    protected override Tensor Call(IReadOnlyList<Tensor> inputs, bool training)
    {
        CheckSingleOutput("Apply");
        if (graph is not null) return graph.Run(inputs, training)[0];
        if (OverridesCallAll)
        {
            Tensor[] outputs = CallAll(inputs, training);
            return outputs.Length == 1 ? outputs[0] : throw SeveralOutputs("Apply", outputs.Length);
        }

        if (Overrides((Func<Tensor, bool, Tensor>)Call)) return Call(inputs[0], training);
        throw Fail.Model(Path, "the model has no graph and its class overrides no form of Call",
            "make it with new Model(input, output), or override Call(Tensor x, bool training)");
    }

    /// <summary>Computes all outputs; a class of one's own that has several overrides this form.</summary>
    /// <param name="inputs">The batches, of one length.</param>
    /// <param name="training">Whether this is a training step.</param>
    /// <returns>The outputs, always as many.</returns>
    protected override Tensor[] CallAll(IReadOnlyList<Tensor> inputs, bool training) =>
        graph is null ? [Call(inputs, training)] : graph.Run(inputs, training);

    private protected override DType OutputTypeAt(int output, DType inputType) => Plan!.Outputs[output].DType;

    /// <summary>The graph of a model that learns its input's shape only when it is used.</summary>
    private protected virtual ModelGraph GraphFor(Shape inputShape, DType inputType) =>
        graph ?? throw Fail.Model(Path, "the model has no layers yet", "add layers first");

    /// <summary>Takes over a graph and its layers.</summary>
    private protected void SetGraph(ModelGraph known)
    {
        foreach (GraphNode node in known.Nodes) AddLayer(node.Layer);
        graph = known;
        Claim([.. known.Inputs.Select(input => input.Shape)], [.. known.Inputs.Select(input => input.DType)]);
    }

    private protected override string InnerPlace(string name) => Owner is null ? name : base.InnerPlace(name);

    /// <summary>Makes the weights once, whichever of several threads comes first.</summary>
    private void EnsureBuilt(Shape[] inputShapes, DType[] inputTypes)
    {
        if (IsBuilt) return;
        lock (building)
        {
            if (!IsOwnCode) GraphFor(inputShapes[0], inputTypes[0]);
            foreach (Layer layer in Layers) _ = layer.Variables.Count;
            using var running = new RunningLayer(this);
            Prepare(inputShapes, inputTypes);
        }
    }

    private void CheckInputCount(int count)
    {
        if (Plan is not null && count != Plan.Inputs.Count)
            throw Fail.Shape(Path, $"{count} inputs were given, the model has {Plan.Inputs.Count}",
                "give one batch for each input, in their order");
    }

    private void CheckSingleOutput(string method)
    {
        if (Plan is { Outputs.Count: > 1 and var count })
            throw Fail.Model($"{Path}: {method}", $"the model has {count} outputs", "use ApplyAll, or make a model of one of them");
    }
}
