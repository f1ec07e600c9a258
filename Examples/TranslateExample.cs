using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using Engine;
using Engine.Data;
using Engine.Losses;
using Engine.Metrics;
using Engine.Models;
using Engine.Optimizers;

namespace Examples;

/// <summary>Translation word by word: an encoder and a decoder of LSTMs, or one that looks back at the source before each word.</summary>
internal static class TranslateExample
{
    public static Command Command()
    {
        var network = new Option<string>("--model")
        {
            Description = "lstm: the last states are all that the decoder knows; attention: it looks at the source (Bahdanau et al. 2015).",
            DefaultValueFactory = _ => "attention",
        };
        network.AcceptOnlyFromAmong("lstm", "attention");
        var data = new Option<string?>("--data") { Description = "File with a sentence, a tab and its translation on each line." };
        var test = new Option<string?>("--test") { Description = "Another such file to measure on; by default a tenth of the first." };
        var pairs = new Option<int?>("--pairs") { Description = "How many pairs of the file are used; all by default." };
        var units = new Option<int>("--units") { Description = "The length of the states.", DefaultValueFactory = _ => 256 };
        var beam = new Option<int>("--beam") { Description = "The width of the beam search at the end.", DefaultValueFactory = _ => 5 };
        Option<string> output = Options.File("--save", "Where the translator is written to.", "translator.safetensors");
        Option<int> epochs = Options.Epochs(3);
        Option<ulong> seed = Options.Seed();
        var command = new Command("translate", "Trains a translator on pairs of sentences.")
        {
            network, data, test, pairs, units, beam, output, epochs, seed,
        };
        command.SetAction(parsed =>
        {
            (SentencePairs train, SentencePairs held) =
                Load(parsed.GetValue(data), parsed.GetValue(test), parsed.GetValue(pairs), parsed.GetValue(seed));
            Translator translator = Make(train, parsed.GetValue(network) == "attention", parsed.GetValue(units), parsed.GetValue(seed));
            Train(translator, train, held, parsed.GetValue(epochs));
            Judge(translator, held, parsed.GetValue(beam));
            translator.Save(parsed.GetValue(output)!);
            Console.WriteLine($"\nsaved to {parsed.GetValue(output)}; Translator.FromFile reads it");
        });
        return command;
    }

    private static (SentencePairs Train, SentencePairs Test) Load(string? data, string? test, int? count, ulong seed)
    {
        if (data is null)
            return Stage.Run("making up 2000 sentences and their translations", () => SmallGerman.Make(2000, seed)).Split(0.9, seed);
        SentencePairs pairs = Stage.Run($"reading {data}", () => SentencePairs.Load(data)).Take(count ?? int.MaxValue);
        return test is null ? pairs.Split(0.9, seed) : (pairs, SentencePairs.Load(test));
    }

    private static Translator Make(SentencePairs train, bool attention, int units, ulong seed)
    {
        #region doc-translate
        var source = WordVocabulary.From(train.Source, minFrequency: 2);            // lower-case words and signs, seen at least twice
        var target = WordVocabulary.From(train.Target, minFrequency: 2);
        var translator = attention
            ? new Translator(
                source, target, units, 128, TranslatorCell.GRU, bidirectional: true, TranslatorAttention.Additive, dropout: 0.3)
            : new Translator(source, target, units, 128);
        translator.Compile(new Adam { GlobalClipNorm = 1 }, new SparseCategoricalCrossentropy(), new Accuracy());
        #endregion

        translator.Seed = seed;
        long parameters = translator.Variables.Sum(variable => (long)variable.Length);
        Console.WriteLine($"{train.Count} pairs, {source.Count} words to {target.Count}, {parameters} parameters");
        Console.WriteLine();
        return translator;
    }

    private static void Train(Translator translator, SentencePairs train, SentencePairs test, int epochs)
    {
        Console.WriteLine("epoch   training     loss  accuracy  test perplexity  greedy BLEU of words");
        for (int epoch = 0; epoch < epochs; epoch++)
        {
            var clock = Stopwatch.StartNew();
            History history = translator.Fit(train, epoch + 1, batchSize: 64, initialEpoch: epoch, verbose: Verbosity.Silent);
            double seconds = clock.Elapsed.TotalSeconds;
            if (history.Epochs.Count == 0) break;
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{epoch + 1,5}{seconds,9:F1} s{history["loss"][0],9:F3}"
                + $"{history["accuracy"][0],10:P1}{translator.Perplexity(test),17:F2}{WordBleu(translator, test, 1),22:F2}"));
        }
    }

    /// <summary>BLEU of the words that the vocabulary knows, all others counting as one word.</summary>
    private static double WordBleu(Translator translator, SentencePairs test, int beamWidth)
    {
        WordVocabulary words = translator.TargetVocabulary;
        string[][] wanted = [.. test.Target.Select(sentence => words.TokensOf(words.Encode(sentence)))];
        return Bleu.Tokens(translator.TranslateToWords(test.Source, beamWidth, unknowns: true), wanted).Score;
    }

    private static void Judge(Translator translator, SentencePairs test, int beam)
    {
        Console.WriteLine();
        Console.WriteLine($"on {test.Count} pairs not seen in training   of words   cased   lower-cased");
        foreach (int width in (int[])[1, beam])
        {
            var clock = Stopwatch.StartNew();
            double ofWords = WordBleu(translator, test, width);
            string[] translations = translator.Translate(test.Source, width);
            double cased = Bleu.Corpus(translations, test.Target).Score;
            double lower = Bleu.Corpus(translations, test.Target, lowercase: true).Score;
            string how = width == 1 ? "greedy BLEU" : $"BLEU with a beam of {width}";
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{how,-36}{ofWords,11:F2}{cased,8:F2}{lower,14:F2}{clock.Elapsed.TotalSeconds,8:F1} s"));
        }

        Console.WriteLine();
        for (int i = 0; i < Math.Min(4, test.Count); i++)
        {
            Console.WriteLine($"  {test.Source[i]}");
            Console.WriteLine($"→ {translator.Translate(test.Source[i], beam)}");
            Console.WriteLine($"= {test.Target[i]}");
        }
    }
}
