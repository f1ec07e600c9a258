using System.Collections.Concurrent;
using System.Text.Json;

namespace Engine.Layers;

/// <summary>Makes layers from what a file says of them: no constructor is looked for, so that nothing is lost when a program is
/// trimmed.</summary>
internal static partial class LayerRegistry
{
    private static readonly ConcurrentDictionary<string, (Type Type, Func<LayerOptions, Layer> Make)> Registered =
        new(StringComparer.Ordinal);

    public static void Register(Type type, Func<LayerOptions, Layer> make)
    {
        bool taken = BuiltIn.ContainsKey(type.Name) || type.Namespace == "Engine.Models"
            || Registered.TryGetValue(type.Name, out (Type Type, Func<LayerOptions, Layer>) other) && other.Type != type;
        if (taken) throw Fail.Value("Layer.Register", $"there is another layer \"{type.Name}\"", "rename the class");
        Registered[type.Name] = (type, make);
    }

    /// <summary>Whether a class of one's own was registered under a type's name.</summary>
    public static bool IsRegistered(string type) => Registered.ContainsKey(type);

    /// <summary>Makes a layer.</summary>
    /// <param name="description">What <see cref="OptionWriter.WriteLayer"/> wrote.</param>
    /// <exception cref="FileFormatException">The type is not known, or an option is missing or of another type.</exception>
    /// <exception cref="EngineException">The layer refuses an option.</exception>
    public static Layer Make(JsonElement description)
    {
        string type = description.GetProperty("type").GetString() ?? "";
        if (!BuiltIn.TryGetValue(type, out Func<LayerOptions, Layer>? make))
        {
            if (!Registered.TryGetValue(type, out (Type Type, Func<LayerOptions, Layer> Make) own))
            {
                throw new FileFormatException($"{type}: no layer of this type can be made from a file. "
                    + "Register the class with Layer.Register, or make the model in code and use Load.");
            }

            make = own.Make;
        }

        return make(new LayerOptions(type, description));
    }
}
