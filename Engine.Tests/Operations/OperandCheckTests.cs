using Engine.Kernels;

namespace Engine.Tests.Operations;

using static Oracle;

/// <summary>What an operation refuses, it refuses by its own name: also where only one of the operands is wrong.</summary>
public class OperandCheckTests
{
    private static readonly DType[] Numbers = [DType.Float32, DType.Float64, DType.Int32, DType.Int64, DType.UInt8];

    [Test]
    public void Operations_on_fractions_refuse_integers()
    {
        Tensor counts = Tensor.Ones([2, 3], DType.Int32);
        (string Operation, Func<object> Call)[] cases =
        [
            ("mean", () => counts.Mean()), ("logSumExp", () => counts.LogSumExp()), ("norm", () => counts.Norm()),
            ("multiplyAdd", () => counts.MultiplyAdd(counts, counts)),
            ("scatterAdd", () => counts.ScatterAdd(Tensor.Zeros([2], DType.Int32), 4)),
            ("scatterAddAlongAxis", () => counts.ScatterAddAlongAxis(counts, 4)), ("matMul", () => counts.MatMul(counts, transposeB: true)),
            ("recurrence", () => Recurrence(counts.Reshape(1, 2, 3), Tensor.Ones([3, 2], DType.Int32), Tensor.Ones([2, 2], DType.Int32))),
        ];
        foreach ((string operation, Func<object> call) in cases)
            Errors.Assert<DTypeException>(call, $"{operation}: a tensor of type Int32, where Float32 or Float64 is wanted");
    }

    [Test]
    public void Operands_of_two_types_are_refused()
    {
        Tensor single = Tensor.Ones([3]), twice = Normal([3]), counts = Tensor.Ones([3], DType.Int32);
        Tensor bytes = Tensor.Ones([3], DType.UInt8);
        (string Operation, Tensor Left, Tensor Right, Func<object> Call)[] cases =
        [
            ("multiplyAdd", single, twice, () => single.MultiplyAdd(twice, single)),
            ("multiplyAdd", single, twice, () => single.MultiplyAdd(single, twice)),
            ("add", counts, bytes, () => counts + bytes), ("add", single, twice, () => single + twice),
            ("add", single, counts, () => single + counts),
            ("multiply", counts, single, () => counts * single), ("matMul", single, twice, () => single.Dot(twice)),
            ("linear", single, twice, () => single.Linear(twice.Reshape(3, 1))),
            ("linear", single, twice, () => single.Linear(single.Reshape(3, 1), twice[..1])),
        ];
        foreach ((string operation, Tensor left, Tensor right, Func<object> call) in cases)
            Errors.Assert<DTypeException>(call, $"{operation}: operands of type {left.DType} and {right.DType}");
    }

    [Test]
    public void One_wrong_operand_of_two_is_enough()
    {
        Tensor vector = Normal([3]), row = Normal([1, 3]), cube = Normal([1, 3, 2]), two = Normal([2, 3]);
        Tensor chosen = Tensor.Zeros([2], DType.Int32), image = Normal([1, 4, 4, 2]);
        (string Part, Func<object> Call)[] cases =
        [
            ("dot: shapes [1, 3] and [3]", () => row.Dot(vector)), ("dot: shapes [3] and [1, 3]", () => vector.Dot(row)),
            ("outer: shapes [1, 3] and [3]", () => row.Outer(vector)), ("outer: shapes [3] and [1, 3]", () => vector.Outer(row)),
            ("matMul: shapes [3] and [1, 3]", () => vector.MatMul(row)), ("matMul: shapes [1, 3] and [3]", () => row.MatMul(vector)),
            ("shapes [1, 3] (transposed) and [2, 3] have inner lengths 1 and 2", () => row.MatMul(two, transposeA: true)),
            ("shapes [1, 3] and [2, 3] have inner lengths 3 and 2", () => row.MatMul(two)),
            ("shapes [1, 3] and [3, 1] (transposed) have inner lengths 3 and 1", () => row.MatMul(row.Transpose(1, 0), transposeB: true)),
            ("and the kernel [in, out]", () => row.Linear(cube)), ("as long as the kernel's first, 2", () => row.Linear(two)),
            ("convolution1D: an input of shape [1, 3]", () => row.Convolution1D(cube)),
            ("convolution1D: an input of shape [1, 3, 2] and a kernel of shape [1, 3]", () => cube.Convolution1D(row)),
            ("convolve2D: an image of shape [3] and", () => Tensor.Convolve2D(vector, row)),
            ("convolve2D: an image of shape [1, 3] and a kernel of shape [3]", () => Tensor.Convolve2D(row, vector)),
            ("scatterAdd: values of shape [2, 3]", () => two.ScatterAdd(chosen, 4, axis: -1)),
            ("scatterAdd: values of shape [2, 3]", () => two.ScatterAdd(chosen, 4, axis: 2)),
            ("takeAlongAxis: indices of shape [2]", () => two.TakeAlongAxis(chosen)),
            ("takeAlongAxis: indices of shape [1, 1]", () => two.TakeAlongAxis(Tensor.Zeros([1, 1], DType.Int32))),
            ("withMask: a mask of shape []", () => vector.WithMask(Tensor.Ones([], DType.Bool))),
            ("withMask: a mask of shape [3, 1]", () => vector.WithMask(Tensor.Ones([3, 1], DType.Bool))),
            ("withMask: a mask of shape [2]", () => vector.WithMask(Tensor.Ones([2], DType.Bool))),
            ("sumTo: shape [1, 3] is not a repetition of [2, 3]", () => row.SumTo([2, 3])),
            ("sumTo: shape [3] is not a repetition of [1, 3]", () => vector.SumTo([1, 3])),
            ("axis -2 has 2 and 3 positions", () => two + Normal([3, 1])),
            ("has 1 channels a group but the kernel", () => image.Convolution2D(Normal([1, 1, 2, 2]), null, new() { Groups = 2 })),
            ("has 2 channels but the kernel", () => image.Convolution2D(Normal([1, 1, 3, 2]))),
        ];
        foreach ((string part, Func<object> call) in cases) Errors.Assert<ShapeException>(call, part);
    }

    [Test]
    public void One_wrong_number_of_several_is_enough()
    {
        Tensor x = Normal([1, 4, 4, 1]), k = Normal([1, 1, 1, 1]);
        foreach ((int, int) wrong in ((int, int)[])[(0, 1), (1, 0)])
        {
            Errors.Assert<ValueException>(() => x.MaxPooling2D(wrong), "maxPooling2D", $"window {wrong}");
            Errors.Assert<ValueException>(() => x.MaxPooling2D((2, 2), wrong), "maxPooling2D", $"strides {wrong}");
            Errors.Assert<ValueException>(() => x.Convolution2D(k, null, new() { Strides = wrong }), $"strides {wrong}");
            Errors.Assert<ValueException>(() => x.Convolution2D(k, null, new() { Dilation = wrong }), $"dilation {wrong}");
        }

        foreach ((int, int, int, int) wrong in ((int, int, int, int)[])[(-1, 0, 0, 0), (0, -1, 0, 0), (0, 0, -1, 0), (0, 0, 0, -1)])
            Errors.Assert<ValueException>(() => x.Convolution2D(k, null, new() { Padding = wrong }), $"padding {wrong}");
        Errors.Assert<ValueException>(() => x.ELU(-0.5), "elu: an alpha of -0.5");
        AssertClose(x.ELU(0), x.Shape, [.. Values(x).Select(value => Math.Max(0, value))]);
    }

    [Test]
    public void A_recurrence_refuses_operands_that_do_not_fit()
    {
        Tensor x = Normal([2, 4, 3]), kernel = Normal([3, 5]), recurrent = Normal([5, 5]), state = Normal([2, 5]);
        (string Part, Func<object> Call)[] cases =
        [
            ("give [batch, steps, features]", () => Recurrence(x[0], kernel, recurrent)),
            ("at least one step", () => Recurrence(x[.., ..0], kernel, recurrent)),
            ("kernels of shape", () => Recurrence(x, kernel, recurrent[.., ..4])),
            ("kernels of shape", () => Recurrence(x, kernel[.., ..4], recurrent)),
            ("kernels of shape [3, 0] and [0, 0]", () => Recurrence(x, kernel[.., ..0], recurrent[..0, ..0])),
            ("kernels of shape", () => Recurrence(x, kernel, recurrent.Reshape(5, 5, 1))),
            ("a bias", () => Recurrence(x, kernel, recurrent, bias: state)),
            ("a state", () => Recurrence(x, kernel, recurrent, state: state[..1])),
            ("a cell", () => Recurrence(x, kernel, recurrent, cell: state[..1])),
            ("a dropout mask", () => Recurrence(x, kernel, recurrent, dropout: state[..1])),
        ];
        foreach ((string part, Func<object> call) in cases) Errors.Assert<ShapeException>(call, "recurrence", part);
        Errors.Assert<DTypeException>(() => Recurrence(x, kernel, recurrent, state: state.Cast(DType.Float32)), "Float64 and Float32");
    }

    [Test]
    public void Every_type_of_number_is_reduced()
    {
        double[] values = [3, 0, 7, 1, 7, 2];
        foreach (DType type in Numbers)
        {
            Tensor x = Tensor.From<double>(values, [2, 3]).Cast(type);
            Assert.That(Values(x.Sum(1)), Is.EqualTo(new[] { 10, 10 }), $"{type}");
            Assert.That(Values(x.Max([1])), Is.EqualTo(new[] { 7, 7 }), $"{type}");
            Assert.That(Values(x.Min([1])), Is.EqualTo(new[] { 0, 1 }), $"{type}");
            Assert.That(x.ArgMax().ToArray<int>(), Is.EqualTo(new[] { 2, 1 }), $"{type}");
            Assert.That(x.ArgMin(0).ToArray<int>(), Is.EqualTo(new[] { 1, 0, 1 }), $"{type}");
            Assert.That(x.Any([1]).ToArray<bool>(), Is.EqualTo(new[] { true, true }), $"{type}");
            Assert.That(x.All([1]).ToArray<bool>(), Is.EqualTo(new[] { false, true }), $"{type}");
            Tensor none = Tensor.Zeros([0, 3], type);
            Assert.That((none.Sum(1).Shape, none.ArgMax().Shape), Is.EqualTo((Shape.Create([0]), Shape.Create([0]))), $"{type}");
        }
    }

    [Test]
    public void A_logarithm_of_a_sum_does_not_overflow()
    {
        Tensor x = Tensor.From<double>([2000, 0, -2000, -2001], [2, 2]);
        AssertClose(x.LogSumExp([1]), [2], [2000, -2000 + Math.Log(1 + Math.Exp(-1))]);
    }

    private static (Tensor Output, Tensor State, Tensor? Cell) Recurrence(
        Tensor x, Tensor kernel, Tensor recurrent, Tensor? bias = null, Tensor? state = null, Tensor? cell = null,
        Tensor? dropout = null)
    {
        var operands = new RecurrentOperands(x, kernel, recurrent, bias, state, cell, Dropout: dropout);
        return RecurrentOperation.Run(RecurrentFormula.Tanh, operands, true, false, false, () => []);
    }
}
