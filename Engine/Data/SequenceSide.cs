namespace Engine.Data;

/// <summary>An end of a sequence, at which it is filled up or cut.</summary>
public enum SequenceSide
{
    /// <summary>Before its first id, Keras' <c>pre</c>.</summary>
    Pre,

    /// <summary>After its last id, Keras' <c>post</c>.</summary>
    Post,
}
