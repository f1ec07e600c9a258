using System.Numerics;
using System.Numerics.Tensors;
using Engine.Kernels;

namespace Engine;

/// <summary>[samples, rows, channels] whose channels lie in groups of equal depth, each normalised by itself in each sample.</summary>
/// <remarks>A batch normalisation is one sample of all rows with groups of one channel.</remarks>
internal readonly record struct ChannelGroups(int Samples, int Rows, int Channels, int Depth)
{
    private int Groups => Channels / Depth;

    private ColumnLayout Layout => new(Samples, Rows, Channels);

    /// <summary>The gradients of x where it is wanted, gamma and beta, as far as there are such inputs.</summary>
    public Tensor?[] Gradients(
        Tensor x, Tensor? gamma, Tensor? beta, double epsilon, Tensor dy, Tensor mean, Tensor variance, bool wantsInput)
    {
        Tensor? dx = wantsInput ? Tensor.Empty(x.Shape, x.DType) : null;
        Tensor dgamma = Tensor.Zeros([Channels], x.DType), dbeta = Tensor.Zeros([Channels], x.DType);
        Dispatch.Float(x.DType, new GroupGradientWork(this, x, gamma, epsilon, dy, mean, variance, dx, dgamma, dbeta));
        return gamma is null ? beta is null ? [dx] : [dx, dbeta] : beta is null ? [dx, dgamma] : [dx, dgamma, dbeta];
    }

    /// <summary>Scratch memory for either pass: parameters and sums of the channels, and what the kernels need.</summary>
    public Tensor Scratch(DType dtype)
    {
        ColumnLayout layout = Layout;
        nint kernels = Math.Max(ColumnSums.ScratchLength(layout), ColumnNormalization.ScratchLength(layout));
        return Tensor.Empty([(int)((ColumnNormalization.Parameters + 2) * Samples * Channels + 2 * Channels + kernels)], dtype);
    }

    /// <summary>Means and variances of the groups, and with them the result.</summary>
    public unsafe void Forward<T>(T* x, ReadOnlySpan<T> gamma, ReadOnlySpan<T> beta, T epsilon, T* y, Span<T> mean, Span<T> variance, T* scratch)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        ColumnLayout layout = Layout;
        Parts<T> parts = Divide(scratch);
        ColumnSums.Moments(layout, x, parts.First, parts.Second, parts.Work);
        for (int sample = 0; sample < Samples; sample++)
        {
            Span<T> means = mean.Slice(sample * Groups, Groups), variances = variance.Slice(sample * Groups, Groups);
            Gather(parts.Of(parts.First, sample), parts.Of(parts.Second, sample), means, variances);
            Span<T> scale = parts.Parameter(sample, 1), shift = parts.Parameter(sample, 2);
            Spread(means, parts.Parameter(sample, 0));
            Inverse(variances, epsilon, parts.Groups);
            Spread(parts.Groups, scale);
            if (gamma.Length > 0) TensorPrimitives.Multiply(scale, gamma, scale);
            if (beta.Length > 0) beta.CopyTo(shift);
            else shift.Clear();
        }
        ColumnNormalization.Forward(layout, x, parts.Parameters, y, parts.Work);
    }

    /// <summary>Adds to dgamma and dbeta, and computes dx unless it is null.</summary>
    public unsafe void Backward<T>(
        T* x, ReadOnlySpan<T> gamma, T epsilon, T* dy, Span<T> mean, Span<T> variance, T* dx, Span<T> dgamma, Span<T> dbeta, T* scratch)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        ColumnLayout layout = Layout;
        Parts<T> parts = Divide(scratch);
        for (int sample = 0; sample < Samples; sample++) Spread(mean.Slice(sample * Groups, Groups), parts.Of(parts.Parameters, sample));
        ColumnSums.Products(layout, x, dy, parts.Parameters, parts.First, parts.Second, parts.Work);
        T share = -T.One / (T.CreateTruncating(Rows) * T.CreateTruncating(Depth));
        for (int sample = 0; sample < Samples; sample++)
        {
            Span<T> sums = parts.Of(parts.First, sample), products = parts.Of(parts.Second, sample), inverse = parts.Inverse;
            Inverse(variance.Slice(sample * Groups, Groups), epsilon, parts.Groups);
            Spread(parts.Groups, inverse);
            TensorPrimitives.Add(dbeta, sums, dbeta);
            TensorPrimitives.MultiplyAdd(products, inverse, dgamma, dgamma);
            // x̂·Σ dy·gamma·x̂ has three factors 1/√(variance + ε): one of each x̂, and one that all terms have.
            if (gamma.Length > 0)
            {
                TensorPrimitives.Multiply(sums, gamma, sums);
                TensorPrimitives.Multiply(products, gamma, products);
            }
            Join(sums);
            Join(products);
            Span<T> scale = parts.Parameter(sample, 1), shift = parts.Parameter(sample, 2), slope = parts.Parameter(sample, 3);
            Spread(mean.Slice(sample * Groups, Groups), parts.Parameter(sample, 0));
            TensorPrimitives.Multiply(inverse, share, scale);
            TensorPrimitives.Multiply(sums, scale, shift);
            TensorPrimitives.Multiply(products, scale, slope);
            TensorPrimitives.Multiply(slope, inverse, slope);
            TensorPrimitives.Multiply(slope, inverse, slope);
            if (gamma.Length > 0) TensorPrimitives.Multiply(inverse, gamma, scale);
            else inverse.CopyTo(scale);
        }
        if (dx != null) ColumnNormalization.Gradient(layout, x, dy, parts.Parameters, dx, parts.Work);
    }

    private unsafe Parts<T> Divide<T>(T* scratch)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => new(this, scratch);

    /// <summary>Means and variances of groups from means and squared deviations of their channels.</summary>
    private void Gather<T>(ReadOnlySpan<T> mean, ReadOnlySpan<T> squares, Span<T> means, Span<T> variances)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        T rows = T.CreateTruncating(Rows), depth = T.CreateTruncating(Depth);
        if (Depth == 1)
        {
            mean.CopyTo(means);
            TensorPrimitives.Divide(squares, rows, variances);
            return;
        }
        for (int group = 0; group < means.Length; group++)
        {
            ReadOnlySpan<T> channels = mean.Slice(group * Depth, Depth);
            T center = TensorPrimitives.Sum(channels) / depth, between = T.Zero;
            foreach (T channel in channels) between += (channel - center) * (channel - center);
            means[group] = center;
            variances[group] = (TensorPrimitives.Sum(squares.Slice(group * Depth, Depth)) / rows + between) / depth;
        }
    }

    /// <summary>1/√(variance + ε).</summary>
    private static void Inverse<T>(ReadOnlySpan<T> variance, T epsilon, Span<T> inverse)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        // A variance is 0 or more; rounding may have left a channel of equal values a little below.
        TensorPrimitives.Max(variance, T.Zero, inverse);
        TensorPrimitives.Add(inverse, epsilon, inverse);
        TensorPrimitives.Sqrt(inverse, inverse);
        TensorPrimitives.Divide(T.One, inverse, inverse);
    }

    /// <summary>Gives each channel its group's number.</summary>
    private void Spread<T>(ReadOnlySpan<T> groups, Span<T> channels)
    {
        if (Depth == 1) groups.CopyTo(channels);
        else for (int group = 0; group < groups.Length; group++) channels.Slice(group * Depth, Depth).Fill(groups[group]);
    }

    /// <summary>Gives each channel the sum over its group.</summary>
    private void Join<T>(Span<T> channels)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (Depth == 1) return;
        for (int first = 0; first < channels.Length; first += Depth)
        {
            Span<T> group = channels.Slice(first, Depth);
            group.Fill(TensorPrimitives.Sum<T>(group));
        }
    }

    /// <summary>The places in the scratch memory.</summary>
    private readonly unsafe struct Parts<T>(ChannelGroups form, T* scratch)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        private int All => form.Samples * form.Channels;

        /// <summary>[samples, parameters, channels].</summary>
        public T* Parameters => scratch;

        /// <summary>[samples, channels].</summary>
        public T* First => scratch + ColumnNormalization.Parameters * All;

        /// <summary>[samples, channels].</summary>
        public T* Second => First + All;

        public Span<T> Groups => new(Second + All, form.Groups);

        public Span<T> Inverse => new(Second + All + form.Channels, form.Channels);

        public T* Work => Second + All + 2 * form.Channels;

        public Span<T> Of(T* array, int sample) => new(array + sample * form.Channels, form.Channels);

        public Span<T> Parameter(int sample, int index) =>
            new(scratch + (sample * ColumnNormalization.Parameters + index) * form.Channels, form.Channels);
    }
}

/// <summary>The forward pass of a normalisation over groups of channels.</summary>
internal readonly unsafe struct GroupForwardWork(
    ChannelGroups form, Tensor x, Tensor? gamma, Tensor? beta, double epsilon, Tensor y, Tensor mean, Tensor variance) : IFloatWork
{
    public void Run<T>()
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Tensor scratch = form.Scratch(x.DType);
        fixed (T* source = x.Data<T>(), target = y.Data<T>(), work = scratch.Data<T>())
        {
            ReadOnlySpan<T> factors = gamma is null ? default : gamma.Data<T>(), shifts = beta is null ? default : beta.Data<T>();
            form.Forward(source, factors, shifts, T.CreateTruncating(epsilon), target, mean.Data<T>(), variance.Data<T>(), work);
        }
    }
}

/// <summary>The backward pass of a normalisation over groups of channels.</summary>
internal readonly unsafe struct GroupGradientWork(
    ChannelGroups form, Tensor x, Tensor? gamma, double epsilon, Tensor dy, Tensor mean, Tensor variance, Tensor? dx, Tensor dgamma, Tensor dbeta)
    : IFloatWork
{
    public void Run<T>()
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Tensor scratch = form.Scratch(x.DType);
        fixed (T* source = x.Data<T>(), gradient = dy.Data<T>(), target = dx is null ? default : dx.Data<T>(), work = scratch.Data<T>())
        {
            ReadOnlySpan<T> factors = gamma is null ? default : gamma.Data<T>();
            form.Backward(
                source, factors, T.CreateTruncating(epsilon), gradient, mean.Data<T>(), variance.Data<T>(), target, dgamma.Data<T>(), dbeta.Data<T>(), work);
        }
    }
}
