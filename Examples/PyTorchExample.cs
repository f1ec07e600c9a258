using System.CommandLine;
using Engine;
using Engine.Data;
using Engine.Layers;
using Engine.Losses;
using Engine.Optimizers;

namespace Examples;

/// <summary>The MNIST program of PyTorch's examples with its loop of its own, ported; docs/coming-from-pytorch.md shows both.</summary>
internal static class PyTorchExample
{
    public static Command Command()
    {
        Option<string?> data = Options.Data();
        Option<int> epochs = Options.Epochs(2);
        Option<ulong> seed = Options.Seed();
        var command = new Command("from-pytorch", "The MNIST network and loop of PyTorch's examples, ported.") { data, epochs, seed };
        command.SetAction(parsed => Run(parsed.GetValue(data), parsed.GetValue(epochs), parsed.GetValue(seed)));
        return command;
    }

    private static void Run(string? folder, int epochs, ulong seed)
    {
        (Dataset train, Dataset test) = Digits.Load(folder);

        #region doc-torch-loop
        var net = new Net();
        var loss = new SparseCategoricalCrossentropy(
            fromLogits: true);
        var rate = new ExponentialDecay(
            1.0,
            decaySteps: (train.Count + 63) / 64,
            decayRate: 0.7,
            staircase: true);
        var optimizer = new Adadelta(
            rate, rho: 0.9, epsilon: 1e-6);

        for (int epoch = 0; epoch < epochs; epoch++)
        {
            int step = 0;
            foreach ((Tensor x, Tensor y) in train.Batch(
                64, shuffleSeed: seed, epoch: epoch))
            {
                using var tape = new GradientTape();
                Tensor output = net.Apply(
                    Normalized(x), training: true);
                Tensor error = loss.Compute(y, output);
                optimizer.Apply(tape.Gradients(
                    error, net.TrainableVariables));
                if (step++ % 100 == 0)
                    Console.WriteLine($"epoch {epoch + 1} "
                        + $"step {step - 1,3} "
                        + $"loss {error.ToScalar():F4}");
            }

            Test(net, test);
        }
        #endregion
    }

    #region doc-torch-test
    private static Tensor Normalized(Tensor x) =>
        (x - 0.1307) / 0.3081;

    private static void Test(Net net, Dataset test)
    {
        var loss = new SparseCategoricalCrossentropy(
            fromLogits: true, reduction: LossReduction.Sum);
        double sum = 0, right = 0;
        foreach ((Tensor x, Tensor y) in test.Batch(1000))
        {
            using var scope = new TensorScope();
            Tensor output = net.Apply(Normalized(x));
            sum += loss.Compute(y, output).ToScalar();
            right += output.ArgMax().EqualTo(y)
                .Cast(DType.Float32).Sum().ToScalar();
        }

        Console.WriteLine(
            $"test loss {sum / test.Count:F4}, "
            + $"accuracy {right / test.Count:P2}");
    }
    #endregion

    #region doc-torch-net
    private sealed class Net : Layer
    {
        private readonly Layer conv1, conv2, drop1, drop2, fc1, fc2;

        public Net()
        {
            conv1 = AddLayer(new Conv2D(32, 3));
            conv2 = AddLayer(new Conv2D(64, 3));
            drop1 = AddLayer(new Dropout(0.25));
            drop2 = AddLayer(new Dropout(0.5));
            fc1 = AddLayer(new Dense(128));
            fc2 = AddLayer(new Dense(10));
        }

        protected override Tensor Call(
            Tensor x, bool training)
        {
            x = conv1.Apply(x).ReLU();
            x = conv2.Apply(x).ReLU();
            x = x.MaxPooling2D((2, 2));
            x = drop1.Apply(x, training);
            x = x.Reshape(x.Shape[0], -1);
            x = fc1.Apply(x).ReLU();
            x = drop2.Apply(x, training);
            return fc2.Apply(x);
        }
    }
    #endregion
}
