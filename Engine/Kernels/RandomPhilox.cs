using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace Engine.Kernels;

/// <summary>Philox4x32-10, a function from a 128-bit counter and a 64-bit key to 128 random bits.</summary>
/// <remarks>Salmon, Moraes, Dror, Shaw: "Parallel random numbers: as easy as 1, 2, 3", 2011.</remarks>
internal static unsafe class RandomPhilox
{
    /// <summary>Blocks in a group: what the vector form computes at once.</summary>
    public const int GroupBlocks = 16;

    /// <summary>32-bit words in a group.</summary>
    public const int GroupWords = 4 * GroupBlocks;

    private const uint Multiplier0 = 0xD2511F53, Multiplier1 = 0xCD9E8D57;
    private const uint Weyl0 = 0x9E3779B9, Weyl1 = 0xBB67AE85;
    private const int Rounds = 10;

    /// <summary>One block, word by word.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static (uint W0, uint W1, uint W2, uint W3) Block(ulong counterLow, ulong counterHigh, ulong key)
    {
        uint c0 = (uint)counterLow, c1 = (uint)(counterLow >> 32), c2 = (uint)counterHigh, c3 = (uint)(counterHigh >> 32);
        uint k0 = (uint)key, k1 = (uint)(key >> 32);
        for (int round = 0; round < Rounds; round++)
        {
            ulong p0 = (ulong)Multiplier0 * c0, p1 = (ulong)Multiplier1 * c2;
            (c0, c1, c2, c3) = ((uint)(p1 >> 32) ^ c1 ^ k0, (uint)p1, (uint)(p0 >> 32) ^ c3 ^ k1, (uint)p0);
            k0 += Weyl0;
            k1 += Weyl1;
        }
        return (c0, c1, c2, c3);
    }

    /// <summary>The words of the blocks 16·group … 16·group + 15: first the sixteen words 0, then the words 1, 2 and 3.</summary>
    /// <remarks>Integers, so every width gives the same bits; the order spares a transposition.</remarks>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Group(ulong group, ulong key, uint* words)
    {
        for (int block = 0; block < GroupBlocks; block += 8) EightBlocks(group * GroupBlocks + (ulong)block, key, words + block);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void EightBlocks(ulong counter, ulong key, uint* words)
    {
        Vector256<ulong> m0 = Vector256.Create((ulong)Multiplier0), m1 = Vector256.Create((ulong)Multiplier1);
        // Every word has the low half of a 64-bit lane; what gathers in the high halves is never looked at.
        Vector256<ulong> a0 = Vector256.Create(counter) + Vector256.Create(0UL, 1, 2, 3), b0 = a0 + Vector256.Create(4UL);
        Vector256<ulong> a1 = a0 >>> 32, a2 = Vector256<ulong>.Zero, a3 = a2, b1 = b0 >>> 32, b2 = a2, b3 = a2;
        uint k0 = (uint)key, k1 = (uint)(key >> 32);
        for (int round = 0; round < Rounds; round++)
        {
            Vector256<ulong> key0 = Vector256.Create((ulong)k0), key1 = Vector256.Create((ulong)k1);
            Vector256<ulong> p0 = Multiply(a0, m0), p1 = Multiply(a2, m1), q0 = Multiply(b0, m0), q1 = Multiply(b2, m1);
            a0 = (p1 >>> 32) ^ a1 ^ key0;
            b0 = (q1 >>> 32) ^ b1 ^ key0;
            a2 = (p0 >>> 32) ^ a3 ^ key1;
            b2 = (q0 >>> 32) ^ b3 ^ key1;
            (a1, a3, b1, b3) = (p1, p0, q1, q0);
            k0 += Weyl0;
            k1 += Weyl1;
        }
        Vector256.Narrow(a0, b0).Store(words);
        Vector256.Narrow(a1, b1).Store(words + GroupBlocks);
        Vector256.Narrow(a2, b2).Store(words + 2 * GroupBlocks);
        Vector256.Narrow(a3, b3).Store(words + 3 * GroupBlocks);
    }

    /// <summary>The 64-bit products of the low halves of the lanes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<ulong> Multiply(Vector256<ulong> a, Vector256<ulong> b) => Avx2.IsSupported
        ? Avx2.Multiply(a.AsUInt32(), b.AsUInt32())
        : Vector256.Create(Multiply(a.GetLower(), b.GetLower()), Multiply(a.GetUpper(), b.GetUpper()));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<ulong> Multiply(Vector128<ulong> a, Vector128<ulong> b)
    {
        if (Sse2.IsSupported) return Sse2.Multiply(a.AsUInt32(), b.AsUInt32());
        if (AdvSimd.IsSupported) return AdvSimd.MultiplyWideningLower(AdvSimd.ExtractNarrowingLower(a), AdvSimd.ExtractNarrowingLower(b));
        return Vector128.Create((ulong)(uint)a[0] * (uint)b[0], (ulong)(uint)a[1] * (uint)b[1]);
    }
}
