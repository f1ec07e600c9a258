using Engine.Models;
using Engine.Optimizers;

namespace Engine.Callbacks;

/// <summary>Changes the learning rates of a model: one optimizer's, or, of an adversarial network, both.</summary>
internal static class LearningRates
{
    /// <summary>Gives each optimizer a new rate, or none where one of them cannot take it.</summary>
    /// <param name="model">A compiled model.</param>
    /// <param name="next">Makes an optimizer's new rate of the one it has.</param>
    /// <returns>Whether a rate is another than before.</returns>
    public static bool Change(Model model, Func<double, double> next)
    {
        IReadOnlyList<TrainedPart> parts = model.TrainedParts;
        var before = new double[parts.Count];
        int done = 0;
        bool changed = false;
        try
        {
            for (; done < parts.Count; done++)
            {
                Optimizer optimizer = parts[done].Optimizer;
                before[done] = optimizer.LearningRate;
                optimizer.LearningRate = next(before[done]);
                changed |= optimizer.LearningRate != before[done];
            }
        }
        catch
        {
            for (int i = 0; i < done; i++) parts[i].Optimizer.LearningRate = before[i];
            throw;
        }

        return changed;
    }
}
