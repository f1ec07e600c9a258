using Engine.Data;
using Engine.Layers;

namespace Engine.Models;

/// <summary>Writes text with a model that predicts the next character, word or other token.</summary>
/// <remarks>
/// A model takes the ids of a window, Int32 [1, length], and gives a score for each id after it, [1, count], or after each step,
/// [1, length, count], of which the last counts. What stands before the window is forgotten; a window that is not full begins with
/// <see cref="ITextEncoder.PaddingId"/>. A model with stateful recurrent layers carries its states instead: it is given the prompt at once,
/// of any length, and then each new id alone; its states are forgotten before and after. Whatever else remembers comes as a function from
/// the ids that it has not seen yet.
/// </remarks>
public sealed class TextGenerator
{
    private const string Where = "TextGenerator";

    private readonly ITextEncoder encoder;
    private readonly Func<Tensor, Tensor> next;
    private readonly int window;                              // 0: the function gets what it has not seen
    private readonly Model? stateful;

    /// <summary>A generator from a model.</summary>
    /// <param name="model">The model, whose only input is a window of ids.</param>
    /// <param name="encoder">What turns text into the model's ids and back.</param>
    /// <exception cref="ModelException">The model has no layers with shapes yet.</exception>
    /// <exception cref="ShapeException">The model's input is no window of ids, or its output has not a score for each id.</exception>
    public TextGenerator(Model model, ITextEncoder encoder)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(encoder);
        if (model.Graph is not { } graph)
            throw Fail.Model(Where, "the model is not built",
                "begin it with an Input, such as new Input([40], DType.Int32), or train it first");
        if (graph.Inputs.Count != 1 || graph.Outputs.Count != 1 || graph.Inputs[0].Shape is not { Rank: 1, Length: > 0 } length)
        {
            throw Fail.Shape(Where,
                $"a model from {string.Join(", ", graph.Inputs.Select(input => input.Shape))} to "
                + $"{string.Join(", ", graph.Outputs.Select(output => output.Shape))}",
                $"give one from [length] ids to [{encoder.Count}] or [length, {encoder.Count}] scores");
        }

        CheckScores(graph.Outputs[0].Shape.Insert(0, 1), encoder.Count);
        this.encoder = encoder;
        if (RecurrentLayer.FirstStateful(model) is not null)
        {
            stateful = model;
            next = ids => graph.Run([ids], training: false, anyLength: true)[0];
            return;
        }

        window = length[0];
        next = ids => model.Apply(ids);
    }

    /// <summary>A generator from a function: it is given the prompt first, then token by token what was drawn.</summary>
    /// <param name="next">From ids, Int32 [1, n], to the scores after them, [1, count] or [1, n, count].</param>
    /// <param name="encoder">What turns text into ids and back.</param>
    public TextGenerator(Func<Tensor, Tensor> next, ITextEncoder encoder)
    {
        ArgumentNullException.ThrowIfNull(next);
        ArgumentNullException.ThrowIfNull(encoder);
        (this.next, this.encoder) = (next, encoder);
    }

    /// <summary>τ: below 1 the probable becomes more probable, above 1 less; 0 always takes the most probable. 1 by default.</summary>
    public double Temperature { get; init; } = 1;

    /// <summary>Of how many of the most probable ids one is drawn; 0, all, by default.</summary>
    public int TopK { get; init; }

    /// <summary>Which part of the probability the ids that are drawn from must make up, the most probable first; 1, all, by
    /// default.</summary>
    public double TopP { get; init; } = 1;

    /// <summary>The seed of what is drawn: the same text each time.</summary>
    public ulong Seed { get; init; } = RandomGenerator.DefaultSeed;

    /// <summary>Texts that end the writing, and are left out.</summary>
    public IReadOnlyList<string> Stops { get; init; } = [];

    /// <summary>Ids that end the writing, such as that of an end token, and are left out.</summary>
    public IReadOnlyList<int> StopTokens { get; init; } = [];

    /// <summary>Ids that are never drawn, such as those of padding and unknown words.</summary>
    public IReadOnlyList<int> ExcludedTokens { get; init; } = [];

    /// <summary>Whether the scores are logits; false, probabilities, by default.</summary>
    public bool FromLogits { get; init; }

    /// <summary>Writes on from a prompt.</summary>
    /// <param name="model">The model, whose only input is a window of ids.</param>
    /// <param name="encoder">What turns text into the model's ids and back.</param>
    /// <param name="prompt">The text to begin with.</param>
    /// <param name="length">How many characters, words or other tokens are written.</param>
    /// <param name="temperature">See <see cref="Temperature"/>.</param>
    /// <param name="topK">See <see cref="TopK"/>.</param>
    /// <param name="topP">See <see cref="TopP"/>.</param>
    /// <param name="seed">See <see cref="Seed"/>.</param>
    /// <param name="fromLogits">See <see cref="FromLogits"/>.</param>
    /// <returns>The prompt and what comes after it.</returns>
    /// <exception cref="ValueException">The prompt is empty or has something that has no id, or a number is out of range.</exception>
    /// <exception cref="ShapeException">The model takes or gives something else.</exception>
    public static string Sample(
        Model model,
        ITextEncoder encoder,
        string prompt,
        int length,
        double temperature = 1,
        int topK = 0,
        double topP = 1,
        ulong seed = RandomGenerator.DefaultSeed,
        bool fromLogits = false)
    {
        var generator = new TextGenerator(model, encoder)
        {
            Temperature = temperature,
            TopK = topK,
            TopP = topP,
            Seed = seed,
            FromLogits = fromLogits,
        };
        return prompt + generator.Generate(prompt, length);
    }

    /// <summary>Writes on from a prompt.</summary>
    /// <param name="prompt">The text to begin with.</param>
    /// <param name="length">The most characters, words or other tokens that are written.</param>
    /// <returns>What comes after the prompt.</returns>
    /// <exception cref="ValueException">The prompt is empty or has something that has no id, or a number is out of range.</exception>
    /// <exception cref="ShapeException">The scores have another shape.</exception>
    public string Generate(string prompt, int length) => string.Concat(Stream(prompt, length));

    /// <summary>Writes on from a prompt, piece by piece: <c>foreach (string piece in generator.Stream("ROMEO:", 200))
    /// Console.Write(piece);</c>.</summary>
    /// <remarks>What may become part of a stop, or of a character that is not whole yet, is held back until that is clear.</remarks>
    /// <param name="prompt">The text to begin with.</param>
    /// <param name="length">The most characters, words or other tokens that are written.</param>
    /// <returns>The pieces of what comes after the prompt, as they are drawn.</returns>
    /// <exception cref="ValueException">The prompt is empty or has something that has no id, or a number is out of range.</exception>
    /// <exception cref="ShapeException">The scores have another shape.</exception>
    public IEnumerable<string> Stream(string prompt, int length)
    {
        ArgumentNullException.ThrowIfNull(prompt);
        if (prompt.Length == 0) throw Fail.Value(Where, "the prompt is empty", "give the text to begin with, such as a line break");
        CheckNumbers(length);
        int[] ids = encoder.Encode(prompt);
        return ids.Length > 0 ? Pieces(ids, length)
            : throw Fail.Value(Where, "the prompt has no token", "give the text to begin with, more than white space");
    }

    private IEnumerable<string> Pieces(int[] prompt, int length)
    {
        var all = new List<int>(prompt);
        var random = new RandomGenerator(Seed).Split("text");
        var sampler = new TokenSampler(encoder.Count, Temperature, TopK, TopP, ExcludedTokens);
        var scores = new double[encoder.Count];
        int given = 0, shown = 0;
        string before = encoder.Decode(prompt), text = "";
        stateful?.ResetStates();
        try
        {
            for (int i = 0; i < length; i++)
            {
                Score(all, given, scores);
                given = all.Count;
                int token = sampler.Next(scores, random);
                if (StopTokens.Contains(token)) break;
                all.Add(token);
                text = TextAfter(before, all);
                int stop = FirstStop(text);
                int sure = stop < 0 ? text.Length - Held(text) : stop;
                if (sure > shown)
                {
                    yield return text[shown..sure];
                    shown = sure;
                }

                if (stop >= 0) yield break;
            }

            if (text.Length > shown) yield return text[shown..];
        }
        finally
        {
            stateful?.ResetStates();
        }
    }

    /// <summary>What the ids say after the prompt, with the space that joins them.</summary>
    private string TextAfter(string before, List<int> all)
    {
        string text = encoder.Decode(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(all));
        return text.Length >= before.Length ? text[before.Length..] : "";
    }

    private void Score(List<int> all, int given, double[] scores)
    {
        using IDisposable pause = GradientTape.StopRecording();
        using var scope = new TensorScope();
        int count = window > 0 ? window : all.Count - given;
        Tensor ids = Tensor.Empty([1, count], DType.Int32);
        Span<int> places = ids.AsWritableSpan<int>();
        int known = Math.Min(count, all.Count);
        places[..(count - known)].Fill(encoder.PaddingId);
        for (int i = 0; i < known; i++) places[count - known + i] = all[all.Count - known + i];
        Tensor output = next(ids);
        CheckScores(output.Shape, encoder.Count);
        Fail.UnlessFloat(Where, output);
        output.Cast(DType.Float64).AsSpan<double>()[^scores.Length..].CopyTo(scores);
        if (FromLogits) CheckLogits(scores);
        else TakeLogarithms(scores);
    }

    private static void CheckLogits(double[] scores)
    {
        for (int i = 0; i < scores.Length; i++)
        {
            if (double.IsNaN(scores[i]) || double.IsPositiveInfinity(scores[i]))
                throw Fail.Value(Where, $"the score of id {i} is {scores[i]}", "train the model again, with a smaller learning rate");
        }
    }

    private static void TakeLogarithms(double[] scores)
    {
        double sum = 0;
        for (int i = 0; i < scores.Length; i++)
        {
            if (!(scores[i] >= 0))
                throw Fail.Value(Where, $"the probability of id {i} is {scores[i]}", "set fromLogits for scores before a softmax");
            sum += scores[i];
        }

        if (!(Math.Abs(sum - 1) < 1e-2))
            throw Fail.Value(Where, $"the probabilities sum to {sum:G6}", "set fromLogits for scores before a softmax");
        for (int i = 0; i < scores.Length; i++) scores[i] = Math.Log(scores[i]);
    }

    private static void CheckScores(Shape shape, int count)
    {
        if (shape.Rank is not (2 or 3) || shape[0] != 1 || shape[^1] != count || shape.Length == 0)
        {
            throw Fail.Shape(Where, $"scores of shape {shape} for {count} ids",
                $"give [1, {count}] or [1, length, {count}], from the model that was trained with this vocabulary");
        }
    }

    private void CheckNumbers(int length)
    {
        if (length < 1) throw Fail.Value(Where, $"length is {length}", "give at least 1");
        if (!(Temperature >= 0 && double.IsFinite(Temperature)))
            throw Fail.Value(Where, $"temperature is {Temperature}", "give 0 or more, 0 for the most probable");
        if (TopK < 0) throw Fail.Value(Where, $"topK is {TopK}", "give 1 or more, or 0 for all");
        if (!(TopP is > 0 and <= 1)) throw Fail.Value(Where, $"topP is {TopP}", "give more than 0 and at most 1");
        if (Stops.Any(string.IsNullOrEmpty)) throw Fail.Value(Where, "a stop is empty", "give texts of at least one character");
        IReadOnlyList<int>[] given = [StopTokens, ExcludedTokens];
        foreach (IReadOnlyList<int> tokens in given)
        {
            for (int i = 0; i < tokens.Count; i++) TextCheck.Id(Where, tokens[i], i, encoder.Count);
        }

        if (ExcludedTokens.Distinct().Count() == encoder.Count)
            throw Fail.Value(Where, $"all {encoder.Count} ids are excluded", "leave at least one to draw");
    }

    private int FirstStop(string text)
    {
        int first = -1;
        foreach (string stop in Stops)
        {
            int at = text.IndexOf(stop, StringComparison.Ordinal);
            if (at >= 0 && (first < 0 || at < first)) first = at;
        }

        return first;
    }

    /// <summary>How much at the text's end may still change: half a character, or the beginning of a stop.</summary>
    private int Held(string text)
    {
        int held = text.Length - text.TrimEnd('\uFFFD').Length;
        foreach (string stop in Stops)
        {
            for (int part = Math.Min(stop.Length - 1, text.Length); part > held; part--)
            {
                if (!text.EndsWith(stop[..part], StringComparison.Ordinal)) continue;
                held = part;
                break;
            }
        }

        return held;
    }
}
