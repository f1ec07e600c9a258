namespace Engine.Tests.Gradients;

/// <summary>The one registry: a row for every public differentiable operation, layer and loss.</summary>
public static partial class GradientRegistry
{
    /// <summary>All rows.</summary>
    public static IReadOnlyList<GradientRow> Rows { get; } =
    [
        .. Elementwise(), .. Activations(), .. Reductions(), .. Products(), .. Layout(), .. Places(),
        .. Convolutions(), .. Samplings(), .. Unfoldings(), .. Poolings(), .. Softmaxes(), .. Normalizations(), .. LayerRows(), .. ToolboxRows(), .. ImageRows(),
        .. MergingRows(), .. RecurrentRows(), .. LossRows(), .. AdversarialRows(), .. AdversarialModelRows(), .. ThirdOrderRows(),
        .. AttentionRows(),
    ];

    private static Tensor Bools(Shape shape, params bool[] values) => Tensor.From<bool>(values, shape);

    private static Tensor Indices(Shape shape, params int[] values) => Tensor.From<int>(values, shape);
}
