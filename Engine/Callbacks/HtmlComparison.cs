using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Text;
using Engine.Data;
using Engine.Models;

namespace Engine.Callbacks;

/// <summary>Writes a page that compares several trainings: their curves on common axes, and a table of where each of them ended.</summary>
/// <remarks>
/// <para>Each training gets a callback of its own from <see cref="Run"/>. The page is one HTML file that needs no other and no network,
/// written anew after each epoch of each training; like <see cref="HtmlReport"/> it is readable while training goes on.</para>
/// <para>The gap of a quantity is its value on the validation data minus that on the training data: what a network learnt by
/// heart.</para>
/// </remarks>
public sealed class HtmlComparison
{
    private const string Validation = "val_";

    private readonly string path;
    private readonly string title;
    private readonly string[]? quantities;
    private readonly List<ComparedRun> runs = [];

    /// <summary>Begins a comparison; the file is written when a training's first epoch ends.</summary>
    /// <param name="path">The file, as <c>comparison.html</c>.</param>
    /// <param name="title">The page's title.</param>
    /// <param name="quantities">What is shown, as <c>accuracy</c>, each on training and on validation data; null for all
    /// that is measured.</param>
    /// <exception cref="ValueException">The path is empty, or no quantity is left.</exception>
    public HtmlComparison(string path, string title = "Comparison", IReadOnlyList<string>? quantities = null)
    {
        ArgumentNullException.ThrowIfNull(title);
        if (string.IsNullOrWhiteSpace(path)) throw Fail.Value("HtmlComparison", "an empty path", "give the file to write");
        if (quantities is { Count: 0 }) throw Fail.Value("HtmlComparison", "no quantities", "name at least one, or give null for all");
        (this.path, this.title, this.quantities) = (path, title, quantities?.ToArray());
    }

    /// <summary>Adds a training to the page: give the callback to its <c>Fit</c>.</summary>
    /// <param name="name">What is different in this training.</param>
    /// <param name="training">The samples on which the training curves are measured at the end of each epoch, as validation is: without
    /// dropout and augmentation. Null for the means that <c>Fit</c> took over the epoch, while the weights still changed.</param>
    /// <returns>The callback, for one training; used again, it begins its curves again.</returns>
    /// <exception cref="ValueException">The name is empty or taken, or the samples are none or without labels.</exception>
    public Callback Run(string name, Dataset? training = null)
    {
        if (string.IsNullOrWhiteSpace(name)) throw Fail.Value("HtmlComparison", "an empty name", "say what is different in this training");
        if (runs.Exists(run => run.Name == name))
            throw Fail.Value("HtmlComparison", $"a second training \"{name}\"", "give each its own name");
        if (training is { Count: 0 } or { LabelShape: null })
            throw Fail.Value("HtmlComparison", "training data without samples or labels", "give samples with labels, or null");
        runs.Add(new ComparedRun(this, name, training));
        return runs[^1];
    }

    private void Write()
    {
        ComparedRun[] begun = [.. runs.Where(run => run.Epochs.Count > 0)];
        string[] measured = [.. begun.SelectMany(run => run.Values.Keys).Distinct()];
        bool IsValidation(string name) =>
            name.StartsWith(Validation, StringComparison.Ordinal) && measured.Contains(name[Validation.Length..]);
        string[] shown = quantities ?? [.. measured.Where(name => !IsValidation(name))];
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"<p class=\"muted\">{begun.Length} trainings · {begun.Sum(run => run.Seconds):F1} s · ");
        text.Append("gap: validation − training · the axes leave out where the first epochs lie</p>\n");
        Table(text, begun, shown);
        foreach (string name in shown) Charts(text, begun, name);
        HtmlPage.Write("HtmlComparison", path, title, text);
    }

    /// <summary>Where each training ended.</summary>
    private void Table(StringBuilder text, ComparedRun[] begun, string[] shown)
    {
        text.Append("<div class=\"table\"><table>\n<tr><th></th><th></th>");
        foreach (string name in shown)
            text.Append(CultureInfo.InvariantCulture, $"<th class=\"group\" colspan=\"4\">{WebUtility.HtmlEncode(name)}</th>");
        text.Append("</tr>\n<tr><th>after the last epoch</th><th>epochs</th>");
        foreach (string _ in shown) text.Append("<th>training</th><th>validation</th><th>gap</th><th></th>");
        text.Append("</tr>\n");
        foreach (ComparedRun run in begun)
        {
            text.Append(CultureInfo.InvariantCulture, $"<tr><td>{Key(run)}</td><td>{run.Epochs.Count}</td>");
            foreach (string name in shown)
            {
                double gap = run.Gap(name), widest = begun.Max(other => Math.Abs(other.Gap(name)) is var g && double.IsFinite(g) ? g : 0);
                double part = widest > 0 && double.IsFinite(gap) ? 100 * Math.Abs(gap) / widest : 0;
                text.Append(CultureInfo.InvariantCulture, $"<td>{Shown(run.Last(name))}</td><td>{Shown(run.Last(Validation + name))}</td>");
                text.Append(CultureInfo.InvariantCulture, $"<td>{(gap > 0 ? "+" : "")}{Shown(gap)}</td>");
                text.Append(CultureInfo.InvariantCulture, $"<td><div class=\"bar\"><i style=\"width:{part:F0}%\"></i></div></td>");
            }

            text.Append("</tr>\n");
        }

        text.Append("</table></div>\n");
    }

    /// <summary>One quantity: all trainings together, then each with its gap, on the same vertical axis.</summary>
    private void Charts(StringBuilder text, ComparedRun[] begun, string name)
    {
        // The first epochs differ much from the others: an axis that held them would show little of what matters.
        double[] scale = [.. begun.SelectMany(run => Later(run.Of(name)).Concat(Later(run.Of(Validation + name))))];
        text.Append(CultureInfo.InvariantCulture, $"<h2>{WebUtility.HtmlEncode(name)}</h2>\n<div class=\"legend\">");
        foreach (ComparedRun run in begun) text.Append(CultureInfo.InvariantCulture, $"<span>{Key(run)}</span>");
        text.Append("</div>\n<div class=\"charts\">\n");
        foreach ((string label, string key) in (ReadOnlySpan<(string, string)>)[("training", name), ("validation", Validation + name)])
        {
            IEnumerable<ComparedRun> drawn = begun.Where(run => run.Of(key).Count > 0);
            HtmlLine[] lines = [.. drawn.Select(run => new HtmlLine(run.Name, Style(run), run.Epochs, run.Of(key)))];
            if (lines.Length > 0) text.Append(new HtmlChart($"{name}, {label}", lines, scale, legend: false));
        }

        text.Append("</div>\n<div class=\"legend below\"><span><i class=\"key training\"></i>training</span>");
        text.Append("<span><i class=\"key validation\"></i>validation</span></div>\n<div class=\"charts\">\n");
        foreach (ComparedRun run in begun)
        {
            HtmlLine training = new("training", "training", run.Epochs, run.Of(name));
            HtmlLine validation = new("validation", "validation", run.Epochs, run.Of(Validation + name));
            HtmlLine[] lines = validation.Values.Count > 0 ? [training, validation] : [training];
            text.Append(new HtmlChart(run.Name, lines, scale, compact: true, legend: false, gap: true));
        }

        text.Append("</div>\n");
    }

    private string Key(ComparedRun run) => $"<i class=\"key {Style(run)}\"></i>{WebUtility.HtmlEncode(run.Name)}";

    private string Style(ComparedRun run) => string.Create(CultureInfo.InvariantCulture, $"run{runs.IndexOf(run) % HtmlStyle.RunColours}");

    private static IEnumerable<double> Later(List<double> values) => values.Count < 10 ? values : values.Skip(values.Count / 5);

    private static string Shown(double value) => double.IsNaN(value) ? "–" : HtmlChart.Measured(value);

    /// <summary>One training, as it is told about by its Fit.</summary>
    private sealed class ComparedRun(HtmlComparison page, string name, Dataset? training) : Callback
    {
        private readonly Stopwatch clock = new();

        public string Name => name;

        public List<int> Epochs { get; } = [];

        public Dictionary<string, List<double>> Values { get; } = new(StringComparer.Ordinal);

        public double Seconds => clock.Elapsed.TotalSeconds;

        public List<double> Of(string quantity) => Values.TryGetValue(quantity, out List<double>? list) ? list : [];

        public double Last(string quantity) => Of(quantity) is { Count: > 0 } list ? list[^1] : double.NaN;

        public double Gap(string quantity) => Last(Validation + quantity) - Last(quantity);

        public override void OnTrainBegin(Model model, TrainingPlan plan)
        {
            Epochs.Clear();
            Values.Clear();
            clock.Restart();
        }

        public override void OnEpochEnd(Model model, int epoch, IReadOnlyDictionary<string, double> measured)
        {
            Evaluation? now = training is null ? null : model.Evaluate(training);
            foreach (string wanted in page.quantities ?? [])
            {
                if (!measured.ContainsKey(wanted))
                    throw Fail.Value("HtmlComparison", $"\"{wanted}\" is not measured, measured are {string.Join(", ", measured.Keys)}",
                        "name the metric in Compile, or show other quantities");
            }

            Epochs.Add(epoch + 1);
            foreach ((string quantity, double value) in measured)
            {
                if (!Values.TryGetValue(quantity, out List<double>? list)) Values.Add(quantity, list = []);
                list.Add(now is not null && now.Names.Contains(quantity) ? now[quantity] : value);
            }

            page.Write();
        }

        public override void OnTrainEnd(Model model) => clock.Stop();
    }
}
