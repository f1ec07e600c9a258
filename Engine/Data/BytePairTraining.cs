using System.Runtime.InteropServices;
using System.Text;

namespace Engine.Data;

/// <summary>Learns which neighbours to join: the most frequent pair of all words, again and again.</summary>
/// <remarks>Sennrich, Haddow and Birch 2016. Only the words that have a pair are touched when it is joined, and a heap that is brought up
/// to date as it is asked gives the next one. Of equally frequent pairs the one of the lower ids is first.</remarks>
internal sealed class BytePairTraining
{
    private readonly List<string> tokens;
    private readonly Dictionary<string, int> ids;
    private readonly HashSet<string> specials;
    private readonly List<(int Left, int Right, int Id)> merges = [];
    private readonly HashSet<(int Left, int Right)> learnt = [];
    private readonly List<(int[] Symbols, long Count)> words = [];
    private readonly Dictionary<(int Left, int Right), long> counts = [];
    private readonly Dictionary<(int Left, int Right), HashSet<int>> places = [];
    private readonly PriorityQueue<(int Left, int Right), (long Count, int Left, int Right)> open = new();

    /// <summary>Begins with special tokens and a token for each byte, in the order of their letters.</summary>
    public BytePairTraining(IReadOnlyList<string> specials)
    {
        this.specials = new(specials, StringComparer.Ordinal);
        tokens = [.. specials, .. Enumerable.Range(0, 256).Select(ByteLevel.LetterOf).Order().Select(letter => letter.ToString())];
        ids = new(StringComparer.Ordinal);
        for (int id = specials.Count; id < tokens.Count; id++) ids.Add(tokens[id], id);
    }

    public string[] Tokens => [.. tokens];

    public List<(int Left, int Right, int Id)> Merges => merges;

    /// <summary>Counts the words of the texts.</summary>
    /// <returns>How many different ones there are.</returns>
    public int Count(IEnumerable<string> texts, bool addPrefixSpace, NormalizationForm? normalization)
    {
        var found = new Dictionary<string, long>(StringComparer.Ordinal);
        Dictionary<string, long>.AlternateLookup<ReadOnlySpan<char>> lookup = found.GetAlternateLookup<ReadOnlySpan<char>>();
        foreach (string given in texts)
        {
            TextCheck.Sound("BytePairTokenizer.Train", given);
            string text = normalization is { } form ? UnicodeForms.Normalize(given, form) : given;
            if (addPrefixSpace && text.Length > 0 && text[0] != ' ') text = " " + text;
            for (int start = 0; start < text.Length;)
            {
                ReadOnlySpan<char> word = text.AsSpan(start, ByteLevel.PieceAt(text, start));
                start += word.Length;
                ref long count = ref CollectionsMarshal.GetValueRefOrAddDefault(lookup, word, out _);
                count++;
            }
        }

        foreach ((string word, long count) in found)
            words.Add(([.. Encoding.UTF8.GetBytes(word).Select(value => ids[ByteLevel.LetterOf(value).ToString()])], count));
        return words.Count;
    }

    /// <summary>Joins pairs until there are enough tokens, or no pair is frequent enough.</summary>
    public void Learn(int vocabularySize, int minFrequency)
    {
        for (int word = 0; word < words.Count; word++) Add(word, 1);
        foreach (((int Left, int Right) pair, long count) in counts) Offer(pair, count);
        while (tokens.Count < vocabularySize && open.TryDequeue(out (int Left, int Right) pair, out (long Count, int, int) offered))
        {
            if (!counts.TryGetValue(pair, out long count)) continue;
            if (count != -offered.Count)
            {
                // A pair whose count rose was offered again at that time.
                if (count < -offered.Count) Offer(pair, count);
                continue;
            }

            if (count < minFrequency) return;
            Join(pair);
        }
    }

    private void Join((int Left, int Right) pair)
    {
        string joined = tokens[pair.Left] + tokens[pair.Right];
        if (specials.Contains(joined))
        {
            // What is written like a special token always becomes that one.
            counts.Remove(pair);
            return;
        }

        if (!ids.TryGetValue(joined, out int id))
        {
            id = tokens.Count;
            tokens.Add(joined);
            ids.Add(joined, id);
        }

        // Two pairs may make one token, and bring back a third pair that has been joined before.
        if (learnt.Add(pair)) merges.Add((pair.Left, pair.Right, id));
        int[] touched = [.. places[pair]];
        var changed = new HashSet<(int Left, int Right)>();
        foreach (int word in touched)
        {
            Add(word, -1);
            (int[] symbols, long count) = words[word];
            words[word] = (Joined(symbols, pair, id), count);
            Add(word, 1);
            int[] after = words[word].Symbols;
            for (int i = 1; i < after.Length; i++)
            {
                if (after[i - 1] == id || after[i] == id) changed.Add((after[i - 1], after[i]));
            }
        }

        counts.Remove(pair);
        places.Remove(pair);
        foreach ((int Left, int Right) fresh in changed) Offer(fresh, counts[fresh]);
    }

    private static int[] Joined(int[] symbols, (int Left, int Right) pair, int id)
    {
        int count = 0;
        for (int i = 0; i < symbols.Length; i++)
        {
            bool meets = i + 1 < symbols.Length && symbols[i] == pair.Left && symbols[i + 1] == pair.Right;
            symbols[count++] = meets ? id : symbols[i];
            if (meets) i++;
        }

        return symbols[..count];
    }

    private void Add(int word, int sign)
    {
        (int[] symbols, long count) = words[word];
        for (int i = 1; i < symbols.Length; i++)
        {
            (int, int) pair = (symbols[i - 1], symbols[i]);
            CollectionsMarshal.GetValueRefOrAddDefault(counts, pair, out _) += sign * count;
            ref HashSet<int>? where = ref CollectionsMarshal.GetValueRefOrAddDefault(places, pair, out _);
            where ??= [];
            if (sign > 0) where.Add(word);
            else where.Remove(word);
        }
    }

    private void Offer((int Left, int Right) pair, long count)
    {
        if (count > 0) open.Enqueue(pair, (-count, pair.Left, pair.Right));
    }
}
