using System.Globalization;
using System.Net;
using System.Text;
using Engine.Data;
using Engine.Formats;
using Engine.Metrics;
using Engine.Models;

namespace Engine.Callbacks;

/// <summary>What a trained model makes of data: a confusion matrix, and some samples with what was predicted.</summary>
internal sealed class HtmlPredictions
{
    private readonly StringBuilder text = new();
    private readonly Dataset data;
    private readonly IReadOnlyList<string>? classNames;

    public HtmlPredictions(Model model, Dataset data, IReadOnlyList<string>? classNames, int samples)
    {
        (this.data, this.classNames) = (data, classNames);
        using var scope = new TensorScope();
        Tensor prediction = model.Predict(data);
        Tensor labels = data.Labels!;
        if (prediction.Rank > 2)
            throw Fail.Shape("HtmlReport", $"predictions of shape {prediction.Shape}",
                "leave the data out: only classes of samples are shown");
        bool several = prediction.Rank == 2 && prediction.Shape[1] > 1;
        int classes = several ? prediction.Shape[1] : 2;
        if (classNames is not null && classNames.Count != classes)
            throw Fail.Value("HtmlReport", $"{classNames.Count} classNames for {classes} classes", "give a name for each class");
        var confusion = new ConfusionMatrix(classes);
        confusion.Update(labels, prediction);
        (int Wanted, int Predicted, double Probability)[] results = Results(labels, prediction, several);
        Matrix(confusion);
        text.Append("<h2>Predictions</h2><div class=\"samples\">\n");
        IEnumerable<int> chosen = Enumerable.Range(0, data.Count)
            .OrderBy(i => results[i].Wanted == results[i].Predicted).ThenByDescending(i => results[i].Probability).Take(samples / 2);
        int[] wrongFirst = [.. chosen];
        foreach (int i in wrongFirst.Concat(Enumerable.Range(0, data.Count).Except(wrongFirst)).Take(samples)) Sample(i, results[i]);
        text.Append("</div>\n");
    }

    public override string ToString() => text.ToString();

    private static (int, int, double)[] Results(Tensor labels, Tensor prediction, bool several)
    {
        var results = new (int, int, double)[prediction.Shape[0]];
        double[] scores = prediction.Cast(DType.Float64).ToArray<double>();
        bool oneHot = several && labels.Shape == prediction.Shape;
        int[] wanted = (oneHot ? labels.ArgMax() : labels.Cast(DType.Int32)).ToArray<int>();
        int width = scores.Length / Math.Max(1, results.Length);
        for (int i = 0; i < results.Length; i++)
        {
            ReadOnlySpan<double> row = scores.AsSpan(i * width, width);
            int predicted = several ? 0 : row[0] > 0.5 ? 1 : 0;
            for (int j = 1; several && j < width; j++) predicted = row[j] > row[predicted] ? j : predicted;
            results[i] = (wanted[i], predicted, several ? row[predicted] : predicted == 1 ? row[0] : 1 - row[0]);
        }

        return results;
    }

    private void Matrix(ConfusionMatrix confusion)
    {
        text.Append(CultureInfo.InvariantCulture,
            $"<h2>Confusion matrix</h2><p class=\"muted\">{data.Count} samples, {100 * confusion.Result:F2} % right</p>");
        text.Append("<div class=\"matrix\"><table>\n<tr><th class=\"corner\">is ↓<br>predicted →</th>");
        for (int j = 0; j < confusion.Classes; j++) text.Append(CultureInfo.InvariantCulture, $"<th>{Name(j)}</th>");
        text.Append("</tr>\n");
        for (int i = 0; i < confusion.Classes; i++)
        {
            double total = 0;
            for (int j = 0; j < confusion.Classes; j++) total += confusion[i, j];
            text.Append(CultureInfo.InvariantCulture, $"<tr><th>{Name(i)}</th>");
            for (int j = 0; j < confusion.Classes; j++)
            {
                if (confusion[i, j] == 0)
                {
                    text.Append("<td class=\"none\">0</td>");
                    continue;
                }

                // A mistake is seen however rare it is.
                double part = confusion[i, j] / total, strength = i == j ? 65 * part : 20 + 60 * part;
                text.Append("<td style=\"background:color-mix(in srgb,var(").Append(i == j ? "--good" : "--bad");
                text.Append(CultureInfo.InvariantCulture, $") {strength:F0}%,transparent)\" title=\"{100 * part:F1} %\">");
                text.Append(CultureInfo.InvariantCulture, $"{confusion[i, j]:0}</td>");
            }

            text.Append("</tr>\n");
        }

        text.Append("</table></div>\n");
    }

    private void Sample(int index, (int Wanted, int Predicted, double Probability) result)
    {
        bool right = result.Wanted == result.Predicted;
        text.Append("<div class=\"sample\">").Append(Picture(index));
        double percent = Math.Clamp(100 * result.Probability, 0, 100);
        text.Append(CultureInfo.InvariantCulture,
            $"<div class=\"{(right ? "good" : "bad")}\">{(right ? "✓" : "✗")} <b>{Name(result.Predicted)}</b> {percent:F1} %</div>");
        text.Append(CultureInfo.InvariantCulture, $"<div class=\"bar\"><i style=\"width:{percent:F1}%\"></i></div>");
        text.Append(right ? "" : $"<div>is <b>{Name(result.Wanted)}</b></div>").Append("</div>\n");
    }

    private string Name(int label) => classNames is not null && (uint)label < (uint)classNames.Count
        ? WebUtility.HtmlEncode(classNames[label])
        : label.ToString(CultureInfo.InvariantCulture);

    /// <summary>An image inside the page, or the first numbers of what is no image.</summary>
    private string Picture(int index)
    {
        Shape shape = data.FeatureShape;
        float[] values = data.Features[index].Cast(DType.Float32).ToArray<float>();
        bool isImage = values.Length > 0 && (shape.Rank == 2 || (shape.Rank == 3 && shape[2] is 1 or 3));
        if (!isImage)
        {
            string numbers = string.Join(", ", values.Take(4).Select(value => HtmlChart.Number(value)));
            return $"<div class=\"muted\">{numbers}{(values.Length > 4 ? ", …" : "")}</div>";
        }

        // Whatever the range of the values is, the darkest becomes black and the lightest white.
        (float least, float most) = (values.Min(), values.Max());
        float scale = most > least ? 255 / (most - least) : 0;
        byte[] pixels = Array.ConvertAll(values, value => (byte)Math.Clamp((value - least) * scale, 0, 255));
        using var stream = new MemoryStream();
        Png.Encode(stream, pixels, shape[0], shape[1], shape.Rank == 3 ? shape[2] : 1);
        return $"<img alt=\"sample {index}\" src=\"data:image/png;base64,{Convert.ToBase64String(stream.ToArray())}\">";
    }
}
