using System.Globalization;
using System.Text;

namespace Engine.Layers;

/// <content>A layer's place in its model, which its name and its random numbers follow.</content>
public abstract partial class Layer
{
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

    /// <summary>Keras' form of a type's name: MaxPooling2D is max_pooling2d, LSTM is lstm.</summary>
    private static string SnakeCase(string typeName)
    {
        var text = new StringBuilder();
        for (int i = 0; i < typeName.Length; i++)
        {
            bool startsWord = char.IsUpper(typeName[i]) && i > 0
                && (char.IsLower(typeName[i - 1])
                || (i + 1 < typeName.Length && char.IsLower(typeName[i + 1]) && char.IsUpper(typeName[i - 1])));
            if (startsWord) text.Append('_');
            text.Append(char.ToLower(typeName[i], CultureInfo.InvariantCulture));
        }
        return text.ToString();
    }
}
