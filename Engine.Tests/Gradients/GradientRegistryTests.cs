using System.Reflection;
using Engine.Kernels;
using Engine.Layers;
using Engine.Losses;

namespace Engine.Tests.Gradients;

public class GradientRegistryTests
{
    private const double Tolerance = 1e-7;

    private static IEnumerable<TestCaseData> Cases()
    {
        foreach (GradientRow row in GradientRegistry.Rows)
        {
            for (int order = 1; order <= row.Order; order++) yield return new TestCaseData(row, order).SetArgDisplayNames(row.ToString(), $"order {order}");
        }
    }

    [TestCaseSource(nameof(Cases))]
    public void The_tape_agrees_with_central_differences(GradientRow row, int order)
    {
        GradientReport report = row.Run(order);
        Assert.That(report.MaxError, Is.LessThanOrEqualTo(Tolerance), report.ToString());
    }

    [TestCase(512)]
    [TestCase(256)]
    [TestCase(128)]
    [TestCase(0)]
    public void The_tape_agrees_with_central_differences_in_every_register_width(int bits)
    {
        using IDisposable width = SimdWidth.Force(bits);
        Assert.Multiple(() =>
        {
            foreach (GradientRow row in GradientRegistry.Rows)
            {
                GradientReport report = row.Run(1);
                Assert.That(report.MaxError, Is.LessThanOrEqualTo(Tolerance), report.ToString());
            }
        });
    }

    [Test]
    public void Every_operation_has_a_row_or_a_reason_for_having_no_derivative()
    {
        string[] missing = [.. Operations().Where(member => !IsExempt(member)).Select(MemberSignature.Of).Except(Covered())];
        Assert.That(missing, Is.Empty, "add a row to Engine.Tests/Gradients/GradientRegistry, or [NotDifferentiable(\"why\")] to the member");
    }

    [Test]
    public void Every_layer_and_loss_has_a_row_or_a_reason_for_having_no_derivative()
    {
        string[] missing = [.. Types().Where(type => !type.IsDefined(typeof(NotDifferentiableAttribute), inherit: false)).Select(type => type.Name).Except(Covered())];
        Assert.That(missing, Is.Empty, "add a row to Engine.Tests/Gradients/GradientRegistry, or [NotDifferentiable(\"why\")] to the class");
    }

    [Test]
    public void Every_row_names_a_member_that_exists_and_is_differentiable()
    {
        string[] known = [.. Operations().Where(member => !IsExempt(member)).Select(MemberSignature.Of), .. Types().Select(type => type.Name)];
        Assert.That(Covered().Except(known), Is.Empty);
    }

    [Test]
    public void Row_names_are_unique() => Assert.That(GradientRegistry.Rows.Select(row => row.ToString()), Is.Unique);

    [Test]
    public void Every_reason_for_having_no_derivative_is_a_sentence()
    {
        IEnumerable<NotDifferentiableAttribute> attributes = Operations().Where(IsExempt)
            .Select(member => member.GetCustomAttribute<NotDifferentiableAttribute>()!);
        Assert.That(attributes.Select(attribute => attribute.Reason.Split(' ').Length), Has.All.GreaterThanOrEqualTo(3));
    }

    private static IEnumerable<string> Covered() => GradientRegistry.Rows.Select(row => row.Covers).Distinct();

    /// <summary>The public members that turn tensors into tensors.</summary>
    private static IEnumerable<MethodInfo> Operations() => typeof(Tensor)
        .GetMethods(BindingFlags.Public | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly)
        .Where(method => GivesTensor(method.ReturnType) && (!method.IsStatic || method.GetParameters().Any(parameter => GivesTensor(parameter.ParameterType))));

    private static bool GivesTensor(Type type) => type == typeof(Tensor)
        || (type.IsArray && GivesTensor(type.GetElementType()!))
        || (type.IsGenericType && type.GetGenericArguments().Any(GivesTensor));

    private static bool IsExempt(MethodInfo method) => method.IsDefined(typeof(NotDifferentiableAttribute))
        || PropertyOf(method)?.IsDefined(typeof(NotDifferentiableAttribute)) == true;

    private static PropertyInfo? PropertyOf(MethodInfo method) => method.IsSpecialName
        ? typeof(Tensor).GetProperties().FirstOrDefault(property => property.GetMethod == method)
        : null;

    private static IEnumerable<Type> Types() => typeof(Tensor).Assembly.GetExportedTypes()
        .Where(type => type == typeof(GanLoss) || type == typeof(CriticPenalty)
            || (!type.IsAbstract && BaseTypes(type).Any(parent => parent == typeof(Layer) || parent == typeof(Loss))));

    private static IEnumerable<Type> BaseTypes(Type type)
    {
        for (Type? parent = type.BaseType; parent is not null; parent = parent.BaseType) yield return parent;
    }
}
