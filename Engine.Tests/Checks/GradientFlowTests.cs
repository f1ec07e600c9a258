using System.Xml.Linq;
using Engine.Layers;
using Engine.Losses;
using Engine.Models;
using Engine.Optimizers;
using Engine.Tests.Operations;
using static Engine.Tests.Operations.Oracle;

namespace Engine.Tests.Checks;

/// <summary>How gradients travel back through time.</summary>
public class GradientFlowTests
{
    [TestCase(0.5, GradientFlowVerdict.Vanishing)]
    [TestCase(0.9, GradientFlowVerdict.Healthy)]
    [TestCase(1, GradientFlowVerdict.Healthy)]
    [TestCase(1.5, GradientFlowVerdict.Exploding)]
    public void Of_a_linear_network_with_an_orthogonal_matrix_it_is_a_power(double rho, GradientFlowVerdict verdict)
    {
        const int Steps = 16;
        Sequential model = Compiled(new SimpleRNN(4, Activation.Linear, recurrentInitializer: Initializer.Orthogonal(rho)), Steps);
        GradientFlowReport report = GradientFlow.Measure(model, (Normal([3, Steps, 2]), Normal([3, 4], seed: 2)));
        GradientFlowSeries series = report.Series.Single();
        Assert.That((series.Layer, series.State), Is.EqualTo(("simple_rnn", "h")));
        Assert.That(series.Norms, Has.Count.EqualTo(Steps));
        for (int t = 1; t <= Steps; t++)
        {
            double wanted = series.Norms[Steps - 1] * Math.Pow(rho, Steps - t);
            Assert.That(series.Norms[t - 1], Is.EqualTo(wanted).Within(1e-11 * wanted), $"step {t}");
        }

        Assert.That(series.SmallestRatio, Is.EqualTo(rho).Within(1e-11));
        Assert.That(series.LargestRatio, Is.EqualTo(rho).Within(1e-11));
        Assert.That((series.Verdict, report.Verdict), Is.EqualTo((verdict, verdict)));
        Assert.That(report.ToString(), Does.Contain(verdict.ToString().ToLowerInvariant()).And.Contain("simple_rnn h").And.Match(@"\n +16 "));
    }

    [Test]
    public void The_last_step_has_the_gradient_of_the_loss()
    {
        Sequential model = Compiled(new SimpleRNN(4), 3);
        Tensor x = Normal([3, 3, 2]), y = Normal([3, 4], seed: 2);
        // The loss is the mean of 12 squares.
        double[] difference = Values((model.Apply(x) - y) * (2 / 12.0));
        Assert.That(GradientFlow.Measure(model, (x, y)).Series[0].Norms[^1],
            Is.EqualTo(Math.Sqrt(difference.Sum(value => value * value))).Within(1e-12));
    }

    [Test]
    public void A_long_short_term_memory_that_forgets_little_keeps_what_a_simple_network_loses()
    {
        const int Steps = 40;
        Tensor x = Normal([4, Steps, 2]), y = Normal([4, 4], seed: 2);
        var lstm = new LSTM(4);
        Sequential keeping = Compiled(lstm, Steps), losing = Compiled(new SimpleRNN(4, recurrentInitializer: Initializer.Orthogonal(0.8)), Steps);
        keeping.Apply(x);
        double[] bias = Values(lstm.Cell.Bias!);
        bias.AsSpan(4, 4).Fill(5);
        lstm.Cell.Bias!.Assign(Tensor.From<double>(bias));
        GradientFlowSeries[] kept = [.. GradientFlow.Measure(keeping, (x, y)).Series];
        Assert.That(kept.Select(series => series.State), Is.EqualTo(new[] { "h", "c" }));
        Assert.That(kept[1].Norms[0] / kept[1].Norms[^1], Is.GreaterThan(0.5));
        Assert.That(kept[1].Verdict, Is.EqualTo(GradientFlowVerdict.Healthy));
        GradientFlowSeries lost = GradientFlow.Measure(losing, (x, y)).Series.Single();
        Assert.That(lost.Norms[0] / lost.Norms[^1], Is.LessThan(1e-3));
        Assert.That(lost.Verdict, Is.EqualTo(GradientFlowVerdict.Vanishing));
    }

    [Test]
    public void Clipping_by_the_global_norm_tames_a_gradient_that_explodes()
    {
        // The mean of 24 numbers, learned by a network whose states grow 1.3 times with every step.
        const int Steps = 24;
        Tensor x = Tensor.RandomUniform([64, Steps, 1], -1, 1, new RandomGenerator(seed: 4)), y = x.Mean(1);
        Sequential Make(double? clip)
        {
            var model = new Sequential(new Input(Steps, 1),
                new SimpleRNN(8, Activation.Linear, recurrentInitializer: Initializer.Orthogonal(1.3)), new Dense(1));
            model.Compile(new SGD(0.02) { GlobalClipNorm = clip }, new MeanSquaredError());
            return model;
        }

        Sequential wild = Make(null), tamed = Make(5);
        Assert.That(GradientFlow.Measure(wild, (x, y)).Verdict, Is.EqualTo(GradientFlowVerdict.Exploding));
        Errors.Assert<ModelException>(() => wild.Fit(x, y, epochs: 100, verbose: Verbosity.Silent), "the loss is", "clip gradients");
        History history = tamed.Fit(x, y, epochs: 100, verbose: Verbosity.Silent);
        // A constant reaches the variance, 1/72.
        Assert.That(history["loss"][^1], Is.LessThan(0.005));
    }

    [Test]
    public void Every_recurrent_layer_of_a_model_is_seen()
    {
        var model = new Sequential(new Input([5], DType.Int32), new Embedding(7, 3, maskZero: true),
            new Bidirectional(new LSTM(2, returnSequences: true)), new GRU(3, returnSequences: true), new Dense(2, Activation.Softmax));
        model.Compile(new SGD(), new SparseCategoricalCrossentropy());
        Tensor ids = Tensor.From<int>([1, 2, 3, 0, 0, 4, 5, 0, 0, 0], [2, 5]), labels = Tensor.Zeros([2, 5], DType.Int32);
        double[] before = [.. model.Variables.SelectMany(Values)];
        GradientFlowReport report = GradientFlow.Measure(model, (ids, labels));
        Assert.That(report.Series.Select(series => $"{series.Layer} {series.State}"), Is.EqualTo(new[]
        {
            "bidirectional/forward_lstm h", "bidirectional/forward_lstm c", "bidirectional/backward_lstm h", "bidirectional/backward_lstm c", "gru h",
        }));
        Assert.That(report.Series[^1].Norms.Take(3), Is.All.GreaterThan(0));
        Assert.That(report.Series[^1].Norms.Skip(3), Is.All.Zero, "padding has no gradient");
        Assert.That(model.Variables.SelectMany(Values), Is.EqualTo(before));
        Assert.That(report.ToString().Split('\n'), Has.Length.EqualTo(1 + 5 + 1 + 5));
    }

    [Test]
    public void A_decoder_that_looks_at_a_memory_is_seen()
    {
        SymbolicTensor x = SymbolicTensor.Input(Shape.Create([3, 2]), DType.Float64);
        SymbolicTensor[] outputs = new AttentionRNN(new GRUCell(4), new AdditiveAttention(units: 2)).ApplyAll(x, x);
        var model = new Model(x, outputs[0]);
        model.Compile(new SGD(), new MeanSquaredError());
        GradientFlowSeries series = GradientFlow.Measure(model, (Normal([2, 3, 2]), Normal([2, 3, 4], seed: 2))).Series.Single();
        Assert.That((series.Layer, series.State), Is.EqualTo(("attention_rnn", "h")));
        Assert.That(series.Norms, Has.Count.EqualTo(3).And.All.GreaterThan(0));
    }

    [Test]
    public void The_plot_is_a_drawing_with_a_curve_for_each_state()
    {
        Sequential model = Compiled(new LSTM(3), 6);
        GradientFlowReport report = GradientFlow.Measure(model, (Normal([2, 6, 2]), Normal([2, 3], seed: 2)));
        XElement svg = XDocument.Parse(report.ToSvg()).Root!;
        XNamespace space = "http://www.w3.org/2000/svg";
        Assert.That(svg.Name, Is.EqualTo(space + "svg"));
        string[] curves = [.. svg.Elements(space + "path").Select(path => path.Attribute("d")!.Value)];
        Assert.That(curves, Has.Length.EqualTo(2));
        Assert.That(curves.Select(curve => curve.Count(letter => letter is 'M' or 'L')), Is.All.EqualTo(6));
        Assert.That(svg.Elements(space + "text").Select(text => text.Value), Has.Some.Contains("lstm c: "));
    }

    [Test]
    public void What_cannot_be_measured_is_named()
    {
        var dense = new Sequential(new Input(2), new Dense(1));
        (Tensor, Tensor) batch = (Tensor.Zeros([2, 2]), Tensor.Zeros([2, 1]));
        Errors.Assert<ModelException>(() => GradientFlow.Measure(dense, batch), "GradientFlow.Measure", "not compiled");
        dense.Compile(new SGD(), new MeanSquaredError());
        Errors.Assert<ModelException>(() => GradientFlow.Measure(dense, batch), "GradientFlow.Measure", "no recurrent layer", "SimpleRNN");
        Sequential model = Compiled(new SimpleRNN(4), 3);
        Errors.Assert<ShapeException>(() => GradientFlow.Measure(model, (Normal([2, 4, 2]), Normal([2, 4]))), "GradientFlow.Measure", "[4, 2]");
        Errors.Assert<ValueException>(() => GradientFlow.Measure(model, new Engine.Data.Dataset(Normal([2, 3, 2]))), "no labels");
    }

    private static Sequential Compiled(Layer layer, int steps)
    {
        var model = new Sequential(new Input([steps, 2], DType.Float64), layer);
        model.Compile(new SGD(), new MeanSquaredError());
        return model;
    }
}
