using Engine.Layers;
using Engine.Losses;
using Engine.Models;
using Engine.Optimizers;

namespace Engine.Bench.Peer;

/// <summary>The cases of torch_bench.py, through the public API and nothing else.</summary>
internal static partial class PeerCases
{
    public static IReadOnlyList<PeerCase> All { get; } =
        [.. Products(), .. Convolutions(), .. Operations(), .. Digits(), .. Adversarial(), .. PeerSequences.All];

    private static IEnumerable<PeerCase> Products()
    {
        foreach (int n in (int[])[64, 128, 256, 512, 1024, 2048]) yield return Product($"gemm_{n}", n, n, n, transposed: false);
        foreach ((int m, int k, int n) in ((int, int, int)[])[(32, 1600, 128), (32, 128, 512)])
        {
            // The peer times a row-major and a transposed right operand under both names.
            yield return Product($"gemm_{m}x{k}x{n}", m, k, n, transposed: false);
            yield return Product($"gemm_{m}x{k}x{n}_BT", m, k, n, transposed: true);
        }
    }

    private static PeerCase Product(string name, int m, int k, int n, bool transposed) => new(name, () =>
    {
        Tensor a = PeerInputs.Values([m, k], 1), b = transposed ? PeerInputs.Values([n, k], 2) : PeerInputs.Values([k, n], 2);
        return Forward(() => a.MatMul(b, transposeB: transposed));
    });

    private static IEnumerable<PeerCase> Convolutions()
    {
        (string Name, Shape X, Shape Kernel, int Pad)[] cases =
        [
            ("conv_32x1x28_32", [32, 28, 28, 1], [3, 3, 1, 32], 0),
            ("conv_32x32x13_64", [32, 13, 13, 32], [3, 3, 32, 64], 0),
            ("conv_8x3x224_64p1", [8, 224, 224, 3], [3, 3, 3, 64], 1),
            ("conv_8x64x56_64p1", [8, 56, 56, 64], [3, 3, 64, 64], 1),
            ("conv1d_32x64x128_128k3", [32, 1, 128, 64], [1, 3, 64, 128], 0),
        ];
        foreach ((string name, Shape x, Shape kernel, int pad) in cases)
        {
            yield return new($"{name}_fwd", () => Convolution(x, kernel, pad, backward: false));
            yield return new($"{name}_fwdbwd", () => Convolution(x, kernel, pad, backward: true));
        }
    }

    private static PeerWork Convolution(Shape shape, Shape kernelShape, int pad, bool backward)
    {
        Tensor x = PeerInputs.Values(shape, 1);
        var kernel = new Variable(PeerInputs.Values(kernelShape, 2));
        var bias = new Variable(PeerInputs.Values([kernelShape[3]], 3));
        var geometry = new ConvolutionGeometry { Padding = (pad, pad, pad, pad) };
        if (!backward) return Forward(() => x.Convolution2D(kernel, bias, geometry));
        Shape output = [shape[0], shape[1] + 2 * pad - kernelShape[0] + 1, shape[2] + 2 * pad - kernelShape[1] + 1, kernelShape[3]];
        return Backward(x, [kernel, bias], () => x.Convolution2D(kernel, bias, geometry), PeerInputs.Values(output, 4));
    }

    private static IEnumerable<PeerCase> Operations()
    {
        yield return new("maxpool2_fwdbwd", () =>
        {
            Tensor x = PeerInputs.Values([32, 26, 26, 32], 1);
            return Backward(x, [], () => x.MaxPooling2D((2, 2)), PeerInputs.Values([32, 13, 13, 32], 2));
        });
        foreach ((string name, Shape shape) in Batches)
        {
            yield return new($"batchnorm_{name}_fwdbwd", () =>
            {
                (Tensor x, Variable gamma, Variable beta) = Normalized(shape);
                return Backward(x, [gamma, beta], () => x.BatchNormalization(gamma, beta).Output, PeerInputs.Values(shape, 4));
            });
        }
        yield return new("layernorm_2560x256_fwdbwd", () =>
        {
            (Tensor x, Variable gamma, Variable beta) = Normalized([2560, 256]);
            return Backward(x, [gamma, beta], () => x.LayerNormalization(gamma, beta), PeerInputs.Values([2560, 256], 4));
        });
        foreach ((int rows, int classes) in ((int, int)[])[(32, 10), (2560, 5000)])
        {
            yield return new($"softmaxce_{rows}x{classes}", () =>
            {
                Tensor x = PeerInputs.Values([rows, classes], 1), labels = PeerInputs.Labels(rows, classes);
                return Backward(x, [], () => Tensor.SoftmaxCrossEntropy(x, labels).Mean(), null);
            });
        }
        yield return new("adam_10M", () =>
        {
            var optimizer = new Adam();
            var variable = new Variable(PeerInputs.Values([10_000_000], 1));
            var gradients = new VariableGradients([variable], [PeerInputs.Values([10_000_000], 2) * 1e-3]);
            return new PeerWork(() => optimizer.Apply(gradients), () =>
            {
                optimizer.Apply(gradients);
                return [variable];
            });
        });
        foreach ((string size, int n) in ((string, int)[])[("1M", 1 << 20), ("16M", 1 << 24)])
        {
            foreach ((string name, Func<Tensor, Tensor> function) in Functions)
            {
                yield return new($"ew_{name}_{size}", () =>
                {
                    Tensor x = PeerInputs.Values([n], 1);
                    return Forward(() => function(x));
                });
            }
        }
    }

    /// <summary>What a DCGAN for digits normalises.</summary>
    private static (string Name, Shape Shape)[] Batches =>
        [("32x6272", [32, 6272]), ("32x14x14x128", [32, 14, 14, 128]), ("128x14x14x64", [128, 14, 14, 64])];

    private static (Tensor X, Variable Gamma, Variable Beta) Normalized(Shape shape) =>
        (PeerInputs.Values(shape, 1), new Variable(PeerInputs.Values([shape[^1]], 2)), new Variable(PeerInputs.Values([shape[^1]], 3)));

    private static (string Name, Func<Tensor, Tensor> Function)[] Functions =>
        [("relu", x => x.ReLU()), ("tanh", x => x.Tanh()), ("sigmoid", x => x.Sigmoid()), ("exp", x => x.Exp())];

    private static IEnumerable<PeerCase> Digits()
    {
        foreach (int batch in (int[])[32, 128])
        {
            yield return new($"mnist_cnn_train_b{batch}", () =>
            {
                Sequential model = DigitsModel();
                model.Compile(new Adam(), new SparseCategoricalCrossentropy(fromLogits: true));
                Tensor x = PeerInputs.Values([batch, 28, 28, 1], 1), labels = PeerInputs.Labels(batch, 10);
                return new PeerWork(() => model.TrainOnBatch(x, labels));
            });
        }
        yield return new("mnist_cnn_epoch10k_b32", () =>
        {
            Sequential model = DigitsModel();
            model.Compile(new Adam(), new SparseCategoricalCrossentropy(fromLogits: true));
            Tensor x = PeerInputs.Values([10_000, 28, 28, 1], 1), labels = PeerInputs.Labels(10_000, 10);
            return new PeerWork(() => model.Fit(x, labels, epochs: 1, batchSize: 32, verbose: Verbosity.Silent));
        }, Whole: true);
        foreach (int batch in (int[])[1, 128])
        {
            yield return new($"mnist_cnn_infer_b{batch}", () =>
            {
                Sequential model = DigitsModel();
                Tensor x = PeerInputs.Values([batch, 28, 28, 1], 1);
                model.Predict(x, batchSize: batch);
                double[] scales = [0.5, 0.1, 0.1, 0.1, 0.05, 0.1, 0.2, 0.1];
                for (int i = 0; i < scales.Length; i++) model.Variables[i].Assign(PeerInputs.Values(model.Variables[i].Shape, 10 + (uint)i) * scales[i]);
                return Forward(() => model.Apply(x));
            });
        }
    }

    /// <summary>The digits network with logits as its output, as PyTorch's side has it.</summary>
    private static Sequential DigitsModel() => new(
        new Input(28, 28, 1),
        new Conv2D(32, (3, 3), Activation.ReLU),
        new MaxPooling2D((2, 2)),
        new Conv2D(64, (3, 3), Activation.ReLU),
        new MaxPooling2D((2, 2)),
        new Flatten(),
        new Dense(128, Activation.ReLU),
        new Dense(10));

    private static PeerWork Forward(Func<Tensor> function) => new(
        () =>
        {
            using IDisposable pause = GradientTape.StopRecording();
            using var scope = new TensorScope();
            function();
        },
        () => [function().Detach()]);

    private static PeerWork Backward(Tensor x, Variable[] variables, Func<Tensor> function, Tensor? seed)
    {
        Tensor[] sources = [x, .. variables];
        return new PeerWork(
            () =>
            {
                using var tape = new GradientTape();
                tape.Watch(x);
                tape.Gradients(function(), sources, seed);
            },
            () =>
            {
                using var tape = new GradientTape();
                tape.Watch(x);
                return [.. tape.Gradients(function(), sources, seed).Select(gradient => gradient.Detach())];
            });
    }
}
