namespace Engine.Layers;

/// <summary>Where a random factor lies: written as one number, <c>0.2</c> for −0.2 to 0.2, or as a pair, <c>(-0.1, 0.3)</c>.</summary>
/// <param name="Lower">The smallest factor.</param>
/// <param name="Upper">The largest factor.</param>
public readonly record struct FactorRange(double Lower, double Upper)
{
    /// <summary>From −factor to factor.</summary>
    /// <param name="factor">The largest factor; its sign does not matter.</param>
    public static implicit operator FactorRange(double factor) => new(-Math.Abs(factor), Math.Abs(factor));

    /// <summary>A pair of the smallest and the largest factor.</summary>
    /// <param name="range">The smaller one first.</param>
    public static implicit operator FactorRange((double Lower, double Upper) range) => new(range.Lower, range.Upper);

    /// <summary>The range as a program writes it: <c>(-0.1, 0.3)</c>.</summary>
    /// <returns>The pair.</returns>
    public override string ToString() => $"({Lower}, {Upper})";

    /// <summary>The factor for a number uniform in [0, 1).</summary>
    internal double At(double number) => Lower + (Upper - Lower) * number;

    /// <summary>The range itself, if it is one within ±1.</summary>
    internal FactorRange Checked(string layer, string parameter) => Lower >= -1 && Lower <= Upper && Upper <= 1
        ? this
        : throw Fail.Value(layer, $"{parameter} is {this}", "give numbers from -1 to 1, the smaller one first");
}
