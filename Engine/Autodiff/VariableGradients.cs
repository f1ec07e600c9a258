using System.Collections;

namespace Engine;

/// <summary>Variables with their gradients, in the variables' order: what <see cref="GradientTape"/> gives and an optimizer applies.</summary>
public sealed class VariableGradients : IReadOnlyList<(Variable Variable, Tensor? Gradient)>
{
    private readonly IReadOnlyList<Variable> variables;
    private readonly Tensor?[] gradients;

    /// <summary>Pairs variables with gradients.</summary>
    /// <param name="variables">The variables.</param>
    /// <param name="gradients">One for each, of its shape; null where the loss does not depend on the variable.</param>
    /// <exception cref="ShapeException">The counts or a pair's shapes differ.</exception>
    public VariableGradients(IReadOnlyList<Variable> variables, Tensor?[] gradients)
    {
        ArgumentNullException.ThrowIfNull(variables);
        ArgumentNullException.ThrowIfNull(gradients);
        if (variables.Count != gradients.Length)
            throw Fail.Shape("VariableGradients", $"{gradients.Length} gradients for {variables.Count} variables", "give one for each, null where there is none");
        for (int i = 0; i < gradients.Length; i++)
        {
            if (gradients[i] is { } gradient && gradient.Shape != variables[i].Shape)
                throw Fail.Shape("VariableGradients", $"a gradient of shape {gradient.Shape} for \"{variables[i].Name}\" of shape {variables[i].Shape}", "a gradient has its variable's shape");
        }
        this.variables = variables;
        this.gradients = gradients;
    }

    /// <summary>How many variables there are.</summary>
    public int Count => gradients.Length;

    /// <summary>A variable and its gradient; null when the loss does not depend on it.</summary>
    /// <param name="index">Its place.</param>
    public (Variable Variable, Tensor? Gradient) this[int index] => (variables[index], gradients[index]);

    /// <summary>√Σ g²: the length of all gradients together, seen as one vector.</summary>
    /// <returns>0 or more; NaN where a gradient is.</returns>
    public double Norm()
    {
        using IDisposable pause = GradientTape.StopRecording();
        double squares = 0;
        foreach (Tensor? gradient in gradients)
        {
            if (gradient is null) continue;
            using var scope = new TensorScope();
            squares += gradient.Square().Sum().ToScalar();
        }

        return Math.Sqrt(squares);
    }

    /// <inheritdoc/>
    public IEnumerator<(Variable Variable, Tensor? Gradient)> GetEnumerator()
    {
        for (int i = 0; i < Count; i++) yield return this[i];
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
