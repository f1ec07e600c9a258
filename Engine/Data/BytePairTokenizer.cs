using System.Buffers;
using System.Text;

namespace Engine.Data;

/// <summary>Cuts texts into frequent pieces of bytes: byte-level byte pair encoding. Every text has ids, none is unknown.</summary>
/// <remarks>
/// Sennrich, Haddow and Birch 2016, over bytes as Radford et al. 2019: a text is cut into words with the space before them, a word is its
/// UTF-8 bytes, and the pair of neighbours that was learnt first is joined until no known pair is left. <see cref="Decode"/> of
/// <see cref="Encode"/> gives the text back. Files have the form of Hugging Face's <c>tokenizer.json</c> for this kind of model.
/// </remarks>
public sealed partial class BytePairTokenizer : ITextEncoder
{
    private const string Where = "BytePairTokenizer";

    /// <summary>Words that are longer are encoded each time: they hardly come twice.</summary>
    private const int LongestKept = 64;

    private readonly string[] tokens;                          // letters for bytes; special tokens as they are written
    private readonly byte[][] bytes;
    private readonly int[] byteIds = new int[256];
    private readonly Dictionary<(int Left, int Right), (int Rank, int Id)> merges;
    private readonly (int Left, int Right)[] mergeOrder;
    private readonly string[] specials;
    private readonly Dictionary<string, int> specialIds = new(StringComparer.Ordinal);
    private readonly SearchValues<string>? specialSearch;

    /// <param name="tokens">The tokens in the order of their ids.</param>
    /// <param name="merges">The pairs in the order in which they were learnt, and what each becomes.</param>
    /// <param name="specials">Which tokens are special.</param>
    /// <param name="addPrefixSpace">Whether a space is put before a text that begins with none.</param>
    /// <param name="normalization">The Unicode form of texts; null for none.</param>
    private BytePairTokenizer(
        string[] tokens,
        List<(int Left, int Right, int Id)> merges,
        string[] specials,
        bool addPrefixSpace,
        NormalizationForm? normalization)
    {
        (this.tokens, AddPrefixSpace, Normalization) = (tokens, addPrefixSpace, normalization);
        this.specials = [.. specials.OrderByDescending(special => special.Length)];
        var special = new HashSet<string>(specials, StringComparer.Ordinal);
        bytes = new byte[tokens.Length][];
        for (int id = 0; id < tokens.Length; id++)
        {
            if (special.Contains(tokens[id])) specialIds.Add(tokens[id], id);
            bytes[id] = special.Contains(tokens[id]) ? Encoding.UTF8.GetBytes(tokens[id]) : ByteLevel.BytesOf(tokens[id])!;
            if (bytes[id].Length == 1 && !special.Contains(tokens[id])) byteIds[bytes[id][0]] = id;
        }

        if (specials.Length > 0) specialSearch = SearchValues.Create(specials, StringComparison.Ordinal);
        this.merges = new(merges.Count);
        mergeOrder = new (int, int)[merges.Count];
        for (int rank = 0; rank < merges.Count; rank++)
        {
            (int left, int right, int id) = merges[rank];
            this.merges.Add((left, right), (rank, id));
            mergeOrder[rank] = (left, right);
        }

        PaddingId = specialIds.GetValueOrDefault("<pad>", byteIds['\n']);
    }

    /// <summary>The number of tokens.</summary>
    public int Count => tokens.Length;

    /// <summary>The id of the special token <c>&lt;pad&gt;</c>, or of the line break where there is none.</summary>
    public int PaddingId { get; }

    /// <summary>Whether a space is put before a text that begins with none, so that its first word is like the others.</summary>
    public bool AddPrefixSpace { get; }

    /// <summary>The Unicode form that texts are brought into first; null for none, as they are.</summary>
    public NormalizationForm? Normalization { get; }

    /// <summary>The number of pairs that were learnt.</summary>
    public int MergeCount => mergeOrder.Length;

    /// <summary>The tokens in the order of their ids, a letter for each byte as in the file: <c>Ġthe</c> is <c>the</c> after a
    /// space.</summary>
    public IReadOnlyList<string> Tokens => tokens;

    /// <summary>The special tokens: their ids by their texts.</summary>
    public IReadOnlyDictionary<string, int> Specials => specialIds;

    /// <summary>The ids of a text. Special tokens that are written in it become their ids.</summary>
    /// <param name="text">The text.</param>
    /// <returns>The ids.</returns>
    /// <exception cref="ValueException">The text has half of a surrogate pair.</exception>
    public int[] Encode(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        TextCheck.Sound($"{Where}.Encode", text);
        var ids = new List<int>(text.Length / 2);
        var known = new Dictionary<string, int[]>(StringComparer.Ordinal);
        ReadOnlySpan<char> rest = text;
        while (rest.Length > 0)
        {
            int next = specialSearch is null ? -1 : rest.IndexOfAny(specialSearch);
            EncodePlain(next < 0 ? rest : rest[..next], ids, known);
            if (next < 0) break;
            rest = rest[next..];
            foreach (string special in specials)
            {
                if (!rest.StartsWith(special, StringComparison.Ordinal)) continue;
                ids.Add(specialIds[special]);
                rest = rest[special.Length..];
                break;
            }
        }

        return [.. ids];
    }

    /// <summary>The text of some ids; bytes that are no UTF-8, such as half a character, become U+FFFD.</summary>
    /// <param name="ids">The ids; special tokens are written out.</param>
    /// <returns>The text.</returns>
    /// <exception cref="ValueException">An id is not one of 0 to Count − 1: the message names it, its position and the size.</exception>
    public string Decode(ReadOnlySpan<int> ids)
    {
        var all = new ArrayBufferWriter<byte>(Math.Max(1, ids.Length * 4));
        for (int i = 0; i < ids.Length; i++)
        {
            TextCheck.Id($"{Where}.Decode", ids[i], i, Count);
            all.Write(bytes[ids[i]]);
        }

        return Encoding.UTF8.GetString(all.WrittenSpan);
    }

    private void EncodePlain(ReadOnlySpan<char> text, List<int> ids, Dictionary<string, int[]> known)
    {
        if (text.IsEmpty) return;
        if (Normalization is { } form) text = UnicodeForms.Normalize(text.ToString(), form);
        if (AddPrefixSpace && text[0] != ' ') text = string.Concat(" ", text);
        Dictionary<string, int[]>.AlternateLookup<ReadOnlySpan<char>> lookup = known.GetAlternateLookup<ReadOnlySpan<char>>();
        for (int start = 0; start < text.Length;)
        {
            ReadOnlySpan<char> word = text.Slice(start, ByteLevel.PieceAt(text, start));
            start += word.Length;
            if (!lookup.TryGetValue(word, out int[]? encoded))
            {
                encoded = EncodeWord(word);
                if (word.Length <= LongestKept) lookup[word] = encoded;
            }

            ids.AddRange(encoded);
        }
    }

    /// <summary>Joins the neighbours of the lowest rank, the leftmost first, until none is known: O(n log n).</summary>
    private int[] EncodeWord(ReadOnlySpan<char> word)
    {
        var ids = new int[Encoding.UTF8.GetByteCount(word)];
        byte[] utf8 = ArrayPool<byte>.Shared.Rent(ids.Length);
        Encoding.UTF8.GetBytes(word, utf8);
        for (int i = 0; i < ids.Length; i++) ids[i] = byteIds[utf8[i]];
        ArrayPool<byte>.Shared.Return(utf8);

        // next[i] is the place of the right neighbour; a place that was joined to its left one holds −1.
        var next = new int[ids.Length];
        var last = new int[ids.Length];
        var open = new PriorityQueue<(int Place, int Left, int Right), (int Rank, int Place)>();
        void Offer(int place)
        {
            if (place < 0 || next[place] >= ids.Length) return;
            (int left, int right) = (ids[place], ids[next[place]]);
            if (merges.TryGetValue((left, right), out (int Rank, int Id) merge)) open.Enqueue((place, left, right), (merge.Rank, place));
        }

        for (int i = 0; i < ids.Length; i++) (next[i], last[i]) = (i + 1, i - 1);
        for (int i = 0; i < ids.Length; i++) Offer(i);
        while (open.TryDequeue(out (int Place, int Left, int Right) pair, out _))
        {
            int place = pair.Place, right = ids[place] < 0 ? ids.Length : next[place];
            if (right >= ids.Length || ids[place] != pair.Left || ids[right] != pair.Right) continue;
            ids[place] = merges[(pair.Left, pair.Right)].Id;
            ids[right] = -1;
            next[place] = next[right];
            if (next[place] < ids.Length) last[next[place]] = place;
            Offer(last[place]);
            Offer(place);
        }

        int count = 0;
        foreach (int id in ids)
        {
            if (id >= 0) ids[count++] = id;
        }

        return ids[..count];
    }
}
