using Engine.Data;
using Engine.Losses;
using Engine.Models;
using Engine.Optimizers;
using Engine.Tests.Formats;
using Engine.Tests.Operations;

namespace Engine.Tests.Models;

/// <summary>What translators refuse, and files of translators.</summary>
public class TranslatorErrorTests
{
    private static readonly SentencePairs Pairs = ToyLanguage.Pairs(40);
    private TemporaryFolder folder = null!;

    [SetUp]
    public void MakeFolder() => folder = new TemporaryFolder();

    [TearDown]
    public void RemoveFolder() => folder.Dispose();

    [Test]
    public void Options_out_of_range()
    {
        WordVocabulary words = WordVocabulary.From(Pairs.Source);
        Errors.Assert<ValueException>(() => new Translator(words, words, units: 0), "Translator", "units is 0", "at least 1");
        Errors.Assert<ValueException>(() => new Translator(words, words, embedding: -1), "embedding is -1");
        Errors.Assert<ValueException>(() => new Translator(words, words, dropout: 1), "dropout is 1", "less than 1");
        Errors.Assert<ValueException>(() => new Translator(words, words, cell: (TranslatorCell)5), "cell is 5", "TranslatorCell");
        Errors.Assert<ValueException>(() => new Translator(words, words, attention: (TranslatorAttention)5), "attention is 5", "TranslatorAttention");
    }

    [Test]
    public void Training_without_what_it_needs()
    {
        Translator translator = ToyLanguage.Translator(Pairs, 4);
        Errors.Assert<ModelException>(() => translator.Fit(Pairs), "Translator \"translator\": Fit", "not compiled", "call Compile");
        Errors.Assert<ModelException>(() => translator.Evaluate(Pairs), "Evaluate", "not compiled");
        translator.Compile(new Adam(), new SparseCategoricalCrossentropy());
        var none = new SentencePairs([], []);
        Errors.Assert<ValueException>(() => translator.Fit(none), "no pairs of sentences", "at least one");
        Errors.Assert<ValueException>(() => translator.Fit(Pairs, validationData: none), "validationData", "no pairs of sentences");
        Errors.Assert<ValueException>(() => translator.Fit(Pairs, epochs: -1), "epochs is -1");
        Errors.Assert<ValueException>(() => translator.Fit(Pairs, initialEpoch: -1), "initialEpoch is -1");
        Errors.Assert<ValueException>(() => translator.Fit(Pairs, batchSize: 0), "batchSize is 0");
        Errors.Assert<ValueException>(() => translator.Evaluate(Pairs, batchSize: 0), "Evaluate", "batchSize is 0");
        Errors.Assert<ValueException>(() => translator.Perplexity(none), "Perplexity", "no pairs of sentences");
        translator.Trainable = false;
        Errors.Assert<ModelException>(() => translator.Fit(Pairs), "no trainable variables", "Trainable");
        Assert.That(translator.Step, Is.Zero);
    }

    [Test]
    public void A_loss_that_is_not_finite_is_named()
    {
        Translator translator = ToyLanguage.Translator(Pairs, 4);
        translator.Compile(new SGD(3e38), new SparseCategoricalCrossentropy());
        Errors.Assert<ModelException>(
            () => translator.Fit(Pairs, epochs: 9, batchSize: 8, verbose: Verbosity.Silent), "the loss became", "epoch", "batch", "GlobalClipNorm");
        translator.Variables[^1].AsWritableSpan<float>().Fill(float.NaN);
        Errors.Assert<ModelException>(() => translator.Translate("one dog"), "scores of all words are NaN", "smaller learning rate");
    }

    [Test]
    public void Sentences_and_numbers_that_cannot_be_translated()
    {
        Translator translator = ToyLanguage.Translator(Pairs, 4);
        Errors.Assert<ValueException>(() => translator.Translate(" \t"), "Translate", "the sentence has no word", "more than white space");
        Errors.Assert<ValueException>(() => translator.Translate(["one dog", ""]), "sentence 1 has no word");
        Errors.Assert<ValueException>(() => translator.Translate("one \ud800"), "surrogate");
        Errors.Assert<ValueException>(() => translator.Translate("one", beamWidth: 0), "beamWidth is 0");
        Errors.Assert<ValueException>(() => translator.Translate("one", lengthPenalty: double.NaN), "lengthPenalty is NaN");
        Errors.Assert<ValueException>(() => translator.Translate("one", lengthPenalty: -1), "lengthPenalty is -1");
        Errors.Assert<ValueException>(() => translator.Translate("one", maxLength: 0), "maxLength is 0");
        Errors.Assert<ValueException>(() => translator.Translate(["one"], batchSize: 0), "batchSize is 0");
        Errors.Assert<ValueException>(() => translator.Bleu(new SentencePairs([], [])), "Bleu", "no pairs of sentences");
        Assert.That(translator.Translate(Array.Empty<string>()), Is.Empty);
        Assert.That(() => translator.Translate("words that nobody knows"), Throws.Nothing);
    }

    [Test]
    public void A_file_gives_the_translator_back([Values] TranslatorAttention attention, [Values] TranslatorCell cell, [Values] bool bidirectional)
    {
        DType type = bidirectional ? DType.Float64 : DType.Float32;
        Translator translator = ToyLanguage.Translator(Pairs, 6, cell, bidirectional, attention, dropout: 0.2, dtype: type);
        Layers.AttentionFormulas.Shake(translator);
        translator.Save(folder["t.safetensors"], weightsOnly: bidirectional);
        Translator read = Translator.FromFile(folder["t.safetensors"]);
        Assert.That((read.Units, read.EmbeddingSize, read.Cell, read.IsBidirectional), Is.EqualTo((6, 16, cell, bidirectional)));
        Assert.That((read.Attention, read.DropoutRate, read.Variables[0].DType), Is.EqualTo((attention, 0.2, type)));
        Assert.That(read.SourceVocabulary.Tokens, Is.EqualTo(translator.SourceVocabulary.Tokens));
        Assert.That(read.TargetVocabulary.Tokens, Is.EqualTo(translator.TargetVocabulary.Tokens));
        Assert.That(read.Translate(Pairs.Source, maxLength: 6), Is.EqualTo(translator.Translate(Pairs.Source, maxLength: 6)));
    }

    [Test]
    public void Files_of_other_words_or_models()
    {
        Translator translator = ToyLanguage.Translator(Pairs, 4);
        translator.Save(folder["t.safetensors"]);
        WordVocabulary others = WordVocabulary.From(Pairs.Target.Select(text => text + "!"));
        var other = new Translator(translator.SourceVocabulary, others, 4, 16);
        Errors.Assert<FileFormatException>(() => Load(other, "t.safetensors"), "target vocabulary is not the translator's", "FromFile");
        var dense = new Sequential(new Engine.Layers.Input(3), new Engine.Layers.Dense(2));
        dense.Save(folder["d.safetensors"]);
        Errors.Assert<FileFormatException>(() => Translator.FromFile(folder["d.safetensors"]), "d.safetensors", "no translator's options");
        Errors.Assert<FileFormatException>(() => Translator.FromFile(folder["missing"]), "missing");
        Bad("translator", "{", "options are not of the wanted form");
        Bad("translator", "null", "options are null");
        Bad("translator", """{"units":0,"embedding":16,"cell":"LSTM","bidirectional":false,"attention":"None","dropout":0}""", "units is 0");
        Bad("translator", """{"units":4}""", "options are not of the wanted form");
        Bad("source_vocabulary", "{}", "Word vocabulary");
        Bad("target_vocabulary", null, "no target_vocabulary");

        void Bad(string key, string? text, string expected)
        {
            using (var file = Engine.Formats.SafetensorsFile.Open(folder["t.safetensors"]))
            {
                var metadata = new Dictionary<string, string>(file.Metadata);
                if (text is null) metadata.Remove(key);
                else metadata[key] = text;
                Engine.Formats.SafetensorsItem[] items = [.. file.Entries.Select(entry => new Engine.Formats.SafetensorsItem(entry.Name, file.Read(entry.Name)))];
                Engine.Formats.SafetensorsFile.Write(folder["bad.safetensors"], items, metadata);
            }

            Errors.Assert<FileFormatException>(() => Translator.FromFile(folder["bad.safetensors"]), "bad.safetensors", expected);
        }
    }

    private Translator Load(Translator translator, string file)
    {
        translator.Load(folder[file]);
        return translator;
    }
}
