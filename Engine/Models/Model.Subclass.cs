using Engine.Layers;

namespace Engine.Models;

/// <content>Models that are classes of their own, with layers as fields and a <c>Call</c> that applies them.</content>
public partial class Model
{
    private ModelTrace? trace;

    /// <summary>Starts a model that says in <see cref="Call(Tensor, bool)"/> what it computes.</summary>
    /// <remarks>
    /// <para>The constructor makes the layers and registers each: <c>hidden = AddLayer(new Dense(16));</c>. A layer that <c>Call</c>
    /// applies and that was not registered is refused, since it would be neither trained nor saved. One input overrides
    /// <see cref="Call(Tensor, bool)"/>, several the form that takes a list, several outputs
    /// <see cref="CallAll(IReadOnlyList{Tensor}, bool)"/>.</para>
    /// <para>The model is built by the first data that it sees or by <see cref="Build(Shape, DType)"/>: <c>Call</c> runs once on a sample
    /// of zeros, outside training, which makes the weights and shows the shapes between the layers. Layers with weights must be applied in
    /// that run.</para>
    /// </remarks>
    /// <param name="name">The model's name; null for its type's, as <c>my_model</c>.</param>
    protected Model(string? name = null)
        : base(name)
    {
    }

    /// <summary>Whether the class says in <c>Call</c> what it computes, and has no graph.</summary>
    private protected virtual bool IsOwnCode => graph is null;

    /// <inheritdoc/>
    private protected override bool TakesOneInput => IsOwnCode && !OverridesListCall && !OverridesCallAll;

    /// <summary>What is known of inputs, layers and outputs; null before the model has seen its input.</summary>
    internal IModelPlan? Plan => graph is null ? trace : graph;

    private bool OverridesListCall => Overrides((Func<IReadOnlyList<Tensor>, bool, Tensor>)Call);

    private bool OverridesCallAll => Overrides((Func<IReadOnlyList<Tensor>, bool, Tensor[]>)CallAll);

    /// <summary>Builds a model of one input, as its first data would.</summary>
    /// <param name="inputShape">The shape of one sample.</param>
    /// <param name="inputType">The type of the samples; Float32 by default.</param>
    /// <exception cref="ShapeException">The shape does not fit a layer.</exception>
    /// <exception cref="ModelException">The model is a class without a <c>Call</c>, or applies layers that it did not register.</exception>
    public void Build(Shape inputShape, DType inputType = DType.Float32) => EnsureBuilt([inputShape], [inputType]);

    /// <summary>Builds a model, as its first data would.</summary>
    /// <param name="inputs">Its inputs: <c>model.Build(SymbolicTensor.Input(4), SymbolicTensor.Input([9], DType.Int32))</c>.</param>
    /// <exception cref="ShapeException">A shape does not fit a layer, or the model takes another number of inputs.</exception>
    /// <exception cref="ModelException">The model is a class without a <c>Call</c>, or applies layers that it did not register.</exception>
    public void Build(params IReadOnlyList<SymbolicTensor> inputs)
    {
        ArgumentNullException.ThrowIfNull(inputs);
        if (inputs.Count == 0) throw Fail.Shape($"{Path}: Build", "no inputs", "give at least one");
        EnsureBuilt([.. inputs.Select(input => input.Shape)], [.. inputs.Select(input => input.DType)]);
    }

    /// <summary>Makes the weights; a model of its own code by a run on zeros.</summary>
    private protected override void BuildAll(Shape[] inputShapes, DType[] inputTypes)
    {
        if (!IsOwnCode)
        {
            base.BuildAll(inputShapes, inputTypes);
            return;
        }

        List<(Layer, int)> unbuilt = Unbuilt();
        try
        {
            base.BuildAll(inputShapes, inputTypes);
            trace = Try(inputShapes, inputTypes);
        }
        catch
        {
            Forget(unbuilt);
            throw;
        }
    }

    private ModelTrace Try(Shape[] inputShapes, DType[] inputTypes)
    {
        using IDisposable pause = GradientTape.StopRecording();
        using var scope = new TensorScope();
        using var trial = new Trial();
        // What layers add to a loss now has no place in that of a batch.
        using var terms = new LossTerms();
        using var layers = new LayerTrace();
        // Code that divides or takes logarithms may well give NaN for zeros.
        bool debug = DebugNumerics.Enabled;
        DebugNumerics.Enabled = false;
        try
        {
            return Trace(inputShapes, inputTypes, layers);
        }
        finally
        {
            DebugNumerics.Enabled = debug;
        }
    }

    private ModelTrace Trace(Shape[] inputShapes, DType[] inputTypes, LayerTrace layers)
    {
        var inputs = new Tensor[inputShapes.Length];
        for (int i = 0; i < inputs.Length; i++) inputs[i] = Tensor.Zeros(inputShapes[i].Insert(0, 1), inputTypes[i]);
        Tensor[] outputs = CallAll(inputs, training: false);
        foreach (LayerUse use in layers.Uses)
        {
            if (Holds(use.Layer)) continue;
            throw Fail.Model(Path,
                $"Call applies the layer {use.Layer.Path}, which the model does not know, and so would neither train nor save",
                "make it a field and register it in the constructor: layer = AddLayer(new …)");
        }

        if (outputs.Length == 0) throw Fail.Model(Path, "CallAll gives no outputs", "give at least one");
        foreach (Tensor output in outputs)
        {
            if (output.Rank == 0 || output.Shape[0] != 1)
                throw Fail.Shape("Call", $"an output of shape {output.Shape} for a batch of one sample", "keep the batch axis first");
        }

        return new ModelTrace(inputs, layers.Uses, outputs);
    }

    /// <summary>Whether a virtual method of the model is another class's than this one's.</summary>
    private static bool Overrides(Delegate method) => method.Method.DeclaringType != typeof(Model);
}
