using Engine.Formats;
using Engine.Layers;

namespace Engine.Models;

/// <content>Weights and the state of training in files.</content>
public partial class Model
{
    /// <summary>How many epochs the model has been trained for: the <c>initialEpoch</c> that training goes on with.</summary>
    /// <remarks><c>Fit</c> sets it at each epoch's end, before the callbacks hear of it; <see cref="Load"/> sets it from the
    /// file.</remarks>
    public int Epoch { get; private set; }

    /// <summary>Writes the model's state into a safetensors file: whole, or not at all.</summary>
    /// <remarks>
    /// <para>Each variable, moving averages included, stands under its name, as <c>conv2d_1/kernel</c>, and what the optimizer remembers
    /// about it beside it, as <c>optimizer/m/conv2d_1/kernel</c>; so do the tensors of callbacks, as
    /// <c>callbacks/EarlyStopping/conv2d_1/kernel</c>. The metadata hold texts: <c>architecture</c>, the layers, what they were made with,
    /// their shapes and connections as JSON; <c>optimizer</c>, its type, step and learning rate as JSON; <c>callbacks</c>, what those of the
    /// last training remember, as JSON; <c>seed</c>, <c>step</c> and <c>epoch</c>; and <c>vector_bits</c>, the width of the registers that
    /// the weights were trained with, since widths differ in their last bits.</para>
    /// <para>After <see cref="Load"/>, <c>Fit(..., initialEpoch: model.Epoch)</c> gives the bits of a run that was never interrupted, when
    /// the file was written at the end of an epoch. The file is written beside the target, flushed to the disk and renamed: after a crash
    /// there is the old file or the new one.</para>
    /// </remarks>
    /// <param name="path">The file to create or replace.</param>
    /// <param name="weightsOnly">Whether the state of training is left out; false by default.</param>
    /// <exception cref="ModelException">The model has no weights yet, because it does not know its input.</exception>
    public void Save(string path, bool weightsOnly = false)
    {
        RequireInput("Save");
        new CheckpointWriter(this, weightsOnly).Write(path);
    }

    /// <summary>Reads what <see cref="Save"/> wrote. Unless every layer, name, shape and type fits, the model stays as it was.</summary>
    /// <remarks>
    /// The optimizer's state is read where the file has it and the model is compiled, so call <c>Compile</c> first to go on with
    /// training; a learning rate that is a number is set to the file's. Callbacks go on from the file in the next <c>Fit</c>, if that
    /// begins with the file's epoch. A file without a state of training changes the weights alone.
    /// </remarks>
    /// <param name="path">A file that <see cref="Save"/> wrote from a model of this architecture, or one with tensors of the same
    /// names.</param>
    /// <param name="weightsOnly">Whether only the weights are read, whatever else the file has; layers without weights may differ then.
    /// False by default.</param>
    /// <exception cref="FileFormatException">The file is missing, unsound or of a newer version; its layers, names, shapes or types are not
    /// the model's; or its optimizer is another one.</exception>
    /// <exception cref="ModelException">The model has no weights yet, because it does not know its input.</exception>
    public void Load(string path, bool weightsOnly = false)
    {
        RequireInput("Load");
        using SafetensorsFile file = SafetensorsFile.Open(path);
        CheckMetadata(path, file.Metadata);
        var reader = new CheckpointReader(this, path, file, weightsOnly);
        reader.Apply();
        if (reader.Training is { } training)
        {
            Random.Seed = training.Seed ?? Random.Seed;
            Random.Step = training.Step ?? Random.Step;
            Epoch = training.Epoch ?? Epoch;
            RestartCalls();
        }

        hasLoadedWeights = true;
    }

    /// <summary>Texts that a kind of model adds to a file's metadata: none by default.</summary>
    internal virtual IEnumerable<KeyValuePair<string, string>> OwnMetadata => [];

    /// <summary>Refuses a file by the texts that its kind of model added; called before anything is read.</summary>
    internal virtual void CheckMetadata(string path, IReadOnlyDictionary<string, string> metadata)
    {
    }

    /// <summary>Makes a model from a file that <see cref="Save"/> wrote, without the code that made it: its layers, their options, and the
    /// weights.</summary>
    /// <remarks>
    /// Keras' <c>load_model</c> with <c>compile=False</c>. To go on with training call <c>Compile</c> as before, and <see cref="Load"/> for
    /// the optimizer's state. Layers of one's own, and models that are classes of their own, take part with <see cref="Layer.Register"/>;
    /// functions, as those of <see cref="Lambda"/> and <see cref="Activation.Custom"/>, are in no file.
    /// </remarks>
    /// <param name="path">The file.</param>
    /// <returns>The model: a <see cref="Sequential"/>, a functional model, or one of a registered class.</returns>
    /// <exception cref="FileFormatException">The file is missing or unsound, of a newer version, without layers, or has a layer that cannot
    /// be made from a file.</exception>
    public static Model FromFile(string path)
    {
        Model model;
        using (SafetensorsFile file = SafetensorsFile.Open(path)) model = ModelReader.Read(path, file);
        model.Load(path);
        return model;
    }

    /// <summary>The variables under names that are unique: layers shared with other models may have the same name there.</summary>
    /// <remarks>A model inside another one names them as it would alone, so that its files fit a copy of it that stands alone.</remarks>
    internal List<(string Name, Variable Variable)> NamedVariables()
    {
        var named = new List<(string, Variable)>();
        var names = new HashSet<string>(StringComparer.Ordinal);
        string own = Owner is null ? "" : $"{Place}/";
        foreach (Variable variable in Variables)
        {
            string plain = variable.Name.StartsWith(own, StringComparison.Ordinal) ? variable.Name[own.Length..] : variable.Name;
            string name = plain;
            for (int number = 1; !names.Add(name); number++) name = $"{plain}_{number}";
            named.Add((name, variable));
        }

        return named;
    }

    /// <summary>What is known of inputs, layers and outputs; an error that says what to do where that is nothing.</summary>
    internal IModelPlan KnownPlan(string method) => Plan ?? throw Fail.Model($"{Path}: {method}", "the model does not know its input yet",
        IsOwnCode ? "call Build with the shape of a sample, or fit or apply it first" : "begin it with an Input, or fit or apply it first");

    private void RequireInput(string method) => KnownPlan(method);
}
