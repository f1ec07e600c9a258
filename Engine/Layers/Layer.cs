namespace Engine.Layers;

/// <summary>A piece of a network: a function of tensors, with the variables that training changes.</summary>
/// <remarks>
/// A layer is built on first use, from its input's shape and type, or from a model's <c>Input</c>. A layer of one's own overrides
/// <see cref="Call(Tensor, bool)"/>, and <see cref="Build(Shape)"/> where it has weights; one with several inputs overrides the forms that
/// take lists. All shapes given to a layer are those of one sample, without the batch axis.
/// </remarks>
public abstract partial class Layer
{
    private List<Variable> variables = [];
    private List<Initializer> initializers = [];
    private List<Layer> layers = [];
    private readonly DType? wantedType;
    private LayerRandom random = new(RandomGenerator.DefaultSeed);
    private Layer? owner;
    private Shape[]? claimed;
    private DType[] claimedTypes = [];
    private bool builtForPlanning;
    private bool trainable = true;
    private long lastStep = -1;
    private ulong callsInStep;

    /// <summary>Starts a layer.</summary>
    /// <param name="name">Its name; by default its type's, numbered by its place in the model, as <c>conv2d_1</c>.</param>
    /// <param name="dtype">The type of its weights; by default that of its first input.</param>
    protected Layer(string? name = null, DType? dtype = null)
    {
        HasGivenName = name is not null;
        Name = name ?? SnakeCase(GetType().Name);
        if (Name.Length == 0) throw new ValueException($"{GetType().Name}: an empty name was given. Leave the name out, or give one.");
        if (dtype is { } type && !type.IsFloatingPoint())
            throw new DTypeException($"{GetType().Name}: a layer computes in Float32 or Float64, not {type}. Leave dtype out for Float32.");
        wantedType = dtype;
        DType = dtype ?? DType.Float32;
    }

    /// <summary>The layer's name, unique in its model.</summary>
    public string Name { get; internal set; }

    /// <summary>Type and name as messages show them: <c>Conv2D "conv2d_1"</c>.</summary>
    public string Path => $"{GetType().Name} \"{Name}\"";

    /// <summary>Whether the layer has its weights.</summary>
    public bool IsBuilt { get; private set; }

    /// <summary>The type of the layer's weights: the one it was made with, or its first input's; Float32 until then.</summary>
    public DType DType { get; private set; } = DType.Float32;

    /// <summary>Whether training changes the layer's weights; false freezes it and the layers in it.</summary>
    public bool Trainable
    {
        get => trainable;
        set
        {
            trainable = value;
            foreach (Layer layer in layers) layer.Trainable = value;
        }
    }

    /// <summary>All variables, those of the layers in it included, in the order they were made; each once, however often its layer is
    /// used.</summary>
    /// <remarks>A layer that has no weights yet but knows its input, from a model's graph, makes them now.</remarks>
    public IReadOnlyList<Variable> Variables
    {
        get
        {
            var all = new List<Variable>();
            Collect(all, null);
            return all;
        }
    }

    /// <summary>The variables that training changes: none when the layer is frozen.</summary>
    public IReadOnlyList<Variable> TrainableVariables => Select(trainable: true);

    /// <summary>The variables that training leaves: moving averages, and all of a frozen layer.</summary>
    public IReadOnlyList<Variable> NonTrainableVariables => Select(trainable: false);

    /// <summary>The layers inside this one, in order.</summary>
    public IReadOnlyList<Layer> Layers => layers;

    internal bool HasGivenName { get; private set; }

    /// <summary>The seed and step that this layer's random numbers are keyed by: those of the model or layer that holds it.</summary>
    internal LayerRandom Random => random;

    /// <summary>The layer that holds this one; null for a layer or model of its own.</summary>
    internal Layer? Owner => owner;

    /// <summary>The names from the outermost model's layer down to this one, as <c>bidirectional/lstm</c>: what its variables begin
    /// with.</summary>
    internal string Place => owner is null ? Name : owner.InnerPlace(Name);

    /// <summary>The shape of one sample, of the first input, that the layer was built or planned for; null before.</summary>
    internal Shape? ClaimedShape => claimed?[0];

    /// <summary>The type of the first input that the layer was built or planned for.</summary>
    internal DType ClaimedType => claimedTypes.Length == 0 ? DType.Float32 : claimedTypes[0];

    /// <summary>The shape of one output sample.</summary>
    /// <param name="inputShape">The shape of one input sample, without the batch axis.</param>
    /// <returns>The output's shape, without the batch axis. By default found by computing a batch of one zero sample.</returns>
    /// <exception cref="ShapeException">The input's shape does not fit the layer.</exception>
    public virtual Shape OutputShape(Shape inputShape) => TriedShapes([inputShape])[0];

    /// <summary>The shape of one output sample of a layer with several inputs.</summary>
    /// <param name="inputShapes">The shapes of one sample of each input.</param>
    /// <returns>The output's shape. For several inputs by default found by computing batches of one zero sample.</returns>
    /// <exception cref="ShapeException">The layer takes another number of inputs, or a shape does not fit.</exception>
    public virtual Shape OutputShape(IReadOnlyList<Shape> inputShapes) => inputShapes.Count == 1 ? OutputShape(inputShapes[0])
        : TakesOneInput ? throw TooMany(inputShapes.Count) : TriedShapes(inputShapes)[0];

    /// <summary>The type of the output for an input's type: the layer's own where the input only counts.</summary>
    /// <param name="inputType">The input's type.</param>
    /// <returns>The output's type.</returns>
    public virtual DType OutputType(DType inputType) => inputType.IsFloatingPoint() ? inputType : DType;

    /// <summary>Multiplications with addition for one sample, as <c>Summary</c> shows them; 0 for layers without products.</summary>
    /// <param name="inputShape">The shape of one input sample.</param>
    /// <returns>The count.</returns>
    public virtual long MultiplyAdds(Shape inputShape) => 0;

    /// <summary>Multiplications with addition for one sample of each input.</summary>
    /// <param name="inputShapes">The shapes of one sample of each input.</param>
    /// <returns>The count; by default that of the first input.</returns>
    public virtual long MultiplyAdds(IReadOnlyList<Shape> inputShapes) => MultiplyAdds(inputShapes[0]);

    /// <summary>Makes the layer's weights with <see cref="AddWeight"/>; called once.</summary>
    /// <param name="inputShape">The shape of one input sample, without the batch axis.</param>
    protected virtual void Build(Shape inputShape)
    {
    }

    /// <summary>Makes the weights of a layer with several inputs with <see cref="AddWeight"/>; called once.</summary>
    /// <param name="inputShapes">The shapes of one sample of each input. By default the first alone counts.</param>
    protected virtual void Build(IReadOnlyList<Shape> inputShapes) => Build(inputShapes[0]);

    /// <summary>Refuses input shapes that the layer cannot take; called before it is built and at every use, so it must be cheap.</summary>
    /// <param name="inputShape">The shape of one input sample.</param>
    /// <exception cref="ShapeException">The shape does not fit.</exception>
    protected virtual void CheckInput(Shape inputShape)
    {
    }

    /// <summary>Refuses input shapes that a layer with several inputs cannot take; called before it is built and at every use.</summary>
    /// <param name="inputShapes">The shapes of one sample of each input. By default the first alone is checked.</param>
    /// <exception cref="ShapeException">A shape does not fit, or the layer takes another number of inputs.</exception>
    protected virtual void CheckInputs(IReadOnlyList<Shape> inputShapes) => CheckInput(inputShapes[0]);

    /// <summary>Computes the output from one input batch.</summary>
    /// <param name="x">The batch.</param>
    /// <param name="training">Whether this is a training step.</param>
    /// <returns>The output batch.</returns>
    protected abstract Tensor Call(Tensor x, bool training);

    /// <summary>Computes the output from several input batches. A layer that does not override this takes one.</summary>
    /// <param name="inputs">The batches, of one length.</param>
    /// <param name="training">Whether this is a training step.</param>
    /// <returns>The output batch.</returns>
    protected virtual Tensor Call(IReadOnlyList<Tensor> inputs, bool training) => Call(inputs[0], training);

    /// <summary>Makes a variable of the layer. Its first values depend on the seed, the layer's place and the weight's name
    /// alone.</summary>
    /// <param name="name">Its name in the layer, as <c>kernel</c>.</param>
    /// <param name="shape">Its shape.</param>
    /// <param name="initializer">Where its first values come from.</param>
    /// <param name="trainable">Whether training changes it; false for moving averages.</param>
    /// <param name="regularizer">What it adds to the loss while it is trained; null for nothing.</param>
    /// <param name="constraint">What it is held to after each step of an optimizer; null for nothing.</param>
    /// <returns>The variable.</returns>
    protected Variable AddWeight(
        string name,
        Shape shape,
        Initializer initializer,
        bool trainable = true,
        Regularizer? regularizer = null,
        Constraint? constraint = null)
    {
        random.RoomForWeights -= (long)shape.Length * DType.Size();
        if (random.RoomForWeights < 0)
        {
            throw new FileFormatException($"{Path}: the weight \"{name}\" {DType}{shape} is larger than what the file holds. "
                + "Give a file that Save wrote.");
        }

        using IDisposable pause = GradientTape.StopRecording();
        using var scope = new TensorScope();
        var variable = new Variable(initializer.Create(shape, DType, random.Place(Place).Split(name)), $"{Place}/{name}", trainable);
        variable.Penalty = regularizer is null ? null : regularizer.Penalty;
        variable.Constraint = constraint is null ? null : constraint.Apply;
        variables.Add(variable);
        initializers.Add(initializer);
        random.Weights++;
        return variable;
    }

    /// <summary>Makes a trainable variable by its rule.</summary>
    private protected Variable AddTrainable(string name, Shape shape, WeightRule rule) =>
        AddWeight(name, shape, rule.Initializer, trainable: true, rule.Regularizer, rule.Constraint);

    /// <summary>Puts another layer inside this one, so that its variables count as this one's.</summary>
    /// <remarks>
    /// A layer without a name of its own is named by its type and its place here: <c>dense</c>, <c>dense_1</c>. One that another layer or
    /// model holds already is shared: it keeps its name, its seed and its weights.
    /// </remarks>
    /// <typeparam name="TLayer">The layer's type.</typeparam>
    /// <param name="layer">The inner layer.</param>
    /// <returns>The same layer.</returns>
    /// <exception cref="ValueException">Another layer in this one has the name that was given to it.</exception>
    protected TLayer AddLayer<TLayer>(TLayer layer)
        where TLayer : Layer
    {
        return AddLayer(layer, SnakeCase(layer.GetType().Name));
    }

    /// <summary>Puts another layer inside this one under a name, unless it has one of its own.</summary>
    private protected TLayer AddLayer<TLayer>(TLayer layer, string name)
        where TLayer : Layer
    {
        if (layers.Contains(layer)) return layer;
        if (layer.owner is null)
        {
            if (!layer.HasGivenName) layer.Name = FreeName(name);
            layer.owner = this;
            layer.UseRandom(random);
            layer.Rename();
            if (layer.builtForPlanning) layer.Initialize();
        }
        if (layers.Exists(other => other.Name == layer.Name && (other.owner == this || layer.owner == this)))
        {
            throw Fail.Value(Path, $"two layers are named \"{layer.Name}\"", "give each layer a name of its own, or leave the names out");
        }
        if (!trainable) layer.Trainable = false;
        layers.Add(layer);
        return layer;
    }

    /// <summary>Forgets what the layer and those in it keep from batch to batch: the states of stateful recurrent layers.</summary>
    public virtual void ResetStates()
    {
        foreach (Layer layer in layers) layer.ResetStates();
    }

    /// <summary>A layer of the same options without weights, inner layers, and a place.</summary>
    internal Layer CopyOptions()
    {
        var copy = (Layer)MemberwiseClone();
        (copy.variables, copy.initializers, copy.layers) = ([], [], []);
        (copy.random, copy.owner, copy.claimed, copy.claimedTypes) = (new LayerRandom(RandomGenerator.DefaultSeed), null, null, []);
        (copy.builtForPlanning, copy.IsBuilt, copy.lastStep, copy.callsInStep) = (false, false, -1, 0);
        copy.DType = wantedType ?? DType.Float32;
        return copy;
    }

    /// <summary>Random numbers for one call: they depend on the seed, the layer's place, the training step and the call within it
    /// alone.</summary>
    /// <returns>A fresh generator.</returns>
    protected RandomGenerator NextRandom()
    {
        if (lastStep != random.Step)
        {
            lastStep = random.Step;
            callsInStep = 0;
        }
        return random.Place(Place).Split((ulong)random.Step).Split(callsInStep++);
    }

    /// <summary>The outputs' shapes for zeros.</summary>
    private protected Shape[] TriedShapes(IReadOnlyList<Shape> inputShapes)
    {
        using IDisposable pause = GradientTape.StopRecording();
        using var scope = new TensorScope();
        using var trial = new Trial();
        bool builtNow = !IsBuilt;
        var zeros = new Tensor[inputShapes.Count];
        for (int i = 0; i < zeros.Length; i++)
            zeros[i] = Tensor.Zeros(inputShapes[i].Insert(0, 1), i < claimedTypes.Length ? claimedTypes[i] : DType);
        Shape[] shapes = [.. ApplyAll(zeros).Select(output => output.Shape.Remove(0))];
        builtForPlanning |= builtNow;
        return shapes;
    }

    private List<Variable> Select(bool trainable)
    {
        var selected = new List<Variable>();
        Collect(selected, trainable);
        return selected;
    }

    private void Collect(List<Variable> all, bool? wanted)
    {
        if (!IsBuilt && claimed is not null) Prepare(claimed, claimedTypes);
        foreach (Variable variable in variables)
        {
            if ((wanted is null || (variable.Trainable && Trainable) == wanted) && !all.Contains(variable)) all.Add(variable);
        }
        foreach (Layer layer in layers) layer.Collect(all, wanted);
    }
}
