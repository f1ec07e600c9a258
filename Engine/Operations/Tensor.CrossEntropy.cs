using System.Numerics;
using Engine.Kernels;

namespace Engine;

/// <content>Cross-entropies from logits, in one pass forward and one backward.</content>
public partial class Tensor
{
    /// <summary>Softmax and cross-entropy in one: loss[…] = ln Σₖ e^x[…, k] − x[…, label], or Σⱼ t[…, j]·(ln Σₖ e^x[…, k] − x[…, j]).</summary>
    /// <remarks>
    /// With labels dx = (softmax(x) − onehot) ⊙ dloss, with targets dx = (softmax(x)·Σₖ tₖ − t) ⊙ dloss and dt = −logSoftmax(x) ⊙ dloss.
    /// F-S2, F-S3.
    /// </remarks>
    /// <param name="logits">x […, classes]: scores before any softmax.</param>
    /// <param name="targets">Int32 labels […], or probabilities […, classes] of the logits' type.</param>
    /// <param name="ignoreIndex">With labels: the label whose rows have loss and gradient 0; null for none.</param>
    /// <returns>One loss a row, of the logits' shape without the last axis.</returns>
    /// <exception cref="ShapeException">The targets' shape is neither that of labels nor that of probabilities.</exception>
    /// <exception cref="DTypeException">The logits are not floating point, or the targets neither Int32 nor of the logits' type.</exception>
    /// <exception cref="ValueException">A label is no class and not the ignored one, or <paramref name="ignoreIndex"/> is given with probabilities.</exception>
    public static Tensor SoftmaxCrossEntropy(Tensor logits, Tensor targets, int? ignoreIndex = null)
    {
        Fail.UnlessFloat("softmaxCrossEntropy", logits);
        if (logits.Rank < 1 || logits.Shape[^1] == 0)
            throw Fail.Shape("softmaxCrossEntropy", $"logits of shape {logits.Shape}", "give […, classes] with at least one class");
        Shape rows = logits.Shape.Remove(-1);
        if (targets.DType == DType.Int32) return LabelCrossEntropy(logits, targets, rows, ignoreIndex);
        if (targets.DType != logits.DType)
            throw Fail.DType("softmaxCrossEntropy", $"targets of type {targets.DType} for logits of type {logits.DType}", "give Int32 labels, or probabilities of the logits' type");
        if (targets.Shape != logits.Shape)
            throw Fail.Shape("softmaxCrossEntropy", $"probabilities of shape {targets.Shape} for logits of shape {logits.Shape}", "give one probability for each logit, or Int32 labels");
        if (ignoreIndex is { } ignored)
            throw Fail.Value("softmaxCrossEntropy", $"ignoreIndex {ignored} with probabilities", "use it with Int32 labels; a row of zeros has loss 0");
        Tensor loss = Empty(rows, logits.DType), statistics = Empty([rows.Length, CrossEntropy.Statistics], logits.DType);
        Dispatch.Float(logits.DType, new TargetWork(logits, targets, statistics, loss, null, null));
        return GradientTape.Record(
            "softmaxCrossEntropy",
            loss,
            (logits, dloss =>
            {
                if (GradientTape.WouldRecord(dloss, logits, targets))
                    return (logits.Softmax() * targets.Sum(-1, keepDims: true) - targets) * dloss.ExpandDims(-1);
                Tensor dx = Empty(logits.Shape, logits.DType);
                Dispatch.Float(logits.DType, new TargetWork(logits, targets, statistics, null, dloss, dx));
                return dx;
            }),
            (targets, dloss => -logits.LogSoftmax() * dloss.ExpandDims(-1)));
    }

    /// <summary>Sigmoid and binary cross-entropy in one, element by element: −t·ln σ(x) − (1 − t)·ln(1 − σ(x)), safe for logits of any size.</summary>
    /// <remarks>Computed as max(x, 0) − x·t + ln(1 + e^−|x|). dx = (σ(x) − t) ⊙ dloss, dt = −x ⊙ dloss. F-S4.</remarks>
    /// <param name="logits">x: scores before any sigmoid.</param>
    /// <param name="targets">t: probabilities of the logits' shape and type.</param>
    /// <returns>One loss an element, of the logits' shape.</returns>
    /// <exception cref="ShapeException">The shapes differ.</exception>
    /// <exception cref="DTypeException">The types differ or are not floating point.</exception>
    public static Tensor SigmoidCrossEntropy(Tensor logits, Tensor targets)
    {
        if (logits.Shape != targets.Shape)
            throw Fail.Shape("sigmoidCrossEntropy", $"targets of shape {targets.Shape} for logits of shape {logits.Shape}", "give one target for each logit");
        Tensor loss = Dispatch.Binary<BinaryCrossEntropyKernel>("sigmoidCrossEntropy", logits, targets);
        return GradientTape.Record(
            "sigmoidCrossEntropy",
            loss,
            (logits, dloss =>
            {
                if (GradientTape.WouldRecord(dloss, logits, targets)) return (logits.Sigmoid() - targets) * dloss;
                Tensor dx = Empty(logits.Shape, logits.DType);
                Dispatch.Float(logits.DType, new BinaryGradientWork(dloss, logits, targets, dx));
                return dx;
            }),
            (targets, dloss => -logits * dloss));
    }

    private static unsafe Tensor LabelCrossEntropy(Tensor logits, Tensor labels, Shape rows, int? ignoreIndex)
    {
        int classes = logits.Shape[^1];
        if (labels.Shape != rows)
            throw Fail.Shape("softmaxCrossEntropy", $"labels of shape {labels.Shape} for logits of shape {logits.Shape}", $"give labels of shape {rows}");
        fixed (int* label = labels.Data<int>())
        {
            int bad = CrossEntropy.FirstBadLabel(label, rows.Length, classes, ignoreIndex);
            if (bad >= 0)
                throw Fail.Value("softmaxCrossEntropy", $"label {bad} is {label[bad]}, and there are {classes} classes", $"use 0 to {classes - 1}{(ignoreIndex is { } i ? $", or {i} to ignore a row" : "")}");
        }
        Tensor loss = Empty(rows, logits.DType), statistics = Empty([rows.Length, CrossEntropy.Statistics], logits.DType);
        Dispatch.Float(logits.DType, new LabelWork(logits, labels, ignoreIndex, statistics, loss, null, null));
        return GradientTape.Record("softmaxCrossEntropy", loss, (logits, dloss =>
        {
            if (GradientTape.WouldRecord(dloss, logits))
            {
                Tensor counted = labels.NotEqualTo(Full([], ignoreIndex ?? -1, DType.Int32));
                Tensor oneHot = OneHot(Where(counted, labels, ZerosLike(labels)), classes, logits.DType);
                return (logits.Softmax() - oneHot) * (dloss * counted.Cast(logits.DType)).ExpandDims(-1);
            }
            Tensor dx = Empty(logits.Shape, logits.DType);
            Dispatch.Float(logits.DType, new LabelWork(logits, labels, ignoreIndex, statistics, null, dloss, dx));
            return dx;
        }));
    }

    private readonly unsafe struct LabelWork(Tensor logits, Tensor labels, int? ignored, Tensor statistics, Tensor? loss, Tensor? dloss, Tensor? dx) : IFloatWork
    {
        public void Run<T>()
            where T : unmanaged, IBinaryFloatingPointIeee754<T>
        {
            int rows = labels.Length, columns = logits.Shape[^1];
            fixed (int* label = labels.Data<int>())
            fixed (T* x = logits.Data<T>(), kept = statistics.Data<T>())
            {
                if (loss is not null)
                {
                    fixed (T* result = loss.Data<T>()) CrossEntropy.Forward(x, label, ignored, result, kept, rows, columns);
                    return;
                }
                fixed (T* dy = dloss!.Data<T>(), result = dx!.Data<T>())
                    CrossEntropy.Gradient(x, label, ignored, kept, dy, dyRepeats: false, result, rows, columns);
            }
        }
    }

    private readonly unsafe struct TargetWork(Tensor logits, Tensor targets, Tensor statistics, Tensor? loss, Tensor? dloss, Tensor? dx) : IFloatWork
    {
        public void Run<T>()
            where T : unmanaged, IBinaryFloatingPointIeee754<T>
        {
            int columns = logits.Shape[^1], rows = logits.Length / columns;
            fixed (T* x = logits.Data<T>(), t = targets.Data<T>(), kept = statistics.Data<T>())
            {
                if (loss is not null)
                {
                    fixed (T* result = loss.Data<T>()) CrossEntropy.Forward(x, t, result, kept, rows, columns);
                    return;
                }
                fixed (T* dy = dloss!.Data<T>(), result = dx!.Data<T>())
                    CrossEntropy.Gradient(x, t, kept, dy, dyRepeats: false, result, rows, columns);
            }
        }
    }

    private readonly unsafe struct BinaryGradientWork(Tensor dloss, Tensor logits, Tensor targets, Tensor dx) : IFloatWork
    {
        public void Run<T>()
            where T : unmanaged, IBinaryFloatingPointIeee754<T>
        {
            fixed (T* dy = dloss.Data<T>(), x = logits.Data<T>(), t = targets.Data<T>(), result = dx.Data<T>())
            {
                ReadOnlySpan<int> shape = [dx.Length];
                Elementwise.Ternary(default(BinaryCrossEntropyGradientKernel), dy, x, t, result, Broadcasting.Of(shape, shape, shape, shape));
            }
        }
    }
}
