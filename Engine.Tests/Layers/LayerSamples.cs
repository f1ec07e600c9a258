using System.Reflection;
using Engine.Layers;
using Engine.Models;

namespace Engine.Tests.Layers;

/// <summary>Any layer of the library, made by its constructor with the options that a test is about.</summary>
internal static class LayerSamples
{
    /// <summary>Arguments for which a small number, or the default, does not do.</summary>
    private static readonly Dictionary<(string Type, string Name), Func<object>> Special = new()
    {
        [("Dot", "axes")] = () => 1, [("Permute", "dims")] = () => (int[])[1], [("Reshape", "shape")] = () => Shape.Create([3, 4]),
        [("Input", "shape")] = () => Shape.Create([3]), [("Input", "dtype")] = () => DType.Float32,
        [("SpectralNormalization", "layer")] = () => new Dense(2), [("TimeDistributed", "layer")] = () => new Dense(2),
        [("RandomContrast", "upper")] = () => 0.5, [("GroupNormalization", "groups")] = () => 1,
    };

    /// <summary>The public layers that are not models.</summary>
    public static IEnumerable<Type> Types => typeof(Layer).Assembly.GetExportedTypes().Where(type =>
        !type.IsAbstract && type.IsSubclassOf(typeof(Layer)) && !type.IsAssignableTo(typeof(Model)));

    /// <summary>The public constructors whose arguments can stand in an array.</summary>
    public static IEnumerable<ConstructorInfo> Constructors(Type type) =>
        type.GetConstructors().Where(constructor => !constructor.GetParameters().Any(parameter => parameter.ParameterType.IsByRefLike));

    /// <summary>A layer with these options; the others are the defaults, or small.</summary>
    public static Layer Make(Type type, params (string Name, object? Value)[] options)
    {
        ConstructorInfo constructor = Constructors(type)
            .Where(candidate => options.All(option => candidate.GetParameters().Any(parameter => parameter.Name == option.Name)))
            .OrderBy(candidate => candidate.GetParameters().Count(parameter => !parameter.HasDefaultValue)).First();
        return Make(constructor, options);
    }

    /// <summary>A layer by this constructor.</summary>
    public static Layer Make(ConstructorInfo constructor, params (string Name, object? Value)[] options)
    {
        object?[] arguments = [.. constructor.GetParameters().Select(parameter =>
        {
            int at = Array.FindIndex(options, option => option.Name == parameter.Name);
            return at >= 0 ? options[at].Value : Argument(constructor.DeclaringType!, parameter);
        })];
        return (Layer)constructor.Invoke(BindingFlags.DoNotWrapExceptions, null, arguments, null);
    }

    /// <summary>The outputs of a layer for ones of the first shape and type that it takes.</summary>
    public static Tensor[] Apply(Layer layer, bool training = false)
    {
        foreach (Shape sample in (Shape[])[[3], [4, 3], [6, 6, 3]])
        {
            foreach (DType type in (DType[])[DType.Float32, DType.Int32])
            {
                foreach (int inputs in (int[])[1, 2])
                {
                    try
                    {
                        return layer.ApplyAll([.. Enumerable.Repeat(Tensor.Ones(sample.Insert(0, 4), type), inputs)], training);
                    }
                    catch (EngineException)
                    {
                        // Another shape.
                    }
                }
            }
        }

        throw new AssertionException($"{layer.Path} takes none of these inputs");
    }

    private static object? Argument(Type layer, ParameterInfo parameter)
    {
        if (Special.TryGetValue((layer.Name, parameter.Name!), out Func<object>? special)) return special();
        if (parameter.HasDefaultValue) return parameter.DefaultValue;
        Type type = parameter.ParameterType;
        if (type == typeof(string)) return null;
        if (type == typeof(int)) return 2;
        if (type == typeof(double)) return 0.25;
        if (type == typeof(Size2D)) return new Size2D(2, 2);
        if (type == typeof((int, int))) return (1, 1);
        if (type == typeof(FactorRange)) return new FactorRange(-0.25, 0.25);
        if (type == typeof(Activation)) return Activation.Tanh;
        if (type == typeof(Func<Tensor, Tensor>)) return (Func<Tensor, Tensor>)(x => x);
        if (type == typeof(RecurrentCell)) return new GRUCell(3);
        if (type == typeof(RecurrentLayer)) return new GRU(3);
        if (type == typeof(AttentionLayer)) return new Attention();
        throw new AssertionException($"{layer.Name}: give an argument for {type.Name} {parameter.Name} here");
    }
}
