using System.Runtime.InteropServices;

namespace Engine.Metrics;

/// <summary>How much of a translation stands in the reference: BP · (p₁p₂p₃p₄)^¼, 0 to 100, as sacreBLEU computes it. F-M1.</summary>
/// <remarks>
/// Papineni et al. 2002; tokens, smoothing and defaults of Post 2018 (<c>nrefs:1|case:mixed|eff:no|tok:13a|smooth:exp</c>). pₙ is the part
/// of the hypotheses' n-grams that their references have, each counted at most as often as in one of them, over the whole corpus; BP =
/// exp(min(0, 1 − r/c)) for c tokens of the hypotheses and r of the references. A score of a corpus is no mean of its sentences' scores.
/// </remarks>
public static class Bleu
{
    private const int Orders = 4;

    /// <summary>The score of translations with a reference each.</summary>
    /// <param name="hypotheses">The translations.</param>
    /// <param name="references">For each its reference.</param>
    /// <param name="lowercase">Whether the case of letters plays no part; false by default.</param>
    /// <param name="tokenization">How sentences become tokens; by default as mteval-v13a does.</param>
    /// <param name="smoothing">What becomes of n-grams without a match.</param>
    /// <returns>The score and its parts.</returns>
    /// <exception cref="ValueException">There are no translations, or not as many references, or an option does not exist.</exception>
    public static BleuScore Corpus(
        IReadOnlyList<string> hypotheses,
        IReadOnlyList<string> references,
        bool lowercase = false,
        BleuTokenization tokenization = BleuTokenization.Mteval13a,
        BleuSmoothing smoothing = BleuSmoothing.Exponential)
    {
        ArgumentNullException.ThrowIfNull(references);
        return Corpus(hypotheses, [.. references.Select(reference => new[] { reference })], lowercase, tokenization, smoothing);
    }

    /// <summary>The score of translations with several references each.</summary>
    /// <param name="hypotheses">The translations.</param>
    /// <param name="references">For each its references, at least one.</param>
    /// <param name="lowercase">Whether the case of letters plays no part; false by default.</param>
    /// <param name="tokenization">How sentences become tokens; by default as mteval-v13a does.</param>
    /// <param name="smoothing">What becomes of n-grams without a match.</param>
    /// <returns>The score and its parts.</returns>
    /// <exception cref="ValueException">There are no translations, or one has no reference, or an option does not exist.</exception>
    public static BleuScore Corpus(
        IReadOnlyList<string> hypotheses,
        IReadOnlyList<IReadOnlyList<string>> references,
        bool lowercase = false,
        BleuTokenization tokenization = BleuTokenization.Mteval13a,
        BleuSmoothing smoothing = BleuSmoothing.Exponential)
    {
        Check("Bleu.Corpus", hypotheses, references, tokenization, smoothing);
        var counts = new Counts();
        for (int i = 0; i < hypotheses.Count; i++)
        {
            counts.Add(BleuTokens.Of(hypotheses[i], tokenization, lowercase),
                [.. references[i].Select(reference => BleuTokens.Of(reference, tokenization, lowercase))]);
        }

        return counts.Score(smoothing, effectiveOrder: false);
    }

    /// <summary>The score of one translation, without the orders for which it is too short, as sacreBLEU's sentence score is.</summary>
    /// <param name="hypothesis">The translation.</param>
    /// <param name="reference">Its reference.</param>
    /// <param name="lowercase">Whether the case of letters plays no part; false by default.</param>
    /// <param name="tokenization">How sentences become tokens; by default as mteval-v13a does.</param>
    /// <param name="smoothing">What becomes of n-grams without a match.</param>
    /// <returns>The score and its parts.</returns>
    /// <exception cref="ValueException">An option does not exist.</exception>
    public static BleuScore Sentence(
        string hypothesis,
        string reference,
        bool lowercase = false,
        BleuTokenization tokenization = BleuTokenization.Mteval13a,
        BleuSmoothing smoothing = BleuSmoothing.Exponential)
    {
        Check("Bleu.Sentence", [hypothesis], (string[][])[[reference]], tokenization, smoothing);
        var counts = new Counts();
        counts.Add(BleuTokens.Of(hypothesis, tokenization, lowercase), [BleuTokens.Of(reference, tokenization, lowercase)]);
        return counts.Score(smoothing, effectiveOrder: true);
    }

    /// <summary>The score of translations that are tokens already, such as a model's own words.</summary>
    /// <param name="hypotheses">The tokens of each translation.</param>
    /// <param name="references">For each the tokens of its reference.</param>
    /// <param name="smoothing">What becomes of n-grams without a match.</param>
    /// <returns>The score and its parts.</returns>
    /// <exception cref="ValueException">There are no translations, or not as many references, or the smoothing does not exist.</exception>
    public static BleuScore Tokens(
        IReadOnlyList<string[]> hypotheses, IReadOnlyList<string[]> references, BleuSmoothing smoothing = BleuSmoothing.Exponential)
    {
        Check("Bleu.Tokens", hypotheses, references, BleuTokenization.None, smoothing, needsOne: false);
        var counts = new Counts();
        for (int i = 0; i < hypotheses.Count; i++) counts.Add(hypotheses[i], [references[i]]);
        return counts.Score(smoothing, effectiveOrder: false);
    }

    private static void Check<T>(
        string where,
        IReadOnlyList<T> hypotheses,
        IReadOnlyList<IReadOnlyList<string>> references,
        BleuTokenization tokenization,
        BleuSmoothing smoothing,
        bool needsOne = true)
    {
        ArgumentNullException.ThrowIfNull(hypotheses);
        ArgumentNullException.ThrowIfNull(references);
        if (hypotheses.Count == 0) throw Fail.Value(where, "no translations", "give at least one");
        if (hypotheses.Count != references.Count)
        {
            throw Fail.Value(where, $"{hypotheses.Count} translations and references for {references.Count}",
                "give each translation its reference");
        }

        for (int i = 0; needsOne && i < references.Count; i++)
        {
            if (references[i].Count == 0) throw Fail.Value(where, $"translation {i} has no reference",
                "give at least one, or leave it out");
        }

        if (!Enum.IsDefined(tokenization))
            throw Fail.Value(where, $"tokenization is {(int)tokenization}", "give a member of BleuTokenization");
        if (!Enum.IsDefined(smoothing)) throw Fail.Value(where, $"smoothing is {(int)smoothing}", "give a member of BleuSmoothing");
    }

    /// <summary>What is counted of each translation, and the score of the sums.</summary>
    private sealed class Counts
    {
        private readonly long[] correct = new long[Orders];
        private readonly long[] total = new long[Orders];
        private readonly Dictionary<string, int> ids = new(StringComparer.Ordinal);
        private long hypothesisLength;
        private long referenceLength;

        public void Add(string[] hypothesis, string[][] references)
        {
            int closest = references[0].Length;
            var most = new Dictionary<(int, int, int, int), int>();
            foreach (string[] reference in references)
            {
                int nearer = Math.Abs(reference.Length - hypothesis.Length) - Math.Abs(closest - hypothesis.Length);
                if (nearer < 0 || (nearer == 0 && reference.Length < closest)) closest = reference.Length;
                foreach (((int, int, int, int) gram, int count) in Grams(reference))
                {
                    ref int known = ref CollectionsMarshal.GetValueRefOrAddDefault(most, gram, out _);
                    known = Math.Max(known, count);
                }
            }

            hypothesisLength += hypothesis.Length;
            referenceLength += closest;
            foreach (((int A, int B, int C, int D) gram, int count) in Grams(hypothesis))
            {
                int order = gram.B < 0 ? 0 : gram.C < 0 ? 1 : gram.D < 0 ? 2 : 3;
                correct[order] += Math.Min(count, most.GetValueOrDefault(gram));
                total[order] += count;
            }
        }

        public BleuScore Score(BleuSmoothing smoothing, bool effectiveOrder)
        {
            double penalty = hypothesisLength >= referenceLength ? 1
                : hypothesisLength == 0 ? 0 : Math.Exp(1 - (double)referenceLength / hypothesisLength);
            var precisions = new double[Orders];
            double score = 0;
            if (correct[0] > 0)
            {
                double share = 1, logarithms = 0;
                int orders = Orders;
                for (int n = 0; n < Orders && total[n] > 0; n++)
                {
                    if (correct[n] == 0 && smoothing == BleuSmoothing.Exponential) share /= 2;
                    precisions[n] = 100.0 * (correct[n] > 0 ? correct[n] : smoothing == BleuSmoothing.Exponential ? share : 0) / total[n];
                    if (effectiveOrder) orders = n + 1;
                }

                for (int n = 0; n < orders; n++) logarithms += Math.Log(precisions[n]);
                score = penalty * Math.Exp(logarithms / orders);
            }

            return new BleuScore(score, precisions, penalty, correct, total, hypothesisLength, referenceLength);
        }

        /// <summary>How often each n-gram of 1 to 4 tokens occurs; −1 stands where it has ended.</summary>
        private Dictionary<(int A, int B, int C, int D), int> Grams(string[] tokens)
        {
            var grams = new Dictionary<(int, int, int, int), int>();
            var numbers = new int[tokens.Length];
            for (int i = 0; i < tokens.Length; i++)
            {
                ref int id = ref CollectionsMarshal.GetValueRefOrAddDefault(ids, tokens[i], out bool known);
                if (!known) id = ids.Count - 1;
                numbers[i] = id;
            }

            for (int i = 0; i < numbers.Length; i++)
            {
                (int, int, int, int) gram = (-1, -1, -1, -1);
                for (int n = 0; n < Orders && i + n < numbers.Length; n++)
                {
                    gram = n switch
                    {
                        0 => (numbers[i], -1, -1, -1),
                        1 => gram with { Item2 = numbers[i + 1] },
                        2 => gram with { Item3 = numbers[i + 2] },
                        _ => gram with { Item4 = numbers[i + 3] },
                    };
                    CollectionsMarshal.GetValueRefOrAddDefault(grams, gram, out _)++;
                }
            }

            return grams;
        }
    }
}
