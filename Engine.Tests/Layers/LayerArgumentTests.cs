using System.Reflection;
using Engine.Data;
using Engine.Layers;
using static Engine.Tests.Operations.Oracle;

namespace Engine.Tests.Layers;

/// <summary>Every layer uses the rules for its weights that it is given, and refuses arguments that are not there.</summary>
public class LayerArgumentTests
{
    private const float Mark = 0.375f;

    private static readonly string[] Kinds = ["Initializer", "Regularizer", "Constraint"];

    private static IEnumerable<TestCaseData> Rules() =>
        from type in LayerSamples.Types
        from parameter in type.GetConstructors().SelectMany(constructor => constructor.GetParameters())
        where Kinds.Contains(parameter.ParameterType.Name) && parameter.Name != "activityRegularizer"
        select new TestCaseData(type, parameter.Name).SetArgDisplayNames(type.Name, parameter.Name!);

    [TestCaseSource(nameof(Rules))]
    public void A_rule_for_weights_is_used_for_those_weights_alone(Type type, string parameter)
    {
        string kind = Kinds.Single(parameter.EndsWith);
        Layer plain = LayerSamples.Make(type, Plain(type));
        Layer layer = LayerSamples.Make(type, [.. Plain(type), (parameter, kind switch
        {
            "Initializer" => Initializer.Constant(Mark),
            "Regularizer" => new L2(0.5),
            _ => new NonNegative(),
        })]);
        LayerSamples.Apply(plain);
        LayerSamples.Apply(layer);
        string[] stems = [.. type.GetConstructors().SelectMany(constructor => constructor.GetParameters()).Select(other => other.Name!)
            .Where(name => name.EndsWith(kind, StringComparison.Ordinal)).Select(name => Stem(type, name)).Distinct()];
        int ruled = 0;
        Assert.That(layer.Variables, Has.Count.EqualTo(plain.Variables.Count));
        for (int i = 0; i < layer.Variables.Count; i++)
        {
            Variable weight = layer.Variables[i], other = plain.Variables[i];
            string name = weight.Name[(weight.Name.LastIndexOf('/') + 1)..];
            string? stem = stems.Where(candidate => $"_{name}_".Contains($"_{candidate}_")).MaxBy(candidate => candidate.Length);
            bool isRuled = stem == Stem(type, parameter);
            if (isRuled) ruled++;
            if (kind == "Initializer" && isRuled) Assert.That(weight.ToArray<float>(), Has.All.EqualTo(Mark), weight.Name);
            else Assert.That(weight.ToArray<float>(), Is.EqualTo(other.ToArray<float>()), weight.Name);
            Assert.That(weight.Penalty is not null, Is.EqualTo(isRuled && kind == "Regularizer"), weight.Name);
            Assert.That(weight.Constraint is not null, Is.EqualTo(isRuled && kind == "Constraint"), weight.Name);
        }

        Assert.That(ruled, Is.Positive, "no weight is named by the parameter");
    }

    [Test]
    public void A_layer_without_a_bias_has_none()
    {
        Type[] types = [.. LayerSamples.Types.Where(type => Takes(type, "useBias"))];
        Assert.That(types, Has.Length.GreaterThan(12));
        foreach (Type type in types)
        {
            Layer with = LayerSamples.Make(type, Plain(type)), without = LayerSamples.Make(type, [.. Plain(type), ("useBias", false)]);
            LayerSamples.Apply(with);
            LayerSamples.Apply(without);
            int biases = with.Variables.Count(weight => weight.Name.EndsWith("bias", StringComparison.Ordinal));
            Assert.That(biases, Is.Positive, type.Name);
            Assert.That(without.Variables.Select(weight => weight.Name), Is.EqualTo(with.Variables.Select(weight => weight.Name)
                .Where(name => !name.EndsWith("bias", StringComparison.Ordinal))), type.Name);
        }
    }

    private static IEnumerable<TestCaseData> Rates() =>
        from type in LayerSamples.Types
        from name in (string[])["rate", "dropout", "recurrentDropout"]
        where Takes(type, name) && !(type.IsSubclassOf(typeof(RecurrentCell)) && name == "recurrentDropout")
        select new TestCaseData(type, name).SetArgDisplayNames(type.Name, name);

    [TestCaseSource(nameof(Rates))]
    public void Only_a_training_step_drops_and_only_at_a_rate_above_0(Type type, string rate)
    {
        double[] plain = Outputs(0, false);
        Assert.That(Outputs(0.5, false), Is.EqualTo(plain));
        Assert.That(Outputs(0, true), Is.EqualTo(plain));
        Assert.That(Outputs(0.5, true), Is.Not.EqualTo(plain));

        double[] Outputs(double value, bool training) => Values(LayerSamples.Apply(LayerSamples.Make(type, (rate, value)), training)[0]);
    }

    [Test]
    public void Arguments_that_are_not_there_are_refused()
    {
        var context = new NullabilityInfoContext();
        int refused = 0;
        foreach (ConstructorInfo constructor in LayerSamples.Types.SelectMany(LayerSamples.Constructors))
        {
            foreach (ParameterInfo parameter in constructor.GetParameters())
            {
                if (parameter.HasDefaultValue || parameter.ParameterType.IsValueType) continue;
                if (context.Create(parameter).WriteState != NullabilityState.NotNull) continue;
                ArgumentNullException? error = Assert.Throws<ArgumentNullException>(
                    () => LayerSamples.Make(constructor, (parameter.Name!, null)), $"{constructor.DeclaringType!.Name}: {parameter.Name}");
                Assert.That(error!.ParamName, Is.EqualTo(parameter.Name), constructor.DeclaringType!.Name);
                refused++;
            }
        }

        Assert.That(refused, Is.GreaterThanOrEqualTo(9));
    }

    [Test]
    public void Methods_refuse_arguments_that_are_not_there()
    {
        var cell = new LSTMCell(2);
        cell.Apply(Tensor.Ones([1, 3]));
        Tensor some = Tensor.Ones([1, 1]);
        (string Name, Action Call)[] calls =
        [
            ("function", () => Activation.Custom("mine", null!)),
            ("name", () => Activation.FromName(null!)),
            ("make", () => Layer.Register<Dense>(null!)),
            ("mean", () => LatentSampling.Divergence(null!, some)),
            ("logVariance", () => LatentSampling.Divergence(some, null!)),
            ("x", () => new Normalization().Adapt((Tensor)null!)),
            ("data", () => new Normalization().Adapt((Dataset)null!)),
            ("cell", () => RecurrentWeights.FromPyTorch(null!, RecurrentWeights.ToPyTorch(cell))),
            ("weights", () => RecurrentWeights.FromPyTorch(cell, null!)),
            ("cell", () => RecurrentWeights.ToPyTorch(null!)),
            ("cell", () => RecurrentWeights.FromKeras(null!, RecurrentWeights.ToKeras(cell))),
            ("weights", () => RecurrentWeights.FromKeras(cell, null!)),
            ("cell", () => RecurrentWeights.ToKeras(null!)),
        ];
        foreach ((string name, Action call) in calls)
            Assert.That(Assert.Throws<ArgumentNullException>(() => call())!.ParamName, Is.EqualTo(name));
    }

    /// <summary>Options under which every weight has its own rule alone.</summary>
    private static (string Name, object? Value)[] Plain(Type type) =>
    [
        .. Takes(type, "unitForgetBias") ? (ReadOnlySpan<(string, object?)>)[("unitForgetBias", false)] : [],
        .. type == typeof(AdditiveAttention) ? (ReadOnlySpan<(string, object?)>)[("units", 2)] : [],
    ];

    private static bool Takes(Type type, string parameter) =>
        type.GetConstructors().Any(constructor => constructor.GetParameters().Any(other => other.Name == parameter));

    /// <summary>The part of a weight's name that a parameter is about: <c>moving_mean</c> for <c>movingMeanInitializer</c>.</summary>
    private static string Stem(Type type, string parameter)
    {
        string word = parameter[..^Kinds.Single(parameter.EndsWith).Length];
        if (type == typeof(DepthwiseConv1D) || type == typeof(DepthwiseConv2D)) word = word.Replace("depthwise", "kernel");
        return string.Concat(word.Select(letter => char.IsUpper(letter) ? $"_{char.ToLowerInvariant(letter)}" : letter.ToString()));
    }
}
