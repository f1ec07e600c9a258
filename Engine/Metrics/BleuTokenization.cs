namespace Engine.Metrics;

/// <summary>How <see cref="Bleu"/> cuts sentences into tokens.</summary>
public enum BleuTokenization
{
    /// <summary>As the script mteval-v13a of the WMT does, sacreBLEU's <c>13a</c> and its default: punctuation apart from words, periods
    /// and commas between digits not.</summary>
    Mteval13a,

    /// <summary>At white space alone: for sentences that are tokens already.</summary>
    None,
}
