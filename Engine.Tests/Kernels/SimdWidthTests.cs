using System.Globalization;
using Engine.Kernels;

namespace Engine.Tests.Kernels;

public class SimdWidthTests
{
    /// <summary>Runs without wider instructions set this variable, so that a switch that no longer works does not pass unnoticed.</summary>
    [Test]
    public void The_width_is_no_wider_than_the_switched_off_instruction_sets_leave()
    {
        string? most = Environment.GetEnvironmentVariable("EXPECTED_SIMD_WIDTH_AT_MOST");
        int bound = most is null ? 512 : int.Parse(most, CultureInfo.InvariantCulture);
        Assert.That(SimdWidth.Current, Is.LessThanOrEqualTo(bound));
    }

    [TestCase(512)]
    [TestCase(256)]
    [TestCase(128)]
    [TestCase(0)]
    public void A_forced_width_holds_until_it_is_disposed(int bits)
    {
        int before = SimdWidth.Current;
        using (SimdWidth.Force(bits)) Assert.That(SimdWidth.Current, Is.EqualTo(bits));
        Assert.That(SimdWidth.Current, Is.EqualTo(before));
    }
}
