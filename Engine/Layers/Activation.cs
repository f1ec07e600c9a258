using System.Globalization;

namespace Engine.Layers;

/// <summary>An activation function: a name and a map from tensors to tensors of the same shape.</summary>
/// <remarks>Any function will do: <c>Activation.Custom("square", x =&gt; x * x)</c>.</remarks>
public sealed class Activation
{
    private readonly Func<Tensor, Tensor> function;

    private Activation(string name, Func<Tensor, Tensor> function)
    {
        Name = name;
        this.function = function;
    }

    /// <summary>The name, as <c>relu</c>; a function with a parameter shows it, as <c>leaky_relu(0.2)</c>.</summary>
    public string Name { get; }

    /// <summary>y = x: no activation.</summary>
    public static Activation Linear { get; } = new("linear", x => x);

    /// <summary>y = max(0, x). Layers with a kernel compute it in the same pass. F-A3.</summary>
    public static Activation ReLU { get; } = new("relu", x => x.ReLU());

    /// <summary>y = 1/(1 + e^(−x)). F-A1.</summary>
    /// <remarks>The result remembers its logits, so that a cross-entropy on it is as exact as one from logits.</remarks>
    public static Activation Sigmoid { get; } = new("sigmoid", x => x.Sigmoid());

    /// <summary>y = tanh x. F-A2.</summary>
    public static Activation Tanh { get; } = new("tanh", x => x.Tanh());

    /// <summary>yᵢ = e^xᵢ / Σⱼ e^xⱼ over the last axis. F-A4.</summary>
    /// <remarks>The result remembers its logits, so that a cross-entropy on it is as exact as one from logits.</remarks>
    public static Activation Softmax { get; } = new("softmax", x => x.Softmax());

    /// <summary>yᵢ = xᵢ − ln Σⱼ e^xⱼ over the last axis.</summary>
    public static Activation LogSoftmax { get; } = new("log_softmax", x => x.LogSoftmax());

    /// <summary>y = x·Φ(x), with Φ the normal distribution function. Hendrycks and Gimpel 2016.</summary>
    public static Activation GELU { get; } = new("gelu", x => x.GELU());

    /// <summary>y = ½x(1 + tanh(√(2/π)(x + 0.044715x³))), which approximates <see cref="GELU"/>.</summary>
    public static Activation ApproximateGELU { get; } = new("gelu_approximate", x => x.GELU(approximate: true));

    /// <summary>y = x·σ(x), also called swish. Elfwing, Uchibe and Doya 2018.</summary>
    public static Activation SiLU { get; } = new("silu", x => x.SiLU());

    /// <summary>y = λx where x &gt; 0, else λα(eˣ − 1). Klambauer et al. 2017.</summary>
    public static Activation SELU { get; } = new("selu", x => x.SELU());

    /// <summary>y = ln(1 + eˣ). Dugas et al. 2001.</summary>
    public static Activation Softplus { get; } = new("softplus", x => x.Softplus());

    /// <summary>y = x where x &gt; 0, else slope·x. Maas, Hannun and Ng 2013.</summary>
    /// <param name="slope">The slope below 0; 0.3 as in Keras.</param>
    /// <returns>The activation.</returns>
    /// <exception cref="ValueException">The slope is not finite.</exception>
    public static Activation LeakyReLU(double slope = 0.3)
    {
        Require("LeakyReLU", "slope", slope);
        return new(NameOf("leaky_relu", slope), x => x.LeakyReLU(slope));
    }

    /// <summary>y = x where x &gt; 0, else α(eˣ − 1). Clevert, Unterthiner and Hochreiter 2016.</summary>
    /// <param name="alpha">The limit −α for very negative x; 1 by default.</param>
    /// <returns>The activation.</returns>
    /// <exception cref="ValueException">α is not finite.</exception>
    public static Activation ELU(double alpha = 1)
    {
        Require("ELU", "alpha", alpha);
        return new(NameOf("elu", alpha), x => x.ELU(alpha));
    }

    /// <summary>An activation of one's own.</summary>
    /// <param name="name">Its name; a model that is saved to a file and read back needs one of the built-in activations.</param>
    /// <param name="function">The function, written in operations; it must keep the shape.</param>
    /// <returns>The activation.</returns>
    /// <exception cref="ValueException">The name is empty.</exception>
    public static Activation Custom(string name, Func<Tensor, Tensor> function)
    {
        ArgumentNullException.ThrowIfNull(function);
        if (string.IsNullOrEmpty(name))
            throw Fail.Value("Activation.Custom", "an empty name", "give it a name, which messages and files show");
        return new(name, function);
    }

    /// <summary>The built-in activation of a name: the inverse of <see cref="Name"/>.</summary>
    /// <param name="name">As <c>relu</c> or <c>leaky_relu(0.2)</c>.</param>
    /// <returns>The activation.</returns>
    /// <exception cref="ValueException">There is none of that name.</exception>
    public static Activation FromName(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        foreach (Activation activation in BuiltIn)
        {
            if (activation.Name == name) return activation;
        }
        if (TryParameter(name, "leaky_relu", out double slope)) return LeakyReLU(slope);
        if (TryParameter(name, "elu", out double alpha)) return ELU(alpha);
        throw Fail.Value(
            "Activation.FromName",
            $"no activation is called \"{name}\"",
            "use a built-in one's name, or make it with Activation.Custom");
    }

    private static ReadOnlySpan<Activation> BuiltIn => new[]
    {
        Linear, ReLU, Sigmoid, Tanh, Softmax, LogSoftmax, GELU, ApproximateGELU, SiLU, SELU, Softplus,
    };

    /// <summary>Applies the function.</summary>
    /// <param name="x">A floating-point tensor.</param>
    /// <returns>A tensor of the same shape.</returns>
    /// <exception cref="DTypeException">The tensor is not floating point.</exception>
    public Tensor Apply(Tensor x) => function(x);

    /// <summary>The name.</summary>
    /// <returns>As <see cref="Name"/>.</returns>
    public override string ToString() => Name;

    private static void Require(string activation, string parameter, double value)
    {
        if (!double.IsFinite(value)) throw Fail.Value($"Activation.{activation}", $"{parameter} is {value}", "give a finite number");
    }

    private static string NameOf(string function, double parameter) =>
        string.Create(CultureInfo.InvariantCulture, $"{function}({parameter})");

    private static bool TryParameter(string name, string function, out double parameter)
    {
        parameter = 0;
        return name.StartsWith(function + "(", StringComparison.Ordinal) && name.EndsWith(')')
            && double.TryParse(
                name.AsSpan(function.Length + 1, name.Length - function.Length - 2), NumberStyles.Float, CultureInfo.InvariantCulture, out parameter)
            && double.IsFinite(parameter);
    }
}
