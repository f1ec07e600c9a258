namespace Engine.Callbacks;

/// <summary>Which values of a monitored quantity are better.</summary>
public enum MonitorMode
{
    /// <summary>By its name: larger for accuracies, areas under curves, precision, recall, F1 and R²; smaller for all else. The
    /// default.</summary>
    Auto,

    /// <summary>Smaller is better.</summary>
    Min,

    /// <summary>Larger is better.</summary>
    Max,
}
