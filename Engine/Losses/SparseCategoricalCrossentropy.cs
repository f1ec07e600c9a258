namespace Engine.Losses;

/// <summary>−ln p(label), for labels that are integers. F-S3.</summary>
/// <remarks>
/// Labels are [N] or [N, 1], per step [N, T]. Probabilities that a softmax made are taken back to its logits, whose loss is ln Σ eˣ −
/// x(label): finite for logits of any size and with the gradient p − onehot(label). The gradient then goes to the logits and not through
/// the probabilities. Others are divided by their sum and kept 1e-7 from 0 and 1, as in Keras.
/// </remarks>
public sealed class SparseCategoricalCrossentropy : Loss
{
    /// <summary>Creates the loss.</summary>
    /// <param name="fromLogits">Whether predictions are scores before the softmax; false, probabilities, by default.</param>
    /// <param name="ignoreIndex">A label whose samples or steps do not count, such as a padding; none by default. Keras'
    /// <c>ignore_class</c>.</param>
    /// <param name="reduction">How the samples' losses become one number; their mean by default.</param>
    public SparseCategoricalCrossentropy(
        bool fromLogits = false, int? ignoreIndex = null, LossReduction reduction = LossReduction.SumOverBatchSize)
        : base(reduction)
    {
        FromLogits = fromLogits;
        IgnoreIndex = ignoreIndex;
    }

    /// <summary>Whether predictions are scores before the softmax.</summary>
    public bool FromLogits { get; }

    /// <summary>The label that does not count.</summary>
    public int? IgnoreIndex { get; }

    /// <inheritdoc/>
    public override Tensor PerSample(Tensor target, Tensor prediction)
    {
        Tensor labels = Labels(target, prediction);
        if (Probabilities.Logits(prediction, FromLogits, ProbabilityKind.Softmax) is { } logits)
            return Tensor.SoftmaxCrossEntropy(logits, labels, IgnoreIndex);
        Tensor logP = Probabilities.LogOf(prediction, Epsilon);
        if (IgnoreIndex is not { } ignored) return -Chosen(logP, labels);
        Tensor skipped = Where(labels, ignored);
        Tensor loss = -Chosen(logP, Tensor.Where(skipped, Tensor.ZerosLike(labels), labels));
        return Tensor.Where(skipped, Tensor.ZerosLike(loss), loss);
    }

    internal override Tensor? Counted(Tensor target, Tensor prediction) => IgnoreIndex is { } ignored
        ? Labels(target, prediction).NotEqualTo(Tensor.Full([], ignored, DType.Int32))
        : null;

    private static Tensor Chosen(Tensor logP, Tensor labels)
    {
        int classes = logP.Shape[^1];
        ReadOnlySpan<int> each = labels.AsSpan<int>();
        for (int i = 0; i < each.Length; i++)
        {
            if ((uint)each[i] < (uint)classes) continue;
            throw Fail.Value("SparseCategoricalCrossentropy", $"label {i} is {each[i]}, and there are {classes} classes",
                $"use 0 to {classes - 1}");
        }

        return logP.TakeAlongAxis(labels.ExpandDims(-1)).Squeeze(-1);
    }

    private static Tensor Where(Tensor labels, int value) => labels.EqualTo(Tensor.Full([], value, DType.Int32));

    /// <summary>The labels as Int32, of the prediction's shape without the last axis.</summary>
    private static Tensor Labels(Tensor target, Tensor prediction)
    {
        Fail.UnlessFloat("SparseCategoricalCrossentropy", prediction);
        if (!target.DType.IsInteger())
            throw Fail.DType(
                "SparseCategoricalCrossentropy",
                $"labels of type {target.DType}",
                "give integers, converted with Cast(DType.Int32), or use CategoricalCrossentropy for probabilities");
        if (prediction.Rank == 0)
            throw Fail.Shape("SparseCategoricalCrossentropy", "a scalar prediction", "give […, classes]");
        Shape wanted = prediction.Shape.Remove(-1);
        if (target.Shape != wanted && target.Shape != wanted.Insert(-1, 1))
        {
            string oneHot = target.Shape == prediction.Shape ? ", or use CategoricalCrossentropy for one-hot targets" : "";
            throw Fail.Shape(
                "SparseCategoricalCrossentropy",
                $"labels of shape {target.Shape} for a prediction of shape {prediction.Shape}",
                $"give labels of shape {wanted}{oneHot}");
        }
        return target.Cast(DType.Int32).Reshape(wanted);
    }
}
