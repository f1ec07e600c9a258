using System.Diagnostics;
using System.Globalization;
using System.Text;
using Spectre.Console;

namespace Engine.Models;

/// <summary>Shows how training goes: a live bar on a terminal, and one line an epoch.</summary>
/// <remarks>Where nobody reads the output any more, training goes on in silence.</remarks>
internal sealed class TrainingProgress : Callback
{
    private const int Width = 80;

    private readonly IAnsiConsole? terminal;
    private readonly TextWriter output;
    private readonly string unit;
    private readonly Stopwatch clock = new();
    private TrainingPlan plan = new(0, 0, 0, 0, 0);
    private TaskCompletionSource? epochEnded;
    private Task? display;
    private ProgressTask? bar;
    private int epoch;
    private long lastShown;

    /// <summary>Shows progress.</summary>
    /// <param name="terminal">Where the live bar is drawn; null for none.</param>
    /// <param name="output">Where the lines go.</param>
    /// <param name="unit">What a sample is called: images or samples.</param>
    public TrainingProgress(IAnsiConsole? terminal, TextWriter output, string unit) =>
        (this.terminal, this.output, this.unit) = (terminal, output, unit);

    /// <summary>The progress for a verbosity; null for none.</summary>
    public static TrainingProgress? For(Verbosity verbose, bool images)
    {
        if (verbose == Verbosity.Silent) return null;
        bool live = verbose == Verbosity.Progress && !Console.IsOutputRedirected && AnsiConsole.Profile.Capabilities.Interactive;
        return new TrainingProgress(live ? AnsiConsole.Console : null, Console.Out, images ? "images" : "samples");
    }

    public override void OnTrainBegin(Model model, TrainingPlan plan) => this.plan = plan;

    public override void OnEpochBegin(Model model, int epoch)
    {
        this.epoch = epoch;
        clock.Restart();
        lastShown = 0;
        if (terminal is null) return;
        // Spectre draws while a function runs, so one runs, on a thread of the pool, for as long as the epoch does.
        epochEnded = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Task ended = epochEnded.Task;
        // Spectre refuses a task without a name.
        string name = string.Create(CultureInfo.InvariantCulture, $"{epoch + 1}/{plan.Epochs}");
        var begun = new TaskCompletionSource<ProgressTask>(TaskCreationOptions.RunContinuationsAsynchronously);
        display = Task.Run(() => terminal.Progress()
            .AutoClear(true)
            .Columns(new ProgressBarColumn { Width = 14 }, new TaskDescriptionColumn { Alignment = Justify.Left })
            .StartAsync(context =>
            {
                begun.SetResult(context.AddTask(name, maxValue: Math.Max(1, plan.Batches)));
                return ended;
            }));
        Task.WhenAny(begun.Task, display).Wait();
        bar = begun.Task.IsCompletedSuccessfully ? begun.Task.Result : null;
    }

    public override void OnBatchEnd(Model model, int batch, IReadOnlyDictionary<string, double> measured)
    {
        // Ten times a second is as often as anyone can read.
        if (bar is null || (clock.ElapsedMilliseconds - lastShown < 100 && batch + 1 < plan.Batches)) return;
        lastShown = clock.ElapsedMilliseconds;
        bar.Value = batch + 1;
        bar.Description = Markup.Escape(Live(epoch, batch, measured));
    }

    public override void OnEpochEnd(Model model, int epoch, IReadOnlyDictionary<string, double> measured)
    {
        double seconds = clock.Elapsed.TotalSeconds;
        EndDisplay();
        try
        {
            output.WriteLine(Line(epoch, plan.Epochs, seconds, measured));
            output.Flush();
        }
        catch (IOException)
        {
            // The reader of a pipe has gone; that is no reason to lose the training.
        }
    }

    public override void OnTrainEnd(Model model) => EndDisplay();

    /// <summary>One epoch in one line of at most 80 columns: spaces go first, then digits.</summary>
    internal static string Line(int epoch, int epochs, double seconds, IReadOnlyDictionary<string, double> measured)
    {
        string line = "";
        foreach ((string gap, int digits) in ((string, int)[])[("  ", 4), (" ", 4), (" ", 3), (" ", 2)])
        {
            var text = new StringBuilder(string.Create(CultureInfo.InvariantCulture, $"epoch {epoch + 1}/{epochs}{gap}{seconds:F1} s"));
            foreach ((string name, double value) in measured) text.Append(gap).Append(name).Append(' ').Append(Number(value, digits));
            line = text.ToString();
            if (line.Length <= Width) return line;
        }

        return line[..(Width - 1)] + "…";
    }

    /// <summary>What stands beside the bar.</summary>
    private string Live(int epoch, int batch, IReadOnlyDictionary<string, double> measured)
    {
        double seconds = Math.Max(1e-3, clock.Elapsed.TotalSeconds);
        double done = Math.Min(plan.Samples, (batch + 1.0) * plan.BatchSize), rate = done / seconds;
        var left = TimeSpan.FromSeconds((plan.Samples - done) / rate);
        var text = new StringBuilder(string.Create(CultureInfo.InvariantCulture, $"{epoch + 1}/{plan.Epochs}"));
        foreach ((string name, double value) in measured) text.Append(' ').Append(name).Append(' ').Append(Number(value, 4));
        text.Append(CultureInfo.InvariantCulture, $" {rate:F0} {unit}/s {(int)left.TotalMinutes}:{left.Seconds:00} left");
        const int Room = Width - 16;
        return text.Length <= Room ? text.ToString() : text.ToString(0, Room - 1) + "…";
    }

    private static string Number(double value, int digits) => Math.Abs(value) is 0 or (>= 1e-3 and < 1e5)
        ? value.ToString($"F{digits}", CultureInfo.InvariantCulture)
        : value.ToString($"0.{new string('0', digits - 1)}e0", CultureInfo.InvariantCulture);

    private void EndDisplay()
    {
        epochEnded?.TrySetResult();
        epochEnded = null;
        bar = null;
        try
        {
            display?.Wait();
        }
        catch (AggregateException e) when (e.InnerException is IOException)
        {
            // A terminal that cannot be drawn on any more ends the display, not the training.
        }

        display = null;
    }
}
