namespace Engine.Formats;

/// <summary>Round numbers for the axes of drawings.</summary>
internal static class RoundScale
{
    /// <summary>Round numbers below and above all values, and the distance of about five lines between them: 1, 2 or 5 times a power
    /// of ten.</summary>
    public static (double Least, double Most, double Step) Of(double[] values)
    {
        double least = values.Length == 0 ? 0 : values.Min(), most = values.Length == 0 ? 1 : values.Max();
        // Equal values, or values so close that no round numbers lie between them, get room around them.
        double room = Math.Max(Math.Abs(most) * 1e-9, 1e-12);
        if (most - least < room)
            (least, most) = (least - Math.Max(0.5 * Math.Abs(least), room), most + Math.Max(0.5 * Math.Abs(most), room));
        double step = Round((most - least) / 5);
        return (Math.Floor(least / step) * step, Math.Ceiling(most / step) * step, step);
    }

    /// <summary>Whole powers below and above all powers, and the distance of at most nine lines between them.</summary>
    public static (double Least, double Most, double Step) OfPowers(double[] powers)
    {
        double least = powers.Length == 0 ? 0 : Math.Floor(powers.Min()), most = powers.Length == 0 ? 1 : Math.Ceiling(powers.Max());
        if (most == least) most++;
        return (least, most, Math.Max(1, Math.Ceiling((most - least) / 8)));
    }

    /// <summary>The next of 1, 2, 5, 10, 20, … that is not below a number.</summary>
    public static double Round(double value)
    {
        double power = Math.Pow(10, Math.Floor(Math.Log10(value)));
        return power * (value / power) switch { <= 1 => 1, <= 2 => 2, <= 5 => 5, _ => 10 };
    }
}
