namespace Engine.Models;

/// <summary>How the decoder of a <see cref="Translator"/> looks at the sentence that it translates.</summary>
public enum TranslatorAttention
{
    /// <summary>Not at all: the encoder's last states are all that it gets (Sutskever, Vinyals and Le 2014).</summary>
    None,

    /// <summary>Before each step, by sums: F-T1, F-T4 (Bahdanau, Cho and Bengio 2015).</summary>
    Additive,

    /// <summary>After each step, by products with projected keys: F-T2 (Luong, Pham and Manning 2015).</summary>
    Dot,
}
