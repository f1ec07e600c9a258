namespace Engine.Models;

/// <summary>What <c>Fit</c> shows while it trains.</summary>
public enum Verbosity
{
    /// <summary>Nothing.</summary>
    Silent,

    /// <summary>A live bar on a terminal; one plain line an epoch where the output is redirected. The default.</summary>
    Progress,

    /// <summary>One plain line an epoch, on a terminal too.</summary>
    Epochs,
}
