namespace Engine;

/// <summary>Matrices of derivatives, by nested tapes. Inside another tape the results can be differentiated once more.</summary>
public static class Derivatives
{
    /// <summary>The Jacobian, J[i…, j…] = ∂f(x)[i…] / ∂x[j…], one reverse pass for each element of f(x).</summary>
    /// <param name="function">f, written in operations.</param>
    /// <param name="x">Where to take it, floating point.</param>
    /// <returns>A tensor of f(x)'s axes followed by x's.</returns>
    /// <exception cref="TapeException">x counts in integers.</exception>
    public static Tensor Jacobian(Func<Tensor, Tensor> function, Tensor x)
    {
        ArgumentNullException.ThrowIfNull(function);
        bool nested = ThreadState.Current.Innermost is not null;
        using var tape = new GradientTape(persistent: true);
        tape.Watch(x);
        Tensor y = function(x);
        Shape shape = y.Shape.Concat(x.Shape);
        // A constant function is not followed, and its Jacobian is 0.
        if (!tape.Follows(y) || shape.Length == 0) return Keep(Tensor.Zeros(shape, x.DType), nested);
        var rows = new Tensor[y.Length];
        for (int i = 0; i < rows.Length; i++)
        {
            Tensor unit = Tensor.ZerosLike(y);
            unit.Alias(i, []).Fill(1);
            rows[i] = tape.Gradient(y, x, unit);
        }
        return Keep(Tensor.Stack(rows).Reshape(shape), nested);
    }

    /// <summary>The Hessian, H[i…, j…] = ∂²f(x) / ∂x[i…]∂x[j…]: the Jacobian of the gradient.</summary>
    /// <param name="function">f, written in operations, with a result of one element.</param>
    /// <param name="x">Where to take it, floating point.</param>
    /// <returns>A tensor of x's axes twice.</returns>
    /// <exception cref="TapeException">x counts in integers, or f(x) has several elements.</exception>
    public static Tensor Hessian(Func<Tensor, Tensor> function, Tensor x) => Jacobian(point => Gradient(function, point), x);

    /// <summary>H·v for the Hessian H of f at x, by two reverse passes and without H itself. Pearlmutter 1994.</summary>
    /// <param name="function">f, written in operations, with a result of one element.</param>
    /// <param name="x">Where to take it, floating point.</param>
    /// <param name="v">The vector, of x's shape and type.</param>
    /// <returns>A tensor of x's shape.</returns>
    /// <exception cref="TapeException">x counts in integers, or f(x) has several elements.</exception>
    /// <exception cref="ShapeException">v has another shape than x.</exception>
    public static Tensor HessianVectorProduct(Func<Tensor, Tensor> function, Tensor x, Tensor v)
    {
        ArgumentNullException.ThrowIfNull(function);
        if (v.Shape != x.Shape) throw Fail.Shape("HessianVectorProduct", $"a vector of shape {v.Shape} for a point of shape {x.Shape}", "give both the same shape");
        bool nested = ThreadState.Current.Innermost is not null;
        using var tape = new GradientTape();
        tape.Watch(x);
        Tensor gradient = Gradient(function, x);
        return Keep(tape.Follows(gradient) ? tape.Gradient(gradient, x, v) : Tensor.ZerosLike(x), nested);
    }

    /// <summary>∇f(x), recorded by the tapes that are open.</summary>
    private static Tensor Gradient(Func<Tensor, Tensor> function, Tensor x)
    {
        using var tape = new GradientTape();
        tape.Watch(x);
        Tensor y = function(x);
        return tape.Follows(y) ? tape.Gradient(y, x) : Tensor.ZerosLike(x);
    }

    /// <summary>What must outlive the tape that owns it is copied; inside another tape that one owns it.</summary>
    private static Tensor Keep(Tensor result, bool nested) => nested ? result : result.Detach();
}
