using Engine.Data;
using Engine.Layers;
using Engine.Losses;
using Engine.Metrics;
using Engine.Models;
using Engine.Optimizers;

namespace Engine.Tests.Models;

/// <summary>Models and data small enough for a test of milliseconds.</summary>
internal static class TinyModels
{
    /// <summary>Points in the plane; the class tells the quadrant's parity, which a linear model cannot.</summary>
    public static Dataset Quadrants(int count, ulong seed = 5)
    {
        var random = new RandomGenerator(seed);
        var points = new float[2 * count];
        random.FillUniform<float>(points, -1, 1);
        var labels = new int[count];
        for (int i = 0; i < count; i++) labels[i] = points[2 * i] * points[2 * i + 1] > 0 ? 1 : 0;
        return new Dataset(Tensor.From<float>(points, [count, 2]), Tensor.From<int>(labels));
    }

    public static Sequential Classifier(double dropout = 0)
    {
        var model = new Sequential(
            new Input(2),
            new Dense(16, Activation.Tanh),
            new Dropout(dropout),
            new Dense(2, Activation.Softmax));
        model.Compile(new Adam(0.02), new SparseCategoricalCrossentropy(), new Accuracy());
        return model;
    }

    /// <summary>The network of the digits program.</summary>
    public static Sequential Digits()
    {
        var model = new Sequential(
            new Input(28, 28, 1),
            new Conv2D(32, (3, 3), Activation.ReLU),
            new MaxPooling2D((2, 2)),
            new Conv2D(64, (3, 3), Activation.ReLU),
            new MaxPooling2D((2, 2)),
            new Flatten(),
            new Dense(128, Activation.ReLU),
            new Dense(10, Activation.Softmax));
        model.Compile(new Adam(), new SparseCategoricalCrossentropy(), new Accuracy());
        return model;
    }

    /// <summary>All weights, bit by bit.</summary>
    public static byte[] Bits(Model model)
    {
        var all = new List<byte>();
        foreach (Variable variable in model.Variables) all.AddRange(variable.Bytes());
        return [.. all];
    }
}
