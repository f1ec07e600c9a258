namespace Engine.Tests.Operations;

using static Oracle;

public class RandomTests
{
    [Test]
    public void Random_tensors_have_their_shape_type_and_distribution()
    {
        var random = new RandomGenerator(5);
        foreach (DType dtype in Floats)
        {
            Tensor uniform = Tensor.RandomUniform([256, 40], -1, 3, random, dtype), normal = Tensor.RandomNormal([256, 40], 2, 0.5, random, dtype);
            Tensor truncated = Tensor.RandomTruncatedNormal([256, 40], 1, 2, random, dtype), coins = Tensor.RandomBernoulli([256, 40], 0.3, random, dtype);
            foreach (Tensor x in new[] { uniform, normal, truncated, coins })
            {
                Assert.That(x.DType, Is.EqualTo(dtype));
                Assert.That(x.Shape, Is.EqualTo(Shape.Create([256, 40])));
            }
            Check(uniform, 1, 4 / Math.Sqrt(12));
            Assert.That(Values(uniform), Is.All.InRange(-1, 3));
            Check(normal, 2, 0.5);
            Check(truncated, 1, 2 * 0.8796);
            Assert.That(Values(truncated), Is.All.InRange(-3, 5));
            Check(coins, 0.3, Math.Sqrt(0.21));
            Assert.That(Values(coins), Is.All.AnyOf(0.0, 1.0));
        }
        Tensor integers = Tensor.RandomIntegers([256, 40], -2, 3, random);
        Assert.That(integers.DType, Is.EqualTo(DType.Int32));
        Assert.That(integers.ToArray<int>().Distinct().Order(), Is.EqualTo([-2, -1, 0, 1, 2]));
        Tensor permutation = Tensor.RandomPermutation(50, random);
        Assert.That(permutation.ToArray<int>().Order(), Is.EqualTo(Enumerable.Range(0, 50)));
        Assert.That(permutation.ToArray<int>(), Is.Not.Ordered);

        static void Check(Tensor x, double mean, double deviation)
        {
            // Five standard errors of the mean, and as many of the deviation of a bounded or normal variable.
            Assert.That(Values(x).Average(), Is.EqualTo(mean).Within(5 * deviation / Math.Sqrt(x.Length)));
            Assert.That(x.Cast(DType.Float64).StandardDeviation().ToScalar(), Is.EqualTo(deviation).Within(0.05 * deviation));
        }
    }

    [Test]
    public void The_same_seed_draws_the_same_numbers_and_a_generator_moves_on()
    {
        RandomGenerator one = new(7), two = new(7);
        Tensor first = Tensor.RandomNormal([10], 0, 1, one);
        Assert.That(Tensor.RandomNormal([10], 0, 1, two).ToArray<float>(), Is.EqualTo(first.ToArray<float>()));
        Assert.That(Tensor.RandomNormal([10], 0, 1, one).ToArray<float>(), Is.Not.EqualTo(first.ToArray<float>()));
    }

    [Test]
    public void Parameters_that_cannot_be_are_named()
    {
        var random = new RandomGenerator();
        Errors.Assert<DTypeException>(() => Tensor.RandomUniform([1], 0, 1, random, DType.Int32), "RandomUniform", "Int32");
        Errors.Assert<DTypeException>(() => Tensor.RandomNormal([1], 0, 1, random, DType.Bool), "RandomNormal", "Bool");
        Errors.Assert<DTypeException>(() => Tensor.RandomTruncatedNormal([1], 0, 1, random, DType.UInt8), "RandomTruncatedNormal", "UInt8");
        Errors.Assert<DTypeException>(() => Tensor.RandomBernoulli([1], 0.5, random, DType.Int64), "RandomBernoulli", "Int64");
        Errors.Assert<ValueException>(() => Tensor.RandomUniform([1], 1, 1, random), "1");
        Errors.Assert<ValueException>(() => Tensor.RandomNormal([1], 0, -1, random), "-1");
        Errors.Assert<ValueException>(() => Tensor.RandomTruncatedNormal([1], 0, -1, random), "-1");
        Errors.Assert<ValueException>(() => Tensor.RandomBernoulli([1], 1.5, random), "1.5");
        Errors.Assert<ValueException>(() => Tensor.RandomIntegers([1], 3, 3, random), "3");
        Errors.Assert<ValueException>(() => Tensor.RandomPermutation(-1, random), "-1");
    }
}
