using Engine.Data;
using Engine.Models;

namespace Engine.Tests.Models;

/// <summary>Sentences of two to five words out of eight, and the same in another language that says the last word first.</summary>
internal static class ToyLanguage
{
    private static readonly string[] From = ["one", "two", "red", "blue", "dog", "cat", "runs", "sings"];
    private static readonly string[] To = ["un", "deux", "rouge", "bleu", "chien", "chat", "court", "chante"];

    /// <summary>Some pairs, each of them different.</summary>
    public static SentencePairs Pairs(int count)
    {
        var random = new RandomGenerator(seed: 3);
        var seen = new HashSet<string>();
        var source = new List<string>();
        var target = new List<string>();
        while (source.Count < count)
        {
            int[] words = new int[2 + random.Permutation(4)[0]];
            for (int i = 0; i < words.Length; i++) words[i] = random.Permutation(From.Length)[0];
            if (!seen.Add(string.Join(' ', words))) continue;
            source.Add(string.Join(' ', words.Select(word => From[word])));
            target.Add(string.Join(' ', words.Reverse().Select(word => To[word])));
        }

        return new SentencePairs(source, target);
    }

    /// <summary>A small translator for the language.</summary>
    public static Translator Translator(
        SentencePairs pairs,
        int units,
        TranslatorCell cell = TranslatorCell.LSTM,
        bool bidirectional = false,
        TranslatorAttention attention = TranslatorAttention.None,
        double dropout = 0,
        DType dtype = DType.Float32) => new(
            WordVocabulary.From(pairs.Source), WordVocabulary.From(pairs.Target), units, 16, cell, bidirectional, attention, dropout, dtype: dtype);
}
