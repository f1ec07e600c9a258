using System.Globalization;
using System.Text;
using Engine.Layers;

namespace Engine.Models;

/// <summary>The table of a model's layers.</summary>
internal static class ModelSummary
{
    private const int Width = 80;

    // Columns and the two spaces between them: 80 in all.
    private const int ShapeWidth = 18, ParameterWidth = 11, ProductWidth = 13,
        LayerWidth = Width - ShapeWidth - ParameterWidth - ProductWidth - 6;

    public static string Format(Model model, int batchSize)
    {
        if (batchSize < 1) throw Fail.Value($"{model.Path}: Summary", $"batchSize is {batchSize}", "give at least 1");
        IModelPlan graph = model.KnownPlan("Summary");
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"{Cut($"{model.Path}, input {string.Join(", ", model.InputShapes)}", Width)}\n");
        Row(text, "layer (type)", "output shape", "parameters", "multiply-adds");
        text.Append('─', Width).Append('\n');
        var counted = new HashSet<Layer>(ReferenceEqualityComparer.Instance);
        long products = 0;
        foreach (GraphNode node in graph.Nodes)
        {
            if (node.Layer is Input) continue;
            long own = node.Layer.MultiplyAdds(node.InputShapes);
            products += own;
            // A shared layer has its parameters once.
            string parameters = counted.Add(node.Layer) ? Number(Count(node.Layer.Variables)) : "shared";
            string shapes = string.Join(", ", node.Outputs.Select(output => output.Shape));
            Row(text, $"{node.Layer.Name} ({node.Layer.GetType().Name})", shapes, parameters,
                own == 0 ? "" : Number(own));
        }

        text.Append('─', Width).Append('\n');
        IReadOnlyList<Variable> variables = model.Variables;
        long bytes = 0;
        foreach (Variable variable in variables) bytes += (long)variable.Length * variable.DType.Size();
        Row(text, "total", "", Number(Count(variables)), products == 0 ? "" : Number(products));
        text.Append(CultureInfo.InvariantCulture,
            $"{Number(Count(model.TrainableVariables))} trainable, {Number(Count(model.NonTrainableVariables))} not trainable, {Size(bytes)}\n");
        Memory(text, model, batchSize, bytes, batchSize * Outputs(graph));
        return text.ToString();
    }

    /// <summary>What a training step keeps until it ends: the weights, a gradient and the optimizer's slots for each that is trained, and
    /// every layer's output.</summary>
    private static void Memory(StringBuilder text, Model model, int batchSize, long weights, long outputs)
    {
        long gradients = 0;
        foreach (Variable variable in model.TrainableVariables) gradients += (long)variable.Length * variable.DType.Size();
        long slots = gradients * (model.Optimizer?.SavedNames.Count ?? 0);
        string line = string.Create(CultureInfo.InvariantCulture, $"step of {batchSize}: {Size(weights + gradients + slots + outputs)} ")
            + $"(gradients {Size(gradients)}, optimizer {Size(slots)}, outputs {Size(outputs)})";
        text.Append(Cut(line.Replace(" bytes", " B", StringComparison.Ordinal), Width)).Append('\n');
    }

    /// <summary>The bytes of all layers' outputs for one sample, those inside a model that is used as a layer too.</summary>
    private static long Outputs(IModelPlan plan)
    {
        long bytes = 0;
        foreach (GraphNode node in plan.Nodes)
        {
            bytes += node.Layer switch
            {
                Model { Plan: { } inside } => Outputs(inside),
                // The last two give their input's memory on.
                Input or Flatten or Reshape => 0,
                _ => node.Outputs.Sum(output => (long)output.Shape.Length * output.DType.Size()),
            };
        }

        return bytes;
    }

    private static void Row(StringBuilder text, string layer, string shape, string parameters, string products)
    {
        string row = $"{Cut(layer, LayerWidth).PadRight(LayerWidth)}  {Cut(shape, ShapeWidth).PadRight(ShapeWidth)}  "
            + $"{parameters.PadLeft(ParameterWidth)}  {products.PadLeft(ProductWidth)}";
        text.Append(row.TrimEnd()).Append('\n');
    }

    private static long Count(IReadOnlyList<Variable> variables)
    {
        long count = 0;
        foreach (Variable variable in variables) count += variable.Length;
        return count;
    }

    private static string Number(long value) => value switch
    {
        < 10_000_000_000 => value.ToString("N0", CultureInfo.InvariantCulture),
        _ => value.ToString("0.000e0", CultureInfo.InvariantCulture),
    };

    private static string Size(long bytes) => bytes switch
    {
        < 10_000 => string.Create(CultureInfo.InvariantCulture, $"{bytes} bytes"),
        < 10_000_000 => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1e3:F0} kB"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1e6:F0} MB"),
    };

    private static string Cut(string value, int width) => value.Length <= width ? value : value[..(width - 1)] + "…";
}
