namespace Engine.Tests.Tensors;

public class TensorCreationTests
{
    private static readonly DType[] AllTypes = Enum.GetValues<DType>();

    private static double[] Values(Tensor x) => [.. Enumerable.Range(0, x.Length).Select(x.ElementAt)];

    [TestCaseSource(nameof(AllTypes))]
    public void Zeros_ones_and_full_exist_in_every_type(DType dtype)
    {
        Assert.That(Values(Tensor.Zeros([2, 2], dtype)), Is.EqualTo(new double[4]));
        Assert.That(Values(Tensor.Ones([2], dtype)), Is.EqualTo(new double[] { 1, 1 }));
        Assert.That(Values(Tensor.Full([2], 3, dtype)), Has.All.EqualTo(dtype == DType.Bool ? 1 : 3));
        Assert.That(Tensor.ZerosLike(Tensor.Ones([3, 1], dtype)).DType, Is.EqualTo(dtype));
        Assert.That(Tensor.OnesLike(Tensor.Zeros([3, 1], dtype)).Shape, Is.EqualTo(Shape.Create([3, 1])));
        Assert.That(Tensor.Scalar(1, dtype).Rank, Is.Zero);
        Assert.That(Tensor.Zeros([0, 3], dtype).Length, Is.Zero);
        Assert.That(dtype.Size() * 3, Is.EqualTo(Tensor.Zeros([3], dtype).Bytes().Length));
    }

    [Test]
    public void The_identity_may_be_wider_or_higher_than_square()
    {
        Assert.That(Values(Tensor.Eye(2)), Is.EqualTo(new double[] { 1, 0, 0, 1 }));
        Assert.That(Values(Tensor.Eye(2, 3)), Is.EqualTo(new double[] { 1, 0, 0, 0, 1, 0 }));
        Assert.That(Values(Tensor.Eye(3, 2, DType.Int32)), Is.EqualTo(new double[] { 1, 0, 0, 1, 0, 0 }));
    }

    [Test]
    public void Ranges_stop_before_their_bound_and_linspace_at_it()
    {
        Assert.That(Values(Tensor.Arange(0, 1, 0.25)), Is.EqualTo(new[] { 0, 0.25, 0.5, 0.75 }));
        Assert.That(Values(Tensor.Arange(5, 0, -2)), Is.EqualTo(new double[] { 5, 3, 1 }));
        Assert.That(Tensor.Arange(1, 0).Length, Is.Zero);
        Assert.That(Tensor.Arange(4).DType, Is.EqualTo(DType.Int32));
        Assert.That(Values(Tensor.Linspace(-1, 1, 5, DType.Float64)), Is.EqualTo(new[] { -1, -0.5, 0, 0.5, 1 }));
        Assert.That(Values(Tensor.Linspace(7, 9, 1)), Is.EqualTo(new double[] { 7 }));
        Assert.That(() => Tensor.Arange(0, 1, 0), Throws.TypeOf<ValueException>().With.Message.Contains("by 0"));
        Assert.That(() => Tensor.Arange(0, double.NaN), Throws.TypeOf<ValueException>());
        Assert.That(() => Tensor.Arange(0, 1e18), Throws.TypeOf<ValueException>().With.Message.Contains("longer step"));
        Assert.That(() => Tensor.Linspace(0, 1, 0), Throws.TypeOf<ValueException>().With.Message.Contains("at least 1"));
    }

    [Test]
    public void Values_are_copied_from_spans_and_rectangular_arrays()
    {
        int[] source = [1, 2, 3];
        Tensor x = Tensor.From<int>(source);
        source[0] = 9;
        Assert.That(x.ToArray<int>(), Is.EqualTo(new[] { 1, 2, 3 }));
        Tensor matrix = Tensor.From(new[,] { { 1.0, 2 }, { 3, 4 }, { 5, 6 } });
        Assert.That(matrix.Shape, Is.EqualTo(Shape.Create([3, 2])));
        Assert.That(matrix.ToArray<double>(), Is.EqualTo(new double[] { 1, 2, 3, 4, 5, 6 }));
        Assert.That(Tensor.From(new float[0, 3]).Shape, Is.EqualTo(Shape.Create([0, 3])));
        Assert.That(() => Tensor.From<int>([1, 2], [3]), Throws.TypeOf<ShapeException>().With.Message.Contains("2 values for shape [3], which has 3 elements"));
    }

    [Test]
    public void Too_large_a_tensor_is_an_error_before_any_allocation()
    {
        Assert.That(() => Tensor.Zeros([1 << 15, 1 << 15]), Throws.TypeOf<ShapeException>().With.Message.Contains("takes 4294967296 bytes"));
    }

    [Test]
    public void Pooled_memory_is_aligned_reused_and_unshared()
    {
        using (new TensorScope()) Tensor.Zeros([1000]);
        using var scope = new TensorScope();
        Tensor a = Tensor.Full([1000], 1), b = Tensor.Full([1000], 2);
        Assert.That(a.ToArray<float>(), Has.All.EqualTo(1));
        Assert.That(b.ToArray<float>(), Has.All.EqualTo(2));
        unsafe
        {
            fixed (float* first = a.AsSpan<float>(), second = b.AsSpan<float>())
            {
                Assert.That((int)((nint)first % Storage.Alignment), Is.Zero);
                Assert.That((int)((nint)second % Storage.Alignment), Is.Zero);
            }
        }
    }

    [Test]
    public void A_buffer_holds_what_was_asked_wherever_it_is_aligned_and_is_at_most_twice_its_class()
    {
        foreach (int bytes in new[] { 0, 1, 191, 192, 193, 255, 256, 257, 1000, 1024, 4095, 4096, 4097, 65535, 65536, 1_000_003 })
        {
            byte[] buffer = BufferPool.Rent(bytes);
            Assert.That(buffer.Length, Is.GreaterThanOrEqualTo(bytes + Storage.Alignment));
            Assert.That(buffer.Length, Is.LessThanOrEqualTo(2 * Math.Max(256, 1.25 * (bytes + Storage.Alignment) + 1)));
            BufferPool.Return(buffer);
        }
    }

    [Test]
    public void A_returned_buffer_is_the_next_of_its_size()
    {
        byte[] buffer = BufferPool.Rent(7_654_321);
        BufferPool.Return(buffer);
        Assert.That(BufferPool.Rent(7_654_000), Is.SameAs(buffer));
    }

    [Test]
    public void A_free_buffer_of_up_to_twice_the_size_serves_and_a_larger_one_does_not()
    {
        // Sizes that no other test asks for; a failure must not print the buffers.
        byte[] buffer = BufferPool.Rent(157_000_000);
        BufferPool.Return(buffer);
        byte[] smaller = BufferPool.Rent(83_000_000);
        Assert.That(ReferenceEquals(smaller, buffer));
        BufferPool.Return(smaller);
        byte[] small = BufferPool.Rent(66_000_000);
        Assert.That(ReferenceEquals(small, buffer), Is.False);
        Assert.That(ReferenceEquals(BufferPool.Rent(157_000_000), buffer));
    }
}
