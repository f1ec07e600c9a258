using Engine.Data;
using Engine.Losses;
using Engine.Metrics;
using Engine.Models;
using Engine.Optimizers;
using Engine.Tests.Layers;

namespace Engine.Tests.Models;

/// <summary>Translators on a small language whose sentences are written backwards in another.</summary>
public class TranslatorTests
{
    private static readonly (SentencePairs Train, SentencePairs Test) Toy = ToyLanguage.Pairs(420).Split(0.9, seed: 1);

    [TestCase(TranslatorAttention.None, TranslatorCell.LSTM, false)]
    [TestCase(TranslatorAttention.Additive, TranslatorCell.GRU, true)]
    [TestCase(TranslatorAttention.Dot, TranslatorCell.LSTM, true)]
    public void The_language_is_learned(TranslatorAttention attention, TranslatorCell cell, bool bidirectional)
    {
        Translator translator = ToyLanguage.Translator(Toy.Train, 32, cell, bidirectional, attention);
        translator.Compile(new Adam(0.01) { GlobalClipNorm = 1 }, new SparseCategoricalCrossentropy(), new Accuracy());
        History history = translator.Fit(Toy.Train, epochs: 14, batchSize: 16, validationData: Toy.Test, verbose: Verbosity.Silent);
        Assert.That(history["val_accuracy"][^1], Is.GreaterThan(0.97), string.Join(" ", history["val_loss"]));
        Assert.That(history["val_accuracy"][0], Is.LessThan(history["val_accuracy"][^1]));
        double greedy = translator.Bleu(Toy.Test), beam = translator.Bleu(Toy.Test, beamWidth: 4);
        Assert.That(Math.Min(greedy, beam), Is.GreaterThan(85));
        Assert.That(translator.Perplexity(Toy.Test), Is.EqualTo(Math.Exp(translator.Evaluate(Toy.Test).Loss)).Within(1e-3));
        string[] one = [.. Toy.Test.Source.Take(9).Select(sentence => translator.Translate(sentence))];
        Assert.That(translator.Translate([.. Toy.Test.Source.Take(9)], batchSize: 4), Is.EqualTo(one), "in the sentences' order, whatever goes together");
    }

    [Test]
    public void The_same_seed_gives_the_same_bits_on_any_number_of_threads()
    {
        int before = Parallelism.MaxThreads;
        try
        {
            float[][] weights = [.. new[] { 1, 3 }.Select(threads =>
            {
                Parallelism.MaxThreads = threads;
                Translator translator = ToyLanguage.Translator(Toy.Train, 8, attention: TranslatorAttention.Additive, dropout: 0.2);
                translator.Compile(new Adam(), new SparseCategoricalCrossentropy());
                translator.Fit(Toy.Train.Take(60), epochs: 2, batchSize: 16, seed: 5, verbose: Verbosity.Silent);
                return translator.Variables[^2].ToArray<float>();
            })];
            Assert.That(weights[1], Is.EqualTo(weights[0]));
        }
        finally
        {
            Parallelism.MaxThreads = before;
        }
    }

    [Test]
    public void Padding_counts_for_nothing([Values] TranslatorAttention attention, [Values] TranslatorCell cell)
    {
        Translator translator = ToyLanguage.Translator(Toy.Train, 8, cell, bidirectional: true, attention, dtype: DType.Float64);
        AttentionFormulas.Shake(translator);
        translator.Compile(new SGD(), new SparseCategoricalCrossentropy(), new Accuracy());
        SentencePairs pairs = Toy.Test.Take(12);
        double loss = 0, right = 0;
        int words = 0;
        for (int i = 0; i < pairs.Count; i++)
        {
            Evaluation alone = translator.Evaluate(new SentencePairs([pairs.Source[i]], [pairs.Target[i]]));
            int count = translator.TargetVocabulary.Encode(pairs.Target[i]).Length + 1;
            (loss, right, words) = (loss + count * alone.Loss, right + count * alone["accuracy"], words + count);
        }

        Evaluation together = translator.Evaluate(pairs, batchSize: 12);
        Assert.That(together.Loss, Is.EqualTo(loss / words).Within(1e-10));
        Assert.That(together["accuracy"], Is.EqualTo(right / words).Within(1e-10));
        Assert.That(translator.Perplexity(pairs, batchSize: 5), Is.EqualTo(Math.Exp(loss / words)).Within(1e-8 * Math.Exp(loss / words)));
    }

    [Test]
    public void The_best_of_all_translations_is_found_by_a_wide_beam([Values] TranslatorAttention attention, [Values(0, 1)] double penalty)
    {
        var source = WordVocabulary.From(["x y z"]);
        var target = WordVocabulary.From(["a b"]);
        var translator = new Translator(source, target, 5, 4, TranslatorCell.GRU, bidirectional: true, attention, dtype: DType.Float64);
        AttentionFormulas.Shake(translator, seed: 8);
        foreach (string sentence in (string[])["x y", "z", "y y z x"])
        {
            (string Words, double Score) best = ("", double.NegativeInfinity);
            // Every translation of at most three words: with its end or, at the limit, without.
            foreach (string words in Strings("ab", 3))
            {
                int[] ids = [target.StartId, .. words.Select(letter => target.IdOf(letter.ToString()))];
                Tensor x = Tensor.From<int>(source.Encode(sentence, start: true, end: true));
                Tensor p = translator.Apply(x.ExpandDims(0), Tensor.From<int>(ids).ExpandDims(0))[0];
                double log = 0;
                for (int i = 1; i < ids.Length; i++) log += Math.Log(p[i - 1, ids[i]].ToScalar());
                if (words.Length == 3) continue;
                double score = (log + Math.Log(p[ids.Length - 1, target.EndId].ToScalar())) / Math.Pow((5.0 + ids.Length) / 6, penalty);
                if (score > best.Score) best = (words, score);
            }

            string found = string.Concat(translator.TranslateToWords([sentence], beamWidth: 14, lengthPenalty: penalty, maxLength: 3)[0]);
            Assert.That(found, Is.EqualTo(best.Words));
        }
    }

    [Test]
    public void Steps_of_decoding_are_the_network_that_was_trained([Values] TranslatorAttention attention, [Values] TranslatorCell cell, [Values] bool bidirectional)
    {
        Translator translator = ToyLanguage.Translator(Toy.Train, 7, cell, bidirectional, attention, dtype: DType.Float64);
        AttentionFormulas.Shake(translator);
        string[] sentences = [.. Toy.Test.Source.Take(6)];
        string[][] written = translator.TranslateToWords(sentences, maxLength: 6, unknowns: true);
        for (int i = 0; i < sentences.Length; i++)
        {
            int[] ids = [translator.TargetVocabulary.StartId, .. written[i].Select(word => word == "<unk>" ? 3 : translator.TargetVocabulary.IdOf(word))];
            Tensor x = Tensor.From<int>(translator.SourceVocabulary.Encode(sentences[i], start: true, end: true)).ExpandDims(0);
            Tensor p = translator.Apply(x, Tensor.From<int>(ids).ExpandDims(0))[0];
            // The most probable that may be written: neither padding nor start.
            int[] best = p[.., 2..].ArgMax().ToArray<int>();
            for (int t = 1; t < ids.Length; t++) Assert.That(best[t - 1] + 2, Is.EqualTo(ids[t]));
            if (ids.Length < 7) Assert.That(best[ids.Length - 1] + 2, Is.EqualTo(translator.TargetVocabulary.EndId));
        }
    }

    [Test]
    public void Padding_and_starts_are_never_written_and_unknowns_when_told_so([Values(1, 3)] int beamWidth)
    {
        Translator translator = ToyLanguage.Translator(Toy.Train, 4);
        Variable bias = translator.Variables[^1];
        Assert.That(bias.Name, Is.EqualTo("output/bias"));
        float[] scores = [90, 80, -900, 70];
        scores.CopyTo(bias.AsWritableSpan<float>());
        string[] words = translator.TranslateToWords([Toy.Test.Source[0]], beamWidth, maxLength: 5)[0];
        Assert.That(words, Has.None.EqualTo("<unk>").And.None.EqualTo("<pad>").And.None.EqualTo("<s>"));
        words = translator.TranslateToWords([Toy.Test.Source[0]], beamWidth, maxLength: 5, unknowns: true)[0];
        Assert.That(words, Is.EqualTo(Enumerable.Repeat("<unk>", 5)));
        Assert.That(translator.Translate(Toy.Test.Source[0], beamWidth, maxLength: 2, unknowns: true), Is.EqualTo("<unk> <unk>"));
    }

    [Test]
    public void A_summary_names_its_layers_and_counts_its_weights()
    {
        Translator translator = ToyLanguage.Translator(Toy.Train, 8, TranslatorCell.GRU, true, TranslatorAttention.Additive, dropout: 0.2);
        string text = translator.Summary();
        foreach (string name in (string[])["source_embedding", "encoder", "bridge", "decoder", "output"]) Assert.That(text, Does.Contain(name));
        int words = translator.SourceVocabulary.Count, written = translator.TargetVocabulary.Count;
        int encoder = 2 * (16 * 24 + 8 * 24 + 24), bridge = 16 * 8 + 8, attention = 16 * 8 + 8 * 8 + 8 + 8;
        int decoder = (16 + 16) * 24 + 8 * 24 + 24, output = (8 + 16 + 16) * written + written;
        Assert.That(
            translator.Variables.Sum(variable => variable.Length),
            Is.EqualTo((words + written) * 16 + encoder + bridge + attention + decoder + output));
    }

    [Test]
    public void A_length_penalty_prefers_longer_translations()
    {
        var options = new DecodingOptions(2, 0, 50, 1, 2, []);
        Assert.That(options.Score(-3, 4), Is.EqualTo(-3));
        Assert.That((options with { LengthPenalty = 1 }).Score(-3, 7), Is.EqualTo(-1.5));
        Assert.That((options with { LengthPenalty = 0.5 }).Score(-3, 19), Is.EqualTo(-1.5));
    }

    [Test]
    public void Training_goes_on_from_a_file_to_the_bits_of_one_without_a_break()
    {
        using var folder = new Formats.TemporaryFolder();
        Translator whole = New(), first = New();
        whole.Fit(Toy.Train.Take(50), epochs: 3, batchSize: 16, verbose: Verbosity.Silent);
        first.Fit(Toy.Train.Take(50), epochs: 2, batchSize: 16, verbose: Verbosity.Silent);
        first.Save(folder["translator.safetensors"]);
        Translator second = Translator.FromFile(folder["translator.safetensors"]);
        second.Compile(new Adam(), new SparseCategoricalCrossentropy());
        second.Load(folder["translator.safetensors"]);
        second.Fit(Toy.Train.Take(50), epochs: 3, batchSize: 16, initialEpoch: second.Epoch, verbose: Verbosity.Silent);
        for (int i = 0; i < whole.Variables.Count; i++)
            Assert.That(second.Variables[i].ToArray<float>(), Is.EqualTo(whole.Variables[i].ToArray<float>()), whole.Variables[i].Name);

        static Translator New()
        {
            Translator translator = ToyLanguage.Translator(Toy.Train, 6, TranslatorCell.GRU, true, TranslatorAttention.Additive, dropout: 0.3);
            translator.Compile(new Adam(), new SparseCategoricalCrossentropy());
            return translator;
        }
    }

    [Test]
    public void Callbacks_hear_of_batches_and_may_stop()
    {
        Translator translator = ToyLanguage.Translator(Toy.Train, 4);
        translator.Compile(new Adam(), new SparseCategoricalCrossentropy(), new Perplexity());
        int batches = 0;
        var stop = new Engine.Callbacks.LambdaCallback(onTrainBatchEnd: (batch, measured) =>
        {
            batches++;
            Assert.That(measured["perplexity"], Is.EqualTo(Math.Exp(measured["loss"])).Within(1e-3 * Math.Exp(measured["loss"])));
            if (batch == 2) translator.StopTraining = true;
        });
        History history = translator.Fit(Toy.Train, epochs: 5, batchSize: 16, callbacks: [stop], verbose: Verbosity.Silent);
        Assert.That((batches, history.Epochs.Count), Is.EqualTo((3, 0)));
    }

    private static IEnumerable<string> Strings(string letters, int most)
    {
        string[] last = [""];
        for (int length = 0; length <= most; length++)
        {
            foreach (string text in last) yield return text;
            last = [.. last.SelectMany(text => letters.Select(letter => text + letter))];
        }
    }
}
