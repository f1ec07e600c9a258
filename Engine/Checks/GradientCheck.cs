using Engine.Layers;
using Engine.Losses;

namespace Engine;

/// <summary>Proves gradients: compares what the tape computes with central differences, (f(x + h) − f(x − h)) / 2h, in Float64.</summary>
/// <remarks>
/// The step is 6e-6·max(1, |x|), and 1 for functions linear in each input. Inputs of up to 256 elements are varied element by element,
/// larger ones along twelve random directions. A result with several elements is weighted with fixed random numbers. A right gradient has
/// errors near 1e-10; at a kink (ReLU at 0, equal maxima) differences mean nothing, so draw the inputs away from those.
/// </remarks>
public static class GradientCheck
{
    /// <summary>Checks a function of tensors with respect to each floating-point input.</summary>
    /// <param name="function">The function, written in operations; called many times, so it must be deterministic.</param>
    /// <param name="inputs">Where to check: Float64 tensors, and integers or truth values that are passed through. They are not changed.</param>
    /// <param name="order">1 for first derivatives; 2 for second, by nested tapes against differences of the first.</param>
    /// <param name="linear">Whether the function is linear in each input alone; differences are then exact over a step of 1.</param>
    /// <param name="random">Random weights and directions; a generator of the default seed if left out.</param>
    /// <param name="name">The function's name in the report.</param>
    /// <returns>The report; <see cref="GradientReport.MaxError"/> is what to compare with a tolerance such as 1e-7.</returns>
    /// <exception cref="DTypeException">An input or the result is Float32, or no input is floating point.</exception>
    /// <exception cref="ValueException">The order is neither 1 nor 2.</exception>
    /// <exception cref="TapeException">The result does not depend on the inputs.</exception>
    public static GradientReport Function(
        Func<Tensor[], Tensor> function, Tensor[] inputs, int order = 1, bool linear = false, RandomGenerator? random = null, string name = "function")
    {
        ArgumentNullException.ThrowIfNull(function);
        ArgumentNullException.ThrowIfNull(inputs);
        Tensor[] copies = [.. inputs.Select(input => input.Detach())];
        return Probe(name, () => function(copies), Sources(copies, "input"), order, linear, random);
    }

    /// <summary>Checks a layer with respect to its input and every trainable variable, at a random input.</summary>
    /// <param name="layer">The layer; unbuilt, or of type Float64. Its variables are unchanged afterwards.</param>
    /// <param name="inputShape">The shape of the input, batch axis included.</param>
    /// <param name="random">The input's values, a small random change of the weights for the check, and the directions.</param>
    /// <param name="training">Whether the layer runs in training mode. Dropout then drops the same elements in each evaluation.</param>
    /// <param name="order">1 for first derivatives, 2 for second.</param>
    /// <returns>The report, with the variables' names.</returns>
    /// <exception cref="DTypeException">The layer is of type Float32.</exception>
    /// <exception cref="ShapeException">The shape does not fit the layer.</exception>
    /// <exception cref="ValueException">The order is neither 1 nor 2.</exception>
    public static GradientReport Layer(Layer layer, Shape inputShape, RandomGenerator? random = null, bool training = false, int order = 1)
    {
        random ??= new RandomGenerator();
        double[] values = new double[inputShape.Length];
        random.FillNormal<double>(values);
        return Layer(layer, [Tensor.Wrap(values, inputShape)], random, training, order);
    }

    /// <summary>Checks a layer with respect to its floating-point inputs and every trainable variable, at given inputs.</summary>
    /// <param name="layer">The layer; unbuilt, or of type Float64. Its variables are unchanged afterwards.</param>
    /// <param name="inputs">Where to check: Float64 tensors, or integers that are passed through, each with its batch axis.</param>
    /// <param name="random">A small random change of the weights for the check, and the directions.</param>
    /// <param name="training">Whether the layer runs in training mode. Dropout then drops the same elements in each evaluation.</param>
    /// <param name="order">1 for first derivatives, 2 for second.</param>
    /// <returns>The report, with the variables' names.</returns>
    /// <exception cref="DTypeException">The layer or an input is of type Float32.</exception>
    /// <exception cref="ShapeException">A shape does not fit the layer.</exception>
    /// <exception cref="ValueException">The order is neither 1 nor 2.</exception>
    public static GradientReport Layer(Layer layer, Tensor[] inputs, RandomGenerator? random = null, bool training = false, int order = 1)
    {
        ArgumentNullException.ThrowIfNull(layer);
        ArgumentNullException.ThrowIfNull(inputs);
        random ??= new RandomGenerator();
        Tensor[] copies = [.. inputs.Select(input => input.Detach())];
        if (!layer.IsBuilt)
        {
            using IDisposable pause = GradientTape.StopRecording();
            using var scope = new TensorScope();
            layer.Apply(copies);
        }
        Tensor[] before = [.. layer.Variables.Select(variable => variable.Detach())];
        try
        {
            foreach (Variable variable in layer.TrainableVariables)
            {
                if (variable.DType == DType.Float64) Shake(variable.AsWritableSpan<double>(), random);
            }
            Tensor[] start = [.. layer.NonTrainableVariables.Select(variable => variable.Detach())];
            var sources = new List<(string Name, Tensor Value)>(Sources(copies, "input"));
            foreach (Variable variable in layer.TrainableVariables) sources.Add((variable.Name, Float64(variable, variable.Name)));
            return Probe(layer.Path, Output, sources, order, linear: false, random);

            Tensor Output()
            {
                // Each evaluation starts from the same moving averages and states and draws the same random numbers.
                Restore(layer.NonTrainableVariables, start);
                layer.ResetStates();
                layer.RestartCalls();
                return layer.Apply(copies, training);
            }
        }
        finally
        {
            Restore(layer.Variables, before);
        }
    }

    /// <summary>Checks a loss with respect to the prediction.</summary>
    /// <param name="loss">The loss.</param>
    /// <param name="target">What was wanted; a constant.</param>
    /// <param name="prediction">Where to check, Float64.</param>
    /// <param name="random">Directions for large predictions.</param>
    /// <param name="order">1 for first derivatives, 2 for second.</param>
    /// <returns>The report.</returns>
    /// <exception cref="DTypeException">The prediction is not Float64.</exception>
    /// <exception cref="ShapeException">The target does not fit the prediction.</exception>
    /// <exception cref="ValueException">The order is neither 1 nor 2.</exception>
    public static GradientReport Loss(Loss loss, Tensor target, Tensor prediction, RandomGenerator? random = null, int order = 1)
    {
        ArgumentNullException.ThrowIfNull(loss);
        Tensor copy = prediction.Detach();
        var sources = new List<(string Name, Tensor Value)> { ("prediction", Float64(copy, "prediction")) };
        return Probe(loss.GetType().Name, () => loss.Compute(target, copy), sources, order, linear: false, random);
    }

    private static GradientReport Probe(
        string name, Func<Tensor> output, List<(string Name, Tensor Value)> sources, int order, bool linear, RandomGenerator? random)
    {
        if (order is not (1 or 2)) throw Fail.Value("GradientCheck", $"an order of {order}", "check derivatives of order 1 or 2");
        if (sources.Count == 0) throw Fail.DType("GradientCheck", $"{name} has no floating-point input", "give at least one Float64 tensor");
        return new GradientProbe(name, output, sources, order, linear, random ?? new RandomGenerator()).Run();
    }

    private static List<(string Name, Tensor Value)> Sources(Tensor[] inputs, string name)
    {
        var sources = new List<(string Name, Tensor Value)>();
        for (int i = 0; i < inputs.Length; i++)
        {
            if (inputs[i].DType.IsFloatingPoint()) sources.Add(($"{name} {i}", Float64(inputs[i], $"{name} {i}")));
        }
        return sources;
    }

    private static Tensor Float64(Tensor tensor, string name) => tensor.DType == DType.Float64
        ? tensor
        : throw Fail.DType("GradientCheck", $"{name} is of type {tensor.DType}", "check in Float64, or make the layer with dtype: DType.Float64: differences of Float32 numbers are too coarse");

    /// <summary>Moves weights off special values such as all 0 or all 1, where a wrong gradient can look right.</summary>
    private static void Shake(Span<double> weights, RandomGenerator random)
    {
        double[] change = new double[weights.Length];
        random.FillNormal<double>(change, 0, 0.1);
        for (int i = 0; i < weights.Length; i++) weights[i] += change[i];
    }

    private static void Restore(IReadOnlyList<Variable> variables, Tensor[] values)
    {
        for (int i = 0; i < values.Length; i++) variables[i].Assign(values[i]);
    }
}
