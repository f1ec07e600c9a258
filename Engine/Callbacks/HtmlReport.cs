using System.Globalization;
using System.Net;
using System.Text;
using Engine.Data;
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
        text.Append(CultureInfo.InvariantCulture, $"""
            <p class="muted">epoch {epochs[^1]} of {plan.Epochs} · {plan.Samples} samples · batches of {plan.BatchSize} · step
            {model.Step} · {model.Optimizer!.GetType().Name} · seed {model.Seed} · {(DateTime.UtcNow - begin).TotalSeconds:F1} s</p>
            <div class="tiles">
            """);
        var charts = new StringBuilder();
        foreach ((string name, List<double> list) in values)
        {
            if (name.StartsWith("val_", StringComparison.Ordinal) && values.ContainsKey(name[4..])) continue;
            List<HtmlLine> lines = [new("training", "training", epochs, list)];
            text.Append(CultureInfo.InvariantCulture,
                $"<div class=\"tile\"><span>{WebUtility.HtmlEncode(name)}</span><b>{HtmlChart.Measured(list[^1])}</b>");
            if (values.TryGetValue($"val_{name}", out List<double>? validation))
            {
                lines.Add(new("validation", "validation", epochs, validation));
                text.Append(CultureInfo.InvariantCulture, $"<span>validation {HtmlChart.Measured(validation[^1])}</span>");
            }

            text.Append("</div>");
            charts.Append(new HtmlChart(name, lines));
        }

        text.Append("</div>\n<div class=\"charts\">\n").Append(charts).Append("</div>\n").Append(predictions)
            .Append("<details><summary>Layers</summary><pre>").Append(WebUtility.HtmlEncode(model.Summary())).Append("</pre></details>\n");
        HtmlPage.Write("HtmlReport", path, model.Path, text);
    }
}
