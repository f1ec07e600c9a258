using Engine.Kernels;

namespace Engine.Tests.Kernels;

[TestFixture]
public unsafe class NormalizationTests
{
    private static readonly (int Samples, int Rows, int Columns)[] Shapes =
        [(1, 1, 1), (1, 300, 1), (2, 17, 3), (1, 65, 7), (3, 5, 16), (1, 40, 70), (2, 3, 530), (1, 700, 48)];

    private static readonly (int Rows, int Columns)[] RowShapes = [(1, 1), (3, 2), (5, 7), (2, 8), (3, 17), (2, 33), (4, 64), (40, 1000)];

    [Test]
    public void Column_passes_stay_inside_their_memory_in_every_width(
        [ValueSource(nameof(Shapes))] (int Samples, int Rows, int Columns) shape,
        [ValueSource(typeof(KernelRunner), nameof(KernelRunner.Widths))] int width)
    {
        using IDisposable forced = SimdWidth.Force(width);
        var layout = new ColumnLayout(shape.Samples, shape.Rows, shape.Columns);
        int length = shape.Samples * shape.Rows * shape.Columns, columns = shape.Samples * shape.Columns;
        using var x = new GuardedBuffer<double>(length, 1);
        using var dy = new GuardedBuffer<double>(length, 2);
        using var y = new GuardedBuffer<double>(length, 3);
        using var parameters = new GuardedBuffer<double>(4 * columns, 4);
        using var mean = new GuardedBuffer<double>(columns, 5);
        using var squares = new GuardedBuffer<double>(columns, 6);
        using var scratch = new GuardedBuffer<double>(
            (int)Math.Max(ColumnSums.ScratchLength(layout), ColumnNormalization.ScratchLength(layout)), 7);
        double[] means = new double[columns], deviations = new double[columns], products = new double[columns],
            results = new double[length];
        int Column(int i) => i / (shape.Rows * shape.Columns) * shape.Columns + i % shape.Columns;
        int Parameter(int i, int which) => (i / (shape.Rows * shape.Columns) * 4 + which) * shape.Columns + i % shape.Columns;
        for (int i = 0; i < length; i++) means[Column(i)] += x.Span[i] / shape.Rows;
        for (int i = 0; i < length; i++)
        {
            double centered = x.Span[i] - means[Column(i)];
            deviations[Column(i)] += centered * centered;
            products[Column(i)] += dy.Span[i] * centered;
            results[i] = dy.Span[i] * parameters.Span[Parameter(i, 1)] + parameters.Span[Parameter(i, 2)]
                + (x.Span[i] - parameters.Span[Parameter(i, 0)]) * parameters.Span[Parameter(i, 3)];
        }
        ColumnSums.Moments(layout, x.Pointer, mean.Pointer, squares.Pointer, scratch.Pointer);
        Assert.That(mean.Span.ToArray(), Is.EqualTo(means).Within(1e-14));
        Assert.That(squares.Span.ToArray(), Is.EqualTo(deviations).Within(1e-12));
        ColumnNormalization.Gradient(layout, x.Pointer, dy.Pointer, parameters.Pointer, y.Pointer, scratch.Pointer);
        Assert.That(y.Span.ToArray(), Is.EqualTo(results).Within(1e-14));
        using var sum = new GuardedBuffer<double>(columns, 8);
        ColumnSums.Products(layout, x.Pointer, dy.Pointer, mean.Pointer, sum.Pointer, squares.Pointer, scratch.Pointer);
        Assert.That(squares.Span.ToArray(), Is.EqualTo(products).Within(1e-12));
        y.AssertMarginsUntouched();
        mean.AssertMarginsUntouched();
        squares.AssertMarginsUntouched();
        sum.AssertMarginsUntouched();
        scratch.AssertMarginsUntouched();
    }

    [Test]
    public void Row_passes_stay_inside_their_memory_in_every_width(
        [ValueSource(nameof(RowShapes))] (int Rows, int Columns) shape,
        [ValueSource(typeof(KernelRunner), nameof(KernelRunner.Widths))] int width)
    {
        using IDisposable forced = SimdWidth.Force(width);
        (int rows, int columns) = shape;
        using var x = new GuardedBuffer<double>(rows * columns, 1);
        using var dy = new GuardedBuffer<double>(rows * columns, 2);
        using var y = new GuardedBuffer<double>(rows * columns, 3);
        using var gamma = new GuardedBuffer<double>(columns, 4);
        using var dgamma = new GuardedBuffer<double>(columns, 5);
        using var dbeta = new GuardedBuffer<double>(columns, 6);
        using var kept = new GuardedBuffer<double>(2 * rows, 7);
        using var scratch = new GuardedBuffer<double>((int)RowNormalization.ScratchLength(rows, columns), 8);
        RowNormalization.Forward(x.Pointer, gamma.Pointer, null, 1e-2, y.Pointer, kept.Pointer, rows, columns);
        double[] shifts = new double[columns], factors = new double[columns];
        for (int row = 0; row < rows; row++)
        {
            Span<double> values = x.Span.Slice(row * columns, columns);
            double mean = 0, variance = 0;
            foreach (double value in values) mean += value / columns;
            foreach (double value in values) variance += (value - mean) * (value - mean) / columns;
            for (int j = 0; j < columns; j++)
            {
                double normal = (values[j] - mean) / Math.Sqrt(variance + 1e-2);
                Assert.That(y.Span[row * columns + j], Is.EqualTo(normal * gamma.Span[j]).Within(1e-13));
                shifts[j] += dy.Span[row * columns + j];
                factors[j] += dy.Span[row * columns + j] * normal;
            }
        }
        y.AssertMarginsUntouched();
        RowNormalization.Gradient(
            x.Pointer, gamma.Pointer, kept.Pointer, dy.Pointer, y.Pointer, dgamma.Pointer, dbeta.Pointer, scratch.Pointer, rows, columns);
        Assert.That(dgamma.Span.ToArray(), Is.EqualTo(factors).Within(1e-12));
        Assert.That(dbeta.Span.ToArray(), Is.EqualTo(shifts).Within(1e-12));
        y.AssertMarginsUntouched();
        dgamma.AssertMarginsUntouched();
        scratch.AssertMarginsUntouched();
    }
}
