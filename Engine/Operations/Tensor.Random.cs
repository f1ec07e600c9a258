namespace Engine;

/// <content>Tensors of random numbers, drawn from a generator that the caller gives.</content>
public partial class Tensor
{
    private const string Drawn = "drawn from a generator, not computed from tensors";

    /// <summary>Numbers uniform in [low, high).</summary>
    /// <param name="shape">The shape.</param>
    /// <param name="low">The smallest possible value.</param>
    /// <param name="high">The bound that is never reached.</param>
    /// <param name="random">The generator, which moves on.</param>
    /// <param name="dtype">Float32 by default, or Float64.</param>
    /// <returns>The tensor.</returns>
    /// <exception cref="ValueException">The bounds are not finite, or low is not below high.</exception>
    /// <exception cref="DTypeException">The type is not floating point.</exception>
    [NotDifferentiable(Drawn)]
    public static Tensor RandomUniform(Shape shape, double low, double high, RandomGenerator random, DType dtype = DType.Float32)
    {
        Tensor y = EmptyFloat("RandomUniform", shape, dtype);
        if (dtype == DType.Float32) random.FillUniform(y.Data<float>(), low, high);
        else random.FillUniform(y.Data<double>(), low, high);
        return y;
    }

    /// <summary>Normally distributed numbers.</summary>
    /// <param name="shape">The shape.</param>
    /// <param name="mean">The distribution's mean.</param>
    /// <param name="deviation">Its standard deviation, 0 or more.</param>
    /// <param name="random">The generator, which moves on.</param>
    /// <param name="dtype">Float32 by default, or Float64.</param>
    /// <returns>The tensor.</returns>
    /// <exception cref="ValueException">The deviation is negative, or a parameter is not finite.</exception>
    /// <exception cref="DTypeException">The type is not floating point.</exception>
    [NotDifferentiable(Drawn)]
    public static Tensor RandomNormal(Shape shape, double mean, double deviation, RandomGenerator random, DType dtype = DType.Float32)
    {
        Tensor y = EmptyFloat("RandomNormal", shape, dtype);
        if (dtype == DType.Float32) random.FillNormal(y.Data<float>(), mean, deviation);
        else random.FillNormal(y.Data<double>(), mean, deviation);
        return y;
    }

    /// <summary>Normally distributed numbers of which those beyond two deviations are drawn again, as in Keras.</summary>
    /// <param name="shape">The shape.</param>
    /// <param name="mean">The mean.</param>
    /// <param name="deviation">The standard deviation before truncation, 0 or more; afterwards it is 0.8796 times this.</param>
    /// <param name="random">The generator, which moves on.</param>
    /// <param name="dtype">Float32 by default, or Float64.</param>
    /// <returns>The tensor.</returns>
    /// <exception cref="ValueException">The deviation is negative, or a parameter is not finite.</exception>
    /// <exception cref="DTypeException">The type is not floating point.</exception>
    [NotDifferentiable(Drawn)]
    public static Tensor RandomTruncatedNormal(Shape shape, double mean, double deviation, RandomGenerator random, DType dtype = DType.Float32)
    {
        Tensor y = EmptyFloat("RandomTruncatedNormal", shape, dtype);
        if (dtype == DType.Float32) random.FillTruncatedNormal(y.Data<float>(), mean, deviation);
        else random.FillTruncatedNormal(y.Data<double>(), mean, deviation);
        return y;
    }

    /// <summary>Integers in [low, high), all equally likely.</summary>
    /// <param name="shape">The shape.</param>
    /// <param name="low">The smallest possible value.</param>
    /// <param name="high">The bound that is never reached.</param>
    /// <param name="random">The generator, which moves on.</param>
    /// <returns>An Int32 tensor.</returns>
    /// <exception cref="ValueException">low is not below high.</exception>
    [NotDifferentiable(Drawn)]
    public static Tensor RandomIntegers(Shape shape, int low, int high, RandomGenerator random)
    {
        Tensor y = Empty(shape, DType.Int32);
        random.FillIntegers(y.Data<int>(), low, high);
        return y;
    }

    /// <summary>1 with a probability, else 0.</summary>
    /// <param name="shape">The shape.</param>
    /// <param name="probability">The probability of 1, from 0 to 1.</param>
    /// <param name="random">The generator, which moves on.</param>
    /// <param name="dtype">Float32 by default, or Float64.</param>
    /// <returns>The tensor.</returns>
    /// <exception cref="ValueException">The probability lies outside [0, 1].</exception>
    /// <exception cref="DTypeException">The type is not floating point.</exception>
    [NotDifferentiable(Drawn)]
    public static Tensor RandomBernoulli(Shape shape, double probability, RandomGenerator random, DType dtype = DType.Float32)
    {
        Tensor y = EmptyFloat("RandomBernoulli", shape, dtype);
        if (dtype == DType.Float32) random.FillBernoulli(y.Data<float>(), probability, 1f);
        else random.FillBernoulli(y.Data<double>(), probability, 1d);
        return y;
    }

    /// <summary>The integers 0 … n − 1 in a random order, all orders equally likely.</summary>
    /// <param name="n">How many.</param>
    /// <param name="random">The generator, which moves on.</param>
    /// <returns>An Int32 tensor [n].</returns>
    /// <exception cref="ValueException">n is negative.</exception>
    [NotDifferentiable(Drawn)]
    public static Tensor RandomPermutation(int n, RandomGenerator random) => From<int>(random.Permutation(n));

    private static Tensor EmptyFloat(string operation, Shape shape, DType dtype) => dtype.IsFloatingPoint()
        ? Empty(shape, dtype)
        : throw Fail.DType(operation, $"type {dtype}, where Float32 or Float64 is wanted", "draw RandomIntegers, or Cast the result");
}
