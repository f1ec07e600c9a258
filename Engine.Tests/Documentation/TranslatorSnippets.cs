using Engine.Data;
using Engine.Losses;
using Engine.Metrics;
using Engine.Models;
using Engine.Optimizers;
using Engine.Tests.Formats;

namespace Engine.Tests.Documentation;

/// <summary>The code of the page about translation.</summary>
public class TranslatorSnippets
{
    [Test]
    public void A_translator_is_trained_used_and_kept()
    {
        using var folder = new TemporaryFolder();
        SentencePairs train = new(["A dog runs.", "A cat sleeps."], ["Ein Hund rennt.", "Eine Katze schläft."]), test = train;
        var (source, target) = (WordVocabulary.From(train.Source), WordVocabulary.From(train.Target));

        #region doc-translator
        var translator = new Translator(source, target, units: 64, embedding: 32, TranslatorCell.GRU, bidirectional: true,
            attention: TranslatorAttention.Additive, dropout: 0.1);
        translator.Compile(new Adam { GlobalClipNorm = 1 }, new SparseCategoricalCrossentropy(), new Accuracy());
        translator.Fit(train, epochs: 3, batchSize: 64, validationData: test);

        string greedy = translator.Translate("A dog runs.");                // always the most probable next word
        string best = translator.Translate("A dog runs.", beamWidth: 5, lengthPenalty: 1, maxLength: 20);
        double score = translator.Bleu(test), doubt = translator.Perplexity(test);
        translator.Save(folder["translator.safetensors"]);                  // with its vocabularies
        Translator again = Translator.FromFile(folder["translator.safetensors"]);
        #endregion

        Assert.That(again.Translate("A dog runs."), Is.EqualTo(greedy));
        Assert.That(again.Translate("A dog runs.", beamWidth: 5, maxLength: 20), Is.EqualTo(best));
        Assert.That((score, doubt), Is.EqualTo((again.Bleu(test), again.Perplexity(test))));
    }
}
