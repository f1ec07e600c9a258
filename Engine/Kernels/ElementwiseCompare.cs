using System.Numerics;
using System.Runtime.CompilerServices;

namespace Engine.Kernels;

/// <summary>A relation between two numbers.</summary>
internal interface IRelation
{
    /// <summary>Whether the relation holds; every order is false for NaN.</summary>
    static abstract bool Holds<T>(T a, T b)
        where T : INumber<T>;
}

/// <summary>a = b.</summary>
internal readonly struct EqualRelation : IRelation
{
    public static bool Holds<T>(T a, T b)
        where T : INumber<T> => a == b;
}

/// <summary>a ≠ b.</summary>
internal readonly struct NotEqualRelation : IRelation
{
    public static bool Holds<T>(T a, T b)
        where T : INumber<T> => a != b;
}

/// <summary>a &lt; b.</summary>
internal readonly struct LessRelation : IRelation
{
    public static bool Holds<T>(T a, T b)
        where T : INumber<T> => a < b;
}

/// <summary>a ≤ b.</summary>
internal readonly struct LessOrEqualRelation : IRelation
{
    public static bool Holds<T>(T a, T b)
        where T : INumber<T> => a <= b;
}

/// <summary>a &gt; b.</summary>
internal readonly struct GreaterRelation : IRelation
{
    public static bool Holds<T>(T a, T b)
        where T : INumber<T> => a > b;
}

/// <summary>a ≥ b.</summary>
internal readonly struct GreaterOrEqualRelation : IRelation
{
    public static bool Holds<T>(T a, T b)
        where T : INumber<T> => a >= b;
}

/// <summary>Comparisons, which give truth values of one byte, and the choice between two operands by one.</summary>
internal static unsafe class ElementwiseCompare
{
    /// <summary>y[i] = 1 where the relation holds between a[i] and b[i], else 0; broadcasting.</summary>
    public static void Compare<R, T>(T* a, T* b, byte* y, in Broadcasting shapes)
        where R : struct, IRelation
        where T : unmanaged, INumber<T> =>
        Broadcasting.Run(shapes, default(CompareBlock<R, T>), (byte*)a, sizeof(T), (byte*)b, sizeof(T), null, 0, y, 1);

    /// <summary>y[i] = a[i] where the condition is not 0, else b[i]; broadcasting over all three.</summary>
    public static void Select<T>(byte* condition, T* a, T* b, T* y, in Broadcasting shapes)
        where T : unmanaged =>
        Broadcasting.Run(shapes, default(SelectBlock<T>), condition, 1, (byte*)a, sizeof(T), (byte*)b, sizeof(T), (byte*)y, sizeof(T));

    private readonly struct CompareBlock<R, T> : IBroadcastBlock
        where R : struct, IRelation
        where T : unmanaged, INumber<T>
    {
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Run(byte* a, bool aRepeats, byte* b, bool bRepeats, byte* c, bool cRepeats, byte* y, nint length)
        {
            T* left = (T*)a, right = (T*)b;
            if (bRepeats)
            {
                T value = *right;
                nint step = aRepeats ? 0 : 1;
                for (nint i = 0; i < length; i++, left += step) y[i] = R.Holds(*left, value) ? (byte)1 : (byte)0;
            }
            else if (aRepeats)
            {
                T value = *left;
                for (nint i = 0; i < length; i++) y[i] = R.Holds(value, right[i]) ? (byte)1 : (byte)0;
            }
            else
            {
                for (nint i = 0; i < length; i++) y[i] = R.Holds(left[i], right[i]) ? (byte)1 : (byte)0;
            }
        }
    }

    private readonly struct SelectBlock<T> : IBroadcastBlock
        where T : unmanaged
    {
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Run(byte* condition, bool conditionRepeats, byte* a, bool aRepeats, byte* b, bool bRepeats, byte* y, nint length)
        {
            T* whenSet = (T*)a, whenClear = (T*)b, result = (T*)y;
            nint conditionStep = conditionRepeats ? 0 : 1, setStep = aRepeats ? 0 : 1, clearStep = bRepeats ? 0 : 1;
            for (nint i = 0; i < length; i++)
            {
                result[i] = *condition != 0 ? *whenSet : *whenClear;
                condition += conditionStep;
                whenSet += setStep;
                whenClear += clearStep;
            }
        }
    }
}
