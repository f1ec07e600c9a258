namespace Engine.Data;

/// <summary>What turns texts into numbers and back: characters, words, or pairs of bytes.</summary>
public interface ITextEncoder
{
    /// <summary>The number of different ids, 0 to Count − 1: the classes of a model that predicts the next one.</summary>
    int Count { get; }

    /// <summary>The id that fills what a text is too short for.</summary>
    int PaddingId { get; }

    /// <summary>The ids of a text.</summary>
    /// <param name="text">The text.</param>
    /// <returns>The ids, in the text's order.</returns>
    /// <exception cref="ValueException">The text has something that has no id.</exception>
    int[] Encode(string text);

    /// <summary>The text of some ids.</summary>
    /// <param name="ids">The ids.</param>
    /// <returns>The text; that of the first ids is its beginning, except for characters that further ids complete.</returns>
    /// <exception cref="ValueException">An id is not one of 0 to Count − 1: the message names it, its position and the size.</exception>
    string Decode(ReadOnlySpan<int> ids);
}
