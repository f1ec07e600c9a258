using System.Numerics;
using System.Runtime.CompilerServices;
using Engine.Kernels;

namespace Engine;

/// <summary>What a <see cref="RandomGenerator"/> needs to go on where it stands: four numbers, kept with a checkpoint.</summary>
/// <param name="Seed">The seed that the generator or its first ancestor was made with.</param>
/// <param name="Key">The key of its stream.</param>
/// <param name="Position">Groups of 64 words used so far.</param>
/// <param name="Splits">Children made by <see cref="RandomGenerator.Split()"/> so far.</param>
public readonly record struct RandomState(ulong Seed, ulong Key, ulong Position, ulong Splits);

/// <summary>A counter-based random number generator: Philox4x32-10.</summary>
/// <remarks>
/// <para>The k-th number of a fill is a function of key, position and k, without a state that numbers hand on. So the numbers are the
/// same for any
/// number of threads, generators split into independent ones, and a generator resumes from four numbers.</para>
/// <para>Salmon, Moraes, Dror, Shaw: "Parallel random numbers: as easy as 1, 2, 3", 2011. Not for cryptography. An instance belongs to one
/// thread at a time; give each thread a child of its own.</para>
/// </remarks>
public sealed unsafe class RandomGenerator
{
    /// <summary>The seed of a generator made without one.</summary>
    public const ulong DefaultSeed = 42;

    // The highest counter word says what a block is for: 0 fills, 1 replaces rejected values, these derive keys.
    private const ulong SplitPurpose = 2UL << 32, NumberPurpose = 3UL << 32, NamePurpose = 4UL << 32;

    private readonly ulong seed;
    private ulong key;
    private ulong position;
    private ulong splits;

    /// <summary>Creates a generator; equal seeds give equal numbers.</summary>
    /// <param name="seed">Any number; <see cref="DefaultSeed"/> if left out.</param>
    public RandomGenerator(ulong seed = DefaultSeed)
    {
        this.seed = seed;
        key = seed;
    }

    /// <summary>Creates a generator that goes on where another stood.</summary>
    /// <param name="state">What <see cref="State"/> gave.</param>
    public RandomGenerator(RandomState state)
    {
        seed = state.Seed;
        (key, position, splits) = (state.Key, state.Position, state.Splits);
    }

    /// <summary>The seed that this generator or its first ancestor was made with.</summary>
    public ulong Seed => seed;

    /// <summary>Where the generator stands.</summary>
    public RandomState State => new(seed, key, position, splits);

    /// <summary>A new generator, independent of this one and of every other child; the numbers of this one do not change.</summary>
    /// <returns>The child: the n-th call on equal generators gives equal children.</returns>
    public RandomGenerator Split() => Child(splits++, SplitPurpose);

    /// <summary>The child of this name or number: always the same one, wherever this generator stands.</summary>
    /// <param name="child">Any number: a step, an epoch.</param>
    /// <returns>A generator independent of this one and of children of other numbers.</returns>
    public RandomGenerator Split(ulong child) => Child(child, NumberPurpose);

    /// <summary>The child of this name: always the same one, wherever this generator stands.</summary>
    /// <param name="child">Any text: a layer's place in its model.</param>
    /// <returns>A generator independent of this one and of children of other names.</returns>
    /// <exception cref="ValueException">The name is null.</exception>
    public RandomGenerator Split(string child)
    {
        if (child is null) throw new ValueException(
            "RandomGenerator.Split: the name of a child is null. Give a name, a number or nothing.");
        // Each step is Philox under this generator's key, so names as similar as "dense_1" and "dense_2" share nothing.
        ulong digest = (ulong)child.Length;
        foreach (char letter in child) digest = Derive(digest, NamePurpose + letter);
        return Child(digest, NamePurpose + 0x10000);
    }

    /// <summary>Fills memory with numbers that are uniform in [low, high).</summary>
    /// <typeparam name="T">float (24 random bits) or double (53).</typeparam>
    /// <param name="destination">The memory.</param>
    /// <param name="low">The smallest possible value.</param>
    /// <param name="high">The bound that is never reached.</param>
    /// <exception cref="DTypeException"><typeparamref name="T"/> is neither float nor double.</exception>
    /// <exception cref="ValueException">The bounds are not finite, or low is not below high.</exception>
    public void FillUniform<T>(Span<T> destination, double low = 0, double high = 1)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        RequireFloat<T>("FillUniform");
        if (!(double.IsFinite(high - low) && low < high))
            throw new ValueException(
                $"RandomGenerator.FillUniform: the range [{low}, {high}) is empty or not finite. Give low < high, both finite.");
        fixed (T* y = destination) RandomFills.Uniform(y, destination.Length, key, position, low, high);
        Advance(destination.Length, RandomFills.WordsPerValue<T>());
    }

    /// <summary>Fills memory with normally distributed numbers.</summary>
    /// <typeparam name="T">float or double.</typeparam>
    /// <param name="destination">The memory.</param>
    /// <param name="mean">The distribution's mean.</param>
    /// <param name="deviation">Its standard deviation, 0 or more.</param>
    /// <exception cref="DTypeException"><typeparamref name="T"/> is neither float nor double.</exception>
    /// <exception cref="ValueException">The deviation is negative, or a parameter is not finite.</exception>
    public void FillNormal<T>(Span<T> destination, double mean = 0, double deviation = 1)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        RequireNormal<T>("FillNormal", mean, deviation);
        fixed (T* y = destination) RandomFills.Normal(y, destination.Length, key, position, mean, deviation);
        Advance(destination.Length, RandomFills.WordsPerValue<T>());
    }

    /// <summary>Fills memory with normally distributed numbers of which those beyond two deviations are drawn again, as in Keras.</summary>
    /// <typeparam name="T">float or double.</typeparam>
    /// <param name="destination">The memory.</param>
    /// <param name="mean">The mean.</param>
    /// <param name="deviation">The standard deviation before truncation, 0 or more; afterwards it is 0.8796 times this.</param>
    /// <exception cref="DTypeException"><typeparamref name="T"/> is neither float nor double.</exception>
    /// <exception cref="ValueException">The deviation is negative, or a parameter is not finite.</exception>
    public void FillTruncatedNormal<T>(Span<T> destination, double mean = 0, double deviation = 1)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        RequireNormal<T>("FillTruncatedNormal", mean, deviation);
        fixed (T* y = destination) RandomFills.TruncatedNormal(y, destination.Length, key, position, mean, deviation);
        Advance(destination.Length, RandomFills.WordsPerValue<T>());
    }

    /// <summary>Fills memory with integers in [low, high), all equally likely.</summary>
    /// <param name="destination">The memory.</param>
    /// <param name="low">The smallest possible value.</param>
    /// <param name="high">The bound that is never reached.</param>
    /// <exception cref="ValueException">low is not below high.</exception>
    public void FillIntegers(Span<int> destination, int low, int high)
    {
        RequireRange(low, high);
        fixed (int* y = destination) RandomFills.Integers(y, destination.Length, key, position, low, (uint)((long)high - low));
        Advance(destination.Length, 1);
    }

    /// <summary>Fills memory with integers in [low, high), all equally likely.</summary>
    /// <param name="destination">The memory.</param>
    /// <param name="low">The smallest possible value.</param>
    /// <param name="high">The bound that is never reached.</param>
    /// <exception cref="ValueException">low is not below high.</exception>
    public void FillIntegers(Span<long> destination, long low, long high)
    {
        RequireRange(low, high);
        fixed (long* y = destination) RandomFills.Integers(y, destination.Length, key, position, low, unchecked((ulong)high - (ulong)low));
        Advance(destination.Length, 2);
    }

    /// <summary>Fills memory with a value where a coin of the given probability falls, and with 0 elsewhere.</summary>
    /// <typeparam name="T">Any element type of a tensor.</typeparam>
    /// <param name="destination">The memory.</param>
    /// <param name="probability">The probability of <paramref name="value"/>, 0 to 1.</param>
    /// <param name="value">1 for a Bernoulli variable, 1/(1 − p) for an inverted dropout mask.</param>
    /// <exception cref="ValueException">The probability lies outside [0, 1].</exception>
    public void FillBernoulli<T>(Span<T> destination, double probability, T value)
        where T : unmanaged
    {
        if (!(probability is >= 0 and <= 1))
            throw new ValueException(
                $"RandomGenerator.FillBernoulli: probability {probability} lies outside [0, 1]. Give a probability between 0 and 1.");
        fixed (T* y = destination) RandomFills.Bernoulli(y, destination.Length, key, position, probability, value);
        Advance(destination.Length, 1);
    }

    /// <summary>Brings the elements into a random order, all orders equally likely: Fisher and Yates 1938.</summary>
    /// <typeparam name="T">Any type.</typeparam>
    /// <param name="values">The elements.</param>
    public void Shuffle<T>(Span<T> values)
    {
        // The words for a run of swaps come at once; one that would favour some places is drawn again.
        const int Run = 1024;
        int* words = stackalloc int[Run];
        for (int i = values.Length - 1; i > 0;)
        {
            int count = Math.Min(i, Run);
            RandomFills.Integers(words, count, key, position, 0, 0);
            for (int k = 0; k < count; k++, i--)
            {
                uint range = (uint)(i + 1), rejected = (0u - range) % range;
                ulong product = (ulong)(uint)words[k] * range;
                for (ulong attempt = 1; (uint)product < rejected; attempt++)
                {
                    product = (ulong)RandomPhilox.Block(position * RandomPhilox.GroupWords + (ulong)k, RandomFills.Retry | attempt,
                        key).W0 * range;
                }
                int j = (int)(product >> 32);
                (values[i], values[j]) = (values[j], values[i]);
            }
            Advance(count, 1);
        }
    }

    /// <summary>The numbers 0 … n − 1 in a random order, all orders equally likely.</summary>
    /// <param name="n">How many.</param>
    /// <returns>A new array.</returns>
    /// <exception cref="ValueException">n is negative.</exception>
    public int[] Permutation(int n)
    {
        if (n < 0) throw new ValueException($"RandomGenerator.Permutation: {n} numbers cannot be put in order. Give 0 or more.");
        int[] order = new int[n];
        for (int i = 0; i < n; i++) order[i] = i;
        Shuffle(order.AsSpan());
        return order;
    }

    /// <summary>One number, uniform in [0, 1).</summary>
    /// <returns>A multiple of 2⁻⁵³.</returns>
    public double NextDouble()
    {
        double value = 0;
        FillUniform(new Span<double>(ref value));
        return value;
    }

    /// <summary>One number of the standard normal distribution.</summary>
    /// <returns>The number.</returns>
    public double NextNormal()
    {
        double value = 0;
        FillNormal(new Span<double>(ref value));
        return value;
    }

    /// <summary>One integer in [low, high), all equally likely.</summary>
    /// <param name="low">The smallest possible value.</param>
    /// <param name="high">The bound that is never reached.</param>
    /// <returns>The integer.</returns>
    /// <exception cref="ValueException">low is not below high.</exception>
    public int NextInteger(int low, int high)
    {
        int value = 0;
        FillIntegers(new Span<int>(ref value), low, high);
        return value;
    }

    private static void RequireRange(long low, long high)
    {
        if (low >= high) throw new ValueException($"RandomGenerator.FillIntegers: the range [{low}, {high}) is empty. Give low < high.");
    }

    private static void RequireNormal<T>(string method, double mean, double deviation)
    {
        RequireFloat<T>(method);
        if (!(double.IsFinite(mean) && double.IsFinite(deviation) && deviation >= 0))
            throw new ValueException(
                $"RandomGenerator.{method}: mean {mean} and deviation {deviation} must be finite and the deviation not negative. "
                + "Mend them.");
    }

    private static void RequireFloat<T>(string method)
    {
        if (typeof(T) != typeof(float) && typeof(T) != typeof(double))
            throw new DTypeException(
                $"RandomGenerator.{method}: elements of type {typeof(T).Name}, where float or double is wanted. "
                + "Fill one of them and convert.");
    }

    private RandomGenerator Child(ulong number, ulong purpose) => new(new RandomState(seed, Derive(number, purpose), 0, 0));

    private ulong Derive(ulong number, ulong purpose)
    {
        (uint w0, uint w1, _, _) = RandomPhilox.Block(number, purpose, key);
        return (ulong)w0 << 32 | w1;
    }

    private void Advance(nint length, int wordsPerValue) => position += RandomFills.Groups(length, wordsPerValue);
}
