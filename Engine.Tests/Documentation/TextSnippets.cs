using Engine.Callbacks;
using Engine.Data;
using Engine.Formats;
using Engine.Layers;
using Engine.Losses;
using Engine.Metrics;
using Engine.Models;
using Engine.Optimizers;
using Engine.Tests.Formats;

namespace Engine.Tests.Documentation;

/// <summary>The code of the page on sequences, its section on text, run.</summary>
public class TextSnippets
{
    private TemporaryFolder folder = null!;

    [SetUp]
    public void MakeFolder() => folder = new TemporaryFolder();

    [TearDown]
    public void RemoveFolder() => folder.Dispose();

    private string Verse() => folder.Write("verse.txt", System.Text.Encoding.UTF8.GetBytes(
        string.Concat(Enumerable.Repeat("The owl looked up to the stars above and sang to a small guitar.\n", 40))));

    [Test]
    public void A_text_is_cut_into_windows_and_written_on()
    {
        string path = Verse();

        #region doc-text-windows
        string text = TextFile.Read(path);                                  // UTF-8, or an error that names the byte
        var vocabulary = CharacterVocabulary.From(text);
        int[] ids = vocabulary.Encode(text);
        var (train, validation) = TextWindows.NextCharacter(ids, length: 40, stride: 3).Split(0.9);
        #endregion

        var model = new Sequential(
            new Input([40], DType.Int32), new OneHot(vocabulary.Count), new Flatten(), new Dense(vocabulary.Count, Activation.Softmax));
        model.Compile(new Adam(0.01), new SparseCategoricalCrossentropy());
        model.Fit(train, epochs: 4, validationData: validation, verbose: Verbosity.Silent);

        #region doc-text-generator
        string verse = TextGenerator.Sample(model, vocabulary, prompt: "The owl ", length: 80, temperature: 0.8, seed: 1);

        var generator = new TextGenerator(model, vocabulary) { Temperature = 0.7, TopP = 0.95, Stops = ["\n"] };
        foreach (string piece in generator.Stream("The owl ", length: 200)) Console.Write(piece);
        #endregion

        Assert.That(verse, Does.StartWith("The owl ").And.Length.EqualTo(88));
        Assert.That(generator.Generate("The owl ", 200), Does.Contain("stars"));

        #region doc-text-streams
        TextWindows streams = TextWindows.Streams(ids, length: 100, batchSize: 8);
        var reader = new Sequential(
            new Input([100], DType.Int32),
            new Embedding(vocabulary.Count, 16),
            new LSTM(32, returnSequences: true, stateful: true),
            new Dense(vocabulary.Count));
        reader.Compile(new Adam(0.01), new SparseCategoricalCrossentropy(fromLogits: true), new Perplexity(fromLogits: true));
        reader.Fit(streams, epochs: 2, batchSize: streams.StreamCount, shuffle: false,
            callbacks: [new LambdaCallback(onEpochBegin: _ => reader.ResetStates())]);   // an epoch begins at the text's beginning
        #endregion

        Assert.That(streams.Count, Is.EqualTo(24));
        reader.ResetStates();
        Assert.That(new TextGenerator(reader, vocabulary) { FromLogits = true }.Generate("The owl ", 30), Has.Length.EqualTo(30));
    }

    [Test]
    public void Words_and_pairs_of_bytes_have_ids()
    {
        string path = Verse();
        string[] reviews = ["A moving, funny film.", "Dull; two hours of nothing at all."];

        #region doc-text-words
        var tokenizer = new Tokenizer(lowercase: true, stripAccents: true, digits: DigitHandling.Zero);
        var words = WordVocabulary.From(reviews, maxSize: 4000, tokenizer: tokenizer);
        int[][] sequences = [.. reviews.Select(words.Encode)];
        Tensor padded = Sequences.Pad(sequences, length: 40, padding: SequenceSide.Post);   // Int32[2, 40]
        words.Save(folder["words.json"]);
        #endregion

        Assert.That(padded.Shape.ToString(), Is.EqualTo("[2, 40]"));
        Assert.That(WordVocabulary.Load(folder["words.json"]).Tokens, Is.EqualTo(words.Tokens));

        #region doc-text-pairs
        var bytePairs = BytePairTokenizer.Train(TextFile.ReadLines(path), vocabularySize: 300, specials: ["<pad>", "<|end|>"]);
        bytePairs.Save(folder["tokenizer.json"]);                           // as Hugging Face's tokenizers write it
        int[] ids = BytePairTokenizer.Load(folder["tokenizer.json"]).Encode("Owls sing.");
        #endregion

        Assert.That(bytePairs.Decode(ids), Is.EqualTo("Owls sing."));
    }

    [Test]
    public void Pairs_are_batched_by_length_and_translations_measured()
    {
        string path = folder.Write("pairs.tsv",
            "A dog runs.\tEin Hund rennt.\nTwo cats sleep on a mat.\tZwei Katzen schlafen auf einer Matte.\n"u8.ToArray());
        string[] translations = ["Ein Hund rennt.", "Zwei Katzen schlafen auf der Matte."];

        #region doc-text-translation
        SentencePairs pairs = SentencePairs.Load(path);                     // a pair a line, divided by a tab
        var source = WordVocabulary.From(pairs.Source, minFrequency: 1);
        var target = WordVocabulary.From(pairs.Target, minFrequency: 1);
        int[][] from = [.. pairs.Source.Select(source.Encode)];
        int[][] to = [.. pairs.Target.Select(sentence => target.Encode(sentence, start: true, end: true))];
        foreach ((Tensor x, Tensor y) in new SequenceBuckets(from, to).Batch(64, shuffleSeed: 1, epoch: 0))
            Console.WriteLine($"{x.Shape} to {y.Shape}");                   // each batch as long as its longest sentence

        BleuScore bleu = Bleu.Corpus(translations, pairs.Target);           // bleu.Score, 0 to 100
        BleuScore lowerCased = Bleu.Corpus(translations, pairs.Target, lowercase: true);
        #endregion

        Assert.That(bleu.Score, Is.InRange(50, 90));
        Assert.That(lowerCased.Score, Is.EqualTo(bleu.Score));
    }
}
