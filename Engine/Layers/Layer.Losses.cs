namespace Engine.Layers;

/// <content>What a layer adds to the loss.</content>
public abstract partial class Layer
{
    /// <summary>What the layer's output adds to the loss; null for nothing.</summary>
    /// <remarks>As in Keras the penalty of a batch is divided by the number of its samples.</remarks>
    public Regularizer? ActivityRegularizer { get; protected init; }

    /// <summary>Σ of the penalties of the trainable variables that have a regularizer, those of the layers in it included. F-X1.</summary>
    /// <remarks><c>Fit</c> and <c>Evaluate</c> add it to the loss; a training loop of one's own adds it inside its tape.</remarks>
    /// <returns>A scalar; null when there is none.</returns>
    public Tensor? WeightPenalty() => WeightPenalty(TrainableVariables);

    /// <summary>The penalties of these variables; null when none has one.</summary>
    internal static Tensor? WeightPenalty(IReadOnlyList<Variable> variables)
    {
        Tensor? sum = null;
        foreach (Variable variable in variables)
        {
            if (variable.Penalty is not { } penalty) continue;
            Tensor part = penalty(variable);
            sum = sum is null ? part : sum + part.Cast(sum.DType);
        }
        return sum;
    }

    /// <summary>Adds a term to the loss of the batch, as a divergence or a sparsity penalty; for use in <c>Call</c>.</summary>
    /// <param name="term">A scalar. It counts while <c>Fit</c> or <c>Evaluate</c> run, or a <see cref="LossTerms"/> is open.</param>
    /// <exception cref="ShapeException">The term is not a scalar.</exception>
    protected static void AddLoss(Tensor term)
    {
        if (term.Rank != 0)
            throw Fail.Shape("AddLoss", $"a term of shape {term.Shape}", "reduce it to one number, for example with Mean()");
        ThreadState.Current.LossTerms?.Add(term);
    }

    private void AddActivityPenalty(Tensor y)
    {
        if (ActivityRegularizer is not { } regularizer || ThreadState.Current.LossTerms is not { } terms || y.Shape[0] == 0) return;
        terms.Add(regularizer.Penalty(y) / y.Shape[0]);
    }
}
