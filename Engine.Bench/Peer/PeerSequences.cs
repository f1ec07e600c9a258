using Engine.Layers;
using Engine.Losses;
using Engine.Models;
using Engine.Optimizers;

namespace Engine.Bench.Peer;

/// <summary>The recurrent cases of torch_bench.py.</summary>
internal static class PeerSequences
{
    public static IEnumerable<PeerCase> All => [.. Text(), Simple(), Translation()];

    /// <summary>Two layers of 128 units on 64 characters of 65, one-hot or embedded, with a loss at every step.</summary>
    private static IEnumerable<PeerCase> Text()
    {
        (string Name, Func<Layer> Make)[] kinds =
        [
            ("lstm", () => new LSTM(128, returnSequences: true)), ("gru", () => new GRU(128, resetAfter: true, returnSequences: true)),
        ];
        foreach ((string name, Func<Layer> make) in kinds)
        {
            foreach (bool oneHot in (bool[])[true, false])
            {
                yield return new($"{name}128x2_text_s64_b32_{(oneHot ? "onehot" : "emb")}", () =>
                {
                    var model = new Sequential(
                        new Input([64], DType.Int32), oneHot ? new OneHot(65) : new Embedding(65, 65), make(), make(), new Dense(65));
                    model.Compile(new RMSprop(), new SparseCategoricalCrossentropy(fromLogits: true));
                    Tensor x = Symbols([32, 64], 65), y = Symbols([32, 64], 65);
                    return new PeerWork(() => model.TrainOnBatch(x, y));
                });
            }
        }
    }

    private static PeerCase Simple() => new("simplernn32_s100_b32", () =>
    {
        var model = new Sequential(new Input(100, 16), new SimpleRNN(32), new Dense(10));
        model.Compile(new Adam(), new SparseCategoricalCrossentropy(fromLogits: true));
        Tensor x = PeerInputs.Values([32, 100, 16], 1), y = PeerInputs.Labels(32, 10);
        return new PeerWork(() => model.TrainOnBatch(x, y));
    });

    /// <summary>An encoder whose last states a decoder begins with.</summary>
    private static PeerCase Translation() => new("encdec_lstm256_v2000_s20_b64", () =>
    {
        SymbolicTensor source = SymbolicTensor.Input([20], DType.Int32), target = SymbolicTensor.Input([20], DType.Int32);
        SymbolicTensor[] encoded = new LSTM(256, returnState: true).ApplyAll(new Embedding(2000, 256).Apply(source));
        SymbolicTensor decoded = new LSTM(256, returnSequences: true).Apply(new Embedding(2000, 256).Apply(target), encoded[1], encoded[2]);
        var model = new Model([source, target], [new Dense(2000).Apply(decoded)]);
        var optimizer = new Adam();
        var loss = new SparseCategoricalCrossentropy(fromLogits: true);
        Tensor x = Symbols([64, 20], 2000), y = Symbols([64, 20], 2000);
        return new PeerWork(() =>
        {
            using var tape = new GradientTape();
            Tensor cost = loss.Compute(y, model.Apply([x, y], training: true));
            optimizer.Apply(tape.Gradients(cost, model.TrainableVariables));
        });
    });

    private static Tensor Symbols(Shape shape, int count) => PeerInputs.Labels(shape.Length, count).Reshape(shape);
}
