namespace Engine.Tests.Autodiff;

public class DerivativesTests
{
    private readonly Tensor point = Tensor.From<double>([0.5, -1, 2], [3]);

    [Test]
    public void The_jacobian_of_a_linear_map_is_its_matrix()
    {
        Tensor a = Tensor.From<double>([1, 2, 3, 4, 5, 6], [2, 3]);
        Tensor jacobian = Derivatives.Jacobian(x => a.MatMul(x.Reshape(3, 1)).Flatten(), point);
        Assert.That(jacobian.Shape, Is.EqualTo(Shape.Create([2, 3])));
        Assert.That(jacobian.ToArray<double>(), Is.EqualTo(a.ToArray<double>()));
    }

    [Test]
    public void The_jacobian_has_the_results_axes_and_then_the_points()
    {
        Tensor x = Tensor.From<double>([1, 2, 3, 4], [2, 2]);
        Tensor jacobian = Derivatives.Jacobian(t => t * t, x);
        Assert.That(jacobian.Shape, Is.EqualTo(Shape.Create([2, 2, 2, 2])));
        for (int i = 0; i < 4; i++)
        {
            for (int j = 0; j < 4; j++) Assert.That(jacobian.ToArray<double>()[i * 4 + j], Is.EqualTo(i == j ? 2 * (i + 1) : 0));
        }
    }

    [Test]
    public void The_hessian_of_a_quadratic_form_is_its_symmetric_part_twice()
    {
        Tensor a = Tensor.From<double>([1, 2, 3, 4, 5, 6, 7, 8, 9], [3, 3]);
        Tensor hessian = Derivatives.Hessian(x => x.Reshape(1, 3).MatMul(a).MatMul(x.Reshape(3, 1)).Sum(), point);
        Assert.That(hessian.ToArray<double>(), Is.EqualTo((a + a.Transpose()).ToArray<double>()).Within(1e-14));
    }

    [Test]
    public void The_hessian_of_rosenbrocks_function_is_the_known_one()
    {
        Tensor p = Tensor.From<double>([-1.2, 1], [2]);
        Tensor first = Tensor.From<double>([1, 0], [2]), second = Tensor.From<double>([0, 1], [2]);
        Tensor hessian = Derivatives.Hessian(
            t =>
            {
                Tensor x = (t * first).Sum(), y = (t * second).Sum();
                return (1 - x).Square() + 100 * (y - x * x).Square();
            },
            p);
        Assert.That(hessian.ToArray<double>(), Is.EqualTo(new[] { 1330.0, 480, 480, 200 }).Within(1e-9));
    }

    [Test]
    public void A_hessian_vector_product_is_the_hessian_times_the_vector()
    {
        Tensor v = Tensor.From<double>([1, -2, 0.5], [3]);
        Func<Tensor, Tensor> f = x => (x.Tanh() * x.Sum()).Sum();
        Tensor product = Derivatives.HessianVectorProduct(f, point, v);
        Tensor expected = Derivatives.Hessian(f, point).MatMul(v.Reshape(3, 1)).Flatten();
        Assert.That(product.ToArray<double>(), Is.EqualTo(expected.ToArray<double>()).Within(1e-13));
    }

    [Test]
    public void Constants_and_linear_functions_have_derivatives_of_zero()
    {
        Assert.That(Derivatives.Jacobian(_ => Tensor.Ones([2], DType.Float64), point).ToArray<double>(), Is.EqualTo(new double[6]));
        Assert.That(Derivatives.Hessian(x => x.Sum(), point).ToArray<double>(), Is.EqualTo(new double[9]));
        Assert.That(Derivatives.HessianVectorProduct(x => x.Sum(), point, point).ToArray<double>(), Is.EqualTo(new double[3]));
        Assert.That(Derivatives.Hessian(_ => Tensor.Ones([], DType.Float64), point).ToArray<double>(), Is.EqualTo(new double[9]));
    }

    [Test]
    public void A_function_of_another_watched_tensor_alone_has_a_jacobian_of_zero_inside_a_tape()
    {
        Tensor other = Tensor.Ones([2], DType.Float64);
        using var tape = new GradientTape();
        tape.Watch(other);
        Assert.That(Derivatives.Jacobian(_ => other * 2, point).ToArray<double>(), Is.EqualTo(new double[6]));
    }

    [Test]
    public void Inside_a_tape_a_jacobian_can_be_differentiated_again()
    {
        using var tape = new GradientTape();
        tape.Watch(point);
        Tensor sum = (Derivatives.Jacobian(x => x * x * x, point) * Tensor.Eye(3, dtype: DType.Float64)).Sum();
        Assert.That(tape.Gradient(sum, point).ToArray<double>(), Is.EqualTo((point * 6).ToArray<double>()).Within(1e-14));
    }

    [Test]
    public void Results_outlive_the_tapes_that_made_them_and_a_scope_around_them()
    {
        Tensor hessian;
        using (new TensorScope()) hessian = Derivatives.Hessian(x => (x * x).Sum(), point);
        Assert.That(hessian.IsAlive, Is.True);
        Assert.That(hessian.ToArray<double>(), Is.EqualTo((2 * Tensor.Eye(3, dtype: DType.Float64)).ToArray<double>()));
    }

    [Test]
    public void Misuse_is_an_error_that_says_what_to_do()
    {
        Assert.That(() => Derivatives.Jacobian(x => x, Tensor.Arange(3)), Throws.TypeOf<TapeException>().With.Message.Contains("Cast"));
        Assert.That(() => Derivatives.Hessian(x => x * x, point), Throws.TypeOf<TapeException>().With.Message.Contains("reduce it to one number"));
        Assert.That(
            () => Derivatives.HessianVectorProduct(x => x.Sum(), point, Tensor.Ones([2], DType.Float64)),
            Throws.TypeOf<ShapeException>().With.Message.Contains("[2]").And.Message.Contains("[3]"));
    }
}
