using Engine.Losses;

namespace Engine.Tests.Gradients;

/// <content>Losses.</content>
public static partial class GradientRegistry
{
    private static IEnumerable<GradientRow> LossRows() =>
    [
        Of("", new MeanSquaredError(), Constant([2, 3], 1, -2, 0.5, 0, 3, 1), Draw.Normal),
        Of("from logits", new CategoricalCrossentropy(fromLogits: true), Constant([2, 3], 1, 0, 0, 0.2, 0.5, 0.3), Draw.Normal),
        Of("probabilities, smoothed", new CategoricalCrossentropy(labelSmoothing: 0.1), Constant([2, 3], 1, 0, 0, 0, 0, 1), Draw.Positive),
        Of("from logits", new SparseCategoricalCrossentropy(fromLogits: true), Indices([2], 2, 0), Draw.Normal, [2, 3]),
        Of("probabilities, ignored labels", new SparseCategoricalCrossentropy(ignoreIndex: -1), Indices([2, 2], 2, 0, -1, 1),
            Draw.Positive, [2, 2, 3]),
        Of("from logits, smoothed", new BinaryCrossentropy(fromLogits: true, labelSmoothing: 0.2), Constant([2, 3], 1, 0, 0, 1, 1, 0),
            Draw.Normal),
        Of("smoothed", new CategoricalCrossentropy(fromLogits: true, labelSmoothing: 0.2), Constant([2, 3], 1, 0, 0, 0, 0, 1), Draw.Normal),
        Of("probabilities", new SparseCategoricalCrossentropy(), Indices([2], 2, 0), Draw.Positive, [2, 3]),
        Of("from logits, ignored labels", new SparseCategoricalCrossentropy(true, -1), Indices([2, 2], 2, 0, -1, 1),
            Draw.Normal, [2, 2, 3]),
        Of("probabilities", new BinaryCrossentropy(), Constant([2, 3], 1, 0, 0, 1, 1, 0), Draw.Positive, scale: 0.4),
        Of("", new MeanAbsoluteError(), Far, Draw.Normal),
        Of("", new MeanAbsolutePercentageError(), Far, Draw.Normal),
        Of("", new MeanSquaredLogarithmicError(), Constant([2, 3], 1, 2, 0.5, 0, 3, 1), Draw.Positive),
        Of("near and far", new Huber(2), Constant([2, 3], 0.1, 0.2, -0.3, 8, -8, 9), Draw.AwayFromZero),
        Of("", new LogCosh(), Constant([2, 3], 1, -2, 0.5, 0, 3, 1), Draw.Normal),
        Of("signs", new Hinge(), Constant([2, 3], 1, -1, 1, -1, 1, 1), Draw.Distinct),
        Of("bits", new SquaredHinge(), Constant([2, 3], 1, 0, 1, 0, 1, 1), Draw.Distinct),
        Of("", new CategoricalHinge(), Constant([2, 3], 1, 0, 0, 0, 0, 1), Draw.Distinct),
        Of("", new KLDivergence(), Constant([2, 3], 0.7, 0.2, 0.1, 0, 0.5, 0.5), Draw.Positive, scale: 0.4),
        Of("", new CosineSimilarity(), Constant([2, 3], 1, -2, 0.5, 0, 3, 1), Draw.Normal),
        Of("another axis", new CosineSimilarity(axis: 1), Constant([2, 3, 1], 1, -2, 0.5, 0, 3, 1), Draw.Normal),
        Of("", new Poisson(), Constant([2, 3], 1, 2, 0, 4, 3, 1), Draw.Positive),
        Of("from logits", new BinaryFocalCrossentropy(fromLogits: true), Bits, Draw.Normal),
        Of("probabilities", new BinaryFocalCrossentropy(), Bits, Draw.Positive, scale: 0.4),
        Of("balanced, smoothed, gamma 0.5", new BinaryFocalCrossentropy(true, 0.4, 0.5, true, 0.1), Bits, Draw.Normal),
        Of("from logits", new CategoricalFocalCrossentropy(fromLogits: true), Constant([2, 3], 1, 0, 0, 0.2, 0.5, 0.3), Draw.Normal),
        Of("probabilities, alphas", new CategoricalFocalCrossentropy([0.2, 0.5, 1.5], 1.5), Constant([2, 3], 1, 0, 0, 0.2, 0.5, 0.3),
            Draw.Positive),
        Of("smoothed, gamma 0.5", new CategoricalFocalCrossentropy(1, 0.5, true, 0.1), Constant([2, 3], 1, 0, 0, 0, 0, 1), Draw.Normal),
        Weighted("sum over batch size", LossReduction.SumOverBatchSize),
        Weighted("sum", LossReduction.Sum),
        Weighted("mean with sample weight", LossReduction.MeanWithSampleWeight),
        Weighted("no reduction", LossReduction.None),
    ];

    // Further from every prediction than a difference reaches.
    private static Tensor Far => Constant([2, 3], 9, -8, 7, -9, 8, -7);

    private static Tensor Bits => Constant([2, 3], 1, 0, 0, 1, 1, 0);

    /// <summary>Weights and a mask of a loss on steps.</summary>
    private static GradientRow Weighted(string name, LossReduction reduction) => new(
        nameof(MeanSquaredError),
        t => new MeanSquaredError(reduction).Compute(
            Constant([2, 3], 1, -2, 0.5, 0, 3, 1).ExpandDims(-1),
            t[0],
            Constant([2, 3], 2, 0.5, 1, 0, 3, 1),
            Constant([2, 3], 1, 1, 0, 1, 1, 0).Cast(DType.Bool)),
        [[2, 3, 1]])
    {
        Case = $"weights and mask, {name}",
    };

    /// <summary>A loss at predictions of the target's shape; scale brings positive ones below 1.</summary>
    private static GradientRow Of<TLoss>(string name, TLoss loss, Tensor target, Draw draw, Shape? shape = null, double scale = 1)
        where TLoss : Loss =>
        new(typeof(TLoss).Name, t => t[0], [])
        {
            Case = name,
            Check = order =>
            {
                Tensor prediction = GradientRow.Values(draw, shape ?? target.Shape, new RandomGenerator(seed: 3)) * scale;
                return GradientCheck.Loss(loss, target, prediction, order: order);
            },
        };
}
