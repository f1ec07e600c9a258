using System.Globalization;
using System.IO.Compression;
using System.Text.RegularExpressions;
using Engine.Tests.Data;
using Engine.Tests.Formats;
using Engine.Tests.Processes;

namespace Engine.Tests.Examples;

/// <summary>Each program of Examples, run briefly as its users run it: as a process, by its name and options.</summary>
[NonParallelizable]
public partial class ExampleTests
{
    private TemporaryFolder folder = null!;

    [SetUp]
    public void MakeFolder() => folder = new TemporaryFolder();

    [TearDown]
    public void RemoveFolder() => folder.Dispose();

    [Test]
    public void Help_names_every_program()
    {
        using var child = ChildProcess.Example(folder.Folder, "--help");
        string text = child.Output.ReadToEnd();
        Assert.That(child.Wait(), Is.Zero);
        foreach (string name in Documentation.ProgramTableTests.Programs) Assert.That(text, Does.Contain($"\n  {name} "));
    }

    [Test]
    public void Without_a_name_digits_are_read_and_the_model_saved()
    {
        string text = Run("--epochs", "1", "--report", "report.html");
        Assert.That(Percent(text, @"test accuracy ([\d.]+) %"), Is.GreaterThan(90));
        Assert.That(text, Does.Contain("wanted \\ predicted").And.Contain("read as"));
        Assert.That(File.Exists(folder["digits.safetensors"]));
        Assert.That(File.ReadAllText(folder["report.html"]), Does.Contain("Confusion matrix"));
    }

    [Test]
    public void Overfit_compares_five_trainings_in_numbers_and_on_a_page()
    {
        string text = Run("overfit", "--epochs", "2", "--report", "page.html"), page = File.ReadAllText(folder["page.html"]);
        foreach (string remedy in (string[])["nothing", "L2", "dropout", "augmentation", "more data"])
        {
            Assert.That(text, Does.Match($@"(?m)^{remedy} +[\d.]+ +[\d.]+ % +[\d.]+ +[\d.]+ % +-?[\d.]+ +-?[\d,.]+ % +\d+ s$"));
            Assert.That(page, Does.Contain($"</i>{remedy}</td>"));
        }

        Assert.That(Regex.Matches(page, "<svg"), Has.Count.EqualTo(2 * (2 + 5)), "for each quantity all runs together, and each run");
    }

    [Test]
    public void Functional_answers_two_questions_about_two_images()
    {
        string text = Run("functional", "--epochs", "1");
        Assert.That(Percent(text, @"epoch 1 .* same ([\d.]+) %, sum"), Is.GreaterThan(75));
        Assert.That(Percent(text, @"epoch 1 .* sum ([\d.]+) %"), Is.GreaterThan(40), "of 19 sums");
        Assert.That(text, Does.Contain("val_sum_accuracy").And.Contain("change by 0 at most"));
    }

    [Test]
    public void Tabular_makes_up_a_table_and_says_the_same_each_time()
    {
        string text = Run("tabular");
        Assert.That(Percent(text, @"accuracy ([\d.]+) %\r?\n"), Is.GreaterThan(85));
        Assert.That(text, Does.Contain("petal length").And.Contain("= cornflower"));
        Assert.That(Seconds().Replace(Run("tabular"), "s"), Is.EqualTo(Seconds().Replace(text, "s")));
    }

    [TestCase("")]
    [TestCase("height,width,kind\n")]
    public void Tabular_reads_files_with_and_without_names_of_columns(string header)
    {
        string rows = string.Concat(Enumerable.Range(0, 60).Select(i => $"{i % 3}.{i % 7},{i % 5},{"abc"[i % 3]}\n"));
        File.WriteAllText(folder["table.csv"], header + rows);
        string text = Run("tabular", "--data", "table.csv", "--epochs", "30");
        Assert.That(text, Does.Contain("on 12 rows not seen in training").And.Contain("2 = c"));
        Assert.That(text, Does.Contain(header.Length > 0 ? "height" : "column 0"));
        Assert.That(Percent(text, @"accuracy ([\d.]+) %\r?\n"), Is.EqualTo(100));
    }

    [Test]
    public void Resume_comes_to_the_weights_of_a_run_without_interruption()
    {
        string text = Run("resume", "--epochs", "2");
        string[] hashes = [.. Regex.Matches(text, "[0-9a-f]{32}").Select(match => match.Value)];
        Assert.That(hashes, Has.Length.EqualTo(4));
        Assert.That(hashes[2], Is.EqualTo(hashes[0]));
        Assert.That(hashes.Distinct().Count(), Is.EqualTo(3), "the stopped run and the one from weights alone differ");
    }

    [Test]
    public void Ported_programs_learn()
    {
        Assert.That(Percent(Run("from-keras", "--epochs", "1"), @"(?m)^accuracy 0\.(\d\d)"), Is.GreaterThan(85));
        Assert.That(Percent(Run("from-pytorch", "--epochs", "1"), @"accuracy ([\d.]+) %"), Is.GreaterThan(95));
    }

    [TestCase("lstm")]
    [TestCase("attention")]
    public void Translate_learns_the_small_language_and_says_how_well(string model)
    {
        string text = Run("translate", "--model", model, "--epochs", "2", "--units", "48");
        Assert.That(text, Does.Contain("1800 pairs").And.Match(@"(?m)^ +2 +[\d.]+ s +[\d.]+ +[\d.]+ % +[\d.]+ +[\d.]+\r?$"));
        Assert.That(text, Does.Match(@"greedy BLEU( +[\d.]+){3} +[\d.]+ s").And.Match(@"BLEU with a beam of 5( +[\d.]+){3} +[\d.]+ s"));
        Assert.That(File.Exists(folder["translator.safetensors"]));
    }

    [Test]
    public void Translate_reads_files()
    {
        File.WriteAllLines(folder["pairs.tsv"], Enumerable.Range(0, 40).Select(i => $"{"abc"[i % 3]} dog {"xyz"[i / 3 % 3]}.\t{"xyz"[i / 3 % 3]} Hund {"abc"[i % 3]}."));
        string text = Run("translate", "--data", "pairs.tsv", "--test", "pairs.tsv", "--pairs", "30", "--epochs", "1", "--units", "8", "--beam", "2");
        Assert.That(text, Does.Contain("30 pairs").And.Contain("on 40 pairs").And.Contain("beam of 2"));
    }

    [Test]
    public void Text_reads_windows_and_writes_after_each_epoch()
    {
        string text = Run("text", "--units", "24", "--batch", "32", "--learning-rate", "0.01", "--epochs", "2");
        Assert.That(Numbers(text, @"validation ([\d.]+) nats a character"), Has.Length.EqualTo(2).And.Some.LessThan(1.8));
        Assert.That(text, Does.Match(@"epoch 2/2 .* s\r?\n  [a-zA-Z ]+").And.Contain("1000 sentences"));
        Assert.That(File.Exists(folder["text.safetensors"]));
    }

    [Test]
    public void Text_reads_streams_to_their_end()
    {
        File.WriteAllText(folder["owl.txt"], string.Concat(Enumerable.Repeat("the owl sings to a cat. ", 150)));
        string[] arguments = ["text", "--model", "stream", "--text", "owl.txt", "--units", "16", "--length", "20", "--batch", "8",
            "--learning-rate", "0.02", "--dropout", "0.1", "--epochs", "4", "--save", "owl.safetensors"];
        string text = Run(arguments);
        double[] losses = Numbers(text, @"validation ([\d.]+) nats a character");
        Assert.That(losses, Has.Length.EqualTo(4));
        Assert.That(losses[^1], Is.LessThan(1));
        Assert.That(text, Does.Contain("3600 characters, 14 different"));
        Assert.That(text, Does.Contain("8 streams to learn, 16 to validate, in windows of 20"));
        Assert.That(File.Exists(folder["owl.safetensors"]));
        Assert.That(Seconds().Replace(Run(arguments), "s"), Is.EqualTo(Seconds().Replace(text, "s")));
    }

    /// <summary>The real text; <see cref="Text_reads_streams_to_their_end"/> is its generated twin.</summary>
    [Test]
    public void Text_learns_from_Shakespeare()
    {
        string? real = RealData.Folder("text");
        if (real is null)
        {
            Assert.Ignore("The text is not here: set ENGINE_DATA to a folder whose subfolder text holds it. "
                + "The generated twin of this test ran.");
        }

        string text = Run("text", "--model", "stream", "--text", Path.Combine(real!, "tinyshakespeare.txt"),
            "--units", "32", "--batch", "32", "--learning-rate", "0.01", "--epochs", "1");
        Assert.That(Numbers(text, @"validation ([\d.]+) nats a character"), Has.Length.EqualTo(1).And.All.LessThan(2.3));
    }

    [TestCase("lstm")]
    [TestCase("gru")]
    public void Names_are_placed_by_their_letters(string model)
    {
        string text = Run("names", "--model", model, "--units", "32", "--epochs", "12", "--name", "Lehtonen", "--name", "Ωψ");
        Assert.That(text, Does.Contain("7 languages, 36 characters").And.Contain("454 names to learn, 50 to choose the epoch, 126 to ask for"));
        double[] f1 = Numbers(text, @"val_f1 ([\d.]+)");
        Assert.That(text, Does.Contain(string.Create(CultureInfo.InvariantCulture,
            $"best on the 50: epoch {Array.IndexOf(f1, f1.Max()) + 1}, F1 {f1.Max():F4}")), "of all epochs the best");
        Assert.That(Percent(text, @"(?m)^all names +126 +([\d.]+) %"), Is.GreaterThan(80), "a third would be Japanese");
        Assert.That(Percent(text, @"(?m)^mean of the languages +([\d.]+) %"), Is.GreaterThan(65));
        Assert.That(text, Does.Match(@"(?m)^Japanese +40 +[\d.]+ % +[\d.]+\r?$").And.Contain("Arm Dut Fin Geo Ice Jap Pol"));
        Assert.That(text, Does.Match(@"Lehtonen +Finnish \d+ %, \w+ \d+ %, \w+ \d+ %").And.Contain("Ωψ: no letter of it is known"));
    }

    [Test]
    public void Names_come_from_files_and_count_once()
    {
        Directory.CreateDirectory(folder["names"]);
        File.WriteAllLines(folder["names/Short.txt"],
            Enumerable.Range(0, 60).Select(i => $"{"abc"[i % 3]}{"öüé"[i / 3 % 3]}{"xyz"[i / 9 % 3]}"));
        File.WriteAllLines(folder["names/Long.txt"],
            [.. Enumerable.Range(0, 30).Select(i => $"{"abc"[i % 3]}enberg{"xyz"[i / 3 % 3]}"), " "]);
        string text = Run("names", "--data", "names", "--ascii", "--balance", "1", "--units", "8", "--epochs", "2");
        Assert.That(text, Does.Contain("2 languages, 12 characters").And.Contain("26 names to learn, 3 to choose the epoch, 7 to ask for"), "9 and 27 different names");
        Assert.That(Run("names", "--data", "names", "--units", "8", "--epochs", "1"), Does.Contain("2 languages, 13 characters"));
    }

    /// <summary>The real names; <see cref="Names_are_placed_by_their_letters"/> is its generated twin.</summary>
    [Test]
    public void Names_of_18_languages_are_placed()
    {
        string? real = RealData.Folder("text/names");
        if (real is null)
        {
            Assert.Ignore("The names are not here: set ENGINE_DATA to a folder whose subfolder text/names holds them. "
                + "The generated twin of this test ran.");
        }

        string text = Run("names", "--data", real!, "--units", "48", "--epochs", "2");
        Assert.That(Percent(text, @"(?m)^all names +\d+ +([\d.]+) %"), Is.GreaterThan(60), "more than half are Russian");
        Assert.That(text, Does.Contain("18 languages").And.Match("Ara Chi Cze Dut Eng"));
    }

    [Test]
    public void Names_that_cannot_be_learned_are_told()
    {
        Directory.CreateDirectory(folder["names"]);
        Errors(["names", "--data", "names"], "0 text files are there, at least two were wanted");
        File.WriteAllText(folder["names/A.txt"], "Ab\nAc\nAd\nAe\nAf\n");
        File.WriteAllText(folder["names/B.txt"], "Ba\nBb\nBb\nBb\nba\n");
        Errors(["names", "--data", "names"], "B has 2 different names, at least 5 were wanted");
        Errors(["names", "--balance", "1.5"], "--balance is 1.5. Give a number from 0 to 1.");

        void Errors(string[] arguments, string message)
        {
            using var child = ChildProcess.Example(folder.Folder, arguments);
            Task<string> errors = child.Errors.ReadToEndAsync();
            child.Output.ReadToEnd();
            Assert.That(child.Wait(), Is.EqualTo(1));
            Assert.That(errors.Result, Does.Contain(message).And.Not.Contain("   at "));
        }
    }

    [Test]
    public void Sequence_answers_at_every_step_and_for_the_whole()
    {
        string text = Run("sequence", "--epochs", "3");
        Assert.That(Percent(text, @"not seen in training: ([\d.]+) %"), Is.GreaterThan(98));
        Assert.That(text, Does.Contain("which symbol came first"));
        File.WriteAllText(folder["owl.txt"], string.Concat(Enumerable.Repeat("the owl sings. ", 100)));
        Assert.That(Run("sequence", "--text", "owl.txt", "--epochs", "1"), Does.Contain("which character comes next"));
    }

    [Test]
    public void Gradient_flow_compares_networks_in_numbers_and_plots()
    {
        string text = Run("gradient-flow", "--epochs", "1", "--plots", "plots");
        Assert.That(text, Does.Match("SimpleRNN, large matrix +[\\d.e+-]+ exploding").And.Match("LSTM, forgets little +[\\d.e+-]+ healthy"));
        Assert.That(Directory.GetFiles(folder["plots"], "*.svg"), Has.Length.EqualTo(5));
        File.WriteAllText(folder["owl.txt"], string.Concat(Enumerable.Repeat("the owl sings. ", 40)));
        Assert.That(Run("gradient-flow", "--text", "owl.txt", "--steps", "10", "--epochs", "1", "--plots", "plots"),
            Does.Contain("wanted is the character behind each"));
    }

    [TestCase("plain", 0)]
    [TestCase("best", 1)]
    public void Gan_makes_digits_shows_them_and_hands_them_to_another_judge(string model, int epochs)
    {
        string text = Run("gan", "--model", model, "--epochs", $"{epochs}", "--folder", "pictures", "--samples", "made.gz");
        Assert.That(text, Does.Match(@"Fréchet distance [\d.]+, on this").And.Match(@"\d+ of 10 digits, evenness 0\.\d+"));
        if (epochs > 0)
        {
            Assert.That(Percent(text, @"discriminator tells ([\d.]+) %"), Is.InRange(50, 100));
            foreach (string name in (string[])["index.html", "samples_001.png", "interpolation.png", "training.png"])
                Assert.That(File.Exists(folder[$"pictures/{name}"]), name);
        }

        using var file = new GZipStream(File.OpenRead(folder["made.gz"]), CompressionMode.Decompress);
        using var bytes = new MemoryStream();
        file.CopyTo(bytes);
        byte[] made = bytes.ToArray();
        Assert.That(made[..16], Is.EqualTo((byte[])[0, 0, 8, 3, 0, 0, 0x13, 0x88, 0, 0, 0, 28, 0, 0, 0, 28]));
        Assert.That(made.Length, Is.EqualTo(16 + 5000 * 28 * 28));
        Assert.That(made[16..].Max() - made[16..].Min(), Is.GreaterThan(10), "not one grey");
    }

    [TestCase("digits", "--data", "nowhere")]
    [TestCase("translate", "--data", "nowhere.tsv")]
    [TestCase("text", "--text", "nowhere.txt")]
    [TestCase("names", "--data", "nowhere")]
    [TestCase("sequence", "--text", "nowhere.txt")]
    [TestCase("gradient-flow", "--text", "nowhere.txt")]
    [TestCase("tabular", "--data", "nowhere.csv")]
    [TestCase("forecast", "--data", "nowhere.csv")]
    [TestCase("sentiment", "--negative", "nowhere.neg", "--positive", "nowhere.pos")]
    [TestCase("digits", "--epochs", "-1")]
    public void A_mistake_is_told_in_one_sentence(params string[] arguments)
    {
        using var child = ChildProcess.Example(folder.Folder, arguments);
        Task<string> errors = child.Errors.ReadToEndAsync();
        child.Output.ReadToEnd();
        Assert.That(child.Wait(), Is.EqualTo(1));
        Assert.That(errors.Result, Does.Not.Contain("   at ").And.Contains(arguments[^1]));
    }

    /// <summary>The output of a program that ends well and keeps to the width of a terminal.</summary>
    private string Run(params string[] arguments)
    {
        using var child = ChildProcess.Example(folder.Folder, arguments);
        Task<string> errors = child.Errors.ReadToEndAsync();
        string text = child.Output.ReadToEnd();
        Assert.That(child.Wait(), Is.Zero, errors.Result);
        string[] lines = text.Replace(folder.Folder, "", StringComparison.Ordinal).Split('\n');
        Assert.That(lines.Where(line => line.TrimEnd().Length > 80), Is.Empty);
        return text;
    }

    private static double[] Numbers(string text, string pattern) =>
        [.. Regex.Matches(text, pattern).Select(match => double.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture))];

    private static double Percent(string text, string pattern) =>
        double.Parse(Regex.Match(text, pattern).Groups[1].Value, CultureInfo.InvariantCulture);

    [GeneratedRegex(@"\d+\.\d s")]
    private static partial Regex Seconds();
}
