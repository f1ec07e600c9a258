using Engine.Data;
using Engine.Layers;
using Engine.Models;

namespace Engine.Tests.Models;

public class TextGeneratorTests
{
    private static readonly CharacterVocabulary Letters = CharacterVocabulary.From("\nabcd");

    /// <summary>A function that always gives the same probabilities.</summary>
    private static Func<Tensor, Tensor> Always(params float[] probabilities) =>
        _ => Tensor.From<float>(probabilities, [1, probabilities.Length]);

    /// <summary>A function that is sure of the letter after the last one it was given.</summary>
    private static Tensor Following(Tensor ids)
    {
        int count = ids.Shape[1];
        return Tensor.OneHot((ids[0, count - 1].ToScalar() + 1) % 5 is var next ? Tensor.From((int)next) : ids, 5, DType.Float32);
    }

    [Test]
    public void The_most_probable_is_taken_at_temperature_0()
    {
        var generator = new TextGenerator(Following, Letters) { Temperature = 0 };
        Assert.That(generator.Generate("a", 7), Is.EqualTo("bcd\nabc"));
        Assert.That(new TextGenerator(Always(0.1f, 0.4f, 0.4f, 0.1f, 0), Letters) { Temperature = 0 }.Generate("a", 3), Is.EqualTo("aaa"));
    }

    [Test]
    public void A_function_is_given_the_prompt_and_then_what_was_drawn()
    {
        var given = new List<string>();
        Tensor Next(Tensor ids)
        {
            Assert.That((ids.DType, ids.Shape[0]), Is.EqualTo((DType.Int32, 1)));
            given.Add(Letters.Decode(ids.AsSpan<int>()));
            return Following(ids);
        }

        Assert.That(new TextGenerator(Next, Letters).Generate("dab", 3), Is.EqualTo("cd\n"));
        Assert.That(given, Is.EqualTo(new[] { "dab", "c", "d" }));
    }

    [Test]
    public void A_model_is_given_a_window_that_begins_with_padding()
    {
        // The scores are one-hot of the window's first id: what it repeats is what was four ids ago.
        var model = new Sequential(new Input([4], DType.Int32), new OneHot(5), new Cropping1D((0, 3)), new Flatten());
        Assert.That(TextGenerator.Sample(model, Letters, prompt: "abcd", length: 6, temperature: 0.8, seed: 1), Is.EqualTo("abcdabcdab"));
        Assert.That(TextGenerator.Sample(model, Letters, "bc", 6), Is.EqualTo("bc\n\nbc\n\n"));
        Assert.That(TextGenerator.Sample(model, Letters, "aaadcba", 4), Is.EqualTo("aaadcbadcba"));
        var steps = new Sequential(new Input([4], DType.Int32), new OneHot(5));
        Assert.That(TextGenerator.Sample(steps, Letters, "abc", 3), Is.EqualTo("abcccc"), "of scores for each step the last count");
    }

    [Test]
    public void A_stateful_model_is_given_the_prompt_at_once_and_then_each_id_alone()
    {
        Sequential Make(bool stateful, params Layer[] first) => new([.. first, new Embedding(5, 4),
            new LSTM(8, returnSequences: true, stateful: stateful), new LSTM(8, returnSequences: true, stateful: stateful),
            new Dense(5, Activation.Softmax)]);
        Sequential model = Make(true, new Input([7], DType.Int32)), whole = Make(false, new Input([14], DType.Int32));
        var random = new RandomGenerator(5);
        for (int i = 0; i < model.Variables.Count; i++)
        {
            model.Variables[i].Assign(Tensor.RandomNormal(model.Variables[i].Shape, 0, 3, random));
            whole.Variables[i].Assign(model.Variables[i]);
        }

        string text = new TextGenerator(model, Letters) { Temperature = 0 }.Generate("abc", 11);
        Tensor scores = whole.Predict(Tensor.From<int>(Letters.Encode("abc" + text), [1, 14]));
        int[] expected = scores.ArgMax().ToArray<int>()[2..13];
        Assert.That(Letters.Encode(text), Is.EqualTo(expected), "what the whole text says from one end to the other");
        Assert.That(expected.Distinct().Count(), Is.GreaterThan(1));
        Assert.That(new TextGenerator(model, Letters) { Temperature = 0 }.Generate("abc", 11), Is.EqualTo(text), "nothing is remembered");
        Assert.That(() => model.Apply(Tensor.Zeros([3, 7], DType.Int32)), Throws.Nothing, "another batch size may follow");
    }

    [TestCase(1.0)]
    [TestCase(0.5)]
    [TestCase(2.0)]
    public void Letters_are_drawn_as_often_as_temperature_says(double temperature)
    {
        double[] p = [0.05, 0.15, 0.3, 0.5, 0], powers = [.. p.Select(value => Math.Pow(value, 1 / temperature))];
        var generator = new TextGenerator(Always(0.05f, 0.15f, 0.3f, 0.5f, 0), Letters) { Temperature = temperature, Seed = 3 };
        AssertFrequencies(generator, powers);
        float[] logits = [.. p.Select(value => (float)Math.Log(value) + 7)];
        AssertFrequencies(new TextGenerator(Always(logits), Letters) { Temperature = temperature, Seed = 4, FromLogits = true }, powers);
    }

    [TestCase(2, 1.0, new[] { 0, 0, 0.3, 0.5, 0 })]
    [TestCase(1, 1.0, new[] { 0, 0, 0, 0.5, 0 })]
    [TestCase(9, 1.0, new[] { 0.05, 0.15, 0.3, 0.5, 0 })]
    [TestCase(0, 0.5, new[] { 0, 0, 0, 0.5, 0 })]
    [TestCase(0, 0.51, new[] { 0, 0, 0.3, 0.5, 0 })]
    [TestCase(0, 0.9, new[] { 0, 0.15, 0.3, 0.5, 0 })]
    [TestCase(3, 0.6, new[] { 0, 0, 0.3, 0.5, 0 })]
    [TestCase(2, 0.6, new[] { 0, 0, 0, 0.5, 0 })]
    public void Letters_are_drawn_from_the_most_probable(int topK, double topP, double[] weights)
    {
        // In Float64, so that sums of probabilities are what they seem: the last case keeps 0.5 of 0.8.
        Tensor p = Tensor.From<double>([0.05, 0.15, 0.3, 0.5, 0], [1, 5]);
        AssertFrequencies(new TextGenerator(_ => p, Letters) { TopK = topK, TopP = topP }, weights);
    }

    [Test]
    public void Of_equal_letters_the_first_are_kept() =>
        AssertFrequencies(new TextGenerator(Always(0.25f, 0.25f, 0.25f, 0.25f, 0), Letters) { TopK = 2 }, [1, 1, 0, 0, 0]);

    [Test]
    public void Excluded_ids_are_never_drawn()
    {
        AssertFrequencies(new TextGenerator(Always(0.1f, 0.2f, 0.3f, 0.4f, 0), Letters) { ExcludedTokens = [3, 0] }, [0, 2, 3, 0, 0]);
        var greedy = new TextGenerator(Always(0.1f, 0.2f, 0.3f, 0.4f, 0), Letters) { ExcludedTokens = [3], Temperature = 0 };
        Assert.That(greedy.Generate("a", 3), Is.EqualTo("bbb"));
        var sure = new TextGenerator(Always(0, 0, 0, 1, 0), Letters) { ExcludedTokens = [3] };
        Assert.That(sure.Generate("a", 3), Is.EqualTo("\n\n\n"), "of impossible ones the first");
    }

    private static void AssertFrequencies(TextGenerator generator, double[] weights)
    {
        const int Count = 4_000;
        int[] ids = Letters.Encode(generator.Generate("a", Count));
        for (int id = 0; id < weights.Length; id++)
        {
            double p = weights[id] / weights.Sum(), deviation = Math.Sqrt(p * (1 - p) / Count);
            Assert.That(ids.Count(drawn => drawn == id) / (double)Count, Is.EqualTo(p).Within(5 * deviation + 1e-12), $"id {id}");
        }
    }

    [Test]
    public void The_same_seed_writes_the_same_text()
    {
        TextGenerator Make(ulong seed) => new(Always(0.2f, 0.2f, 0.2f, 0.2f, 0.2f), Letters) { Seed = seed };
        TextGenerator generator = Make(1);
        string text = generator.Generate("a", 50);
        Assert.That(generator.Generate("a", 50), Is.EqualTo(text));
        Assert.That(Make(1).Generate("b", 50), Is.EqualTo(text));
        Assert.That(Make(2).Generate("a", 50), Is.Not.EqualTo(text));
    }

    [Test]
    public void Stops_end_the_text_and_are_not_shown()
    {
        var generator = new TextGenerator(Following, Letters) { Stops = ["d\n", "cda"] };
        Assert.That(generator.Stream("\n", 50), Is.EqualTo(new[] { "a", "b", "c" }), "d is held back");
        var other = new TextGenerator(Following, Letters) { Stops = ["da", "cc"] };
        Assert.That(other.Generate("\n", 5), Is.EqualTo("abcd\n"), "what only looks like a stop is shown");
        Assert.That(string.Join('|', other.Stream("\n", 5)), Is.EqualTo("a|b|cd\n").Or.EqualTo("a|b|c|d\n").Or.EqualTo("a|b|cd|\n"));
        Assert.That(new TextGenerator(Following, Letters) { StopTokens = [4] }.Generate("\n", 50), Is.EqualTo("abc"));
        Assert.That(new TextGenerator(Following, Letters) { Stops = ["d"] }.Generate("abcd", 2), Is.EqualTo("\na"),
            "the prompt's own do not count");
    }

    [Test]
    public void Half_a_character_is_held_back()
    {
        BytePairTokenizer tokenizer = BytePairTokenizer.Train(["xyz"], 256);
        int[] ids = tokenizer.Encode("a€b");
        int step = 0;
        Tensor Next(Tensor given) => Tensor.OneHot(Tensor.From(ids[++step]), 256, DType.Float32);
        Assert.That(new TextGenerator(Next, tokenizer).Stream("a", 4), Is.EqualTo(new[] { "€", "b" }));
        step = 0;
        Assert.That(new TextGenerator(Next, tokenizer).Generate("a", 2), Is.EqualTo("\uFFFD"), "the end shows what there is");
    }

    [Test]
    public void Words_are_joined_with_spaces()
    {
        WordVocabulary words = WordVocabulary.From(["a dog , a cat"]);
        int[] ids = [.. words.Encode("dog , cat"), words.EndId];
        int step = 0;
        Tensor Next(Tensor given) => Tensor.OneHot(Tensor.From(ids[step++]), words.Count, DType.Float32);
        var generator = new TextGenerator(Next, words) { StopTokens = [words.EndId] };
        Assert.That(generator.Stream("A", 10), Is.EqualTo(new[] { " dog", ",", " cat" }));
    }

    [Test]
    public void Bad_arguments_are_refused()
    {
        var generator = new TextGenerator(Following, Letters);
        Assert.That(() => generator.Generate("", 3),
            Throws.TypeOf<ValueException>().With.Message.Contains("TextGenerator: the prompt is empty"));
        Assert.That(() => generator.Stream("ax", 3), Throws.TypeOf<ValueException>().With.Message.Contains("'x' (U+0078) at position 1"),
            "at once, not when the first piece is asked for");
        Assert.That(() => generator.Generate("a", 0), Throws.TypeOf<ValueException>().With.Message.Contains("length is 0"));
        (TextGenerator Generator, string Problem)[] wrong =
        [
            (new(Following, Letters) { Temperature = -1 }, "temperature is -1"),
            (new(Following, Letters) { Temperature = double.NaN }, "temperature is NaN"),
            (new(Following, Letters) { TopK = -1 }, "topK is -1"),
            (new(Following, Letters) { TopP = 0 }, "topP is 0"),
            (new(Following, Letters) { TopP = 1.1 }, "topP is 1.1"),
            (new(Following, Letters) { Stops = ["a", ""] }, "a stop is empty"),
            (new(Following, Letters) { StopTokens = [5] }, "id 5 at position 0 is outside the vocabulary of 5"),
            (new(Following, Letters) { ExcludedTokens = [-1] }, "id -1 at position 0"),
            (new(Following, Letters) { ExcludedTokens = [0, 1, 2, 3, 4] }, "all 5 ids are excluded"),
            (new(Always(2, -1, 0, 0, 0), Letters), "the probability of id 1 is -1; set fromLogits"),
            (new(Always(2, 1, 0, 0, 0), Letters), "the probabilities sum to 3; set fromLogits"),
            (new(Always(float.NaN, 1, 0, 0, 0), Letters), "the probability of id 0 is NaN"),
            (new(Always(0, float.NaN, 0, 0, 0), Letters) { FromLogits = true }, "the score of id 1 is NaN"),
        ];
        foreach ((TextGenerator made, string problem) in wrong)
            Assert.That(() => made.Generate("a", 1), Throws.TypeOf<ValueException>().With.Message.Contains(problem));
        Assert.That(() => new TextGenerator(Always(0.5f, 0.5f), Letters).Generate("a", 1),
            Throws.TypeOf<ShapeException>().With.Message.Contains("scores of shape [1, 2] for 5 ids"));
        Assert.That(() => new TextGenerator(_ => Tensor.Zeros([1, 5], DType.Int32), Letters).Generate("a", 1),
            Throws.TypeOf<DTypeException>());
        WordVocabulary words = WordVocabulary.From(["a"]);
        Assert.That(() => new TextGenerator(Always(1, 0, 0, 0, 0), words).Generate("  ", 1),
            Throws.TypeOf<ValueException>().With.Message.Contains("the prompt has no token"));
    }

    [Test]
    public void Models_that_do_not_fit_are_refused()
    {
        Assert.That(() => new TextGenerator(new Sequential(new OneHot(5)), Letters),
            Throws.TypeOf<ModelException>().With.Message.Contains("the model is not built; begin it with an Input"));
        var image = new Sequential(new Input(3, 4), new Flatten(), new Dense(5));
        Assert.That(() => new TextGenerator(image, Letters), Throws.TypeOf<ShapeException>()
            .With.Message.Contains("a model from [3, 4] to [5]; give one from [length] ids to [5] or [length, 5] scores"));
        var wide = new Sequential(new Input([4], DType.Int32), new OneHot(6));
        Assert.That(() => new TextGenerator(wide, Letters), Throws.TypeOf<ShapeException>()
            .With.Message.Contains("scores of shape [1, 4, 6] for 5 ids").And.Message.Contains("trained with this vocabulary"));
    }
}
