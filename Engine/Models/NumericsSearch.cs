using Engine.Layers;

namespace Engine.Models;

/// <summary>Finds where a loss that is not finite comes from, by running its batch once more under <see cref="DebugNumerics"/>.</summary>
internal static class NumericsSearch
{
    /// <summary>The error that ends training.</summary>
    public static ModelException Explain(Model model, Tensor features, Tensor labels, double loss, int epoch, int batch)
    {
        EngineException? cause = Find(model, features, labels);
        string source = cause is null ? "the batch run again gives finite values" : cause.Message.TrimEnd('.');
        return new ModelException(
            $"{model.Path}: Fit: the loss is {loss.ToString(System.Globalization.CultureInfo.InvariantCulture)} in epoch {epoch + 1}, batch {batch + 1} (step {model.Step + 1}); "
            + $"first not finite: {source}. Lower the learning rate, clip gradients, or look for wrong values in the data.", cause!);
    }

    private static EngineException? Find(Model model, Tensor features, Tensor labels)
    {
        bool enabled = DebugNumerics.Enabled;
        DebugNumerics.Enabled = true;
        try
        {
            CheckData("features", features);
            CheckData("labels", labels);
            using var tape = new GradientTape();
            using var terms = new LossTerms();
            Tensor prediction = model.Apply(features, training: true);
            IReadOnlyList<Variable> trained = model.TrainableVariables;
            tape.Gradients(model.TotalLoss(labels, prediction, terms, trained), trained);
            return null;
        }
        catch (EngineException e)
        {
            return e;
        }
        finally
        {
            DebugNumerics.Enabled = enabled;
        }
    }

    private static void CheckData(string column, Tensor batch)
    {
        if (DebugNumerics.FirstNonFinite(batch) is not (var index and >= 0)) return;
        int sample = index / Math.Max(1, batch.Length / batch.Shape[0]);
        throw Fail.Value("data", $"the {column} of sample {sample} of the batch hold {batch.ElementAt(index)}",
            "mend or leave out such samples");
    }
}
