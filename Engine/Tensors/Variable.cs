namespace Engine;

/// <summary>A tensor that training changes: a layer's weights. Tapes watch trainable variables by themselves.</summary>
/// <remarks>Its memory belongs to no scope, wherever it was made, and lives as long as the variable.</remarks>
public sealed class Variable : Tensor
{
    /// <summary>A variable with a copy of the values.</summary>
    /// <param name="initialValue">The first values; they give shape and type.</param>
    /// <param name="name">Its name, as in <c>kernel</c>.</param>
    /// <param name="trainable">Whether tapes watch it and optimizers change it.</param>
    public Variable(Tensor initialValue, string name = "variable", bool trainable = true)
        : base(Storage.Free(initialValue.Length * initialValue.DType.Size()), 0, initialValue.Shape, initialValue.DType)
    {
        initialValue.Bytes().CopyTo(Bytes());
        Name = name;
        Trainable = trainable && DType.IsFloatingPoint();
    }

    /// <summary>Its name: its place in the model, as in <c>conv2d_1/kernel</c>, once a model holds it.</summary>
    public string Name { get; internal set; }

    /// <summary>Whether tapes watch it by themselves and optimizers change it. Integers never are.</summary>
    public bool Trainable { get; set; }

    /// <summary>What the variable adds to the loss while it is trained; null for nothing.</summary>
    internal Func<Tensor, Tensor>? Penalty { get; set; }

    /// <summary>What the variable's values become after a step of an optimizer; null for no change.</summary>
    internal Func<Tensor, Tensor>? Constraint { get; set; }

    /// <summary>Copies new values into the variable.</summary>
    /// <param name="value">The values, of the variable's shape and type.</param>
    /// <exception cref="ShapeException">The shape differs.</exception>
    /// <exception cref="DTypeException">The type differs.</exception>
    public void Assign(Tensor value)
    {
        if (value.Shape != Shape)
            throw Fail.Shape($"Assign to \"{Name}\"", $"values of shape {value.Shape} for a variable of shape {Shape}", "give values of the variable's shape");
        if (value.DType != DType) throw Fail.Mismatch($"Assign to \"{Name}\"", value.DType, DType);
        Storage.Version++;
        value.Bytes().CopyTo(Bytes());
    }

    /// <summary>Holds the values to the constraint, if there is one.</summary>
    internal void Constrain()
    {
        if (Constraint is null) return;
        using var scope = new TensorScope();
        Assign(Constraint(this));
    }
}
