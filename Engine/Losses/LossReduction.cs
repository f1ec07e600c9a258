namespace Engine.Losses;

/// <summary>How the losses of samples, or of their steps, become one number.</summary>
public enum LossReduction
{
    /// <summary>
    /// Their sum divided by their number, Keras' <c>sum_over_batch_size</c>. Weights multiply and do not change the number; what a mask
    /// leaves out is not counted.
    /// </summary>
    SumOverBatchSize,

    /// <summary>Their sum.</summary>
    Sum,

    /// <summary>No reduction: one loss for each sample or step, 0 where a mask leaves it out. For training loops of one's own.</summary>
    None,

    /// <summary>Their sum divided by the sum of the weights, Keras' <c>mean_with_sample_weight</c>.</summary>
    MeanWithSampleWeight,
}
