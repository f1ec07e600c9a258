using System.Reflection;
using System.Text;
using System.Text.RegularExpressions;
using Engine.Data;
using Engine.Models;
using Engine.Tests.Data;
using Engine.Tests.Processes;

namespace Engine.Tests.Examples;

/// <content>The program that tells positive reviews from negative ones.</content>
public partial class ExampleTests
{
    [TestCase("lstm", "5")]
    [TestCase("cnn", "6")]
    public void Sentiment_judges_sentences_it_has_not_seen(string model, string epochs)
    {
        string text = Run("sentiment", "--model", model, "--epochs", epochs, "--text", "the story is not dull .", "--text", "dull");
        Assert.That(text, Does.Contain("1620 sentences to train on, 180 to choose the epoch, 200 held out"));
        Assert.That(Percent(text, @"on the 200 held out: accuracy ([\d.]+) %"), Is.GreaterThan(85));
        Assert.That(text, Does.Match(@"(?m)^ +0 +\d+ +\d+ +[\d.]+%\r?\n +1 +\d+ +\d+ +[\d.]+%"));
        Assert.That(Percent(text, @"([\d.]+) %  the story is not dull \."), Is.GreaterThan(50));
        Assert.That(Regex.Matches(text, @"(?m)^ +[\d.]+ %  \S"), Has.Count.EqualTo(6 + 8 + 2));
    }

    [Test]
    public void Sentiment_reads_files_in_either_encoding()
    {
        string[] positive = [.. Enumerable.Range(0, 40).Select(i => $"naïve but good number {i}")];
        string[] negative = [.. Enumerable.Range(0, 40).Select(i => i == 0 ? "bad" : $"a clichéd thing , a bad one , number {i}")];
        File.WriteAllLines(folder["good.txt"], positive, Encoding.UTF8);
        File.WriteAllLines(folder["bad.txt"], [.. negative, "", "  "], Encoding.Latin1);
        string text = Run("sentiment", "--positive", "good.txt", "--negative", "bad.txt", "--words", "4", "--epochs", "12");
        Assert.That(text, Does.Contain("65 sentences to train on, 7 to choose the epoch, 8 held out").And.Contain("4 are read"));
        Assert.That(text, Does.Contain("naïve").And.Contain("clichéd"));
        Assert.That(Percent(text, @"on the 8 held out: accuracy ([\d.]+) %"), Is.GreaterThan(80));
    }

    [TestCase("Give --positive and --negative, or neither.", "--positive", "good.txt")]
    [TestCase("Give --words 1 or more.", "--words", "0")]
    public void Sentiment_says_what_options_it_wants(string message, params string[] options)
    {
        using var child = ChildProcess.Example(folder.Folder, ["sentiment", .. options]);
        Task<string> errors = child.Errors.ReadToEndAsync();
        child.Output.ReadToEnd();
        Assert.That(child.Wait(), Is.EqualTo(1));
        Assert.That(errors.Result, Does.Contain(message));
    }

    [TestCase("Lstm")]
    [TestCase("Cnn")]
    public void Padding_counts_for_nothing_in_the_networks_of_sentiment(string network)
    {
        int[][] sentences = [[4], [5, 6], [7, 8, 9, 10, 11, 12]];
        Tensor Judged(int length)
        {
            MethodInfo make = Assembly.Load("Examples").GetType("Examples.SentimentExample")!
                .GetMethod(network, BindingFlags.NonPublic | BindingFlags.Static)!;
            var model = (Model)make.Invoke(null, [20, length])!;
            model.Seed = 3;
            model.Build([length], DType.Int32);
            // A window of nothing but padding would be found in every text, with the bias for its strength.
            foreach (Variable variable in model.Variables.Where(variable => variable.Rank == 1)) variable.Assign(variable + 0.5);
            return model.Predict(Sequences.Pad(sentences, length, SequenceSide.Post));
        }

        float[] tight = Judged(6).ToArray<float>(), wide = Judged(25).ToArray<float>();
        Assert.That(wide, Is.EqualTo(tight).Within(1e-6));
        Assert.That(tight.Distinct().Count(), Is.EqualTo(3), "the sentences differ");
    }

    [Test]
    public void Sentiment_reads_the_sentences_of_Pang_and_Lee()
    {
        if (RealData.Folder("sentiment") is not { } data)
        {
            Assert.Ignore("The sentences are not here: set ENGINE_DATA to a folder whose subfolder sentiment holds them. "
                + "The other tests of this program make sentences up.");
            return;
        }

        string Sample(string kind)
        {
            string[] lines = File.ReadAllLines(Path.Combine(data, $"rt-polarity.{kind}"));
            File.WriteAllLines(folder[kind], lines.Where((_, i) => i % 3 == 0));
            return kind;
        }

        string text = Run("sentiment", "--positive", Sample("pos"), "--negative", Sample("neg"), "--words", "30", "--epochs", "3");
        Assert.That(text, Does.Contain("355 held out"));
        Assert.That(Percent(text, @"on the 355 held out: accuracy ([\d.]+) %"), Is.GreaterThan(60), "of a third of them, briefly");
    }
}
