using Engine.Layers;

namespace Engine.Models;

/// <summary>How a translator decodes.</summary>
/// <param name="Width">How many beginnings of a translation are carried on; 1 always takes the most probable word.</param>
/// <param name="LengthPenalty">α of ((5 + n)/6)^α, by which the logarithm of a translation of n words is divided.</param>
/// <param name="MaxLength">The most words.</param>
/// <param name="StartId">The id that a translation begins with.</param>
/// <param name="EndId">The id that ends it.</param>
/// <param name="Excluded">Ids that are never written.</param>
internal sealed record DecodingOptions(int Width, double LengthPenalty, int MaxLength, int StartId, int EndId, IReadOnlyList<int> Excluded)
{
    /// <summary>The score of a translation of some words, its end included. Wu et al. 2016, without the coverage.</summary>
    public double Score(double logProbability, int words) => logProbability / Math.Pow((5.0 + words) / 6, LengthPenalty);
}

/// <summary>The translations of one sentence that are being written, and those that are done.</summary>
internal sealed class Beam
{
    private readonly DecodingOptions options;
    private readonly List<Candidate> best = [];
    private List<Hypothesis> live = [new Hypothesis([], 0)];
    private Hypothesis? found;
    private double foundScore = double.NegativeInfinity;
    private int foundCount;

    public Beam(DecodingOptions options) => this.options = options;

    /// <summary>Whether nothing more is written.</summary>
    public bool IsDone { get; private set; }

    /// <summary>The best translation that was found: its ids without start and end.</summary>
    public int[] Best => found!.Ids;

    /// <summary>The row, counted within the beam, that each row goes on from, and the word it goes on with.</summary>
    /// <param name="scores">Logarithms of the next words' probabilities, one row of words after the other; any scores for a width of
    /// 1.</param>
    /// <param name="words">The number of words.</param>
    /// <param name="excluded">For each word whether it is never written.</param>
    /// <param name="parents">Where the rows are put.</param>
    /// <param name="next">Where the words are put.</param>
    public void Advance(ReadOnlySpan<float> scores, int words, ReadOnlySpan<bool> excluded, Span<int> parents, Span<int> next)
    {
        Choose(scores, words, excluded);
        if (best.Count == 0)
        {
            throw Fail.Model("Translator", "the scores of all words are NaN",
                "train it again, with a smaller learning rate or clipped gradients");
        }

        var longer = new List<Hypothesis>(options.Width);
        for (int rank = 0; rank < best.Count && longer.Count < options.Width; rank++)
        {
            (int row, int word, double total) = best[rank];
            if (word != options.EndId)
            {
                longer.Add(new Hypothesis([.. live[row].Ids, word], total));
                parents[longer.Count - 1] = row;
                next[longer.Count - 1] = word;
            }
            else if (rank < options.Width)
            {
                Finish(live[row], total, live[row].Ids.Length + 1);
                foundCount++;
            }
        }

        live = longer;
        if (live.Count > 0 && foundCount < options.Width && live[0].Ids.Length < options.MaxLength) return;
        IsDone = true;
        // What ran into the limit has no end, and counts only where nothing has.
        if (found is null) Finish(live[0], live[0].Total, live[0].Ids.Length);
    }

    private void Finish(Hypothesis hypothesis, double total, int length)
    {
        double score = options.Score(total, length);
        if (found is not null && !(score > foundScore)) return;
        (found, foundScore) = (hypothesis, score);
    }

    /// <summary>The 2·width best ways to go on, the best first; of equal ones the first row and word.</summary>
    private void Choose(ReadOnlySpan<float> scores, int words, ReadOnlySpan<bool> excluded)
    {
        best.Clear();
        int wanted = 2 * options.Width;
        double least = double.NegativeInfinity;
        for (int row = 0; row < live.Count; row++)
        {
            ReadOnlySpan<float> own = scores.Slice(row * words, words);
            double total = options.Width == 1 ? 0 : live[row].Total;
            for (int word = 0; word < words; word++)
            {
                double score = total + own[word];
                if (!(score > least) || excluded[word]) continue;
                int place = best.Count;
                while (place > 0 && best[place - 1].Total < score) place--;
                best.Insert(place, new Candidate(row, word, score));
                if (best.Count > wanted) best.RemoveAt(wanted);
                if (best.Count == wanted) least = best[^1].Total;
            }
        }
    }

    private sealed record Hypothesis(int[] Ids, double Total);

    private readonly record struct Candidate(int Row, int Word, double Total);
}

/// <summary>Writes the translations of a batch of sentences side by side: every step is one step of the network for all of them.</summary>
internal static class BeamSearch
{
    /// <summary>The ids of the translations, without start and end.</summary>
    /// <param name="network">The network.</param>
    /// <param name="source">The sentences, Int32 [sentences, words], padded behind.</param>
    /// <param name="options">How to decode.</param>
    /// <param name="words">The number of words that can be written.</param>
    public static int[][] Run(TranslatorNetwork network, Tensor source, DecodingOptions options, int words)
    {
        int width = options.Width;
        var excluded = new bool[words];
        foreach (int id in options.Excluded) excluded[id] = true;
        Beam[] beams = [.. Enumerable.Range(0, source.Shape[0]).Select(_ => new Beam(options))];
        Beam[] open = beams;
        (AttentionMemory? memory, Tensor[] states) = Begin(network, source, width);
        var last = new int[open.Length * width];
        var parents = new int[last.Length];
        last.AsSpan().Fill(options.StartId);
        while (true)
        {
            using var scope = new TensorScope();
            (Tensor logits, Tensor[] next) = network.Step(Tensor.From<int>(last, [last.Length]), memory, states);
            ReadOnlySpan<float> scores = (width == 1 ? logits : logits.LogSoftmax()).Cast(DType.Float32).AsSpan<float>();
            for (int i = 0; i < open.Length; i++)
            {
                if (open[i].IsDone) continue;
                Span<int> from = parents.AsSpan(i * width, width);
                from.Clear();
                open[i].Advance(scores.Slice(i * width * words, width * words), words, excluded, from, last.AsSpan(i * width, width));
                foreach (ref int row in from) row += i * width;
            }

            if (Array.TrueForAll(open, beam => beam.IsDone)) break;
            // Sentences that are done are carried along until they are half of all: copying the memory costs more than a row.
            int[] kept = [.. Enumerable.Range(0, open.Length).Where(i => !open[i].IsDone)];
            if (kept.Length > open.Length / 2) kept = [.. Enumerable.Range(0, open.Length)];
            bool fewer = kept.Length < open.Length;
            if (fewer)
            {
                int[] rows = [.. kept.SelectMany(i => Enumerable.Range(i * width, width))];
                memory = Rows(memory, Tensor.From<int>(rows, [rows.Length]));
                (parents, last) = ([.. rows.Select(row => parents[row])], [.. rows.Select(row => last[row])]);
                open = [.. kept.Select(i => open[i])];
            }

            Tensor order = Tensor.From<int>(parents, [parents.Length]);
            states = [.. next.Select(state => state.Gather(order).Detach())];
        }

        return [.. beams.Select(beam => beam.Best)];
    }

    private static (AttentionMemory? Memory, Tensor[] States) Begin(TranslatorNetwork network, Tensor source, int width)
    {
        using var scope = new TensorScope();
        (AttentionMemory? memory, Tensor[] states) = network.Encode(source);
        int[] rows = [.. Enumerable.Range(0, source.Shape[0] * width).Select(row => row / width)];
        Tensor order = Tensor.From<int>(rows, [rows.Length]);
        return (Rows(memory, order), [.. states.Select(state => state.Gather(order).Detach())]);
    }

    private static AttentionMemory? Rows(AttentionMemory? memory, Tensor rows) => memory is null
        ? null
        : new AttentionMemory(memory.Values.Gather(rows).Detach(), memory.Keys.Gather(rows).Detach(), memory.Seen?.Gather(rows).Detach());
}
