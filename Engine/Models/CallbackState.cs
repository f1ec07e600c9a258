namespace Engine.Models;

/// <summary>What a callback remembers of a training, as a checkpoint holds it: numbers and tensors by their names.</summary>
public sealed class CallbackState
{
    private readonly SortedDictionary<string, double> numbers = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, Tensor> tensors = new(StringComparer.Ordinal);

    /// <summary>The numbers; a file keeps them to the last bit, infinite ones and NaN too.</summary>
    public IReadOnlyDictionary<string, double> Numbers => numbers;

    /// <summary>The tensors.</summary>
    public IReadOnlyDictionary<string, Tensor> Tensors => tensors;

    /// <summary>Notes a number.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="value">The number; null for none, which takes a number of this name out.</param>
    /// <exception cref="ValueException">The name is empty.</exception>
    public void Set(string name, double? value)
    {
        Check(name);
        if (value is { } number) numbers[name] = number;
        else numbers.Remove(name);
    }

    /// <summary>Notes a tensor. It is written to the file as it is then; it is not copied here.</summary>
    /// <param name="name">Its name, as <c>weights/dense/kernel</c>.</param>
    /// <param name="value">The tensor.</param>
    /// <exception cref="ValueException">The name is empty.</exception>
    public void Set(string name, Tensor value)
    {
        Check(name);
        ArgumentNullException.ThrowIfNull(value);
        tensors[name] = value;
    }

    /// <summary>A number.</summary>
    /// <param name="name">Its name.</param>
    /// <returns>The number; null when there is none of this name.</returns>
    public double? Number(string name) => numbers.TryGetValue(name, out double value) ? value : null;

    /// <summary>A whole number, as a count of epochs.</summary>
    /// <param name="name">Its name.</param>
    /// <returns>The number; null when there is none of this name, or it is not a whole one of 32 bits.</returns>
    public int? Count(string name) =>
        numbers.TryGetValue(name, out double value) && value == Math.Floor(value) && Math.Abs(value) <= int.MaxValue ? (int)value : null;

    private static void Check(string name)
    {
        if (string.IsNullOrEmpty(name)) throw Fail.Value("CallbackState", "an empty name", "name each number and tensor");
    }
}
