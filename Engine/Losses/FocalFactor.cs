namespace Engine.Losses;

/// <summary>(1 − p)^γ, what focal losses multiply a cross-entropy with.</summary>
internal static class FocalFactor
{
    // So far from 0 that γ below 1 gives no infinite derivative beside a loss of 0, and too near to be seen in the result.
    private const double Smallest = 1e-30;

    public static Tensor Of(Tensor rest, double gamma) => rest.Clip(Smallest, double.PositiveInfinity).Pow(gamma);

    public static void Require(string loss, double gamma)
    {
        if (!(double.IsFinite(gamma) && gamma >= 0)) throw Fail.Value(loss, $"gamma is {gamma}", "give a finite number, 0 or more");
    }
}
