namespace Engine.Layers;

/// <summary>A bias whose second part of four, the forget gate's, begins at 1.</summary>
internal sealed class UnitForgetBias(Initializer others, int units) : Initializer
{
    public override Tensor Create(Shape shape, DType dtype, RandomGenerator random) => Tensor.Concat([
        others.Create([units], dtype, random.Split("i")),
        Tensor.Ones([units], dtype),
        others.Create([2 * units], dtype, random.Split("co")),
    ]);
}
