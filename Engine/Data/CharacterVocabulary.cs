using System.Text;
using Engine.Formats;

namespace Engine.Data;

/// <summary>The characters of a text, numbered by their code points from 0.</summary>
/// <remarks>A character is a Unicode code point, so one outside the first 65,536, such as an emoji, is one character too.</remarks>
public sealed class CharacterVocabulary : ITextEncoder
{
    private const string Where = "CharacterVocabulary";
    private const string Format = "Character vocabulary";

    private readonly Rune[] characters;
    private readonly int[] basic;                         // id + 1 of each character of the first plane up to the last one; 0 for none
    private readonly Dictionary<int, int> others = [];

    private CharacterVocabulary(Rune[] characters)
    {
        this.characters = characters;
        int last = -1;
        foreach (Rune character in characters) last = character.IsBmp ? Math.Max(last, character.Value) : last;
        basic = new int[last + 1];
        for (int id = 0; id < characters.Length; id++)
        {
            if (characters[id].IsBmp) basic[characters[id].Value] = id + 1;
            else others.Add(characters[id].Value, id);
        }

        PaddingId = Math.Max(0, IdOf(new Rune('\n')) is >= 0 and int line ? line : IdOf(new Rune(' ')));
    }

    /// <summary>The number of characters.</summary>
    public int Count => characters.Length;

    /// <summary>The id that a generator fills a window with before a short prompt: that of the line break; where there is none, of the
    /// space; else 0.</summary>
    public int PaddingId { get; }

    /// <summary>The characters in the order of their ids.</summary>
    public IReadOnlyList<Rune> Characters => characters;

    /// <summary>The vocabulary of a text: each character that occurs in it, in the order of the code points.</summary>
    /// <param name="text">The text.</param>
    /// <returns>The vocabulary.</returns>
    /// <exception cref="ValueException">The text is empty, or has half of a surrogate pair.</exception>
    public static CharacterVocabulary From(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (text.Length == 0) throw Fail.Value($"{Where}.From", "the text is empty", "give a text of at least one character");
        var seen = new bool[char.MaxValue + 1];
        var beyond = new SortedSet<int>();
        for (int i = 0; i < text.Length; i++)
        {
            if (!char.IsSurrogate(text[i]))
            {
                seen[text[i]] = true;
                continue;
            }

            beyond.Add(TextCheck.RuneAt($"{Where}.From", text, i).Value);
            i++;
        }

        var found = new List<Rune>();
        for (int value = 0; value < seen.Length; value++)
        {
            if (seen[value]) found.Add(new Rune(value));
        }

        foreach (int value in beyond) found.Add(new Rune(value));
        return new CharacterVocabulary([.. found]);
    }

    /// <summary>Whether a character has an id.</summary>
    /// <param name="character">The character.</param>
    /// <returns>True when it has one.</returns>
    public bool Contains(Rune character) => IdOf(character) >= 0;

    /// <summary>The ids of a text's characters.</summary>
    /// <param name="text">The text.</param>
    /// <returns>One id for each character.</returns>
    /// <exception cref="ValueException">A character has no id: the message names it and its position, counted in UTF-16 units as
    /// <c>text[i]</c> does.</exception>
    public int[] Encode(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var ids = new int[text.Length];
        int count = 0;
        for (int i = 0; i < text.Length; i++)
        {
            char letter = text[i];
            int id = letter < basic.Length ? basic[letter] - 1 : -1;
            if (id < 0)
            {
                Rune character = TextCheck.RuneAt($"{Where}.Encode", text, i);
                id = IdOf(character);
                if (id < 0)
                {
                    throw Fail.Value($"{Where}.Encode",
                        $"character {TextCheck.Show(character)} at position {i} of the text is not one of the vocabulary's {Count}",
                        "leave it out, or make the vocabulary from a text that has it");
                }

                i += character.Utf16SequenceLength - 1;
            }

            ids[count++] = id;
        }

        return count == ids.Length ? ids : ids[..count];
    }

    /// <summary>The text of some ids.</summary>
    /// <param name="ids">The ids.</param>
    /// <returns>The text.</returns>
    /// <exception cref="ValueException">An id is not one of 0 to Count − 1: the message names it, its position and the size.</exception>
    public string Decode(ReadOnlySpan<int> ids)
    {
        var text = new StringBuilder(ids.Length);
        Span<char> units = stackalloc char[2];
        for (int i = 0; i < ids.Length; i++)
        {
            TextCheck.Id($"{Where}.Decode", ids[i], i, Count);
            text.Append(units[..characters[ids[i]].EncodeToUtf16(units)]);
        }

        return text.ToString();
    }

    /// <summary>Writes the characters to a JSON file, atomically.</summary>
    /// <param name="path">The file to create or replace.</param>
    public void Save(string path) => JsonFile.Write(path,
        new CharacterVocabularyFile { Format = CharacterVocabularyFile.Name, Characters = [.. characters.Select(rune => rune.ToString())] },
        TextJson.Default.CharacterVocabularyFile);

    /// <summary>Reads a file that <see cref="Save"/> wrote.</summary>
    /// <param name="path">The file.</param>
    /// <returns>The vocabulary, with the same ids.</returns>
    /// <exception cref="FileFormatException">The file is missing, or is not such a vocabulary.</exception>
    public static CharacterVocabulary Load(string path)
    {
        CharacterVocabularyFile file = JsonFile.Read(Format, path, JsonFile.DefaultMaxBytes, TextJson.Default.CharacterVocabularyFile);
        JsonFile.RequireFormat(Format, path, file.Format, CharacterVocabularyFile.Name);
        if (file.Characters.Length == 0) throw JsonFile.Bad(Format, path, "no characters are there", "at least one");
        var characters = new Rune[file.Characters.Length];
        var seen = new HashSet<Rune>();
        for (int i = 0; i < characters.Length; i++)
        {
            string? text = file.Characters[i];
            if (text is null || Rune.DecodeFromUtf16(text, out characters[i], out int length) != System.Buffers.OperationStatus.Done
                || length != text.Length)
            {
                throw JsonFile.Bad(Format, path, $"characters[{i}] is {(text is null ? "null" : TextCheck.Show(text))}", "one character");
            }

            if (!seen.Add(characters[i])) throw JsonFile.Bad(Format, path, $"character {TextCheck.Show(characters[i])} occurs twice",
                "it once");
        }

        return new CharacterVocabulary(characters);
    }

    private int IdOf(Rune character) => !character.IsBmp ? others.GetValueOrDefault(character.Value, -1)
        : character.Value < basic.Length ? basic[character.Value] - 1 : -1;
}
