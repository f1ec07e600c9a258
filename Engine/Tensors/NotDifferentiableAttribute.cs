namespace Engine;

/// <summary>Marks an operation or layer through which no gradient passes, with the reason.</summary>
/// <param name="reason">Why there is no derivative.</param>
[AttributeUsage(AttributeTargets.Method | AttributeTargets.Property | AttributeTargets.Class)]
public sealed class NotDifferentiableAttribute(string reason) : Attribute
{
    /// <summary>Why there is no derivative.</summary>
    public string Reason { get; } = reason;
}
