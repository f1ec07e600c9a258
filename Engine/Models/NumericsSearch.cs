using System.Globalization;

namespace Engine.Models;

/// <summary>Finds where a loss that is not finite comes from, by running its batch once more under <see cref="DebugNumerics"/>.</summary>
/// <param name="model">The model.</param>
/// <param name="batch">The batch.</param>
internal sealed class NumericsSearch(Model model, Batch batch)
{
    /// <summary>The error that ends training.</summary>
    /// <param name="loss">The loss.</param>
    /// <param name="searchesPasses">Whether the model's own passes, called inside its step, make the loss. A step of another class is not
    /// repeated, since it may change weights.</param>
    public ModelException Explain(double loss, bool searchesPasses)
    {
        EngineException? cause = Find(searchesPasses);
        string source = cause is not null ? cause.Message.TrimEnd('.')
            : searchesPasses ? "the batch run again gives finite values"
            : "the data are finite, so it is made in TrainStep; DebugNumerics.Enabled = true names the operation";
        (int epoch, int batchIndex) = batch.Place;
        return new ModelException(
            $"{model.Path}: Fit: the loss is {loss.ToString(CultureInfo.InvariantCulture)} in epoch {epoch + 1}, "
            + $"batch {batchIndex + 1} (step {model.Step + 1}); first not finite: {source}. "
            + "Lower the learning rate, clip gradients, or look for wrong values in the data.", cause!);
    }

    private EngineException? Find(bool searchesPasses)
    {
        bool enabled = DebugNumerics.Enabled;
        DebugNumerics.Enabled = true;
        try
        {
            for (int i = 0; i < batch.Features.Count; i++)
                CheckColumn(batch.Features.Count == 1 ? "features" : $"features of input {i}", batch.Features[i]);
            for (int i = 0; i < batch.Labels.Count; i++)
            {
                string place = batch.Labels.Count == 1 ? "" : $" of output {i}";
                CheckColumn($"labels{place}", batch.Labels[i]);
                if (batch.Weights[i] is { } weights) CheckColumn($"weights{place}", weights);
            }

            if (searchesPasses) model.RepeatPasses(batch);
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
        int sample = batch.SampleAt?.Invoke(row) ?? row;
        throw Fail.Value("data", $"the {column} of sample {sample} (row {row} of the batch) hold {values.ElementAt(index)}",
            "mend or leave out such samples");
    }
}
