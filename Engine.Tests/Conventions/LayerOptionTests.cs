using System.Buffers;
using System.Reflection;
using System.Text;
using System.Text.Json;
using Engine.Layers;
using Engine.Models;

namespace Engine.Tests.Conventions;

/// <summary>Every layer of the library says what it was made with, and is made again from that.</summary>
/// <remarks>A new layer calls <c>MadeWith</c> in its constructor and has a line in LayerRegistry.BuiltIn.cs.</remarks>
public class LayerOptionTests
{
    // A function is in no file.
    private static readonly Type[] WithoutOptions = [typeof(Lambda)];

    /// <summary>Arguments that an argument of its kind would not do for.</summary>
    private static readonly Dictionary<(string Type, string Name), object?> Special = new()
    {
        [("Conv1D", "padding")] = Padding.Causal, [("DepthwiseConv1D", "padding")] = Padding.Causal,
        [("SeparableConv1D", "padding")] = Padding.Causal,
        [("Conv1D", "filters")] = 6, [("Conv2D", "filters")] = 6, [("Conv1D", "groups")] = 3, [("Conv2D", "groups")] = 3,
        [("Conv1DTranspose", "strides")] = 3, [("Conv1DTranspose", "outputPadding")] = 2,
        [("Conv2DTranspose", "strides")] = new Size2D(4, 5), [("Conv2DTranspose", "outputPadding")] = new Size2D(2, 3),
        [("AveragePooling1D", "padding")] = Padding.Same, [("MaxPooling1D", "padding")] = Padding.Same,
        [("SumPooling1D", "padding")] = Padding.Same,
        [("AveragePooling2D", "padding")] = Padding.Same, [("MaxPooling2D", "padding")] = Padding.Same,
        [("SumPooling2D", "padding")] = Padding.Same,
        [("BatchNormalization", "axis")] = 2, [("Concatenate", "axis")] = 2, [("Permute", "dims")] = (int[])[2, 1, 3],
        [("Reshape", "lengths")] = (int[])[2, -1], [("Embedding", "inputDim")] = 9, [("Dot", "axes")] = (1, 2),
        [("Normalization", "mean")] = (double[])[0.5, 1.5], [("Normalization", "variance")] = (double[])[2.5, 3.5],
        [("Bidirectional", "layer")] = new GRU(3, returnSequences: true, name: "there"),
        [("Bidirectional", "backwardLayer")] = new SimpleRNN(3, returnSequences: true, goBackwards: true, name: "back"),
        [("TimeDistributed", "layer")] = new Dense(4, Activation.LeakyReLU(0.25)),
        [("SpectralNormalization", "layer")] = new Conv1D(3, 2, useBias: false),
        [("AttentionRNN", "cell")] = new GRUCell(5), [("AttentionRNN", "attention")] = new AdditiveAttention(units: 4),
        [("RNN", "cell")] = new LSTMCell(5, dropout: 0.25),
        [("ActivationLayer", "activation")] = Activation.ELU(0.5),
        [("LSTM", "peephole")] = false, [("LSTMCell", "peephole")] = false, [("LSTM", "layerNormalization")] = false,
        [("LSTMCell", "layerNormalization")] = false, [("LSTM", "unitForgetBias")] = false,
        [("LSTM", "variant")] = LstmVariant.Cellless, [("LSTMCell", "variant")] = LstmVariant.Cellless,
        [("LSTM", "recomputeEvery")] = 0, [("GRU", "recomputeEvery")] = 0, [("SimpleRNN", "recomputeEvery")] = 0,
        [("RandomContrast", "lower")] = 0.25, [("RandomContrast", "upper")] = 0.5,
    };

    private static IEnumerable<Type> LayerTypes => typeof(Layer).Assembly.GetTypes().Where(type =>
        type is { IsPublic: true, IsAbstract: false } && type.IsSubclassOf(typeof(Layer)) && !type.IsAssignableTo(typeof(Model))
        && !WithoutOptions.Contains(type));

    [TestCaseSource(nameof(LayerTypes))]
    public void A_layer_is_made_again_with_every_option(Type type)
    {
        Layer probe = (Layer)MakeDefault(type);
        Assert.That(probe.Options, Is.Not.Null, $"{type.Name} does not call MadeWith in its constructor");
        string[] names = [.. probe.Options!.Select(option => option.Name)];
        // The constructor whose parameters the options are: where there are several, the one that the others call.
        ConstructorInfo? constructor = Array.Find(
            type.GetConstructors(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic),
            candidate => !candidate.GetParameters().Any(parameter => parameter.ParameterType.IsByRefLike)
                && candidate.GetParameters().Select(parameter => parameter.Name!).Where(name => name != "name").ToHashSet()
                    .SetEquals(names));
        Assert.That(constructor, Is.Not.Null, $"no constructor of {type.Name} has the parameters {string.Join(", ", names)}");
        object?[] arguments = [.. constructor!.GetParameters().Select((parameter, i) => Argument(type, parameter, i))];
        var layer = (Layer)constructor.Invoke(arguments);
        string written = Write(layer);
        using JsonDocument document = JsonDocument.Parse(written);
        Layer again = LayerRegistry.Make(document.RootElement);
        Assert.That(again.GetType(), Is.EqualTo(type));
        Assert.That(Write(again), Is.EqualTo(written));
        Assert.That(again.Name, Is.EqualTo(layer.Name));
        // With the defaults as well, where most values are null.
        using JsonDocument plain = JsonDocument.Parse(Write(probe));
        Assert.That(Write(LayerRegistry.Make(plain.RootElement)), Is.EqualTo(Write(probe)));
    }

    [Test]
    public void Recomputation_is_made_again()
    {
        RecurrentLayer[] layers = [new LSTM(3, recomputeEvery: 4), new GRU(3, recomputeEvery: 4), new SimpleRNN(3, recomputeEvery: 4)];
        foreach (RecurrentLayer layer in layers)
            Assert.That(((RecurrentLayer)Again(layer)).RecomputeEvery, Is.EqualTo(4));
    }

    [Test]
    public void Every_initializer_regularizer_and_constraint_is_made_again()
    {
        Initializer[] initializers =
        [
            Initializer.GlorotUniform, Initializer.GlorotNormal, Initializer.HeUniform, Initializer.HeNormal, Initializer.LecunUniform,
            Initializer.LecunNormal, Initializer.Zeros, Initializer.Ones, Initializer.Constant(0.1), Initializer.RandomUniform(-1, 2),
            Initializer.RandomNormal(1, 3), Initializer.TruncatedNormal(2, 4), Initializer.Orthogonal(1.5), Initializer.Identity(2),
            Initializer.VarianceScaling(3, FanMode.Out, InitialDistribution.Normal),
        ];
        foreach (Initializer initializer in initializers)
        {
            var again = (Dense)Again(new Dense(4, kernelInitializer: initializer));
            Tensor wanted = initializer.Create([4, 4], DType.Float32, new RandomGenerator(3));
            var kernel = (Initializer)again.Options!.Single(option => option.Name == "kernelInitializer").Value!;
            Assert.That(kernel.Create([4, 4], DType.Float32, new RandomGenerator(3)).ToArray<float>(), Is.EqualTo(wanted.ToArray<float>()));
        }

        foreach (Type type in typeof(Layer).Assembly.GetTypes().Where(type => type is { IsPublic: true, IsAbstract: false }))
        {
            if (type.IsSubclassOf(typeof(Regularizer)))
                Assert.That(Again(new Dense(4, kernelRegularizer: (Regularizer)MakeDefault(type))).Options, Is.Not.Null, type.Name);
            if (type.IsSubclassOf(typeof(Constraint)))
                Assert.That(Again(new Dense(4, kernelConstraint: (Constraint)MakeDefault(type))).Options, Is.Not.Null, type.Name);
        }
    }

    private static Layer Again(Layer layer)
    {
        string written = Write(layer);
        using JsonDocument document = JsonDocument.Parse(written);
        Layer again = LayerRegistry.Make(document.RootElement);
        Assert.That(Write(again), Is.EqualTo(written));
        return again;
    }

    private static string Write(Layer layer)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer)) OptionWriter.WriteLayer(writer, layer);
        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    /// <summary>One made with as few arguments as its shortest public constructor takes.</summary>
    private static object MakeDefault(Type type)
    {
        ConstructorInfo constructor = type.GetConstructors()
            .Where(candidate => !candidate.GetParameters().Any(parameter => parameter.ParameterType.IsByRefLike))
            .OrderBy(candidate => candidate.GetParameters().Count(parameter => !parameter.HasDefaultValue)).First();
        return constructor.Invoke([.. constructor.GetParameters().Select((parameter, i) => parameter.HasDefaultValue
            ? parameter.ParameterType.IsValueType && parameter.DefaultValue is null ? null : parameter.DefaultValue
            : Argument(type, parameter, i))]);
    }

    /// <summary>A value of a parameter's type that no other parameter of the constructor has, and that is not its default.</summary>
    private static object? Argument(Type layer, ParameterInfo parameter, int at)
    {
        Type type = Nullable.GetUnderlyingType(parameter.ParameterType) ?? parameter.ParameterType;
        if (Special.TryGetValue((layer.Name, parameter.Name!), out object? special) && type.IsInstanceOfType(special)) return special;
        if (parameter.Name == "name") return "given";
        if (type == typeof(int)) return 2 + at;
        if (type == typeof(double)) return (at + 1) / 64.0;
        if (type == typeof(bool)) return !(bool)(parameter.DefaultValue ?? false);
        if (type == typeof(Size2D)) return new Size2D(2 + at, 3 + at);
        if (type == typeof(Padding)) return Padding.Explicit(0, 1, 1, 0);
        if (type == typeof(Activation)) return Activation.LeakyReLU(at / 8.0);
        if (type == typeof(Initializer)) return Initializer.Constant(at / 8.0);
        if (type == typeof(Regularizer)) return at % 2 == 0 ? new L1L2(at / 8.0, at / 4.0) : new L2(at / 8.0);
        if (type == typeof(Constraint)) return at % 2 == 0 ? new MaxNorm(1 + at) : new UnitNorm([0]);
        if (type == typeof(DType)) return DType.Float64;
        if (type == typeof(int[])) return (int[])[1 + at % 2];
        if (type == typeof(FactorRange)) return new FactorRange(-at / 16.0 - 0.125, at / 16.0 + 0.25);
        if (type == typeof(Shape)) return Shape.Create([2, 3, at + 1]);
        if (type == typeof((int, int))) return (at + 1, at + 2);
        if (type == typeof((double, double))) return (at / 4.0, at + 0.5);
        if (type.IsEnum) return Enum.GetValues(type).GetValue(Enum.GetValues(type).Length - 1);
        throw new AssertionException($"{layer.Name}: give an argument for {type.Name} {parameter.Name} in this test");
    }
}
