namespace Engine.Data;

/// <summary>What a <see cref="Tokenizer"/> makes of decimal digits.</summary>
public enum DigitHandling
{
    /// <summary>They stay as they are.</summary>
    Keep,

    /// <summary>Each becomes 0: <c>1984</c> becomes <c>0000</c>, so that numbers of one length are one word.</summary>
    Zero,

    /// <summary>Each is a token of its own: <c>1984</c> becomes <c>1 9 8 4</c>.</summary>
    Separate,
}
