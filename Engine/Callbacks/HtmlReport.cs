using System.Globalization;
using System.Net;
using System.Text;
using Engine.Data;
using Engine.Formats;
using Engine.Metrics;
using Engine.Models;

namespace Engine.Callbacks;

/// <summary>Writes a page that shows how training went: curves, and with data a confusion matrix and sample predictions.</summary>
/// <remarks>One HTML file that needs no other and no network, written anew after each epoch; the data are looked at when training
/// ends.</remarks>
public sealed class HtmlReport : Callback
{
    private readonly string path;
    private readonly Dataset? data;
    private readonly IReadOnlyList<string>? classNames;
    private readonly int samples;
    private readonly List<int> epochs = [];
    private readonly Dictionary<string, List<double>> values = new(StringComparer.Ordinal);
    private DateTime begin;
    private TrainingPlan plan = new(0, 0, 0, 0, 0);

    /// <summary>Creates the callback.</summary>
    /// <param name="path">The file, as <c>report.html</c>.</param>
    /// <param name="data">What the model is shown on when training ends, with labels: classes as integers or one-hot. Null for curves
    /// alone.</param>
    /// <param name="classNames">The names of the classes; null for their numbers.</param>
    /// <param name="samples">How many predictions are shown, wrong ones first; 12 by default.</param>
    /// <exception cref="ValueException">The path is empty, the data are empty or have no labels, or a number is negative.</exception>
    public HtmlReport(string path, Dataset? data = null, IReadOnlyList<string>? classNames = null, int samples = 12)
    {
        if (string.IsNullOrWhiteSpace(path)) throw Fail.Value("HtmlReport", "an empty path", "give the file to write");
        if (samples < 0) throw Fail.Value("HtmlReport", $"samples is {samples}", "give 0 or more");
        if (data is { Count: 0 } or { LabelShape: null })
            throw Fail.Value("HtmlReport", "data without samples or labels", "give samples with labels, or no data");
        (this.path, this.data, this.classNames, this.samples) = (path, data, classNames, samples);
    }

    /// <inheritdoc/>
    public override void OnTrainBegin(Model model, TrainingPlan plan)
    {
        this.plan = plan;
        begin = DateTime.UtcNow;
        epochs.Clear();
        values.Clear();
    }

    /// <inheritdoc/>
    public override void OnEpochEnd(Model model, int epoch, IReadOnlyDictionary<string, double> measured)
    {
        epochs.Add(epoch + 1);
        foreach ((string name, double value) in measured)
        {
            if (!values.TryGetValue(name, out List<double>? list)) values.Add(name, list = []);
            list.Add(value);
        }

        Write(model, "");
    }

    /// <inheritdoc/>
    public override void OnTrainEnd(Model model)
    {
        if (epochs.Count == 0) return;
        Write(model, data is null ? "" : new HtmlPredictions(model, data, classNames, samples).ToString());
    }

    private void Write(Model model, string predictions)
    {
        var text = new StringBuilder();
        string title = WebUtility.HtmlEncode(model.Path);
        text.Append(CultureInfo.InvariantCulture, $"""
            <!DOCTYPE html>
            <html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
            <title>{title}</title><style>{HtmlStyle.Sheet}</style></head><body><main>
            <h1>{title}</h1>
            <p class="muted">epoch {epochs[^1]} of {plan.Epochs} · {plan.Samples} samples · batches of {plan.BatchSize} · step {model.Step} ·
            {model.Optimizer!.GetType().Name} · seed {model.Seed} · {(DateTime.UtcNow - begin).TotalSeconds:F1} s</p>
            <div class="tiles">
            """);
        foreach ((string name, List<double> list) in values)
        {
            text.Append(CultureInfo.InvariantCulture,
                $"<div class=\"tile\"><span>{WebUtility.HtmlEncode(name)}</span><b>{HtmlChart.Number(list[^1])}</b></div>");
        }

        text.Append("</div>\n<div class=\"charts\">\n");
        foreach (string name in values.Keys)
        {
            if (name.StartsWith("val_", StringComparison.Ordinal) && values.ContainsKey(name[4..])) continue;
            var lines = new List<(string, IReadOnlyList<double>)> { ("training", values[name]) };
            if (values.TryGetValue($"val_{name}", out List<double>? validation)) lines.Add(("validation", validation));
            text.Append(HtmlChart.Draw(name, epochs, lines));
        }

        text.Append("</div>\n").Append(predictions).Append("<details><summary>Layers</summary><pre>")
            .Append(WebUtility.HtmlEncode(model.Summary())).Append("</pre></details>\n</main></body></html>\n");
        byte[] page = Encoding.UTF8.GetBytes(text.ToString());
        try
        {
            FormatFile.WriteAtomically(path, stream => stream.Write(page));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new FileFormatException($"HtmlReport \"{path}\": it cannot be written ({e.Message}). Check the folder and its permissions.", e);
        }
    }
}
