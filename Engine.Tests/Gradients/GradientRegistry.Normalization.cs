namespace Engine.Tests.Gradients;

/// <content>Normalisation.</content>
public static partial class GradientRegistry
{
    private static IEnumerable<GradientRow> Normalizations() =>
    [
        new("BatchNormalization(Tensor, Tensor, double)", t => t[0].BatchNormalization(t[1], t[2]).Output, [[6, 3], [3], [3]]),
        new("BatchNormalization(Tensor, Tensor, double)", t => t[0].BatchNormalization(epsilon: 0.1).Output,
            [[2, 3, 2, 5]]) { Case = "neither factor nor shift" },
        new("BatchNormalization(Tensor, Tensor, double)", t => t[0].BatchNormalization(t[1]).Output,
            [[40, 2], [2]]) { Case = "factor alone, rows read together" },
        new("BatchNormalization(Tensor, Tensor, double)", t => t[0].BatchNormalization(null, t[1]).Output,
            [[3, 70], [70]]) { Case = "shift alone, many channels" },
        new("BatchNormalization(Tensor, Tensor, double)", AllThree, [[5, 4], [4], [4]]) { Case = "mean and variance too" },
        new("BatchNormalization(Tensor, Tensor, double)", t => t[0].BatchNormalization().Variance, [[5, 4]]) { Case = "variance alone" },
        new("LayerNormalization(Tensor, Tensor, double, int)", t => t[0].LayerNormalization(t[1], t[2]), [[4, 7], [7], [7]]),
        new("LayerNormalization(Tensor, Tensor, double, int)", t => t[0].LayerNormalization(t[1], axes: 2),
            [[3, 2, 9], [2, 9]]) { Case = "two axes, factor alone" },
        new("LayerNormalization(Tensor, Tensor, double, int)", t => t[0].LayerNormalization(null, t[1], 0.1),
            [[2, 3, 4], [4]]) { Case = "shift alone" },
        new("LayerNormalization(Tensor, Tensor, double, int)", t => t[0].LayerNormalization(),
            [[3, 20]]) { Case = "neither factor nor shift" },
        new("GroupNormalization(int, Tensor, Tensor, double)", t => t[0].GroupNormalization(2, t[1], t[2]), [[2, 3, 2, 6], [6], [6]]),
        new("GroupNormalization(int, Tensor, Tensor, double)", t => t[0].GroupNormalization(1, t[1]),
            [[3, 8], [8]]) { Case = "one group, factor alone" },
        new("GroupNormalization(int, Tensor, Tensor, double)", t => t[0].GroupNormalization(4, epsilon: 0.1),
            [[2, 5, 4]]) { Case = "a group for each channel" },
    ];

    private static Tensor AllThree(Tensor[] t)
    {
        (Tensor y, Tensor mean, Tensor variance) = t[0].BatchNormalization(t[1], t[2]);
        return y * mean + variance.Square();
    }
}
