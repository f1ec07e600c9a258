using Engine.Layers;

namespace Engine.Tests.Gradients;

/// <summary>A layer under a mask, with all its outputs side by side, for checks that see one tensor.</summary>
internal sealed class WholeSequence : Layer
{
    private readonly Layer inner;
    private readonly Tensor? mask;

    public WholeSequence(Layer inner, Tensor? mask = null)
    {
        this.inner = AddLayer(inner);
        this.mask = mask;
    }

    protected override Tensor Call(Tensor x, bool training) => Call([x], training);

    protected override Tensor Call(IReadOnlyList<Tensor> inputs, bool training)
    {
        Tensor[] outputs = inner.ApplyAll([inputs[0].WithMask(mask), .. inputs.Skip(1)], training);
        return Tensor.Concat([.. outputs.Select(output => output.Reshape(output.Shape[0], -1))], 1);
    }
}
