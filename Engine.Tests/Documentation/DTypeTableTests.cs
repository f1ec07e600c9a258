namespace Engine.Tests.Documentation;

/// <summary>The guide's table of operations and element types, cell by cell: a "yes" or the type's name works, anything else is refused by the type.</summary>
public class DTypeTableTests
{
    private static readonly Dictionary<string, Func<Tensor, Tensor>[]> Rows = new()
    {
        ["`+ - * /`, `Maximum`, `Minimum`"] = [x => x + x, x => x - x, x => x * x, x => x / x, x => Tensor.Maximum(x, x), x => Tensor.Minimum(x, x)],
        ["comparisons, giving Bool"] = [x => x > Other(x), x => x >= Other(x), x => x < Other(x), x => x.EqualTo(x)],
        ["`Exp`, `Log`, `Sin`, … and all activations"] =
            [x => x.Exp(), x => x.Log(), x => x.Sin(), x => x.Sqrt(), x => x.Tanh(), x => x.Sigmoid(), x => x.GELU(), x => x.Softplus(), x => x.Erf()],
        ["`Sum`, `Min`, `Max`, `Product`"] = [x => x.Sum(), x => x.Min(), x => x.Max(), x => x.Product()],
        ["`Mean`, `Variance`, `LogSumExp`, `Norm`"] = [x => x.Mean(), x => x.Variance(), x => x.LogSumExp(), x => x.Norm()],
        ["`ArgMax`, `ArgMin`, `Any`, `All`"] = [x => x.ArgMax(), x => x.ArgMin(), x => x.Any(), x => x.All()],
        ["`MatMul`, `Linear`, convolution, pooling, softmax, cross-entropy"] =
        [
            x => x.MatMul(x), x => x.Linear(x), x => Image(x).Convolution2D(x.Reshape(2, 2, 1, 1)), x => Image(x).MaxPooling2D((2, 2)), x => x.Softmax(),
            x => Tensor.SoftmaxCrossEntropy(x, x),
        ],
        ["`Reshape`, `Transpose`, slices, `Gather`, `Where`, `Cast`"] =
        [
            x => x.Reshape(4), x => x.Transpose(), x => x[..1], x => x.Gather(Tensor.From<int>([1])), x => Tensor.Where(x.EqualTo(x), x, x),
            x => x.Cast(DType.Float64),
        ],
        ["indices and class labels"] = [x => Tensor.Ones([3]).Gather(x), x => Tensor.OneHot(x, 3)],
    };

    private static readonly Dictionary<string, DType[]> Columns = new()
    {
        ["Float32, Float64"] = [DType.Float32, DType.Float64], ["Int32, Int64"] = [DType.Int32, DType.Int64], ["UInt8"] = [DType.UInt8], ["Bool"] = [DType.Bool],
    };

    [Test]
    public void Every_cell_is_true()
    {
        string[][] table = [.. File.ReadAllLines(Path.Combine(RepositoryFiles.Root, "docs", "guide.md"))
            .SkipWhile(line => !line.StartsWith("| operations |", StringComparison.Ordinal)).TakeWhile(line => line.StartsWith('|'))
            .Select(line => line.Trim('|').Split('|', StringSplitOptions.TrimEntries))];
        Assert.That(table[0][1..], Is.EquivalentTo(Columns.Keys));
        Assert.That(table[2..].Select(row => row[0]), Is.EquivalentTo(Rows.Keys));
        using IDisposable all = Assert.EnterMultipleScope();
        foreach (string[] row in table[2..])
        {
            for (int column = 1; column < row.Length; column++)
            {
                foreach (DType type in Columns[table[0][column]])
                {
                    Tensor x = Tensor.Ones([2, 2]).Cast(type);
                    for (int i = 0; i < Rows[row[0]].Length; i++)
                    {
                        Func<Tensor, Tensor> operation = Rows[row[0]][i];
                        if (row[column] == "yes" || row[column] == type.ToString()) Assert.That(() => operation(x), Throws.Nothing, $"{row[0]}, number {i}, of {type}");
                        else Assert.That(() => operation(x), Throws.InstanceOf<DTypeException>(), $"{row[0]}, number {i}, of {type}");
                    }
                }
            }
        }
    }

    private static Tensor Other(Tensor x) => x.Reshape(2, 2);

    private static Tensor Image(Tensor x) => x.Reshape(1, 2, 2, 1);
}
