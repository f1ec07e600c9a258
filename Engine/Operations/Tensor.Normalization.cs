using System.Numerics;
using Engine.Kernels;

namespace Engine;

/// <content>Normalisation by mean and variance over a batch, a sample, or groups of a sample's channels.</content>
public partial class Tensor
{
    /// <summary>
    /// y = gamma ⊙ (x − mean)/√(variance + ε) + beta with each channel's mean and variance over all axes but the last. F-B1.
    /// </summary>
    /// <remarks>
    /// Ioffe and Szegedy 2015. The variance is that of the values themselves, Σ (x − mean)²/n. With x̂ = (x − mean)/√(variance + ε):
    /// dx = gamma/√(variance + ε) ⊙ (dy − mean(dy) − x̂ ⊙ mean(dy ⊙ x̂)), dgamma = Σ dy ⊙ x̂, dbeta = Σ dy.
    /// </remarks>
    /// <param name="gamma">The channels' factors [channels]; null for 1.</param>
    /// <param name="beta">What is added [channels]; null for 0.</param>
    /// <param name="epsilon">ε, above 0; 1e-3 as in Keras.</param>
    /// <returns>The result, of the tensor's shape; the channels' means and variances [channels].</returns>
    /// <exception cref="ShapeException">Fewer than two axes, no elements, or gamma or beta of another shape.</exception>
    /// <exception cref="DTypeException">The types differ or are not floating point.</exception>
    /// <exception cref="ValueException">ε is not above 0.</exception>
    public (Tensor Output, Tensor Mean, Tensor Variance) BatchNormalization(
        Tensor? gamma = null, Tensor? beta = null, double epsilon = 1e-3)
    {
        const string Name = "batchNormalization";
        CheckNormalization(Name, gamma, beta, epsilon, axes: 1);
        if (Rank < 2 || Length == 0)
            throw Fail.Shape(Name, $"an input of shape {Shape}", "give […, channels] with at least one value for each channel");
        int channels = Shape[^1];
        var groups = new ChannelGroups(1, Length / channels, channels, 1);
        Tensor y = Empty(Shape, DType), mean = Empty([channels], DType), variance = Empty([channels], DType);
        Dispatch.Float(DType, new GroupForwardWork(groups, this, gamma, beta, epsilon, y, mean, variance));
        Tensor[] inputs = Operands(this, gamma, beta);
        GradientTape.Record(Name, [y, mean, variance], inputs, (dys, needed) =>
            dys[0] is not { } dy || dys[1] is not null || dys[2] is not null || GradientTape.WouldRecord([dy, .. inputs])
                ? Pullback(Composed, inputs, dys)
                : groups.Gradients(this, gamma, beta, epsilon, dy, mean, variance, needed[0]));
        return (y, mean, variance);

        Tensor[] Composed()
        {
            int[] axes = [.. Enumerable.Range(0, Rank - 1)];
            Tensor m = Mean(axes), v = Variance(axes);
            return [Affine((this - m) * (v + epsilon).Rsqrt(), gamma, beta), m, v];
        }
    }

    /// <summary>
    /// y = gamma ⊙ (x − mean)/√(variance + ε) + beta with the mean and variance over each sample's last axes. F-B2.
    /// </summary>
    /// <remarks>
    /// Ba, Kiros and Hinton 2016. With x̂ = (x − mean)/√(variance + ε): dx = (dy ⊙ gamma − mean(dy ⊙ gamma) − x̂·mean(dy ⊙ gamma ⊙ x̂))
    /// / √(variance + ε), dgamma = Σ dy ⊙ x̂, dbeta = Σ dy.
    /// </remarks>
    /// <param name="gamma">Factors of the shape of the last axes; null for 1.</param>
    /// <param name="beta">What is added, of the same shape; null for 0.</param>
    /// <param name="epsilon">ε, above 0; 1e-3 as in Keras.</param>
    /// <param name="axes">How many of the last axes are normalised together; 1 by default.</param>
    /// <returns>The result, of the tensor's shape.</returns>
    /// <exception cref="ShapeException">The tensor has not so many axes, these are empty, or gamma or beta has another shape.</exception>
    /// <exception cref="DTypeException">The types differ or are not floating point.</exception>
    /// <exception cref="ValueException">ε is not above 0.</exception>
    public Tensor LayerNormalization(Tensor? gamma = null, Tensor? beta = null, double epsilon = 1e-3, int axes = 1)
    {
        const string Name = "layerNormalization";
        CheckNormalization(Name, gamma, beta, epsilon, axes);
        int columns = Shape.LengthOf(Rank - axes, Rank), rows = Shape.LengthOf(0, Rank - axes);
        if (columns == 0) throw Fail.Shape(Name, $"an input of shape {Shape}", "give at least one value along each normalised axis");
        Tensor y = Empty(Shape, DType), statistics = Empty([rows, RowNormalization.Statistics], DType);
        Dispatch.Float(DType, new RowForwardWork(this, gamma, beta, epsilon, y, statistics, rows, columns));
        Tensor[] inputs = Operands(this, gamma, beta);
        GradientTape.Record(Name, [y], inputs, (dys, _) =>
        {
            Tensor dy = dys[0]!;
            if (GradientTape.WouldRecord([dy, .. inputs])) return Pullback(Composed, inputs, dys);
            Shape normalized = Shape.Create(Shape.AsSpan()[(Rank - axes)..]);
            Tensor dx = Empty(Shape, DType), dgamma = Empty(normalized, DType), dbeta = Empty(normalized, DType);
            Dispatch.Float(DType, new RowGradientWork(this, gamma, dy, statistics, dx, dgamma, dbeta, rows, columns));
            return Chosen(gamma, beta, dx, dgamma, dbeta);
        });
        return y;

        Tensor[] Composed()
        {
            int[] last = [.. Enumerable.Range(Rank - axes, axes)];
            Tensor centered = this - Mean(last, keepDims: true);
            return [Affine(centered * (Variance(last, keepDims: true) + epsilon).Rsqrt(), gamma, beta)];
        }
    }

    /// <summary>
    /// y = gamma ⊙ (x − mean)/√(variance + ε) + beta with mean and variance over the positions and the channels of a group, for each
    /// sample and each group of neighbouring channels by itself. F-B3.
    /// </summary>
    /// <remarks>
    /// Wu and He 2018; with as many groups as channels it is instance normalisation. The gradient is that of
    /// <see cref="LayerNormalization"/> with sums over a group.
    /// </remarks>
    /// <param name="groups">How many groups, a divisor of the channels.</param>
    /// <param name="gamma">The channels' factors [channels]; null for 1.</param>
    /// <param name="beta">What is added [channels]; null for 0.</param>
    /// <param name="epsilon">ε, above 0; 1e-3 as in Keras.</param>
    /// <returns>The result, of the tensor's shape.</returns>
    /// <exception cref="ShapeException">Fewer than two axes, samples without elements, or gamma or beta of another shape.</exception>
    /// <exception cref="DTypeException">The types differ or are not floating point.</exception>
    /// <exception cref="ValueException">ε is not above 0, or the groups do not divide the channels.</exception>
    public Tensor GroupNormalization(int groups, Tensor? gamma = null, Tensor? beta = null, double epsilon = 1e-3)
    {
        const string Name = "groupNormalization";
        CheckNormalization(Name, gamma, beta, epsilon, axes: 1);
        if (Rank < 2 || Shape.Remove(0).Length == 0)
            throw Fail.Shape(Name, $"an input of shape {Shape}", "give [batch, …, channels] with at least one value for each channel");
        int channels = Shape[^1], samples = Shape[0];
        if (groups < 1 || channels % groups != 0)
            throw Fail.Value(Name, $"{groups} groups of {channels} channels", "give a divisor of the channels");
        var form = new ChannelGroups(samples, Shape.LengthOf(1, Rank - 1), channels, channels / groups);
        Tensor y = Empty(Shape, DType), mean = Empty([samples, groups], DType), variance = Empty([samples, groups], DType);
        if (Length > 0) Dispatch.Float(DType, new GroupForwardWork(form, this, gamma, beta, epsilon, y, mean, variance));
        Tensor[] inputs = Operands(this, gamma, beta);
        GradientTape.Record(Name, [y], inputs, (dys, needed) => GradientTape.WouldRecord([dys[0]!, .. inputs]) || Length == 0
            ? Pullback(Composed, inputs, dys)
            : form.Gradients(this, gamma, beta, epsilon, dys[0]!, mean, variance, needed[0]));
        return y;

        Tensor[] Composed()
        {
            Tensor x = Reshape(Shape.Create([samples, form.Rows, groups, form.Depth]));
            Tensor centered = x - x.Mean([1, 3], keepDims: true);
            Tensor normal = centered * (x.Variance([1, 3], keepDims: true) + epsilon).Rsqrt();
            return [Affine(normal.Reshape(Shape), gamma, beta)];
        }
    }

    private static Tensor Affine(Tensor normal, Tensor? gamma, Tensor? beta)
    {
        Tensor y = gamma is null ? normal : normal * gamma;
        return beta is null ? y : y + beta;
    }

    private static Tensor[] Operands(Tensor x, Tensor? gamma, Tensor? beta) =>
        gamma is null ? beta is null ? [x] : [x, beta] : beta is null ? [x, gamma] : [x, gamma, beta];

    private static Tensor?[] Chosen(Tensor? gamma, Tensor? beta, Tensor? dx, Tensor dgamma, Tensor dbeta) =>
        gamma is null ? beta is null ? [dx] : [dx, dbeta] : beta is null ? [dx, dgamma] : [dx, dgamma, dbeta];

    /// <summary>The inputs' gradients through a composition of operations, so that outer tapes can follow them.</summary>
    internal static Tensor?[] Pullback(Func<Tensor[]> composed, Tensor[] inputs, Tensor?[] dys)
    {
        using var tape = new GradientTape();
        foreach (Tensor input in inputs) tape.Watch(input);
        Tensor[] outputs = composed();
        Tensor? total = null;
        for (int i = 0; i < dys.Length; i++)
        {
            if (dys[i] is not { } dy) continue;
            Tensor part = (outputs[i] * dy).Sum();
            total = total is null ? part : total + part;
        }
        return tape.Gradients(total!, inputs);
    }

    private void CheckNormalization(string operation, Tensor? gamma, Tensor? beta, double epsilon, int axes)
    {
        Fail.UnlessFloat(operation, this);
        if (!(double.IsFinite(epsilon) && epsilon > 0))
            throw Fail.Value(operation, $"an epsilon of {epsilon}", "give a finite number above 0");
        if (axes < 1 || axes > Rank)
            throw Fail.Shape(operation, $"the last {axes} axes of an input of shape {Shape}",
                "give 1 or more, and not more than there are");
        Shape wanted = Shape.Create(Shape.AsSpan()[(Rank - axes)..]);
        Check("gamma", gamma);
        Check("beta", beta);

        void Check(string name, Tensor? weight)
        {
            if (weight is null) return;
            if (weight.DType != DType) throw Fail.Mismatch(operation, DType, weight.DType);
            if (weight.Shape != wanted)
                throw Fail.Shape(operation, $"{name} of shape {weight.Shape} for an input of shape {Shape}",
                    $"give {name} the shape {wanted}");
        }
    }

    private readonly unsafe struct RowForwardWork(
        Tensor x, Tensor? gamma, Tensor? beta, double epsilon, Tensor y, Tensor statistics, int rows, int columns) : IFloatWork
    {
        public void Run<T>()
            where T : unmanaged, IBinaryFloatingPointIeee754<T>
        {
            fixed (T* source = x.Data<T>(), target = y.Data<T>(), kept = statistics.Data<T>())
            fixed (T* factors = gamma is null ? default : gamma.Data<T>(), shifts = beta is null ? default : beta.Data<T>())
                RowNormalization.Forward(source, factors, shifts, T.CreateTruncating(epsilon), target, kept, rows, columns);
        }
    }

    private readonly unsafe struct RowGradientWork(
        Tensor x, Tensor? gamma, Tensor dy, Tensor statistics, Tensor dx, Tensor dgamma, Tensor dbeta, int rows, int columns) : IFloatWork
    {
        public void Run<T>()
            where T : unmanaged, IBinaryFloatingPointIeee754<T>
        {
            Tensor scratch = Empty([(int)RowNormalization.ScratchLength(rows, columns)], x.DType);
            fixed (T* source = x.Data<T>(), factors = gamma is null ? default : gamma.Data<T>(), kept = statistics.Data<T>())
            fixed (T* gradient = dy.Data<T>(), result = dx.Data<T>(), dfactors = dgamma.Data<T>(), dshifts = dbeta.Data<T>())
            fixed (T* work = scratch.Data<T>())
                RowNormalization.Gradient(source, factors, kept, gradient, result, dfactors, dshifts, work, rows, columns);
        }
    }
}
