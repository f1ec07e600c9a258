namespace Engine.Data;

/// <summary>Divides samples so that every class has the same share in both parts.</summary>
internal static class Stratification
{
    /// <summary>The class of every sample.</summary>
    /// <exception cref="ValueException">The labels are not one whole number a sample.</exception>
    public static long[] ClassesOf(Dataset data)
    {
        if (data.Labels is not { } labels)
            throw Fail.Value("Dataset.Split", "stratify is set and the data set has no labels", "leave stratify out");
        if (labels.DType.IsFloatingPoint() || labels.Length != data.Count)
        {
            throw Fail.Value("Dataset.Split", $"stratify is set and the labels are {labels.DType}{labels.Shape}",
                "give one whole number for each sample as its class, or leave stratify out");
        }

        var classes = new long[data.Count];
        for (int i = 0; i < classes.Length; i++) classes[i] = (long)labels.ElementAt(i);
        return classes;
    }

    /// <summary>Gives each class its share of the first part: the whole samples of its exact share, and one more to those classes whose
    /// remaining fractions are the largest (of equal ones the lower class), until the part is full.</summary>
    /// <param name="order">The samples in the order in which they are taken.</param>
    /// <param name="classes">Each sample's class.</param>
    /// <param name="first">The size of the first part.</param>
    /// <returns>The two parts, each in the given order.</returns>
    public static (int[] First, int[] Second) Divide(int[] order, long[] classes, int first)
    {
        var sizes = new SortedDictionary<long, int>();
        foreach (long label in classes) sizes[label] = sizes.GetValueOrDefault(label) + 1;
        var quota = new Dictionary<long, int>();
        var remainders = new List<(long Remainder, long Class)>();
        int left = first;
        foreach ((long label, int size) in sizes)
        {
            (long whole, long remainder) = Math.DivRem((long)size * first, order.Length);
            quota[label] = (int)whole;
            left -= (int)whole;
            remainders.Add((remainder, label));
        }

        remainders.Sort((a, b) => a.Remainder != b.Remainder ? b.Remainder.CompareTo(a.Remainder) : a.Class.CompareTo(b.Class));
        for (int i = 0; i < left; i++) quota[remainders[i].Class]++;

        var chosen = new List<int>(first);
        var rest = new List<int>(order.Length - first);
        foreach (int sample in order) (quota[classes[sample]]-- > 0 ? chosen : rest).Add(sample);
        return ([.. chosen], [.. rest]);
    }
}
