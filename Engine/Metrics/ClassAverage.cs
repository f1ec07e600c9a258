namespace Engine.Metrics;

/// <summary>How the numbers of several classes become one.</summary>
public enum ClassAverage
{
    /// <summary>The mean of the classes' numbers.</summary>
    Macro,

    /// <summary>The number for all classes' counts together.</summary>
    Micro,

    /// <summary>The mean of the classes' numbers, each weighed by how often its class is wanted.</summary>
    Weighted,

    /// <summary>The number of class 1 alone: of two classes, or of a single answer.</summary>
    Binary,
}
