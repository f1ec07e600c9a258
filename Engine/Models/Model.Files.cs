using System.Globalization;
using Engine.Formats;

namespace Engine.Models;

/// <content>Weights in files.</content>
public partial class Model
{
    /// <summary>Writes all weights, and what the model looks like, into a safetensors file: whole, or not at all.</summary>
    /// <remarks>
    /// Each variable stands under its name, as <c>conv2d_1/kernel</c>. The metadata hold the architecture (layers, shapes and connections,
    /// as
    /// JSON), the seed, the steps taken and the width of the vector registers that the weights were trained with.
    /// </remarks>
    /// <param name="path">The file to create or replace.</param>
    /// <exception cref="ModelException">The model has no weights yet, because it does not know its input.</exception>
    public void Save(string path)
    {
        if (graph is null) throw Fail.Model($"{Path}: Save", "the model does not know its input yet",
            "begin it with an Input, or fit or apply it first");
        var items = new List<SafetensorsItem>();
        foreach ((string name, Variable variable) in NamedVariables()) items.Add(new SafetensorsItem(name, variable));
        SafetensorsFile.Write(path, items, new Dictionary<string, string>
        {
            ["format"] = "engine",
            ["format_version"] = "1",
            ["architecture"] = ModelArchitecture.ToJson(this),
            ["seed"] = Seed.ToString(CultureInfo.InvariantCulture),
            ["step"] = Step.ToString(CultureInfo.InvariantCulture),
            ["vector_bits"] = Parallelism.VectorBits.ToString(CultureInfo.InvariantCulture),
        });
    }

    /// <summary>Reads all weights from a safetensors file. Unless every name, shape and type fits, the model stays as it was.</summary>
    /// <param name="path">A file that <see cref="Save"/> wrote from a model of this architecture, or one with tensors of the same
    /// names.</param>
    /// <exception cref="FileFormatException">The file is missing or unsound, or its names, shapes or types are not the model's.</exception>
    /// <exception cref="ModelException">The model has no weights yet, because it does not know its input.</exception>
    public void Load(string path)
    {
        if (graph is null) throw Fail.Model($"{Path}: Load", "the model does not know its input yet",
            "begin it with an Input, or fit or apply it first");
        using SafetensorsFile file = SafetensorsFile.Open(path);
        List<(string Name, Variable Variable)> variables = NamedVariables();
        foreach ((string name, Variable variable) in variables)
        {
            if (!file.Contains(name))
                throw Mismatch(path, $"\"{name}\" {variable.DType}{variable.Shape} is missing; the file has {file.Entries.Count} tensors, the model {variables.Count}");
            SafetensorsEntry entry = file[name];
            var shape = Shape.Create([.. entry.Shape]);
            if (shape != variable.Shape || entry.DType != variable.DType)
                throw Mismatch(path, $"\"{name}\" is {entry.DType}{shape} in the file and {variable.DType}{variable.Shape} in the model");
        }

        if (file.Entries.Count != variables.Count)
        {
            var known = new HashSet<string>(variables.Select(pair => pair.Name), StringComparer.Ordinal);
            SafetensorsEntry stray = file.Entries.First(entry => !known.Contains(entry.Name));
            throw Mismatch(path, $"the file has a tensor \"{stray.Name}\", for which the model has no place");
        }

        long step = StoredStep(path, file);
        // Everything is read before the first weight changes: a disk may fail half-way.
        var values = new Tensor[variables.Count];
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = Tensor.EmptyFree(variables[i].Variable.Shape, variables[i].Variable.DType);
            file.Read(variables[i].Name, values[i].Bytes());
        }

        for (int i = 0; i < values.Length; i++) variables[i].Variable.Assign(values[i]);
        Random.Step = step;
        hasLoadedWeights = true;
    }

    private FileFormatException Mismatch(string path, string problem) =>
        new($"{Path}: Load \"{path}\": {problem}. Give a file that was saved from a model with the same layers; nothing was changed.");

    private long StoredStep(string path, SafetensorsFile file)
    {
        if (!file.Metadata.TryGetValue("step", out string? text)) return Step;
        return long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long step)
            ? step
            : throw Mismatch(path, $"the metadata's step is \"{text}\", where a whole number is wanted");
    }

    /// <summary>The variables under names that are unique: layers shared with other models may have the same name there.</summary>
    private List<(string Name, Variable Variable)> NamedVariables()
    {
        var named = new List<(string, Variable)>();
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (Variable variable in Variables)
        {
            string name = variable.Name;
            for (int number = 1; !names.Add(name); number++) name = $"{variable.Name}_{number}";
            named.Add((name, variable));
        }

        return named;
    }
}
