using System.Buffers;
using System.Runtime.InteropServices;
using MathNet.Numerics.LinearAlgebra;

namespace Engine.Tests.Tensors;

public class TensorAccessTests
{
    [Test]
    public void Spans_show_the_tensor_s_own_memory_and_reshapes_share_it()
    {
        Tensor x = Tensor.From<float>([1, 2, 3, 4], [2, 2]);
        Tensor flat = x.Flatten();
        x.AsWritableSpan<float>()[3] = 9;
        Assert.That(flat.ToArray<float>(), Is.EqualTo(new float[] { 1, 2, 3, 9 }));
        Assert.That(x.Detach().Storage, Is.Not.SameAs(x.Storage));
    }

    [Test]
    public void A_writable_span_raises_the_version_and_a_readable_one_does_not()
    {
        Tensor x = Tensor.Zeros([3]);
        int version = x.Storage.Version;
        x.AsSpan<float>();
        x.ToArray<float>();
        Assert.That(x.Storage.Version, Is.EqualTo(version));
        x.AsWritableSpan<float>();
        Assert.That(x.Storage.Version, Is.GreaterThan(version));
    }

    [Test]
    public void Asking_for_another_type_says_which_and_how_to_convert()
    {
        Tensor x = Tensor.Zeros([3]);
        Assert.That(() => x.AsSpan<double>(), Throws.TypeOf<DTypeException>().With.Message.Contains("Double was asked of a tensor of type Float32").And.Message.Contains("Cast(DType.Float64)"));
        Assert.That(() => x.AsWritableSpan<int>(), Throws.TypeOf<DTypeException>());
        Assert.That(() => x.ToArray<short>(), Throws.TypeOf<DTypeException>().With.Message.Contains("Int16"));
    }

    [Test]
    public void A_tensor_span_is_a_view_with_the_same_axes()
    {
        Tensor x = Tensor.From<double>([1, 2, 3, 4, 5, 6], [2, 3]);
        System.Numerics.Tensors.ReadOnlyTensorSpan<double> view = x.AsTensorSpan<double>();
        Assert.That(view.Rank, Is.EqualTo(2));
        Assert.That(view[1, 2], Is.EqualTo(6));
        x.AsWritableSpan<double>()[5] = 60;
        Assert.That(view[1, 2], Is.EqualTo(60));
    }

    [Test]
    public void Wrap_shares_an_array_and_a_part_of_one()
    {
        float[] values = [0, 1, 2, 3, 4, 5];
        Tensor whole = Tensor.Wrap(values, [2, 3]), part = Tensor.Wrap(values.AsMemory(2, 3), [3]);
        values[3] = 30;
        Assert.That(whole.AsSpan<float>()[3], Is.EqualTo(30));
        Assert.That(part.ToArray<float>(), Is.EqualTo(new float[] { 2, 30, 4 }));
        part.AsWritableSpan<float>()[0] = 20;
        Assert.That(values[2], Is.EqualTo(20));
        Assert.That((part * 2).ToArray<float>(), Is.EqualTo(new float[] { 40, 60, 8 }));
        Assert.That(() => Tensor.Wrap(values, [7]), Throws.TypeOf<ShapeException>().With.Message.Contains("6 values for shape [7]"));
        Assert.That(Tensor.Wrap(new bool[] { true, false }, [2]).DType, Is.EqualTo(DType.Bool));
        Assert.That(Tensor.Wrap(Memory<double>.Empty, [0]).Length, Is.Zero);
    }

    [Test]
    public void Wrap_shares_native_memory_and_unpins_it_once_no_tensor_uses_it()
    {
        using var native = new NativeMemoryManager(4);
        Use(native);
        for (int i = 0; i < 10 && native.Pins > 0; i++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }
        Assert.That(native.Pins, Is.Zero);

        [System.Runtime.CompilerServices.MethodImpl(System.Runtime.CompilerServices.MethodImplOptions.NoInlining)]
        static void Use(NativeMemoryManager native)
        {
            native.GetSpan().Fill(2);
            Tensor x = Tensor.Wrap(native.Memory, [2, 2]);
            Assert.That(native.Pins, Is.EqualTo(1));
            Assert.That(x.MatMul(x).ToArray<double>(), Has.All.EqualTo(8));
            x.AsWritableSpan<double>()[1] = 7;
            Assert.That(native.GetSpan()[1], Is.EqualTo(7));
            Assert.That(x.IsAlive, Is.True);
        }
    }

    [Test]
    public void Matrices_are_copied_to_and_from_MathNet()
    {
        Matrix<double> matrix = Matrix<double>.Build.DenseOfArray(new double[,] { { 1, 2, 3 }, { 4, 5, 6 } });
        Tensor x = Tensor.FromMatrix(matrix);
        Assert.That(x.Shape, Is.EqualTo(Shape.Create([2, 3])));
        Assert.That(x.ToArray<double>(), Is.EqualTo(new double[] { 1, 2, 3, 4, 5, 6 }));
        Assert.That(x.ToMatrix(), Is.EqualTo(matrix));
        Assert.That(Tensor.FromMatrix(matrix, DType.Float32).ToMatrix(), Is.EqualTo(matrix));
        matrix[0, 0] = 9;
        Assert.That(x.AsSpan<double>()[0], Is.EqualTo(1));
        Assert.That(() => Tensor.Zeros([2]).ToMatrix(), Throws.TypeOf<ShapeException>().With.Message.Contains("two axes"));
        Assert.That(() => Tensor.Zeros([2, 2], DType.Int32).ToMatrix(), Throws.TypeOf<DTypeException>());
    }

    [Test]
    public void A_scalar_is_read_as_a_number_and_more_elements_are_an_error()
    {
        Assert.That(Tensor.Scalar(3, DType.Int64).ToScalar(), Is.EqualTo(3));
        Assert.That(Tensor.Full([1, 1], 1, DType.Bool).ToScalar(), Is.EqualTo(1));
        Assert.That(() => Tensor.Zeros([2]).ToScalar(), Throws.TypeOf<ShapeException>().With.Message.Contains("2 elements").And.Message.Contains("Mean()"));
    }

    [Test]
    public void A_variable_takes_values_of_its_shape_and_type_only()
    {
        var w = new Variable(Tensor.Zeros([2]), "kernel");
        w.Assign(Tensor.Ones([2]));
        Assert.That(w.ToArray<float>(), Is.EqualTo(new float[] { 1, 1 }));
        Assert.That(() => w.Assign(Tensor.Ones([3])), Throws.TypeOf<ShapeException>().With.Message.Contains("\"kernel\"").And.Message.Contains("[3]"));
        Assert.That(() => w.Assign(Tensor.Ones([2], DType.Float64)), Throws.TypeOf<DTypeException>().With.Message.Contains("\"kernel\""));
        Assert.That(new Variable(Tensor.Arange(3)).Trainable, Is.False);
    }

    /// <summary>Memory outside the managed heap.</summary>
    private sealed unsafe class NativeMemoryManager(int length) : MemoryManager<double>
    {
        private readonly double* memory = (double*)NativeMemory.Alloc((nuint)length, sizeof(double));

        public int Pins { get; private set; }

        public override Span<double> GetSpan() => new(memory, length);

        public override MemoryHandle Pin(int elementIndex = 0)
        {
            Pins++;
            return new MemoryHandle(memory + elementIndex, default, this);
        }

        public override void Unpin() => Pins--;

        protected override void Dispose(bool disposing) => NativeMemory.Free(memory);
    }
}
