using Engine.Formats;
using Engine.Layers;
using Engine.Losses;
using Engine.Models;
using Engine.Optimizers;
using Engine.Tests.Formats;

namespace Engine.Tests.Models;

/// <summary>Models of the layers with state of their own are the same after a file.</summary>
public class ToolboxFileTests
{
    private TemporaryFolder folder = null!;

    [SetUp]
    public void MakeFolder() => folder = new TemporaryFolder();

    [TearDown]
    public void RemoveFolder() => folder.Dispose();

    [Test]
    public void Images_through_normalisations_and_slopes()
    {
        static Sequential Make() => new(
            new Input(6, 6, 3),
            new Normalization(),
            new Rescaling(0.5, 1),
            new Conv2D(4, 3, kernelRegularizer: new L2(), kernelConstraint: new MaxNorm(axis: [0, 1, 2])),
            new BatchNormalization(),
            new PReLU(sharedAxes: [1, 2]),
            new SpatialDropout2D(0.2),
            new GroupNormalization(2),
            new GaussianNoise(0.1),
            new Flatten(),
            new LayerNormalization(),
            new UnitNormalization(),
            new GaussianDropout(0.1),
            new Lambda(x => x * 2),
            new Dense(1));
        Tensor x = Tensor.RandomNormal([20, 6, 6, 3], 3, 2, new RandomGenerator(1));
        RoundTrip(Make, x, model => ((Normalization)model.Layers[1]).Adapt(x));
    }

    [Test]
    public void Images_and_series_through_every_convolution()
    {
        RoundTrip(
            () => new Sequential(
                new Input(6, 6, 2),
                new DepthwiseConv2D(3, depthMultiplier: 2, padding: Padding.Same, depthwiseConstraint: new NonNegative()),
                new SeparableConv2D(4, 3, Activation.ReLU, strides: 2, pointwiseRegularizer: new L2()),
                new Conv2DTranspose(3, 4, Activation.Tanh, strides: 2, padding: Padding.Same, kernelRegularizer: new L1()),
                new Flatten(),
                new Dense(1)),
            Tensor.RandomNormal([20, 6, 6, 2], 0, 1, new RandomGenerator(1)),
            _ => { });
        RoundTrip(
            () => new Sequential(
                new Input(6, 2),
                new Conv1D(3, 2, padding: Padding.Causal),
                new DepthwiseConv1D(3, depthMultiplier: 2),
                new SeparableConv1D(4, 2),
                new Conv1DTranspose(3, 3, strides: 2),
                new Flatten(),
                new Dense(1)),
            Tensor.RandomNormal([20, 6, 2], 0, 1, new RandomGenerator(1)),
            _ => { });
    }

    [Test]
    public void Images_and_series_through_borders_and_augmentation()
    {
        RoundTrip(
            () => new Sequential(
                new Input(6, 6, 2),
                new RandomFlip(),
                new RandomRotation(0.1),
                new RandomTranslation(0.1, 0.1),
                new RandomZoom(0.1),
                new RandomContrast(0.1, (-10, 10)),
                new RandomBrightness(0.1, (-10, 10)),
                new RandomCrop(4, 5),
                new ZeroPadding2D(),
                new UpSampling2D(2, Interpolation.Bilinear),
                new Conv2D(2, 3),
                new UpSampling2D(),
                new Cropping2D((2, 1)),
                new Flatten(),
                new Dense(1)),
            Tensor.RandomNormal([20, 6, 6, 2], 0, 1, new RandomGenerator(1)),
            _ => { });
        RoundTrip(
            () => new Sequential(
                new Input(6, 2), new ZeroPadding1D(), new Conv1D(2, 3), new UpSampling1D(), new Cropping1D(), new Flatten(), new Dense(1)),
            Tensor.RandomNormal([20, 6, 2], 0, 1, new RandomGenerator(1)),
            _ => { });
    }

    [Test]
    public void Words_through_embeddings()
    {
        static Sequential Make() => new(
            new Input([5], DType.Int32),
            new Embedding(7, 4),
            new SpatialDropout1D(0.2),
            new Permute(2, 1),
            new Flatten(),
            new RepeatVector(2),
            new Flatten(),
            new BatchNormalization(center: false),
            new Dense(1));
        RoundTrip(Make, Tensor.RandomIntegers([20, 5], 0, 7, new RandomGenerator(1)), _ => { });
        RoundTrip(
            () => new Sequential(new Input([5], DType.Int32), new OneHot(7), new Flatten(), new Dense(1)),
            Tensor.RandomIntegers([20, 5], 0, 7, new RandomGenerator(1)),
            _ => { });
    }

    [Test]
    public void A_graph_of_merged_branches_keeps_its_connections()
    {
        static Model Make()
        {
            SymbolicTensor a = SymbolicTensor.Input(3), b = SymbolicTensor.Input(3);
            var shared = new Dense(2);
            SymbolicTensor x = shared.Apply(a), y = shared.Apply(b);
            return new Model([a, b], [new Concatenate().Apply(new Add().Apply(x, y), new Subtract().Apply(x, y), new Dot(1).Apply(x, y))]);
        }

        Model saved = Make(), other = Make();
        other.Seed = 9;
        Tensor p = Tensor.Ones([2, 3]), q = Tensor.Full([2, 3], 2);
        saved.Save(folder["graph.safetensors"]);
        other.Load(folder["graph.safetensors"]);
        Assert.That(other.Apply(p, q).ToArray<float>(), Is.EqualTo(saved.Apply(p, q).ToArray<float>()));
        using SafetensorsFile file = SafetensorsFile.Open(folder["graph.safetensors"]);
        Assert.That(file.Metadata["architecture"],
            Does.Contain("\"type\":\"Subtract\",\"name\":\"subtract\",\"dtype\":\"Float32\",\"trainable\":true,\"inputs\":[2,3]"));
    }

    private void RoundTrip(Func<Sequential> make, Tensor x, Action<Sequential> prepare)
    {
        Sequential trained = make(), other = make();
        prepare(trained);
        trained.Compile(new Adam(0.01), new MeanSquaredError());
        trained.Fit(x, Tensor.Ones([20, 1]), epochs: 2, batchSize: 5, seed: 3, verbose: Verbosity.Silent);
        trained.Save(folder["model.safetensors"]);
        other.Load(folder["model.safetensors"]);
        Assert.That(TinyModels.Bits(other), Is.EqualTo(TinyModels.Bits(trained)));
        Assert.That(other.Predict(x).ToArray<float>(), Is.EqualTo(trained.Predict(x).ToArray<float>()));
        using SafetensorsFile file = SafetensorsFile.Open(folder["model.safetensors"]);
        foreach (Layer layer in trained.Layers) Assert.That(
            file.Metadata["architecture"], Does.Contain($"\"type\":\"{layer.GetType().Name}\""));
    }
}
