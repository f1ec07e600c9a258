namespace Engine.Layers;

/// <summary>What <see cref="RandomRotation"/>, <see cref="RandomTranslation"/> and <see cref="RandomZoom"/> share: places between pixels
/// and beyond the border. F-X3.</summary>
public abstract class RandomAffine : RandomTransform
{
    private protected RandomAffine(FillMode fillMode, Interpolation interpolation, double fillValue, string? name)
        : base(name)
    {
        if (!double.IsFinite(fillValue)) throw Fail.Value(GetType().Name, $"fillValue is {fillValue}", "give a finite number");
        (FillMode, Interpolation, FillValue) = (fillMode, interpolation, fillValue);
    }

    /// <summary>What stands beyond the border.</summary>
    public FillMode FillMode { get; }

    /// <summary>What stands between pixels.</summary>
    public Interpolation Interpolation { get; }

    /// <summary>The constant of <see cref="FillMode.Constant"/>.</summary>
    public double FillValue { get; }

    /// <inheritdoc/>
    protected sealed override Tensor Call(Tensor x, bool training)
    {
        x = x.Cast(DType);
        return training ? x.AffineTransform(Maps(x), null, Interpolation, FillMode, FillValue) : x;
    }
}
