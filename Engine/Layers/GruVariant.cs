namespace Engine.Layers;

/// <summary>The forms of a <see cref="GRU"/>.</summary>
public enum GruVariant
{
    /// <summary>h ← (1−z)⊙h + z⊙h̃. F-U1.</summary>
    Standard,

    /// <summary>The reset gate acts on what is carried on too: h ← (1−z)⊙r⊙h + z⊙h̃. F-U2.</summary>
    ResetGatedCarry,

    /// <summary>One gate for both: z stands for r in h̃, h ← (1−z)⊙h + z⊙h̃. F-U3.</summary>
    SingleGate,
}
