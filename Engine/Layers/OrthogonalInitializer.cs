using MathNet.Numerics.LinearAlgebra;
using MathNet.Numerics.LinearAlgebra.Factorization;

namespace Engine.Layers;

/// <summary>The orthonormal factor of a random normal matrix, with the signs that make it uniformly distributed, times a gain.</summary>
/// <remarks>F-I2.</remarks>
internal sealed class OrthogonalInitializer(double gain) : Initializer
{
    private const MathNet.Numerics.LinearAlgebra.Zeros Everywhere = MathNet.Numerics.LinearAlgebra.Zeros.Include;

    internal override Description Description => new("Orthogonal", ("gain", gain));

    public override Tensor Create(Shape shape, DType dtype, RandomGenerator random)
    {
        if (shape.Rank < 2)
            throw Fail.Shape(
                "Initializer.Orthogonal",
                $"a variable of shape {shape}",
                "it needs at least two axes: use another initializer");
        int columns = shape[^1], rows = shape.LengthOf(0, shape.Rank - 1);
        int tall = Math.Max(rows, columns), narrow = Math.Min(rows, columns);
        var normal = new double[tall * narrow];
        random.FillNormal<double>(normal);
        QR<double> factors = Matrix<double>.Build.Dense(tall, narrow, normal).QR(QRMethod.Thin);
        // Q is unique only up to the signs of R's diagonal; made positive, no direction is preferred (Mezzadri 2007).
        Vector<double> signs = factors.R.Diagonal().Map(diagonal => diagonal < 0 ? -gain : gain, Everywhere);
        Matrix<double> q = factors.Q.MapIndexed((_, column, value) => value * signs[column], Everywhere);
        return Tensor.FromMatrix(rows < columns ? q.Transpose() : q, dtype).Reshape(shape);
    }
}
