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
