using System.Numerics;
using System.Numerics.Tensors;
using Engine.Kernels;

namespace Engine;

/// <summary>[samples, rows, channels] whose channels lie in groups of equal depth, each normalised by itself in each sample.</summary>
/// <remarks>A batch normalisation is one sample of all rows with groups of one channel.</remarks>
internal readonly unsafe record struct ChannelGroups(int Samples, int Rows, int Channels, int Depth)
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
    public void Forward<T>(T* x, T* gamma, T* beta, double epsilon, T* y, T* mean, T* variance, T* scratch)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        ColumnLayout layout = Layout;
        var parts = new Parts<T>(this, scratch);
        ColumnSums.Moments(layout, x, parts.First, parts.Second, parts.Work);
        for (int sample = 0; sample < Samples; sample++)
        {
            T* means = mean + sample * Groups, variances = variance + sample * Groups;
            T* scale = parts.Parameter(sample, 1), shift = parts.Parameter(sample, 2);
            Gather(parts.First + sample * Channels, parts.Second + sample * Channels, means, variances);
            Spread(means, parts.Parameter(sample, 0));
            Elementwise.Unary(new InverseDeviationKernel(epsilon), variances, parts.Groups, Groups);
            Spread(parts.Groups, scale);
            if (gamma != null) Multiply(scale, gamma, scale);
            if (beta != null) new ReadOnlySpan<T>(beta, Channels).CopyTo(new Span<T>(shift, Channels));
            else new Span<T>(shift, Channels).Clear();
        }
        ColumnNormalization.Forward(layout, x, parts.Parameters, y, parts.Work);
    }

    /// <summary>Adds to dgamma and dbeta, and computes dx unless it is null.</summary>
    public void Backward<T>(
        T* x, T* gamma, double epsilon, T* dy, T* mean, T* variance, T* dx, T* dgamma, T* dbeta, T* scratch)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        ColumnLayout layout = Layout;
        var parts = new Parts<T>(this, scratch);
        for (int sample = 0; sample < Samples; sample++) Spread(mean + sample * Groups, parts.Parameters + sample * Channels);
        ColumnSums.Products(layout, x, dy, parts.Parameters, parts.First, parts.Second, parts.Work);
        var share = new AffineKernel(-1.0 / ((double)Rows * Depth), 0);
        for (int sample = 0; sample < Samples; sample++)
        {
            T* sums = parts.First + sample * Channels, products = parts.Second + sample * Channels, inverse = parts.Inverse;
            T* scale = parts.Parameter(sample, 1), shift = parts.Parameter(sample, 2), slope = parts.Parameter(sample, 3);
            Elementwise.Unary(new InverseDeviationKernel(epsilon), variance + sample * Groups, parts.Groups, Groups);
            Spread(parts.Groups, inverse);
            Spread(mean + sample * Groups, parts.Parameter(sample, 0));
            Elementwise.Binary(default(AddKernel), dbeta, false, sums, false, dbeta, Channels);
            Multiply(products, inverse, products);
            Elementwise.Binary(default(AddKernel), dgamma, false, products, false, dgamma, Channels);
            if (gamma != null)
            {
                Multiply(sums, gamma, sums);
                Multiply(products, gamma, products);
            }
            Join(sums);
            Join(products);
            // All terms have a factor 1/√(variance + ε), and each x̂ has one.
            Elementwise.Unary(share, inverse, scale, Channels);
            Multiply(sums, scale, shift);
            Multiply(products, scale, slope);
            Multiply(slope, inverse, slope);
            if (gamma != null) Multiply(inverse, gamma, scale);
            else new ReadOnlySpan<T>(inverse, Channels).CopyTo(new Span<T>(scale, Channels));
        }
        if (dx != null) ColumnNormalization.Gradient(layout, x, dy, parts.Parameters, dx, parts.Work);
    }

    private void Multiply<T>(T* a, T* b, T* y)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => Elementwise.Binary(default(MultiplyKernel), a, false, b, false, y, Channels);

    /// <summary>Means and variances of groups from means and squared deviations of their channels.</summary>
    private void Gather<T>(T* mean, T* squares, T* means, T* variances)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (Depth == 1)
        {
            new ReadOnlySpan<T>(mean, Channels).CopyTo(new Span<T>(means, Channels));
            Elementwise.Unary(new AffineKernel(1.0 / Rows, 0), squares, variances, Channels);
            return;
        }
        T rows = T.CreateTruncating(Rows), depth = T.CreateTruncating(Depth);
        for (int group = 0; group < Groups; group++, mean += Depth, squares += Depth)
        {
            var channels = new ReadOnlySpan<T>(mean, Depth);
            T center = TensorPrimitives.Sum(channels) / depth, between = T.Zero;
            foreach (T channel in channels) between += (channel - center) * (channel - center);
            means[group] = center;
            variances[group] = (TensorPrimitives.Sum(new ReadOnlySpan<T>(squares, Depth)) / rows + between) / depth;
        }
    }

    /// <summary>Gives each channel its group's number.</summary>
    private void Spread<T>(T* groups, T* channels)
        where T : unmanaged
    {
        if (Depth == 1) new ReadOnlySpan<T>(groups, Channels).CopyTo(new Span<T>(channels, Channels));
        else for (int group = 0; group < Groups; group++) new Span<T>(channels + group * Depth, Depth).Fill(groups[group]);
    }

    /// <summary>Gives each channel the sum over its group.</summary>
    private void Join<T>(T* channels)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (Depth == 1) return;
        for (int first = 0; first < Channels; first += Depth)
        {
            var group = new Span<T>(channels + first, Depth);
            group.Fill(TensorPrimitives.Sum<T>(group));
        }
    }

    /// <summary>The places in the scratch memory.</summary>
    private readonly struct Parts<T>(ChannelGroups form, T* scratch)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        private int All => form.Samples * form.Channels;

        /// <summary>[samples, parameters, channels].</summary>
        public T* Parameters => scratch;

        /// <summary>[samples, channels].</summary>
        public T* First => scratch + ColumnNormalization.Parameters * All;

        /// <summary>[samples, channels].</summary>
        public T* Second => First + All;

        /// <summary>[groups].</summary>
        public T* Groups => Second + All;

        /// <summary>[channels].</summary>
        public T* Inverse => Groups + form.Channels;

        public T* Work => Inverse + form.Channels;

        /// <summary>[channels] of one sample: 0 the mean, 1 the scale, 2 the shift, 3 the slope.</summary>
        public T* Parameter(int sample, int index) => scratch + (sample * ColumnNormalization.Parameters + index) * form.Channels;
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
        fixed (T* source = x.Data<T>(), target = y.Data<T>(), means = mean.Data<T>(), variances = variance.Data<T>())
        fixed (T* factors = gamma is null ? default : gamma.Data<T>(), shifts = beta is null ? default : beta.Data<T>())
        fixed (T* work = scratch.Data<T>()) form.Forward(source, factors, shifts, epsilon, target, means, variances, work);
    }
}

/// <summary>The backward pass of a normalisation over groups of channels.</summary>
internal readonly unsafe struct GroupGradientWork(
    ChannelGroups form, Tensor x, Tensor? gamma, double epsilon, Tensor dy, Tensor mean, Tensor variance, Tensor? dx, Tensor dgamma,
    Tensor dbeta)
    : IFloatWork
{
    public void Run<T>()
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Tensor scratch = form.Scratch(x.DType);
        fixed (T* source = x.Data<T>(), gradient = dy.Data<T>(), means = mean.Data<T>(), variances = variance.Data<T>())
        fixed (T* factors = gamma is null ? default : gamma.Data<T>(), target = dx is null ? default : dx.Data<T>())
        fixed (T* dfactors = dgamma.Data<T>(), dshifts = dbeta.Data<T>(), work = scratch.Data<T>())
            form.Backward(source, factors, epsilon, gradient, means, variances, target, dfactors, dshifts, work);
    }
}
