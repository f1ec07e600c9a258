namespace Engine.Layers;

/// <content>What a layer was made with, so that a file can make it again.</content>
public abstract partial class Layer
{
    private (string Name, object? Value)[]? options;

    /// <summary>What the layer was made with, without its name; null where it does not say.</summary>
    internal IReadOnlyList<(string Name, object? Value)>? Options => options;

    /// <summary>Tells how <c>Model.FromFile</c> makes layers of a class of one's own.</summary>
    /// <remarks>
    /// The class says in its constructor what it was made with, <c>MadeWith(("factor", factor))</c>, and the function makes it again:
    /// <c>Layer.Register(options =&gt; new Scale(options.Number("factor"), options.Name))</c>. Files know the class by its type's name.
    /// </remarks>
    /// <typeparam name="TLayer">The class.</typeparam>
    /// <param name="make">Makes a layer from its options.</param>
    /// <exception cref="ValueException">The library, or another class that was registered, has a layer of that name.</exception>
    public static void Register<TLayer>(Func<LayerOptions, TLayer> make)
        where TLayer : Layer
    {
        ArgumentNullException.ThrowIfNull(make);
        LayerRegistry.Register(typeof(TLayer), make);
    }

    /// <summary>Notes what the layer was made with; called in a constructor. See <see cref="Register"/>.</summary>
    /// <param name="made">
    /// The constructor's arguments but the name. A value is null, a truth value, a number, a text, a member of an enumeration, an array of
    /// Int32 or Float64, a pair of numbers, a <see cref="Shape"/>, <see cref="Size2D"/>, <see cref="FactorRange"/>, <see cref="Padding"/>,
    /// <see cref="Engine.Layers.Activation"/>, <see cref="Initializer"/>, <see cref="Regularizer"/>, <see cref="Constraint"/> or
    /// <see cref="Layer"/>.
    /// </param>
    /// <exception cref="ValueException">A value is of another type, or a name is empty or stands there twice.</exception>
    protected void MadeWith(params ReadOnlySpan<(string Name, object? Value)> made)
    {
        var noted = new (string Name, object? Value)[made.Length];
        for (int i = 0; i < noted.Length; i++)
        {
            (string name, object? value) = made[i];
            if (string.IsNullOrEmpty(name) || Array.Exists(noted, other => other.Name == name))
                throw Fail.Value($"{Path}: MadeWith", $"the name \"{name}\"", "name each option, and each once");
            if (!OptionWriter.CanWrite(value))
            {
                throw Fail.Value($"{Path}: MadeWith", $"\"{name}\" is a {value!.GetType().Name}",
                    "give numbers, texts, or what the remarks name");
            }

            noted[i] = (name, OptionWriter.Copy(value));
        }

        options = noted;
    }
}
