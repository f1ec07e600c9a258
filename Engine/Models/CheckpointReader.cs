using System.Globalization;
using System.Numerics;
using System.Text.Json;
using Engine.Formats;
using Engine.Layers;
using Engine.Optimizers;

namespace Engine.Models;

/// <summary>The numbers of training besides tensors; null for what a file does not say.</summary>
internal sealed record TrainingState(ulong? Seed, long? Step, int? Epoch);

/// <summary>Reads a model's weights, and the state of its training: everything is checked and read before anything is changed.</summary>
internal sealed class CheckpointReader
{
    private readonly Model model;
    private readonly string path;
    private readonly SafetensorsFile file;
    private readonly List<(string Name, Variable Variable)> variables;
    private readonly HashSet<string> expected = new(StringComparer.Ordinal);
    private readonly CallbackStates? callbacks;

    /// <summary>What is restored of each optimizer; one that the file does not have stays as it is.</summary>
    private readonly List<Restored> parts = [];

    /// <summary>Checks a file against a model.</summary>
    /// <exception cref="FileFormatException">Something does not fit; nothing was changed.</exception>
    public CheckpointReader(Model model, string path, SafetensorsFile file, bool weightsOnly)
    {
        (this.model, this.path, this.file) = (model, path, file);
        variables = model.NamedVariables();
        CheckVersion($"{model.Path}: Load \"{path}\"", file);
        _ = Number<int>("format_version");
        if (!weightsOnly) CheckLayers();
        foreach ((string name, Variable variable) in variables) Expect(name, variable);
        foreach (TrainedPart part in weightsOnly ? [] : model.TrainedParts)
        {
            if (!file.Metadata.TryGetValue(part.Key, out string? description)) continue;
            (long step, double? rate) = ReadOptimizer(part.Optimizer, description);
            parts.Add(new Restored(part, step, rate, [.. variables.Select(pair => FindSlots(part, pair.Name, pair.Variable))]));
        }

        bool hasCallbacks = file.Metadata.TryGetValue(CallbackStates.Key, out string? states);
        if (!weightsOnly && hasCallbacks) callbacks = ReadCallbacks(states!);
        List<string> unused = [.. file.Metadata.Keys
            .Where(key => key.EndsWith(TrainedPart.KeyEnd, StringComparison.Ordinal) && !parts.Exists(part => part.Part.Key == key))];
        if (weightsOnly && hasCallbacks) unused.Add(CallbackStates.Key);
        foreach (SafetensorsEntry entry in file.Entries)
        {
            bool isUnused = unused.Exists(key => entry.Name.StartsWith($"{key}/", StringComparison.Ordinal));
            if (!isUnused && !expected.Contains(entry.Name))
                throw Mismatch($"the file has a tensor \"{entry.Name}\", for which the model has no place");
        }

        if (!weightsOnly) Training = new TrainingState(Number<ulong>("seed"), Number<long>("step"), Number<int>("epoch"));
    }

    /// <summary>The numbers of training; null when only weights were asked for.</summary>
    public TrainingState? Training { get; }

    /// <summary>Reads the tensors, then changes the model's variables, its optimizer and what it knows of callbacks.</summary>
    public void Apply()
    {
        // Everything is read before the first weight changes: a disk may fail half-way.
        var values = new Tensor[variables.Count];
        var slotValues = new Dictionary<string, Tensor>[parts.Count, variables.Count];
        for (int i = 0; i < values.Length; i++)
        {
            (string name, Variable variable) = variables[i];
            values[i] = Read(name, variable);
            for (int k = 0; k < parts.Count; k++)
            {
                string key = parts[k].Part.Key;
                slotValues[k, i] = parts[k].Slots[i]
                    .ToDictionary(slot => slot, slot => Read(CheckpointWriter.SlotName(key, slot, name), variable));
            }
        }

        if (callbacks is not null)
        {
            foreach ((string name, Action<Tensor> keep) in callbacks.Tensors) keep(Read(name, file[name]));
        }

        for (int i = 0; i < values.Length; i++) variables[i].Variable.Assign(values[i]);
        if (Training is not null) model.LoadCallbackStates(callbacks?.States ?? new Dictionary<string, CallbackState>());
        for (int k = 0; k < parts.Count; k++)
        {
            Optimizer optimizer = parts[k].Part.Optimizer;
            for (int i = 0; i < values.Length; i++)
            {
                if (parts[k].Part.Holds(variables[i].Variable)) optimizer.RestoreSlots(variables[i].Variable, slotValues[k, i]);
            }

            optimizer.Step = parts[k].Step;
            if (parts[k].LearningRate is { } rate && optimizer.Schedule is ConstantLearningRate) optimizer.LearningRate = rate;
        }
    }

    private Tensor Read(string name, Variable variable)
    {
        Tensor values = Tensor.EmptyFree(variable.Shape, variable.DType);
        file.Read(name, values.Bytes());
        return values;
    }

    private Tensor Read(string name, SafetensorsEntry entry)
    {
        Tensor values = Tensor.EmptyFree(Shape.Create([.. entry.Shape]), entry.DType);
        file.Read(name, values.Bytes());
        return values;
    }

    /// <summary>What the file says of callbacks, whose tensors must be there.</summary>
    private CallbackStates ReadCallbacks(string json)
    {
        CallbackStates states;
        try
        {
            states = CallbackStates.FromJson(json);
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            throw Mismatch($"the metadata's callbacks are not what Save writes ({e.Message})");
        }

        foreach ((string name, _) in states.Tensors)
        {
            if (!file.Contains(name)) throw Mismatch($"\"{name}\", which the metadata's callbacks name, is missing");
            expected.Add(name);
        }

        return states;
    }

    /// <summary>A tensor that must be there, of the variable's shape and type.</summary>
    private void Expect(string name, Variable variable)
    {
        expected.Add(name);
        if (!file.Contains(name))
        {
            throw Mismatch($"\"{name}\" {variable.DType}{variable.Shape} is missing; "
                + $"the file has {file.Entries.Count} tensors, the model {variables.Count}");
        }

        SafetensorsEntry entry = file[name];
        var shape = Shape.Create([.. entry.Shape]);
        if (shape != variable.Shape || entry.DType != variable.DType)
            throw Mismatch($"\"{name}\" is {entry.DType}{shape} in the file and {variable.DType}{variable.Shape} in the model");
    }

    /// <summary>The slots that the file has for a variable: all that the optimizer keeps, or none where no step has seen it.</summary>
    private List<string> FindSlots(TrainedPart part, string name, Variable variable)
    {
        if (!part.Holds(variable)) return [];
        string Named(string slot) => CheckpointWriter.SlotName(part.Key, slot, name);
        List<string> names = [.. part.Optimizer.SavedNames];
        if (!names.Exists(slot => file.Contains(Named(slot)))) return [];
        if (part.Optimizer.UseEma && file.Contains(Named(Optimizer.SavedNameWhileAveraged)))
            names.Add(Optimizer.SavedNameWhileAveraged);
        foreach (string slot in names) Expect(Named(slot), variable);
        return names;
    }

    /// <summary>Refuses a file of a newer version.</summary>
    public static void CheckVersion(string where, SafetensorsFile file)
    {
        if (!file.Metadata.TryGetValue("format", out string? format) || format != "engine") return;
        if (!file.Metadata.TryGetValue("format_version", out string? text)
            || !int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int version)
            || version <= CheckpointWriter.Version) return;
        throw new FileFormatException($"{where}: the file has format version {version}, and this version of Engine "
            + $"reads up to {CheckpointWriter.Version}. Use a newer Engine, or save the file again with this one; nothing was changed.");
    }

    /// <summary>Compares the layers that the file was saved from with the model's, where the file names them.</summary>
    private void CheckLayers()
    {
        if (!file.Metadata.TryGetValue("architecture", out string? json)) return;
        try
        {
            using JsonDocument document = JsonDocument.Parse(json);
            CheckLayers(document.RootElement, model, "");
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            throw Mismatch($"the metadata's architecture is not what Save writes ({e.Message})");
        }
    }

    private void CheckLayers(JsonElement saved, Model inner, string place)
    {
        // An Input only states a shape: a graph without it computes the same.
        List<JsonElement> layers = [.. saved.GetProperty("layers").EnumerateArray().Where(layer => TypeOf(layer) != nameof(Input))];
        List<Layer> own = [.. ModelArchitecture.Layers(inner).Where(layer => layer is not Input)];
        for (int i = 0; i < layers.Count; i++)
        {
            string name = place + layers[i].GetProperty("name").GetString(), type = TypeOf(layers[i]);
            string wanted = i < own.Count ? $"{own[i].GetType().Name} \"{place}{own[i].Name}\"" : "no layer";
            if (i >= own.Count || own[i].GetType().Name != type || place + own[i].Name != name)
            {
                throw Mismatch($"layer {i + 1} is {type} \"{name}\" in the file and {wanted} in the model"
                    + (own.Exists(layer => layer.GetType().Name == type) ? "" : $", which knows no {type}"));
            }

            if (own[i] is Model { Plan: not null } nested && layers[i].TryGetProperty("model", out JsonElement nestedLayers))
                CheckLayers(nestedLayers, nested, $"{name}/");
        }

        if (own.Count > layers.Count)
            throw Mismatch($"layer {layers.Count + 1} of the model, {own[layers.Count].Path}, is not in the file");
    }

    private static string TypeOf(JsonElement layer) => layer.GetProperty("type").GetString() ?? "";

    private (long Step, double? LearningRate) ReadOptimizer(Optimizer optimizer, string description)
    {
        string? type;
        long step;
        double? rate = null;
        try
        {
            using JsonDocument document = JsonDocument.Parse(description);
            type = document.RootElement.GetProperty("type").GetString();
            step = document.RootElement.GetProperty("step").GetInt64();
            if (document.RootElement.TryGetProperty("learning_rate", out JsonElement number)) rate = number.GetDouble();
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            throw Mismatch($"the metadata's optimizer is not what Save writes ({e.Message})");
        }

        if (step < 0 || rate is { } given && !(double.IsFinite(given) && given >= 0))
            throw Mismatch($"the metadata's optimizer has step {step} and learning rate {rate}");
        if (type == optimizer.GetType().Name) return (step, rate);
        throw new FileFormatException($"{model.Path}: Load \"{path}\": the file has the state of {type}, and the model is compiled with "
            + $"{optimizer.GetType().Name}. Compile the model with {type}, or use weightsOnly: true; nothing was changed.");
    }

    private T? Number<T>(string key)
        where T : struct, INumber<T>
    {
        if (!file.Metadata.TryGetValue(key, out string? text)) return null;
        return T.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out T number)
            ? number
            : throw Mismatch($"the metadata's {key} is \"{text}\", where a whole number is wanted");
    }

    /// <summary>What a file holds of one optimizer.</summary>
    private sealed record Restored(TrainedPart Part, long Step, double? LearningRate, List<string>[] Slots);

    private FileFormatException Mismatch(string problem) => new(
        $"{model.Path}: Load \"{path}\": {problem}. Give a file that was saved from a model with the same layers; nothing was changed.");
}
