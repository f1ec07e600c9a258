using System.Globalization;
using Engine.Layers;

namespace Engine.Models;

/// <summary>Finds where a loss that is not finite comes from, by running its batch once more under <see cref="DebugNumerics"/>.</summary>
/// <param name="model">The model.</param>
/// <param name="batch">The batch.</param>
/// <param name="classWeight">The weights of classes; null for none.</param>
/// <param name="sampleAt">Which sample of the data a row of the batch is; null where they are the same.</param>
internal sealed class NumericsSearch(Model model, Batch batch, IReadOnlyDictionary<int, double>? classWeight, Func<int, int>? sampleAt)
{
    /// <summary>The error that ends training.</summary>
    public ModelException Explain(double loss, int epoch, int batchIndex)
    {
        EngineException? cause = Find();
        string source = cause is null ? "the batch run again gives finite values" : cause.Message.TrimEnd('.');
        return new ModelException(
            $"{model.Path}: Fit: the loss is {loss.ToString(CultureInfo.InvariantCulture)} in epoch {epoch + 1}, "
            + $"batch {batchIndex + 1} (step {model.Step + 1}); first not finite: {source}. "
            + "Lower the learning rate, clip gradients, or look for wrong values in the data.", cause!);
    }

    private EngineException? Find()
    {
        bool enabled = DebugNumerics.Enabled;
        DebugNumerics.Enabled = true;
        try
        {
            for (int i = 0; i < batch.Features.Length; i++)
                CheckColumn(batch.Features.Length == 1 ? "features" : $"features of input {i}", batch.Features[i]);
            for (int i = 0; i < batch.Labels.Length; i++)
            {
                string place = batch.Labels.Length == 1 ? "" : $" of output {i}";
                CheckColumn($"labels{place}", batch.Labels[i]);
                if (batch.Weights[i] is { } weights) CheckColumn($"weights{place}", weights);
            }

            using var tape = new GradientTape();
            using var terms = new LossTerms();
            Tensor[] predictions = model.Predictions(batch.Features, training: true);
            IReadOnlyList<Variable> trained = model.TrainableVariables;
            tape.Gradients(model.TotalLoss(batch, predictions, classWeight, terms, trained), trained);
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

    private void CheckColumn(string column, Tensor values)
    {
        if (DebugNumerics.FirstNonFinite(values) is not (var index and >= 0)) return;
        int row = index / Math.Max(1, values.Length / values.Shape[0]);
        throw Fail.Value("data", $"the {column} of sample {sampleAt?.Invoke(row) ?? row} (row {row} of the batch) hold {values.ElementAt(index)}",
            "mend or leave out such samples");
    }
}
