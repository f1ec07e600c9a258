using System.Globalization;
using System.Text;

namespace Engine.Layers;

/// <summary>A piece of a network: a function of tensors, with the variables that training changes.</summary>
/// <remarks>
/// A layer is built on first use, from its input's shape and type, or from a model's <c>Input</c>. A layer of one's own overrides
/// <see cref="Call(Tensor, bool)"/>, and <see cref="Build"/> where it has weights. All shapes given to a layer are those of one sample,
/// without the batch axis.
/// </remarks>
public abstract class Layer
{
    private readonly List<Variable> variables = [];
    private readonly List<Initializer> initializers = [];
    private readonly List<Layer> layers = [];
    private readonly DType? wantedType;
    private LayerRandom random = new(RandomGenerator.DefaultSeed);
    private Layer? owner;
    private Shape? claimed;
    private DType claimedType;
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

    internal bool HasGivenName { get; }

    /// <summary>The seed and step that this layer's random numbers are keyed by: those of the model or layer that holds it.</summary>
    internal LayerRandom Random => random;

    /// <summary>The layer that holds this one; null for a layer or model of its own.</summary>
    internal Layer? Owner => owner;

    /// <summary>The names from the outermost model's layer down to this one, as <c>bidirectional/lstm</c>: what its variables begin
    /// with.</summary>
    internal string Place => owner is null ? Name : owner.InnerPlace(Name);

    /// <summary>The shape of one sample that the layer was built or planned for; null before.</summary>
    internal Shape? ClaimedShape => claimed;

    /// <summary>The type of the input that the layer was built or planned for.</summary>
    internal DType ClaimedType => claimedType;

    /// <summary>Computes the layer's output.</summary>
    /// <param name="x">A batch of samples: the first axis is the batch.</param>
    /// <param name="training">Whether this is a training step: dropout drops, normalisation uses the batch. False by default.</param>
    /// <returns>The output batch.</returns>
    /// <exception cref="ShapeException">The input's shape does not fit the layer.</exception>
    /// <exception cref="DTypeException">The input's type is not the layer's.</exception>
    public Tensor Apply(Tensor x, bool training = false) => Apply([x], training);

    /// <summary>Computes the output of a layer with several inputs.</summary>
    /// <param name="inputs">Batches of one length.</param>
    /// <param name="training">Whether this is a training step. False by default.</param>
    /// <returns>The output batch.</returns>
    /// <exception cref="ShapeException">An input's shape does not fit the layer.</exception>
    /// <exception cref="DTypeException">An input's type is not the layer's.</exception>
    public Tensor Apply(IReadOnlyList<Tensor> inputs, bool training = false)
    {
        Tensor x = inputs[0];
        ThreadState state = ThreadState.Current;
        string caller = state.LayerPath;
        state.LayerPath = caller.Length == 0 ? Path : $"{caller} / {Path}";
        try
        {
            if (x.Rank == 0) throw Fail.Shape("input", "a scalar", "a layer takes a batch: give the input a first axis for the samples");
            Prepare(x.Shape.Remove(0), x.DType);
            return Call(inputs, training);
        }
        finally
        {
            state.LayerPath = caller;
        }
    }

    /// <summary>Adds the layer to a functional model's graph.</summary>
    /// <param name="x">What it is applied to.</param>
    /// <returns>Its output, to apply further layers to.</returns>
    /// <exception cref="ShapeException">The input's shape does not fit the layer.</exception>
    public SymbolicTensor Apply(SymbolicTensor x) => Apply([x]);

    /// <summary>Adds a layer with several inputs to a functional model's graph.</summary>
    /// <param name="inputs">What it is applied to.</param>
    /// <returns>Its output.</returns>
    /// <exception cref="ShapeException">An input's shape does not fit the layer.</exception>
    public SymbolicTensor Apply(IReadOnlyList<SymbolicTensor> inputs)
    {
        ThreadState state = ThreadState.Current;
        string caller = state.LayerPath;
        state.LayerPath = Path;
        try
        {
            var shapes = new Shape[inputs.Count];
            for (int i = 0; i < shapes.Length; i++) shapes[i] = inputs[i].Shape;
            Claim(shapes[0], inputs[0].DType);
            return new SymbolicTensor(this, inputs, OutputShape(shapes), OutputType(inputs[0].DType));
        }
        finally
        {
            state.LayerPath = caller;
        }
    }

    /// <summary>The shape of one output sample.</summary>
    /// <param name="inputShape">The shape of one input sample, without the batch axis.</param>
    /// <returns>The output's shape, without the batch axis. By default found by computing a batch of one zero sample.</returns>
    /// <exception cref="ShapeException">The input's shape does not fit the layer.</exception>
    public virtual Shape OutputShape(Shape inputShape)
    {
        using IDisposable pause = GradientTape.StopRecording();
        using var scope = new TensorScope();
        bool builtNow = !IsBuilt;
        Shape shape = Apply(Tensor.Zeros(inputShape.Insert(0, 1), DType)).Shape.Remove(0);
        builtForPlanning |= builtNow;
        return shape;
    }

    /// <summary>The shape of one output sample of a layer with several inputs.</summary>
    /// <param name="inputShapes">The shapes of one sample of each input.</param>
    /// <returns>The output's shape.</returns>
    /// <exception cref="ShapeException">The layer takes one input and got several, or a shape does not fit.</exception>
    public virtual Shape OutputShape(IReadOnlyList<Shape> inputShapes) => inputShapes.Count == 1
        ? OutputShape(inputShapes[0])
        : throw Fail.Shape("input", $"{inputShapes.Count} inputs", "this layer takes one; join them first, for example with Concatenate");

    /// <summary>The type of the output for an input's type: the layer's own where the input only counts.</summary>
    /// <param name="inputType">The input's type.</param>
    /// <returns>The output's type.</returns>
    public virtual DType OutputType(DType inputType) => inputType.IsFloatingPoint() ? inputType : DType;

    /// <summary>Multiplications with addition for one sample, as <c>Summary</c> shows them; 0 for layers without products.</summary>
    /// <param name="inputShape">The shape of one input sample.</param>
    /// <returns>The count.</returns>
    public virtual long MultiplyAdds(Shape inputShape) => 0;

    /// <summary>Makes the layer's weights with <see cref="AddWeight"/>; called once.</summary>
    /// <param name="inputShape">The shape of one input sample, without the batch axis.</param>
    protected virtual void Build(Shape inputShape)
    {
    }

    /// <summary>Refuses input shapes that the layer cannot take; called before it is built and at every use, so it must be cheap.</summary>
    /// <param name="inputShape">The shape of one input sample.</param>
    /// <exception cref="ShapeException">The shape does not fit.</exception>
    protected virtual void CheckInput(Shape inputShape)
    {
    }

    /// <summary>Computes the output from one input batch.</summary>
    /// <param name="x">The batch.</param>
    /// <param name="training">Whether this is a training step.</param>
    /// <returns>The output batch.</returns>
    protected abstract Tensor Call(Tensor x, bool training);

    /// <summary>Computes the output from several input batches; by default there must be exactly one.</summary>
    /// <param name="inputs">The batches.</param>
    /// <param name="training">Whether this is a training step.</param>
    /// <returns>The output batch.</returns>
    /// <exception cref="ShapeException">The layer takes one input and got several.</exception>
    protected virtual Tensor Call(IReadOnlyList<Tensor> inputs, bool training) => inputs.Count == 1
        ? Call(inputs[0], training)
        : throw Fail.Shape("input", $"{inputs.Count} inputs", "this layer takes one; join them first, for example with Concatenate");

    /// <summary>Makes a variable of the layer. Its first values depend on the seed, the layer's place and the weight's name
    /// alone.</summary>
    /// <param name="name">Its name in the layer, as <c>kernel</c>.</param>
    /// <param name="shape">Its shape.</param>
    /// <param name="initializer">Where its first values come from.</param>
    /// <param name="trainable">Whether training changes it; false for moving averages.</param>
    /// <returns>The variable.</returns>
    protected Variable AddWeight(string name, Shape shape, Initializer initializer, bool trainable = true)
    {
        using IDisposable pause = GradientTape.StopRecording();
        using var scope = new TensorScope();
        var variable = new Variable(initializer.Create(shape, DType, random.Place(Place).Split(name)), $"{Place}/{name}", trainable);
        variables.Add(variable);
        initializers.Add(initializer);
        return variable;
    }

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
        if (layers.Contains(layer)) return layer;
        if (layer.owner is null)
        {
            if (!layer.HasGivenName) layer.Name = FreeName(SnakeCase(layer.GetType().Name));
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

    /// <summary>Makes the weights for this input, if that has not happened; checks that it fits.</summary>
    internal void Prepare(Shape inputShape, DType inputType)
    {
        CheckInput(inputShape);
        if (!IsBuilt)
        {
            DType = wantedType ?? (inputType.IsFloatingPoint() ? inputType : DType.Float32);
            if (claimed is null) (claimed, claimedType) = (inputShape, inputType);
            Build(inputShape);
            IsBuilt = true;
        }
        if (inputType.IsFloatingPoint() && inputType != DType)
            throw Fail.DType("input", $"an input of type {inputType} for a layer of type {DType}",
                $"convert the input with Cast(DType.{DType}), or make the layer with dtype: DType.{inputType}");
    }

    /// <summary>Notes the input shape that a graph will build the layer for, and checks it; no weights are made yet.</summary>
    internal void Claim(Shape inputShape, DType inputType)
    {
        CheckInput(inputShape);
        if (claimed is null) (claimed, claimedType) = (inputShape, inputType);
    }

    /// <summary>Draws the first values of all weights anew, from the seed as it is now; weights that were written to since keep
    /// theirs.</summary>
    internal void Initialize()
    {
        builtForPlanning = false;
        using IDisposable pause = GradientTape.StopRecording();
        for (int i = 0; i < variables.Count; i++)
        {
            if (variables[i].Storage.Version != 0) continue;
            using var scope = new TensorScope();
            Tensor values = initializers[i].Create(variables[i].Shape, DType, random.Place(Place).Split(LocalName(variables[i])));
            values.Bytes().CopyTo(variables[i].Bytes());
        }
        foreach (Layer layer in layers)
        {
            if (layer.owner == this) layer.Initialize();
        }
    }

    /// <summary>Lets the next call draw the numbers of the step's first call again, as a gradient check needs.</summary>
    internal void RestartCalls()
    {
        lastStep = -1;
        foreach (Layer layer in layers) layer.RestartCalls();
    }

    /// <summary>Takes random numbers from a model's seed and step.</summary>
    internal void UseRandom(LayerRandom source)
    {
        random = source;
        foreach (Layer layer in layers)
        {
            if (layer.owner == this) layer.UseRandom(source);
        }
    }

    /// <summary>The place of a layer in this one.</summary>
    private protected virtual string InnerPlace(string name) => $"{Place}/{name}";

    private static string LocalName(Variable variable) => variable.Name[(variable.Name.LastIndexOf('/') + 1)..];

    /// <summary>Names the variables by the layer's place, which has changed.</summary>
    private void Rename()
    {
        foreach (Variable variable in variables) variable.Name = $"{Place}/{LocalName(variable)}";
        foreach (Layer layer in layers)
        {
            if (layer.owner == this) layer.Rename();
        }
    }

    private string FreeName(string type)
    {
        string name = type;
        for (int number = 1; layers.Exists(layer => layer.Name == name); number++) name = $"{type}_{number}";
        return name;
    }

    private List<Variable> Select(bool trainable)
    {
        var selected = new List<Variable>();
        Collect(selected, trainable);
        return selected;
    }

    private void Collect(List<Variable> all, bool? wanted)
    {
        if (!IsBuilt && claimed is { } shape) Prepare(shape, claimedType);
        foreach (Variable variable in variables)
        {
            if ((wanted is null || (variable.Trainable && Trainable) == wanted) && !all.Contains(variable)) all.Add(variable);
        }
        foreach (Layer layer in layers) layer.Collect(all, wanted);
    }

    /// <summary>Keras' form of a type's name: MaxPooling2D is max_pooling2d, LSTM is lstm.</summary>
    private static string SnakeCase(string typeName)
    {
        var text = new StringBuilder();
        for (int i = 0; i < typeName.Length; i++)
        {
            bool startsWord = char.IsUpper(typeName[i]) && i > 0
                && (char.IsLower(typeName[i - 1]) || (i + 1 < typeName.Length && char.IsLower(typeName[i + 1]) && char.IsUpper(typeName[i - 1])));
            if (startsWord) text.Append('_');
            text.Append(char.ToLower(typeName[i], CultureInfo.InvariantCulture));
        }
        return text.ToString();
    }
}
