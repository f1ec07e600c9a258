using Engine.Layers;
using Engine.Losses;
using Engine.Metrics;
using Engine.Optimizers;

namespace Engine.Models;

/// <content>What training makes small and what is measured: Compile, and the loss of a batch.</content>
public partial class Model
{
    private Optimizer? optimizer;
    private Loss[] losses = [];
    private double[] lossWeights = [];
    private Metric[][] metrics = [];
    private double[] outputLosses = [];

    /// <summary>The optimizer given to <c>Compile</c>; null before.</summary>
    public virtual Optimizer? Optimizer => optimizer;

    /// <summary>The optimizers whose state a file holds, with what they train.</summary>
    internal virtual IReadOnlyList<TrainedPart> TrainedParts =>
        optimizer is null ? [] : [new TrainedPart(TrainedPart.KeyEnd, optimizer, Variables)];

    /// <summary>The loss of the first output; null before <c>Compile</c>.</summary>
    public Loss? Loss => losses.Length == 0 ? null : losses[0];

    /// <summary>The loss of each output.</summary>
    public IReadOnlyList<Loss> Losses => losses;

    /// <summary>The metrics of all outputs.</summary>
    public IReadOnlyList<Metric> Metrics => [.. metrics.SelectMany(own => own)];

    /// <summary>Sets how a model of one output is trained and measured.</summary>
    /// <param name="optimizer">Changes the weights.</param>
    /// <param name="loss">What training makes small.</param>
    /// <param name="metrics">What is measured besides the loss.</param>
    /// <exception cref="ValueException">Two metrics have one name, or the loss is not reduced to one number.</exception>
    public void Compile(Optimizer optimizer, Loss loss, params ReadOnlySpan<Metric> metrics)
    {
        ArgumentNullException.ThrowIfNull(loss);
        Metric[] own = metrics.ToArray();
        Compile(optimizer, [loss], metrics: [own]);
    }

    /// <summary>Sets the optimizer of a model whose class has a <see cref="TrainStep"/> of its own and computes its loss there.</summary>
    /// <param name="optimizer">Changes the weights.</param>
    public void Compile(Optimizer optimizer)
    {
        ArgumentNullException.ThrowIfNull(optimizer);
        (this.optimizer, losses, lossWeights, metrics, outputLosses) = (optimizer, [], [], [], []);
    }

    /// <summary>Sets how a model of several outputs is trained and measured: the loss is Σ wᵢ·lossᵢ.</summary>
    /// <remarks>
    /// A history has the outputs' own losses, unweighted, and their metrics under the name of the layer that gives the output:
    /// <c>dense_loss</c>, <c>dense_1_accuracy</c>.
    /// </remarks>
    /// <param name="optimizer">Changes the weights.</param>
    /// <param name="losses">A loss for each output, in their order.</param>
    /// <param name="lossWeights">w, how much each counts, 0 or more; null for 1 each.</param>
    /// <param name="metrics">The metrics of each output; null for none.</param>
    /// <exception cref="ValueException">Two metrics of an output have one name, a loss is not reduced to one number, a weight is negative
    /// or not finite, or the numbers of losses, weights and metrics differ.</exception>
    public void Compile(
        Optimizer optimizer,
        IReadOnlyList<Loss> losses,
        IReadOnlyList<double>? lossWeights = null,
        IReadOnlyList<IReadOnlyList<Metric>>? metrics = null)
    {
        ArgumentNullException.ThrowIfNull(optimizer);
        ArgumentNullException.ThrowIfNull(losses);
        string where = $"{Path}: Compile";
        if (losses.Count == 0) throw Fail.Value(where, "no loss", "give one for each output");
        CheckOutputCount(where, losses.Count, "losses");
        if (lossWeights is not null && lossWeights.Count != losses.Count)
            throw Fail.Value(where, $"{lossWeights.Count} lossWeights for {losses.Count} losses", "give one for each loss");
        if (metrics is not null && metrics.Count != losses.Count)
            throw Fail.Value(where, $"{metrics.Count} lists of metrics for {losses.Count} losses", "give one for each loss");
        foreach (Loss loss in losses)
        {
            if (loss.Reduction == LossReduction.None)
            {
                throw Fail.Value(where, $"{loss.GetType().Name} with LossReduction.None gives no single number to make small",
                    "give another reduction, or train in a loop of your own");
            }
        }

        foreach (double weight in lossWeights ?? [])
        {
            if (!(double.IsFinite(weight) && weight >= 0))
                throw Fail.Value(where, $"a loss weight is {weight}", "give finite numbers, 0 or more");
        }

        foreach (IReadOnlyList<Metric> own in metrics ?? [])
        {
            var names = new HashSet<string>(StringComparer.Ordinal) { "loss" };
            foreach (Metric metric in own)
            {
                if (!names.Add(metric.Name))
                    throw Fail.Value(where, $"two quantities are named \"{metric.Name}\"", "give each metric a name of its own");
            }
        }

        this.optimizer = optimizer;
        this.losses = [.. losses];
        this.lossWeights = [.. lossWeights ?? Enumerable.Repeat(1.0, losses.Count)];
        this.metrics = metrics is null ? [.. losses.Select(_ => Array.Empty<Metric>())] : [.. metrics.Select(own => own.ToArray())];
        outputLosses = new double[losses.Count];
    }

    /// <summary>All outputs for a batch.</summary>
    private Tensor[] Predictions(Tensor[] features, bool training) =>
        Plan is { Outputs.Count: > 1 } ? ApplyAll(features, training) : [Apply(features, training)];

    /// <summary>The loss of a batch with what weights and layers add to it. F-X1.</summary>
    private Tensor TotalLoss(Batch batch, IReadOnlyList<Tensor> predictions, IReadOnlyList<Variable> trained)
    {
        Tensor error = null!;
        for (int i = 0; i < losses.Length; i++)
        {
            Tensor? weights = batch.ClassWeight is { } classWeight
                ? WeightsOf(batch.Labels[i], predictions[i], classWeight) : batch.Weights[i];
            Tensor part = losses[i].Compute(batch.Labels[i], predictions[i], weights, predictions[i].Mask);
            if (losses.Length > 1) outputLosses[i] = part.ToScalar();
            if (lossWeights[i] != 1) part *= lossWeights[i];
            error = i == 0 ? part : error + part.Cast(error.DType);
        }

        if (WeightPenalty(trained) is { } penalty) error += penalty.Cast(error.DType);
        if (stepTerms!.Take() is { } added) error += added.Cast(error.DType);
        return error;
    }

    /// <summary>For each label the weight of its class, 1 where none is named.</summary>
    private static Tensor WeightsOf(Tensor labels, Tensor prediction, IReadOnlyDictionary<int, double> classWeight)
    {
        using IDisposable pause = GradientTape.StopRecording();
        bool oneHot = labels.Shape == prediction.Shape && prediction.Rank > 1 && prediction.Shape[^1] > 1;
        Tensor classes = oneHot ? labels.ArgMax() : labels.Cast(DType.Int32);
        if (!oneHot && labels.Rank == prediction.Rank && labels.Rank > 1) classes = classes.Reshape(classes.Shape.Remove(-1));
        Tensor weights = Tensor.Zeros(classes.Shape, DType.Float64);
        ReadOnlySpan<int> each = classes.AsSpan<int>();
        Span<double> values = weights.AsWritableSpan<double>();
        for (int i = 0; i < values.Length; i++) values[i] = classWeight.TryGetValue(each[i], out double weight) ? weight : 1;
        return weights;
    }

    private void ResetMetrics()
    {
        foreach (Metric[] own in metrics)
        {
            foreach (Metric metric in own) metric.Reset();
        }
    }

    /// <summary>The names that a history gives to several outputs: those of the layers that give them; none for one output.</summary>
    private string[] OutputNames()
    {
        if (losses.Length < 2) return [];
        var names = new List<string>();
        foreach (SymbolicTensor output in Plan!.Outputs)
        {
            string layer = output.Layer?.Name ?? (graph is null ? "output" : "input"), name = layer;
            for (int number = 1; names.Contains(name); number++) name = $"{layer}_{number}";
            names.Add(name);
        }

        return [.. names];
    }

    private void CheckOutputCount(string where, int count, string what)
    {
        if (Plan is not null && count != Plan.Outputs.Count)
            throw Fail.Value(where, $"{count} {what} for {Plan.Outputs.Count} outputs", "give one for each output, in their order");
    }
}
