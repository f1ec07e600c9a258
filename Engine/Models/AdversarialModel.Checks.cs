using System.Globalization;
using Engine.Data;
using Engine.Layers;

namespace Engine.Models;

/// <content>What is refused before training begins, warned of, and said when it fails.</content>
public abstract partial class AdversarialModel
{
    private readonly List<string> warnings = [];
    private Shape? checkedShape;

    /// <summary>What looked wrong when training began, and does not stop it: a line each. <c>Fit</c> also writes them to the error output,
    /// unless it is silent.</summary>
    public IReadOnlyList<string> Warnings => warnings;

    /// <inheritdoc/>
    private protected override void CheckCompiled(string method) => throw Fail.Model($"{Path}: {method}",
        "an adversarial network has two losses and no targets of its own",
        "train it with Compile(generatorOptimizer, discriminatorOptimizer, …) and Fit(features, …), and measure its samples with GanMetrics");

    private void CheckTraining(Dataset data, int epochs, int batchSize, int initialEpoch)
    {
        string where = $"{Path}: Fit";
        if (generatorOptimizer is null)
        {
            throw Fail.Model(where, "the model is not compiled",
                "call Compile with an optimizer for the generator and one for the discriminator first");
        }

        if (epochs < 0) throw Fail.Value(where, $"epochs is {epochs}", "give 0 or more");
        if (initialEpoch < 0) throw Fail.Value(where, $"initialEpoch is {initialEpoch}", "give 0 or more");
        if (batchSize < 1) throw Fail.Value(where, $"batchSize is {batchSize}", "give at least 1");
        if (data.Count == 0) throw Fail.Value(where, "the data set is empty", "give at least one sample");
        if (!data.FeatureType.IsFloatingPoint())
        {
            throw Fail.DType(where, $"samples of type {data.FeatureType}",
                "give bytes, which become numbers in [0, 1], or convert with Cast(DType.Float32)");
        }
    }

    /// <summary>Compares shapes, ranges and kinds of output with the first batch, before any weight has changed.</summary>
    private void CheckFirst(Batch batch, Verbosity verbose)
    {
        string where = $"{Path}: Fit";
        Tensor real = batch.Features[0];
        Shape samples = real.Shape.Remove(0);
        if (real.DType != LatentType)
        {
            throw Fail.DType(where, $"samples of type {real.DType} for a generator of type {LatentType}",
                $"convert them with Cast(DType.{LatentType}), or make both networks with dtype: DType.{real.DType}");
        }

        using IDisposable pause = GradientTape.StopRecording();
        using var scope = new TensorScope();
        Tensor? label = batch.FirstLabels is { } labels ? labels.Alias(0, labels.Shape.With(0, 1)) : null;
        Tensor fake = RunGenerator(Tensor.Zeros([1, LatentSize], real.DType), label, training: false);
        if (fake.Shape.Remove(0) != samples)
        {
            throw Fail.Shape(where, $"the generator makes samples of shape {fake.Shape.Remove(0)}, and the data have shape {samples}",
                "change the generator's last layers, or Reshape the data, so that the two agree");
        }

        Tensor output = RunDiscriminator(real.Alias(0, real.Shape.With(0, 1)), label, training: false), scores = Scores(output);
        if (output.Probability is not null || LastActivation(Discriminator) is "sigmoid" or "softmax")
        {
            throw Fail.Model(where,
                $"the discriminator ends in a sigmoid or softmax, and GanLoss {AdversarialLoss} takes logits",
                "leave the last activation out: the loss computes the sigmoid itself, without losing digits");
        }

        if (scores.Length == 0)
            throw Fail.Shape(where, $"the discriminator gives {output.Shape} for one sample", "let it give at least one score");
        checkedShape = samples;
        warnings.Clear();
        if (RangeWarning(real) is { } warning) warnings.Add(warning);
        if (verbose == Verbosity.Silent) return;
        foreach (string line in warnings) Console.Error.WriteLine($"warning: {line}");
    }

    /// <summary>What is wrong about data that the generator's last activation cannot make.</summary>
    private string? RangeWarning(Tensor real)
    {
        if (LastActivation(Generator) is not { } activation || real.Length == 0) return null;
        (double low, double high) = (real.Min().ToScalar(), real.Max().ToScalar());
        (double least, double most) = activation switch
        {
            "sigmoid" or "softmax" => (0.0, 1.0),
            "tanh" => (-1, 1),
            "relu" or "softplus" => (0, double.PositiveInfinity),
            _ => (double.NegativeInfinity, double.PositiveInfinity),
        };
        bool outside = low < least || high > most, half = activation == "tanh" && low >= 0 && high > 0;
        if (!outside && !half) return null;
        string range = string.Create(CultureInfo.InvariantCulture, $"the data lie in [{low:G4}, {high:G4}]");
        string remedy = activation == "tanh"
            ? "Scale the data to [−1, 1], as features * 2 − 1 for numbers in [0, 1], or end the generator in a sigmoid."
            : activation is "sigmoid" or "softmax"
                ? "Scale the data to [0, 1], or end the generator in a tanh or without activation."
                : "End the generator without activation.";
        return outside
            ? string.Create(CultureInfo.InvariantCulture,
                $"{Path}: {range}, and the generator's {activation} gives only numbers in [{least}, {most}]. {remedy}")
            : $"{Path}: {range}, and the generator's tanh gives numbers in [-1, 1], of which the lower half is never real. {remedy}";
    }

    /// <summary>The name of the last activation, before layers that keep its range; null where it is not known.</summary>
    private static string? LastActivation(Model model)
    {
        if (model.Graph is not { } graph) return null;
        SymbolicTensor tensor = graph.Outputs[0];
        while (KeepsRange(tensor.Layer)) tensor = tensor.Inputs[0];
        return NameOf(tensor.Layer);

        static string? NameOf(Layer? layer) => layer switch
        {
            Dense dense => dense.Activation.Name,
            ConvolutionLayer convolution => convolution.Activation.Name,
            ActivationLayer activation => activation.Activation.Name,
            SpectralNormalization wrapper => NameOf(wrapper.Layer),
            Model inner => LastActivation(inner),
            _ => null,
        };
    }

    /// <summary>Whether a layer gives numbers that it got, in another order or number, or means of them.</summary>
    private static bool KeepsRange(Layer? layer) => layer is Reshape or Flatten or Permute or Cropping2D or UpSampling2D
        or AveragePooling2D or MaxPooling2D or GlobalAveragePooling2D or GlobalMaxPooling2D;

    /// <summary>The error that ends training: which network, which step, and where the first number that is not finite came from.</summary>
    private ModelException Explain(string network, double loss, Samples samples, Func<Tensor> again)
    {
        bool enabled = DebugNumerics.Enabled;
        string? cause = null;
        if (DebugNumerics.FirstNonFinite(samples.Real) is var index and >= 0)
        {
            cause = $"the features of row {index / Math.Max(1, samples.Real.Length / samples.Real.Shape[0])} of the batch hold "
                + samples.Real.ElementAt(index).ToString(CultureInfo.InvariantCulture);
        }
        else
        {
            using IDisposable pause = GradientTape.StopRecording();
            using IDisposable generator = GeneratorNet.HoldState(), discriminator = DiscriminatorNet.HoldState();
            DebugNumerics.Enabled = true;
            try
            {
                again();
            }
            catch (EngineException e)
            {
                cause = e.Message.TrimEnd('.');
            }
            finally
            {
                DebugNumerics.Enabled = enabled;
            }
        }

        return new ModelException(
            $"{Path}: Fit: the {network}'s loss is {loss.ToString(CultureInfo.InvariantCulture)} in step {Step + 1} (epoch {Epoch + 1}); "
            + $"first not finite: {cause ?? "the step run again gives finite values"}. "
            + $"Lower the {network}'s learning rate, clip its gradients, or look for wrong values in the data.");
    }
}
