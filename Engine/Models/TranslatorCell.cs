namespace Engine.Models;

/// <summary>What the recurrent layers of a <see cref="Translator"/> take their steps with.</summary>
public enum TranslatorCell
{
    /// <summary>Long short-term memory, F-L2.</summary>
    LSTM,

    /// <summary>Gated recurrent units, F-U1.</summary>
    GRU,
}
