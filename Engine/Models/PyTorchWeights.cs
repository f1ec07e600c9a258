using System.Globalization;
using Engine.Formats;
using Engine.Layers;

namespace Engine.Models;

/// <summary>Takes over weights that were trained with PyTorch, from a safetensors file.</summary>
/// <remarks>
/// <para>Dense: weight (out, in) becomes kernel [in, out]. Conv1D and Conv2D: (out, in/groups, …) becomes […, in/groups, out].
/// BatchNormalization: weight, bias, running_mean and running_var become gamma, beta, moving mean and moving variance;
/// num_batches_tracked is passed over. Embedding: weight as it is. SimpleRNN, LSTM, GRU and Bidirectional: as
/// <see cref="RecurrentWeights"/> says. F16, BF16 and F64 become the layer's type.</para>
/// <para>A Flatten sees [height, width, channels] here and (channels, height, width) there: the features of the Dense or
/// BatchNormalization behind it, directly or after activations, dropout, noise and batch normalisation, are put in order by themselves.
/// A Flatten before a model inside the model is not seen.</para>
/// <para>What a file does not say must agree by itself: PyTorch's BatchNorm has epsilon 1e-5 and GELU is exact; a padding of
/// <c>k // 2</c> with stride 2 is <see cref="Padding"/> of explicit numbers, not <c>Same</c>.</para>
/// </remarks>
public static class PyTorchWeights
{
    /// <summary>Reads weights into a model. Unless every name and shape fits, the model stays as it was.</summary>
    /// <remarks>
    /// A layer takes the tensors whose names begin with the module's name and a point: the one that <paramref name="modules"/> names,
    /// else the layer's own name. Where <paramref name="modules"/> is null and the modules of the file are numbered, as those of an
    /// <c>nn.Sequential</c> are (<c>0.weight</c>, <c>features.3.weight</c>), they go to the layers that have weights in their order.
    /// </remarks>
    /// <param name="model">A model that knows its input.</param>
    /// <param name="path">A safetensors file of a PyTorch <c>state_dict</c>.</param>
    /// <param name="modules">From layers' names, as <c>conv2d_1</c> or <c>encoder/dense</c>, to modules' names, as
    /// <c>features.3</c>. <c>rnn:1</c> is the second layer of an LSTM, GRU or RNN of several.</param>
    /// <param name="strict">Whether every layer with weights must be found in the file, and every tensor of the file be used; true by
    /// default. False leaves other layers as they are.</param>
    /// <param name="channelsFirstFlatten">Whether features behind a Flatten come as (channels, height, width); true by default, false when
    /// the PyTorch model permuted to channels last before it flattened.</param>
    /// <exception cref="FileFormatException">The file is missing or unsound, or its names, shapes or types do not fit.</exception>
    /// <exception cref="ModelException">The model does not know its input, or a layer's weights have no counterpart in PyTorch.</exception>
    /// <exception cref="ValueException"><paramref name="modules"/> names a layer that the model does not have.</exception>
    public static void Load(
        Model model,
        string path,
        IReadOnlyDictionary<string, string>? modules = null,
        bool strict = true,
        bool channelsFirstFlatten = true)
    {
        ArgumentNullException.ThrowIfNull(model);
        model.KnownPlan("PyTorchWeights");
        List<PyTorchLayer> layers = PyTorchLayer.In(model, strict, channelsFirstFlatten);
        CheckModules(model, layers, modules);
        using SafetensorsFile file = SafetensorsFile.Open(path);
        string[] names = ModuleNames(path, file, layers, modules);
        using IDisposable pause = GradientTape.StopRecording();
        var values = new List<(Variable Variable, Tensor Value)>();
        var used = new HashSet<string>(StringComparer.Ordinal);
        for (int i = 0; i < layers.Count; i++)
        {
            string begin = names[i].Split(':')[0] + ".";
            if (!strict && !file.Entries.Any(entry => entry.Name.StartsWith(begin, StringComparison.Ordinal))) continue;
            foreach (PyTorchTensor wanted in layers[i].Tensors)
            {
                using var scope = new TensorScope();
                var parts = new Tensor[wanted.Names.Length];
                for (int part = 0; part < parts.Length; part++)
                {
                    string name = NameOf(names[i], wanted.Names[part]);
                    parts[part] = Read(path, file, name, layers[i], wanted);
                    used.Add(name);
                }

                values.Add((wanted.Variable, wanted.Arrange(parts).Detach()));
            }
        }

        if (strict && file.Entries.FirstOrDefault(entry => !used.Contains(entry.Name) && !IsCounter(entry)) is { } stray)
        {
            throw Bad(path, $"the file has a tensor \"{stray.Name}\" {FormatFile.Show(stray.Shape)}, for which the model has no place",
                "Compare the layers and their options, or set strict to false");
        }

        // Everything was read before the first weight changes.
        foreach ((Variable variable, Tensor value) in values) variable.Assign(value);
    }

    private static Tensor Read(string path, SafetensorsFile file, string name, PyTorchLayer layer, PyTorchTensor wanted)
    {
        if (!file.Contains(name))
        {
            throw Bad(path, $"tensor \"{name}\" {wanted.Stored} of {layer.Layer.Path} is missing; the file has "
                + $"{string.Join(", ", file.Entries.Take(8).Select(entry => $"\"{entry.Name}\""))}{(file.Entries.Count > 8 ? ", …" : "")}",
                "Name the module with modules, or compare the layer's options");
        }

        SafetensorsEntry entry = file[name];
        if (!entry.Shape.SequenceEqual(wanted.Stored.ToArray()))
        {
            throw Bad(path, $"tensor \"{name}\" has shape {FormatFile.Show(entry.Shape)}, {layer.Layer.Path} takes {wanted.Stored} for its "
                + $"{wanted.Variable.Name[(wanted.Variable.Name.LastIndexOf('/') + 1)..]} {wanted.Variable.Shape}",
                "Compare units, filters, kernel sizes, groups and the input's shape");
        }

        if (!entry.DType.IsFloatingPoint())
            throw Bad(path, $"tensor \"{name}\" has type {entry.StoredType}, a floating-point type is wanted", "Save the model in float32");
        Tensor stored = Tensor.Empty(wanted.Stored, entry.DType);
        file.Read(name, stored.Bytes());
        return stored.Cast(wanted.Variable.DType);
    }

    /// <summary>The name of a module's tensor; of a module named <c>rnn:1</c> that of the second layer, <c>rnn.weight_ih_l1</c>.</summary>
    private static string NameOf(string module, string tensor)
    {
        int colon = module.LastIndexOf(':');
        return colon < 0 ? $"{module}.{tensor}" : $"{module[..colon]}.{tensor.Replace("_l0", $"_l{module[(colon + 1)..]}", StringComparison.Ordinal)}";
    }

    /// <summary>The module of each layer.</summary>
    private static string[] ModuleNames(
        string path, SafetensorsFile file, List<PyTorchLayer> layers, IReadOnlyDictionary<string, string>? modules)
    {
        string[] names = [.. layers.Select(layer => modules is not null && modules.TryGetValue(layer.Name, out string? module) ? module
            : layer.Name.Replace('/', '.'))];
        if (modules is not null) return names;
        string[] found = [.. file.Entries.Where(entry => !IsCounter(entry)).Select(entry => Parent(entry.Name)).Distinct()];
        if (found.Length == 0 || found.Intersect(names).Any() || !found.All(name => Number(name) is not null)
            || found.Select(Parent).Distinct().Count() != 1) return names;
        Array.Sort(found, (a, b) => Number(a)!.Value.CompareTo(Number(b)!.Value));
        if (found.Length == layers.Count) return found;
        throw Bad(path, $"the file has {found.Length} numbered modules with weights ({string.Join(", ", found.Take(12))}), the model "
            + $"{layers.Count} layers with weights ({string.Join(", ", layers.Take(12).Select(layer => layer.Name))})",
            "Name the modules with modules");
    }

    private static void CheckModules(Model model, List<PyTorchLayer> layers, IReadOnlyDictionary<string, string>? modules)
    {
        foreach (string name in modules?.Keys ?? [])
        {
            if (layers.Exists(layer => layer.Name == name)) continue;
            throw Fail.Value($"{model.Path}: PyTorchWeights", $"modules names a layer \"{name}\", which has no weights or is not there",
                $"the layers with weights are {string.Join(", ", layers.Select(layer => layer.Name))}");
        }
    }

    private static bool IsCounter(SafetensorsEntry entry) => entry.Name.EndsWith(".num_batches_tracked", StringComparison.Ordinal);

    private static string Parent(string name) => name.LastIndexOf('.') is >= 0 and var point ? name[..point] : "";

    private static int? Number(string module) =>
        int.TryParse(module[(module.LastIndexOf('.') + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out int number)
            ? number : null;

    private static FileFormatException Bad(string path, string problem, string remedy) =>
        new($"PyTorchWeights \"{path}\": {problem}. {remedy}; nothing was changed.");
}
