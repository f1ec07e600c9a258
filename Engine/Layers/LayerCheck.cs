namespace Engine.Layers;

/// <summary>The refusals that several layers share.</summary>
internal static class LayerCheck
{
    /// <summary>A sample's shape as the user's batch has it: <c>[batch, 28, 28, 1]</c>.</summary>
    public static string BatchOf(Shape sample) => sample.Rank == 0 ? "[batch]" : $"[batch, {string.Join(", ", sample.ToArray())}]";

    /// <summary>Refuses a size below 1 in a constructor.</summary>
    public static void Positive(string layer, string parameter, int value)
    {
        if (value < 1) throw Fail.Value(layer, $"{parameter} is {value}", "give at least 1");
    }

    /// <summary>Refuses a height or width below 1 in a constructor.</summary>
    public static void Positive(string layer, string parameter, Size2D value)
    {
        if (value.Height < 1 || value.Width < 1) throw Fail.Value(layer, $"{parameter} is {value}", "give at least 1 for height and width");
    }

    /// <summary>Refuses a negative number in a constructor.</summary>
    public static int NotNegative(string layer, string parameter, int value) => value >= 0
        ? value
        : throw Fail.Value(layer, $"{parameter} is {value}", "give 0 or more");

    /// <summary>A number for both ends of an axis.</summary>
    public static (int Before, int After) Twice(int value) => (value, value);

    /// <summary>The sides of an image, if none is negative.</summary>
    public static (int Top, int Bottom, int Left, int Right) Around(
        string layer, string parameter, (int Top, int Bottom) rows, (int Left, int Right) columns) => (
            NotNegative(layer, parameter, rows.Top), NotNegative(layer, parameter, rows.Bottom),
            NotNegative(layer, parameter, columns.Left), NotNegative(layer, parameter, columns.Right));

    /// <summary>The length of a sample's axis with more positions at its ends.</summary>
    public static int Longer(Shape sample, int axis, int before, int after)
    {
        long length = (long)sample[axis] + before + after;
        return length <= int.MaxValue
            ? (int)length
            : throw Fail.Shape("input", $"{length} positions along axis {axis + 1} with {before} and {after} more", "use less padding");
    }

    /// <summary>The length of a sample's axis with fewer positions at its ends.</summary>
    public static int Shorter(Shape sample, int axis, int before, int after)
    {
        long length = (long)sample[axis] - before - after;
        return length >= 1
            ? (int)length
            : throw Fail.Shape(
                "input",
                $"{sample[axis]} positions along axis {axis + 1}, of which {before} and {after} are cut away",
                "cut away less, so that at least one remains");
    }

    /// <summary>The length of a sample's axis several times.</summary>
    public static int Times(Shape sample, int axis, int times)
    {
        long length = (long)sample[axis] * times;
        return length <= int.MaxValue
            ? (int)length
            : throw Fail.Shape("input", $"{sample[axis]} positions along axis {axis + 1}, {times} times", "use a smaller size");
    }

    /// <summary>The range of an image's values; from 0 to 255 by default.</summary>
    public static (double Lower, double Upper) ValueRange(string layer, (double Lower, double Upper)? range)
    {
        (double lower, double upper) = range ?? (0, 255);
        return double.IsFinite(lower) && double.IsFinite(upper) && lower < upper
            ? (lower, upper)
            : throw Fail.Value(layer, $"valueRange is ({lower}, {upper})", "give finite numbers, the smaller one first");
    }

    /// <summary>Refuses inputs that do not count.</summary>
    /// <returns>The type of the output.</returns>
    public static DType Counts(DType inputType, DType outputType) => !inputType.IsFloatingPoint() && inputType != DType.Bool
        ? outputType
        : throw Fail.DType("input", $"an input of type {inputType}, where integers are wanted",
            "give Int32, for example from Cast(DType.Int32), and declare it: new Input(shape, DType.Int32)");

    /// <summary>Refuses a rate of a dropout outside its range in a constructor.</summary>
    public static double Rate(string layer, double rate) => rate is >= 0 and < 1
        ? rate
        : throw Fail.Value(layer, $"rate is {rate}", "give the part of the elements to drop: 0 or more, less than 1");

    /// <summary>Refuses a sample with another number of axes.</summary>
    public static void Rank(Shape sample, int rank, string wanted)
    {
        if (sample.Rank != rank)
            throw Fail.Shape(
                "input",
                $"a batch of shape {BatchOf(sample)}, where {wanted} is wanted",
                $"give a batch of {rank + 1} axes; a Reshape layer can add or merge some");
    }

    /// <summary>Refuses samples without elements.</summary>
    public static void NotEmpty(Shape sample)
    {
        if (sample.Length == 0)
            throw Fail.Shape(
                "input",
                $"a batch of shape {BatchOf(sample)}, whose samples have no elements",
                "give at least one position along each axis");
    }

    /// <summary>Refuses another length of the last axis than the one that the kernel is, or will be, made for.</summary>
    public static void Channels(Layer layer, Shape sample, string channels, Shape kernel, int wanted)
    {
        if (sample[^1] == wanted) return;
        string path = ThreadState.Current.LayerPath;
        throw new ShapeException(
            $"{(path.Length == 0 ? layer.Path : path)}: input has {sample[^1]} {channels} (shape {BatchOf(sample)}) "
            + $"but the kernel {kernel} was built for {wanted}. "
            + $"A layer applied twice needs the same {channels[..^1]} count each time.");
    }

    /// <summary>A layer's weight, once there is one.</summary>
    public static Variable Built(Layer layer, Variable? weight, string name) =>
        weight ?? throw Fail.Model(
            $"{layer.Path}: {name}",
            "the layer has no weights yet",
            "apply it to a batch first, or build a model that begins with an Input");
}
