using Engine.Layers;

namespace Engine.Tests.Gradients;

/// <summary>A layer under masks of its first inputs, with all its outputs side by side, for checks that see one tensor.</summary>
internal sealed class WholeSequence : Layer
{
    private readonly Layer inner;
    private readonly Tensor? mask;
    private readonly Tensor? secondMask;

    public WholeSequence(Layer inner, Tensor? mask = null, Tensor? secondMask = null)
    {
        this.inner = AddLayer(inner);
        (this.mask, this.secondMask) = (mask, secondMask);
    }

    protected override Tensor Call(Tensor x, bool training) => Call([x], training);

    protected override Tensor Call(IReadOnlyList<Tensor> inputs, bool training)
    {
        Tensor[] masked = [.. inputs];
        masked[0] = inputs[0].WithMask(mask);
        if (secondMask is not null) masked[1] = inputs[1].WithMask(secondMask);
        Tensor[] outputs = inner.ApplyAll(masked, training);
        return Tensor.Concat([.. outputs.Select(output => output.Reshape(output.Shape[0], -1))], 1);
    }
}
