using System.Text;
using Engine.Models;
using Spectre.Console;

namespace Engine.Tests.Models;

public class TrainingProgressTests
{
    private static readonly Dictionary<string, double> Measured = new() { ["loss"] = 0.123449, ["accuracy"] = 0.98123 };

    [Test]
    public void A_redirected_run_writes_one_plain_line_an_epoch() =>
        Assert.That(TrainingProgress.Line(0, 5, 12.345, Measured), Is.EqualTo("epoch 1/5  12.3 s  loss 0.1234  accuracy 0.9812"));

    [Test]
    public void A_line_never_exceeds_eighty_columns()
    {
        var measured = new Dictionary<string, double>(Measured) { ["val_loss"] = 0.0456, ["val_accuracy"] = 0.9876 };
        Assert.That(TrainingProgress.Line(0, 5, 12.345, measured),
            Is.EqualTo("epoch 1/5 12.3 s loss 0.1234 accuracy 0.9812 val_loss 0.0456 val_accuracy 0.9876"));
        Assert.That(TrainingProgress.Line(99, 100, 1234.5, measured),
            Is.EqualTo("epoch 100/100 1234.5 s loss 0.12 accuracy 0.98 val_loss 0.05 val_accuracy 0.99"));
        measured["a_metric_with_a_very_long_name"] = 1e-9;
        string cut = TrainingProgress.Line(99, 100, 1234.5, measured);
        Assert.That(cut, Has.Length.EqualTo(80));
        Assert.That(cut, Does.EndWith("…"));
    }

    [Test]
    public void Very_small_and_very_large_values_keep_their_digits()
    {
        var measured = new Dictionary<string, double> { ["loss"] = 1.2341e-7, ["error"] = 6.54321e9, ["zero"] = 0, ["bad"] = double.NaN };
        Assert.That(TrainingProgress.Line(0, 1, 0, measured),
            Is.EqualTo("epoch 1/1  0.0 s  loss 1.234e-7  error 6.543e9  zero 0.0000  bad NaN"));
    }

    [Test]
    public void Fit_writes_its_lines_and_a_broken_pipe_does_not_stop_it()
    {
        var text = new StringWriter();
        Sequential model = TinyModels.Classifier();
        model.Fit(TinyModels.Quadrants(40), epochs: 2, callbacks: [new TrainingProgress(null, text, "samples")], verbose: Verbosity.Silent);
        string[] lines = text.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.That(lines, Has.Length.EqualTo(2));
        Assert.That(lines[1], Does.Match(@"^epoch 2/2  \d+\.\d s  loss \d\.\d{4}  accuracy \d\.\d{4}\r?$"));
        History history = model.Fit(TinyModels.Quadrants(40), epochs: 2, callbacks: [new TrainingProgress(null, new BrokenPipe(),
            "samples")], verbose: Verbosity.Silent);
        Assert.That(history["loss"], Has.Count.EqualTo(2));
    }

    [Test]
    public void On_a_terminal_a_bar_with_loss_metrics_and_rate_is_drawn()
    {
        var screen = new StringWriter();
        IAnsiConsole terminal = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = AnsiSupport.Yes, Interactive = InteractionSupport.Yes, ColorSystem = ColorSystemSupport.NoColors,
                Out = new AnsiConsoleOutput(screen),
        });
        (terminal.Profile.Width, terminal.Profile.Height) = (80, 24);
        var lines = new StringWriter();
        TinyModels.Classifier().Fit(TinyModels.Quadrants(64), epochs: 2, callbacks: [new TrainingProgress(terminal, lines, "images"),
            new Pause()], verbose: Verbosity.Silent);
        Assert.That(screen.ToString(), Does.Match(@"2/2 loss \d\.\d{4} accuracy \d\.\d{4} \d+ images/s 0:00 left"));
        Assert.That(lines.ToString(), Does.Contain("epoch 2/2"));
    }

    [Test]
    public void A_silent_run_has_no_progress()
    {
        Assert.That(TrainingProgress.For(Verbosity.Silent, images: true), Is.Null);
        Assert.That(TrainingProgress.For(Verbosity.Epochs, images: true), Is.Not.Null);
    }

    /// <summary>Makes batches long enough for a bar, which is drawn ten times a second, to be seen.</summary>
    private sealed class Pause : Callback
    {
        public override void OnBatchEnd(Model model, int batch, IReadOnlyDictionary<string, double> measured) => Thread.Sleep(250);
    }

    /// <summary>Output that nobody reads.</summary>
    private sealed class BrokenPipe : TextWriter
    {
        public override Encoding Encoding => Encoding.UTF8;

        public override void Write(char value) => throw new IOException("Broken pipe");
    }
}
