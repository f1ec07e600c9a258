using Engine.Data;

namespace Engine.Models;

/// <content>Translating.</content>
public sealed partial class Translator
{
    /// <summary>Translates a sentence.</summary>
    /// <param name="sentence">The sentence.</param>
    /// <param name="beamWidth">How many beginnings are carried on side by side; 1, always the most probable next word, by default.</param>
    /// <param name="lengthPenalty">α: with a beam the best ln p/((5 + n)/6)^α of n words wins (Wu et al. 2016); 0 prefers short
    /// translations, 1 is the default.</param>
    /// <param name="maxLength">The most words; 50 by default.</param>
    /// <param name="unknowns">Whether <c>&lt;unk&gt;</c> may be written; false by default. Padding, start and other special tokens never
    /// are.</param>
    /// <returns>The translation, joined by <see cref="Tokenizer.Join"/>.</returns>
    /// <exception cref="ValueException">The sentence has no word or half of a surrogate pair, or a number is out of range.</exception>
    public string Translate(
        string sentence, int beamWidth = 1, double lengthPenalty = 1, int maxLength = DefaultMaxLength, bool unknowns = false) =>
        Translate([sentence], beamWidth, lengthPenalty, maxLength, unknowns)[0];

    /// <summary>Translates many sentences, batch by batch: those of about equal lengths go together.</summary>
    /// <param name="sentences">The sentences.</param>
    /// <param name="beamWidth">See the form for one.</param>
    /// <param name="lengthPenalty">See the form for one.</param>
    /// <param name="maxLength">See the form for one.</param>
    /// <param name="unknowns">See the form for one.</param>
    /// <param name="batchSize">Sentences computed at a time; 64 by default.</param>
    /// <returns>The translations, in the sentences' order.</returns>
    /// <exception cref="ValueException">A sentence has no word, or a number is out of range.</exception>
    public string[] Translate(
        IReadOnlyList<string> sentences,
        int beamWidth = 1,
        double lengthPenalty = 1,
        int maxLength = DefaultMaxLength,
        bool unknowns = false,
        int batchSize = 64) =>
        [.. TranslateToWords(sentences, beamWidth, lengthPenalty, maxLength, unknowns, batchSize).Select(words => Tokenizer.Join(words))];

    /// <summary>Translates many sentences into words that are not joined, for scores that compare words.</summary>
    /// <param name="sentences">The sentences.</param>
    /// <param name="beamWidth">See <see cref="Translate(string, int, double, int, bool)"/>.</param>
    /// <param name="lengthPenalty">See there.</param>
    /// <param name="maxLength">See there.</param>
    /// <param name="unknowns">See there.</param>
    /// <param name="batchSize">Sentences computed at a time; 64 by default.</param>
    /// <returns>The words of each translation, in the sentences' order.</returns>
    /// <exception cref="ValueException">A sentence has no word, or a number is out of range.</exception>
    public string[][] TranslateToWords(
        IReadOnlyList<string> sentences,
        int beamWidth = 1,
        double lengthPenalty = 1,
        int maxLength = DefaultMaxLength,
        bool unknowns = false,
        int batchSize = 64)
    {
        string where = $"{Path}: Translate";
        ArgumentNullException.ThrowIfNull(sentences);
        if (beamWidth < 1) throw Fail.Value(where, $"beamWidth is {beamWidth}", "give at least 1");
        if (!(double.IsFinite(lengthPenalty) && lengthPenalty >= 0))
            throw Fail.Value(where, $"lengthPenalty is {lengthPenalty}", "give a finite number, 0 or more");
        if (maxLength < 1) throw Fail.Value(where, $"maxLength is {maxLength}", "give at least 1");
        CheckBatch(where, batchSize);
        int[][] ids = [.. sentences.Select(sentence => SourceVocabulary.Encode(sentence, start: true, end: true))];
        int empty = Array.FindIndex(ids, sentence => sentence.Length == 2);
        if (empty >= 0)
        {
            throw Fail.Value(where, ids.Length == 1 ? "the sentence has no word" : $"sentence {empty} has no word",
                "give text, more than white space");
        }

        _ = Variables.Count;
        using IDisposable pause = GradientTape.StopRecording();
        DecodingOptions decoding = Decoding(beamWidth, lengthPenalty, maxLength, unknowns);
        var words = new string[ids.Length][];
        foreach (int[] chosen in Enumerable.Range(0, ids.Length).OrderBy(i => ids[i].Length).Chunk(batchSize))
        {
            Tensor source = Sequences.Pad([.. chosen.Select(i => ids[i])], padding: SequenceSide.Post);
            int[][] found = BeamSearch.Run(network, source, decoding, TargetVocabulary.Count);
            for (int i = 0; i < chosen.Length; i++) words[chosen[i]] = TargetVocabulary.TokensOf(found[i]);
        }

        return words;
    }

    /// <summary>How much of the translations stands in those of the pairs, from 0 to 100: BLEU of sacreBLEU's form. F-M1.</summary>
    /// <param name="pairs">The sentences and their translations.</param>
    /// <param name="beamWidth">See <see cref="Translate(string, int, double, int, bool)"/>.</param>
    /// <param name="lengthPenalty">See there.</param>
    /// <param name="maxLength">See there.</param>
    /// <param name="unknowns">See there.</param>
    /// <param name="lowercase">Whether large and small letters count as the same; false by default. A vocabulary of small letters writes
    /// no others.</param>
    /// <param name="batchSize">Sentences computed at a time; 64 by default.</param>
    /// <returns>The score.</returns>
    /// <exception cref="ValueException">There are no pairs, a sentence has no word, or a number is out of range.</exception>
    public double Bleu(
        SentencePairs pairs,
        int beamWidth = 1,
        double lengthPenalty = 1,
        int maxLength = DefaultMaxLength,
        bool unknowns = false,
        bool lowercase = false,
        int batchSize = 64)
    {
        ArgumentNullException.ThrowIfNull(pairs);
        if (pairs.Count == 0) throw Fail.Value($"{Path}: Bleu", "there are no pairs of sentences", "give at least one");
        string[] translations = Translate(pairs.Source, beamWidth, lengthPenalty, maxLength, unknowns, batchSize);
        return Engine.Metrics.Bleu.Corpus(translations, pairs.Target, lowercase: lowercase).Score;
    }

    private const int DefaultMaxLength = 50;

    private DecodingOptions Decoding(int width, double lengthPenalty, int maxLength, bool unknowns)
    {
        WordVocabulary target = TargetVocabulary;
        List<int> excluded = [.. Enumerable.Range(0, target.SpecialCount).Where(id => id != target.EndId)];
        if (unknowns) excluded.Remove(target.UnknownId);
        return new DecodingOptions(width, lengthPenalty, maxLength, target.StartId, target.EndId, excluded);
    }
}
