using Engine.Kernels;

namespace Engine.Tests.Kernels;

/// <summary>Sums of rows that share an index, against a loop that adds them in their order: the same bits.</summary>
[TestFixture]
public unsafe class RowScatterTests
{
    private static readonly (int Batch, int Count, int Columns, int Sums)[] Sizes =
    [
        (1, 5, 7, 3), (1, 1, 1, 1), (1, 40, 64, 9), (1, 300, 200, 20), (1, 500, 70, 700), (1, 2000, 33, 65), (7, 90, 1, 40), (3, 200, 50, 600),
        (1, 0, 9, 4), (0, 3, 4, 2), (1, 3, 0, 2),
    ];

    [TestCaseSource(nameof(Sizes))]
    public void Rows_are_added_in_their_order_and_the_rest_is_zero((int Batch, int Count, int Columns, int Sums) size)
    {
        const int Extra = 3;
        (int batch, int count, int columns, int sums) = size;
        int stride = columns + Extra;
        float[] source = KernelRunner.Random<float>(Math.Max(1, batch * count) * stride, -1, 1);
        var random = new Random(2);
        // Some sums have no row, and the first has many.
        int[] indices = [.. Enumerable.Range(0, count).Select(i => i % 3 == 0 ? 0 : random.Next(sums))];
        float[] wanted = new float[batch * sums * columns];
        for (int b = 0; b < batch; b++)
        {
            for (int r = 0; r < count; r++)
            {
                for (int j = 0; j < columns; j++)
                    wanted[(((b * sums) + indices[r]) * columns) + j] += source[(((b * count) + r) * stride) + j];
            }
        }

        foreach (int width in KernelRunner.Widths)
        {
            using IDisposable forced = SimdWidth.Force(width);
            float[] output = KernelRunner.Guarded(new float[wanted.Length], float.NaN);
            fixed (float* from = source, to = output)
            fixed (int* index = indices) RowScatter.Sum(batch, from, stride, index, count, columns, to + 67, sums, columns);
            Assert.That(KernelRunner.Inside(output, wanted.Length).AsSpan().SequenceEqual(wanted), Is.True, $"{width} bits");
        }
    }

    [Test]
    public void Columns_beside_the_sums_stay_as_they_are()
    {
        float[] source = [1, 2, 3, 4, 5, 6], sums = [9, 9, 9, 9, 9, 9, 9, 9, 9];
        int[] indices = [2, 0, 2];
        fixed (float* from = source, to = sums)
        fixed (int* index = indices) RowScatter.Sum(1, from, 2, index, 3, 2, to + 1, 3, 3);
        Assert.That(sums, Is.EqualTo(new float[] { 9, 3, 4, 9, 0, 0, 9, 6, 8 }));
    }
}
