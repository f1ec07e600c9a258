namespace Engine.Data;

/// <summary>What a <see cref="Tokenizer"/> makes of punctuation and other signs.</summary>
public enum PunctuationHandling
{
    /// <summary>Each is a token of its own.</summary>
    Separate,

    /// <summary>They are left out; they still end words.</summary>
    Remove,

    /// <summary>They are parts of words, which end at white space alone.</summary>
    Keep,
}
