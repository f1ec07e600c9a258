using System.Globalization;

namespace Engine.Tests.Reference;

/// <summary>Tensors in a text file beside this one: on each line a name, a shape in brackets, the values in row-major order.</summary>
internal sealed class StoredTensors
{
    private readonly Dictionary<string, Tensor> tensors = [];

    public StoredTensors(string file)
    {
        using Stream stream = typeof(StoredTensors).Assembly.GetManifestResourceStream(file)!;
        using var reader = new StreamReader(stream);
        while (reader.ReadLine() is { } line)
        {
            string[] parts = line.Split(' ');
            int[] shape = [.. parts[1].Trim('[', ']').Split(',', StringSplitOptions.RemoveEmptyEntries).Select(int.Parse)];
            double[] values = [.. parts[2..].Select(value => double.Parse(value, CultureInfo.InvariantCulture))];
            tensors.Add(parts[0], Tensor.Wrap(values, shape));
        }
    }

    /// <summary>A stored tensor, Float64.</summary>
    public Tensor Get(string name) => tensors[name];

    /// <summary>Compares with a stored tensor: relative to 1 or the value's size.</summary>
    public void AssertEqual(Tensor actual, string name, double tolerance = 1e-12)
    {
        Tensor expected = Get(name);
        Assert.That(actual.Shape, Is.EqualTo(expected.Shape), name);
        for (int i = 0; i < expected.Length; i++)
        {
            double wanted = expected.ElementAt(i);
            Assert.That(actual.ElementAt(i), Is.EqualTo(wanted).Within(tolerance * Math.Max(1, Math.Abs(wanted))), $"{name}, element {i}");
        }
    }
}
