using System.Globalization;

namespace Engine.Tests.Reference;

/// <summary>What PyTorch computed on fixed inputs: torch_reference.txt, written by torch_reference.py beside it.</summary>
internal static class TorchReference
{
    private static readonly Dictionary<string, Tensor> Tensors = Read();

    /// <summary>A stored tensor, Float64.</summary>
    public static Tensor Get(string name) => Tensors[name];

    /// <summary>Compares with a stored tensor: relative to 1 or the value's size.</summary>
    public static void AssertEqual(Tensor actual, string name, double tolerance = 1e-12)
    {
        Tensor expected = Get(name);
        Assert.That(actual.Shape, Is.EqualTo(expected.Shape), name);
        for (int i = 0; i < expected.Length; i++)
        {
            double wanted = expected.ElementAt(i);
            Assert.That(actual.ElementAt(i), Is.EqualTo(wanted).Within(tolerance * Math.Max(1, Math.Abs(wanted))), $"{name}, element {i}");
        }
    }

    private static Dictionary<string, Tensor> Read()
    {
        var tensors = new Dictionary<string, Tensor>();
        using Stream stream = typeof(TorchReference).Assembly.GetManifestResourceStream("torch_reference.txt")!;
        using var reader = new StreamReader(stream);
        while (reader.ReadLine() is { } line)
        {
            string[] parts = line.Split(' ');
            int[] shape = [.. parts[1].Trim('[', ']').Split(',', StringSplitOptions.RemoveEmptyEntries).Select(int.Parse)];
            double[] values = [.. parts[2..].Select(value => double.Parse(value, CultureInfo.InvariantCulture))];
            tensors.Add(parts[0], Tensor.Wrap(values, shape));
        }
        return tensors;
    }
}
