using Engine.Data;
using Engine.Layers;
using Engine.Models;

namespace Engine;

/// <summary>How the gradient of the loss travels back through time: ‖∂L/∂h_t‖ for every step of every recurrent layer. F-R3.</summary>
/// <remarks>
/// ∂L/∂h_{t−1} is ∂L/∂h_t times the Jacobian of a step, plus what h_{t−1} itself adds to the loss; over many steps the product of Jacobians
/// vanishes where their norms are below 1 and explodes where they are above (Pascanu, Mikolov and Bengio 2013). Of an LSTM ‖∂L/∂c_t‖ is
/// measured too. A norm is over all samples and units; of masked steps nothing is counted.
/// </remarks>
public static class GradientFlow
{
    /// <summary>Measures one batch; no weight changes.</summary>
    /// <param name="model">A compiled model with recurrent layers.</param>
    /// <param name="batch">The samples and labels of one batch, as <c>(x, y)</c>.</param>
    /// <param name="training">Whether layers run as in a training step, with dropout; false by default. Moving averages then move.</param>
    /// <returns>The norms, step by step.</returns>
    /// <exception cref="ModelException">The model is not compiled, or has no recurrent layer.</exception>
    /// <exception cref="ShapeException">The samples do not fit the model, or the labels the loss.</exception>
    /// <exception cref="ValueException">The batch is empty or without labels.</exception>
    public static GradientFlowReport Measure(Model model, Dataset batch, bool training = false)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(batch);
        TrainingData data = model.CheckedBatch("GradientFlow.Measure", batch);
        using var reader = new TrainingReader(data, null, batch.Count, null);
        reader.Start(0);
        Batch all = reader.Next()!;
        ThreadState state = ThreadState.Current;
        List<StateTrace>? before = state.StateTraces;
        var traces = new List<StateTrace>();
        using var tape = new GradientTape();
        using var trial = new Trial();
        state.StateTraces = traces;
        try
        {
            // A watched input makes the tape follow states before the first trainable variable too.
            foreach (Tensor x in all.Features)
            {
                if (x.DType.IsFloatingPoint()) tape.Watch(x);
            }

            Tensor loss = model.LossOf(all, training);
            if (traces.Count == 0)
            {
                throw Fail.Model($"{model.Path}: GradientFlow.Measure", "the model has no recurrent layer",
                    "measure one with SimpleRNN, LSTM, GRU or RNN");
            }

            return new GradientFlowReport(model.Path, Norms(tape, loss, traces));
        }
        finally
        {
            state.StateTraces = before;
        }
    }

    private static List<GradientFlowSeries> Norms(GradientTape tape, Tensor loss, List<StateTrace> traces)
    {
        Tensor[] states = [.. traces.SelectMany(trace => trace.Steps.SelectMany(step => step))];
        Tensor[] gradients = tape.Gradients(loss, states);
        var series = new List<GradientFlowSeries>();
        int next = 0;
        foreach (StateTrace trace in traces)
        {
            int count = trace.Steps[0].Length;
            for (int s = 0; s < count; s++)
            {
                var norms = new double[trace.Steps.Count];
                for (int t = 0; t < norms.Length; t++) norms[t] = Norm(gradients[next + t * count + s]);
                series.Add(new GradientFlowSeries(trace.Place, s switch { 0 => "h", 1 => "c", _ => $"state {s}" }, norms));
            }

            next += count * trace.Steps.Count;
        }

        return series;
    }

    /// <summary>The root of the sum of squares, in double and scaled, so that neither overflows.</summary>
    private static double Norm(Tensor gradient)
    {
        Tensor values = gradient.Cast(DType.Float64).Abs();
        double largest = values.Max().ToScalar();
        return largest == 0 || !double.IsFinite(largest) ? largest : largest * Math.Sqrt((values / largest).Square().Sum().ToScalar());
    }
}
