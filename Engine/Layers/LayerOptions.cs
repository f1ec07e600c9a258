using System.Globalization;
using System.Text.Json;

namespace Engine.Layers;

/// <summary>What a layer in a file was made with, by name; see <see cref="Layer.Register"/>.</summary>
/// <remarks>Each member gives an option as a type, and refuses with a <see cref="FileFormatException"/> one that is missing or of another
/// type.</remarks>
public sealed class LayerOptions
{
    private readonly string where;
    private readonly JsonElement options;

    internal LayerOptions(string type, JsonElement description)
    {
        Name = description.TryGetProperty("name", out JsonElement name) ? name.GetString() : null;
        where = Name is null ? type : $"{type} \"{Name}\"";
        if (!description.TryGetProperty("options", out options) || options.ValueKind != JsonValueKind.Object)
            throw Bad("the file does not say what it was made with", "Make the model in code and use Load");
    }

    /// <summary>The name that the layer is to have; null for that of its type and place.</summary>
    public string? Name { get; }

    /// <summary>A whole number.</summary>
    /// <param name="name">The option's name.</param>
    /// <returns>The number.</returns>
    public int Int(string name) => Read(name, value => value.GetInt32());

    /// <summary>A whole number, or null.</summary>
    /// <param name="name">The option's name.</param>
    /// <returns>The number.</returns>
    public int? OptionalInt(string name) => Read<int?>(name, value => IsNull(value) ? null : value.GetInt32());

    /// <summary>A number.</summary>
    /// <param name="name">The option's name.</param>
    /// <returns>The number.</returns>
    public double Number(string name) => Read(name, NumberOf);

    /// <summary>A truth value.</summary>
    /// <param name="name">The option's name.</param>
    /// <returns>The truth value.</returns>
    public bool Flag(string name) => Read(name, value => value.GetBoolean());

    /// <summary>A text, or null.</summary>
    /// <param name="name">The option's name.</param>
    /// <returns>The text.</returns>
    public string? Text(string name) => Read(name, value => value.GetString());

    /// <summary>A member of an enumeration.</summary>
    /// <typeparam name="TEnum">The enumeration.</typeparam>
    /// <param name="name">The option's name.</param>
    /// <returns>The member.</returns>
    public TEnum Member<TEnum>(string name)
        where TEnum : struct, Enum => Read(name, value => MemberOf<TEnum>(value));

    /// <summary>Whole numbers, or null.</summary>
    /// <param name="name">The option's name.</param>
    /// <returns>The numbers.</returns>
    public int[]? Ints(string name) => Read(name, value => IsNull(value) ? null : IntsOf(value));

    /// <summary>Numbers, or null.</summary>
    /// <param name="name">The option's name.</param>
    /// <returns>The numbers.</returns>
    public double[]? Numbers(string name) => Read(name, value => IsNull(value) ? null : NumbersOf(value));

    /// <summary>Two whole numbers.</summary>
    /// <param name="name">The option's name.</param>
    /// <returns>The numbers.</returns>
    public (int First, int Second) Pair(string name) => Read(name, PairOf);

    /// <summary>Two numbers, or null.</summary>
    /// <param name="name">The option's name.</param>
    /// <returns>The numbers.</returns>
    public (double First, double Second)? Range(string name) => Read(name, value => IsNull(value) ? null : RangeOf(value));

    /// <summary>A height and a width.</summary>
    /// <param name="name">The option's name.</param>
    /// <returns>The size.</returns>
    public Size2D Size(string name) => Read(name, value => (Size2D)PairOf(value));

    /// <summary>A height and a width, or null.</summary>
    /// <param name="name">The option's name.</param>
    /// <returns>The size.</returns>
    public Size2D? OptionalSize(string name) => Read<Size2D?>(name, value => IsNull(value) ? null : PairOf(value));

    /// <summary>A shape.</summary>
    /// <param name="name">The option's name.</param>
    /// <returns>The shape.</returns>
    public Shape Shape(string name) => Read(name, value => Engine.Shape.Create(IntsOf(value)));

    /// <summary>A range of factors.</summary>
    /// <param name="name">The option's name.</param>
    /// <returns>The range.</returns>
    public FactorRange Factor(string name) => Read(name, value => (FactorRange)RangeOf(value)!.Value);

    /// <summary>A range of factors, or null.</summary>
    /// <param name="name">The option's name.</param>
    /// <returns>The range.</returns>
    public FactorRange? OptionalFactor(string name) => Read<FactorRange?>(name, value => IsNull(value) ? null : RangeOf(value)!.Value);

    /// <summary>An element type, or null.</summary>
    /// <param name="name">The option's name.</param>
    /// <returns>The type.</returns>
    public DType? OptionalType(string name) => Read<DType?>(name, value => IsNull(value) ? null : MemberOf<DType>(value));

    /// <summary>A padding.</summary>
    /// <param name="name">The option's name.</param>
    /// <returns>The padding.</returns>
    public Padding Padding(string name) => Read(name, value => Layers.Padding.Parse(value.GetString() ?? ""));

    /// <summary>An activation of the library, or null.</summary>
    /// <param name="name">The option's name.</param>
    /// <returns>The activation.</returns>
    public Activation? Activation(string name) =>
        Read(name, value => IsNull(value) ? null : Layers.Activation.FromName(value.GetString()!));

    /// <summary>An initializer of the library, or null.</summary>
    /// <param name="name">The option's name.</param>
    /// <returns>The initializer.</returns>
    public Initializer? Initializer(string name) => Read(name, value => IsNull(value) ? null : InitializerOf(name, value));

    /// <summary>A regularizer of the library, or null.</summary>
    /// <param name="name">The option's name.</param>
    /// <returns>The regularizer.</returns>
    public Regularizer? Regularizer(string name) => Read<Regularizer?>(name, value => IsNull(value) ? null : TypeOf(value) switch
    {
        "L1" => new L1(NumberOf(value.GetProperty("l1"))),
        "L2" => new L2(NumberOf(value.GetProperty("l2"))),
        "L1L2" => new L1L2(NumberOf(value.GetProperty("l1")), NumberOf(value.GetProperty("l2"))),
        var type => throw Unknown(name, type),
    });

    /// <summary>A constraint of the library, or null.</summary>
    /// <param name="name">The option's name.</param>
    /// <returns>The constraint.</returns>
    public Constraint? Constraint(string name) => Read<Constraint?>(name, value => IsNull(value) ? null : TypeOf(value) switch
    {
        "MaxNorm" => new MaxNorm(NumberOf(value.GetProperty("maxValue")), IntsOf(value.GetProperty("axis"))),
        "NonNegative" => new NonNegative(),
        "WeightClipping" => new WeightClipping(NumberOf(value.GetProperty("limit"))),
        "UnitNorm" => new UnitNorm(IntsOf(value.GetProperty("axis"))),
        var type => throw Unknown(name, type),
    });

    /// <summary>A layer.</summary>
    /// <typeparam name="TLayer">Its class.</typeparam>
    /// <param name="name">The option's name.</param>
    /// <returns>The layer, made anew.</returns>
    public TLayer Layer<TLayer>(string name)
        where TLayer : Layer => OptionalLayer<TLayer>(name) ?? throw Bad($"\"{name}\" is null, where a layer is wanted", Remedy);

    /// <summary>A layer, or null.</summary>
    /// <typeparam name="TLayer">Its class.</typeparam>
    /// <param name="name">The option's name.</param>
    /// <returns>The layer, made anew.</returns>
    public TLayer? OptionalLayer<TLayer>(string name)
        where TLayer : Layer => Read(name, value => IsNull(value) ? null
            : LayerRegistry.Make(value) as TLayer
                ?? throw Bad($"\"{name}\" is a {TypeOf(value)}, where a {typeof(TLayer).Name} is wanted", Remedy));

    private const string Remedy = "Give a file that Save wrote";

    private T Read<T>(string name, Func<JsonElement, T> read)
    {
        if (!options.TryGetProperty(name, out JsonElement value))
        {
            throw Bad($"its options in the file have no \"{name}\"",
                "Use the version of the program that wrote it, or make the model in code");
        }

        try
        {
            return read(value);
        }
        catch (Exception e) when (e is InvalidOperationException or FormatException or KeyNotFoundException or ArgumentException
            or EngineException and not FileFormatException)
        {
            throw Bad($"its option \"{name}\" cannot be {value.GetRawText()} ({e.Message})", Remedy);
        }
    }

    private Initializer InitializerOf(string name, JsonElement value) => TypeOf(value) switch
    {
        "Constant" => Layers.Initializer.Constant(NumberOf(value.GetProperty("value"))),
        "RandomUniform" => Layers.Initializer.RandomUniform(NumberOf(value.GetProperty("low")), NumberOf(value.GetProperty("high"))),
        "RandomNormal" => Layers.Initializer.RandomNormal(NumberOf(value.GetProperty("mean")), NumberOf(value.GetProperty("deviation"))),
        "TruncatedNormal" =>
            Layers.Initializer.TruncatedNormal(NumberOf(value.GetProperty("mean")), NumberOf(value.GetProperty("deviation"))),
        "VarianceScaling" => Layers.Initializer.VarianceScaling(
            NumberOf(value.GetProperty("scale")), MemberOf<FanMode>(value.GetProperty("fan")),
            MemberOf<InitialDistribution>(value.GetProperty("distribution"))),
        "Orthogonal" => Layers.Initializer.Orthogonal(NumberOf(value.GetProperty("gain"))),
        "Identity" => Layers.Initializer.Identity(NumberOf(value.GetProperty("gain"))),
        var type => throw Unknown(name, type),
    };

    private FileFormatException Unknown(string name, string type) =>
        Bad($"its option \"{name}\" is a {type}, which is not the library's", "Make the model in code and use Load");

    private FileFormatException Bad(string problem, string remedy) => new($"{where}: {problem}. {remedy}.");

    private static bool IsNull(JsonElement value) => value.ValueKind == JsonValueKind.Null;

    private static string TypeOf(JsonElement value) => value.GetProperty("type").GetString() ?? "";

    private static double NumberOf(JsonElement value) => value.ValueKind == JsonValueKind.String
        ? double.Parse(value.GetString()!, NumberStyles.Float, CultureInfo.InvariantCulture)
        : value.GetDouble();

    private static TEnum MemberOf<TEnum>(JsonElement value)
        where TEnum : struct, Enum => Enum.TryParse(value.GetString(), out TEnum member) && Enum.IsDefined(member)
            ? member
            : throw new FormatException($"the members are {string.Join(", ", Enum.GetNames<TEnum>())}");

    private static int[] IntsOf(JsonElement value) => [.. value.EnumerateArray().Select(item => item.GetInt32())];

    private static double[] NumbersOf(JsonElement value) => [.. value.EnumerateArray().Select(NumberOf)];

    private static (int First, int Second) PairOf(JsonElement value) => IntsOf(value) is [var first, var second]
        ? (first, second)
        : throw new FormatException("two numbers are wanted");

    private static (double First, double Second)? RangeOf(JsonElement value) => NumbersOf(value) is [var first, var second]
        ? (first, second)
        : throw new FormatException("two numbers are wanted");
}
