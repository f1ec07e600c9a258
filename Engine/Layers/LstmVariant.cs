namespace Engine.Layers;

/// <summary>The forms of an <see cref="LSTM"/>.</summary>
public enum LstmVariant
{
    /// <summary>With a cell state c: c ← f⊙c + i⊙u, h ← o⊙tanh(c). F-L1, F-L2.</summary>
    Standard,

    /// <summary>Without a cell state: h̃ = tanh(x·W + (f⊙h)·U + b), h ← f⊙h + i⊙h̃⊙o. F-L3.</summary>
    Cellless,
}
