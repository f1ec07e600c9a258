namespace Engine.Tests.Operations;

using static Oracle;

public class UnfoldTests
{
    private static readonly ConvolutionGeometry Wide = new() { Strides = (2, 1), Dilation = (1, 2), Padding = (1, 0, 2, 1) };

    [Test]
    public void A_convolution_is_a_matrix_product_with_the_unfolded_image()
    {
        foreach (DType dtype in Floats)
        {
            Tensor x = Normal([2, 5, 6, 3], dtype), k = Normal([3, 2, 3, 4], dtype, 2);
            Tensor expected = x.Unfold2D((3, 2), Wide).MatMul(k.Reshape(-1, 4));
            Tensor y = x.Convolution2D(k, null, Wide);
            AssertClose(y, expected.Shape, Values(expected));
            Tensor line = Normal([2, 9, 3], dtype), window = Normal([3, 3, 4], dtype, 2);
            expected = line.Unfold1D(3, 2, 2, (1, 2)).MatMul(window.Reshape(-1, 4));
            AssertClose(line.Convolution1D(window, null, 2, 2, (1, 2)), expected.Shape, Values(expected));
        }
    }

    [Test]
    public void Every_window_holds_what_lies_under_it()
    {
        var geometry = new ConvolutionGeometry { Strides = (1, 2), Dilation = (2, 3), Padding = (1, 2, 2, 3) };
        foreach (DType dtype in Floats)
        {
            Tensor x = Normal([2, 4, 5, 3], dtype);
            using var scope = new TensorScope();
            Shape shape = x.Unfold2D((3, 2), geometry).Shape;
            // Memory that was used before, so that padding must be written too.
            using (new TensorScope()) Tensor.Full(shape, double.NaN, dtype);
            Tensor y = x.Unfold2D((3, 2), geometry);
            AssertClose(y, [2, 3, 4, 18], Map([2, 3, 4, 18], at =>
            {
                int row = at[1] + at[3] / 6 * 2 - 1, column = at[2] * 2 + at[3] / 3 % 2 * 3 - 2;
                return row is >= 0 and < 4 && column is >= 0 and < 5 ? At(x, at[0], row, column, at[3] % 3) : 0;
            }));
            double[] before = Values(y);
            y.Fold2D((3, 2), x.Shape, geometry);
            Assert.That(Values(y), Is.EqualTo(before));
        }
    }

    [Test]
    public void Fold_is_the_adjoint_of_unfold()
    {
        Tensor x = Normal([2, 5, 6, 3]), y = Normal(x.Unfold2D((3, 2), Wide).Shape, seed: 2);
        Assert.That(Inner(x, y.Fold2D((3, 2), x.Shape, Wide)), Is.EqualTo(Inner(x.Unfold2D((3, 2), Wide), y)).Within(1e-11));
        AssertGradients(t => t[0].Unfold2D((3, 2), Wide), [x]);
        AssertGradients(t => t[0].Fold2D((3, 2), x.Shape, Wide), [y]);
        Tensor line = Normal([2, 7, 3]), rows = Normal(line.Unfold1D(2, 2, 3, (0, 1)).Shape, seed: 2);
        Assert.That(Inner(line, rows.Fold1D(2, line.Shape, 2, 3, (0, 1))), Is.EqualTo(Inner(line.Unfold1D(2, 2, 3, (0, 1)), rows)).Within(1e-11));
        AssertGradients(t => t[0].Unfold1D(2, 2, 3, (0, 1)), [line]);
        AssertGradients(t => t[0].Fold1D(2, line.Shape, 2, 3, (0, 1)), [rows]);
    }

    [Test]
    public void Windows_that_do_not_fit_are_named()
    {
        Tensor x = Normal([1, 4, 4, 2]), windows = x.Unfold2D((2, 2));
        Errors.Assert<ShapeException>(() => x.Unfold2D((5, 1)), "unfold2D", "5×1", "4×4");
        Errors.Assert<ShapeException>(() => x[0].Unfold2D((1, 1)), "unfold2D", "[4, 4, 2]");
        Errors.Assert<ValueException>(() => x.Unfold2D((0, 1)), "unfold2D", "(0, 1)");
        Errors.Assert<ValueException>(() => x.Unfold2D((1, 1), new() { Groups = 2 }), "unfold2D", "2 groups");
        Errors.Assert<DTypeException>(() => x.Cast(DType.Int32).Unfold2D((1, 1)), "unfold2D", "Int32");
        Errors.Assert<ShapeException>(() => windows.Fold2D((2, 2), [1, 4, 5, 2]), "fold2D", "[1, 3, 3, 8]", "[1, 3, 4, 8]");
        Errors.Assert<ShapeException>(() => x.Unfold1D(1), "unfold1D", "[1, 4, 4, 2]");
        Errors.Assert<ShapeException>(() => x.Fold1D(1, [1, 4, 2]), "fold1D", "[1, 4, 4, 2]");
    }
}
