namespace Engine.Tests.Operations;

using static Oracle;

public class PoolingTests
{
    private static readonly object[] Cases =
    [
        new object[] { new[] { 2, 4, 6, 3 }, (2, 2), (2, 2), (0, 0, 0, 0) },
        new object[] { new[] { 1, 5, 5, 2 }, (3, 2), (1, 2), (1, 2, 0, 1) },
        new object[] { new[] { 1, 1, 1, 1 }, (1, 1), (1, 1), (0, 0, 0, 0) },
        new object[] { new[] { 1, 7, 6, 1 }, (2, 3), (3, 2), (1, 0, 2, 2) },
    ];

    [TestCaseSource(nameof(Cases))]
    public void Poolings_are_their_formulas(int[] input, (int, int) window, (int, int) strides, (int, int, int, int) padding)
    {
        foreach (DType dtype in Floats)
        {
            Tensor x = Normal(input, dtype);
            Tensor max = x.MaxPooling2D(window, strides, padding);
            AssertClose(max, max.Shape, Map(max.Shape, at => Under(at).Max()));
            AssertClose(x.AveragePooling2D(window, strides, padding), max.Shape, Map(max.Shape, at => Under(at).Average()));
            AssertClose(x.SumPooling2D(window, strides, padding), max.Shape, Map(max.Shape, at => Under(at).Sum()));

            List<double> Under(int[] at)
            {
                var values = new List<double>();
                for (int p = 0; p < window.Item1; p++)
                {
                    for (int q = 0; q < window.Item2; q++)
                    {
                        int row = at[1] * strides.Item1 + p - padding.Item1, column = at[2] * strides.Item2 + q - padding.Item3;
                        if (row >= 0 && column >= 0 && row < input[1] && column < input[2]) values.Add(At(x, at[0], row, column, at[3]));
                    }
                }
                return values;
            }
        }
    }

    [TestCaseSource(nameof(Cases))]
    public void Poolings_have_gradients_of_both_orders(int[] input, (int, int) window, (int, int) strides, (int, int, int, int) padding)
    {
        Tensor x = Normal(input);
        AssertGradients(t => t[0].MaxPooling2D(window, strides, padding), [x]);
        AssertGradients(t => t[0].AveragePooling2D(window, strides, padding), [x]);
        AssertGradients(t => t[0].SumPooling2D(window, strides, padding), [x]);
    }
}
