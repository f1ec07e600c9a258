using Engine.Layers;

namespace Engine.Models;

/// <summary>What a translator is made of, besides its vocabularies.</summary>
/// <param name="Units">The length of the states.</param>
/// <param name="Embedding">The length of the words' vectors.</param>
/// <param name="Cell">What takes steps.</param>
/// <param name="Bidirectional">Whether the encoder reads in both directions.</param>
/// <param name="Attention">How the decoder looks at the source.</param>
/// <param name="Dropout">The part of the vectors, and of what the words are chosen by, that is dropped in training.</param>
internal sealed record TranslatorOptions(
    int Units, int Embedding, TranslatorCell Cell, bool Bidirectional, TranslatorAttention Attention, double Dropout);

/// <summary>The layers of a translator: the graph that is trained, and the same layers step by step for decoding.</summary>
internal sealed class TranslatorNetwork
{
    // The shapes that a graph is made with; batches may be of any length.
    private const int PlannedLength = 16;

    private readonly TranslatorOptions options;
    private readonly Embedding sourceEmbedding;
    private readonly Embedding targetEmbedding;
    private readonly Layer encoder;
    private readonly Dense[] bridges = [];
    private readonly RecurrentLayer? decoder;
    private readonly AttentionRNN? attentionDecoder;
    private readonly Dense? keys;
    private readonly Attention? attention;
    private readonly Dense? combination;
    private readonly Dense output;

    public TranslatorNetwork(TranslatorOptions options, int sourceCount, int targetCount, DType dtype)
    {
        this.options = options;
        int units = options.Units;
        // As wide as PyTorch's: vectors that begin near 0 take an epoch to come away from it.
        Initializer first = Initializer.RandomNormal(0, 1);
        sourceEmbedding = new Embedding(sourceCount, options.Embedding, first, maskZero: true, name: "source_embedding", dtype: dtype);
        targetEmbedding = new Embedding(targetCount, options.Embedding, first, maskZero: true, name: "target_embedding", dtype: dtype);
        bool looks = options.Attention != TranslatorAttention.None;
        encoder = options.Bidirectional ? new Bidirectional(Recurrent(looks, null), name: "encoder") : Recurrent(looks, "encoder");
        int states = options.Cell == TranslatorCell.LSTM ? 2 : 1;
        if (options.Bidirectional)
        {
            string[] names = states == 1 ? ["bridge"] : ["bridge_h", "bridge_c"];
            bridges = [.. names.Select(name => new Dense(units, Activation.Tanh, name: name))];
        }

        switch (options.Attention)
        {
            case TranslatorAttention.Additive:
                attentionDecoder = new AttentionRNN(
                    options.Cell == TranslatorCell.LSTM ? new LSTMCell(units) : new GRUCell(units), new AdditiveAttention(units: units),
                    name: "decoder");
                break;
            case TranslatorAttention.Dot:
                decoder = Recurrent(returnSequences: true, "decoder");
                keys = new Dense(units, useBias: false, name: "keys");
                attention = new Attention(name: "attention");
                combination = new Dense(units, Activation.Tanh, useBias: false, name: "combination");
                break;
            default:
                decoder = Recurrent(returnSequences: true, "decoder");
                break;
        }

        output = new Dense(targetCount, Activation.Softmax, name: "output");
        Compose();
    }

    /// <summary>Source ids and target ids.</summary>
    public SymbolicTensor[] Inputs { get; private set; } = [];

    /// <summary>Probabilities of each next word, [steps, words].</summary>
    public SymbolicTensor Output { get; private set; } = null!;

    /// <summary>Reads sentences.</summary>
    /// <param name="ids">Int32 [sentences, words], padded behind.</param>
    /// <returns>What attention looks at, null without, and the decoder's first states.</returns>
    public (AttentionMemory? Memory, Tensor[] States) Encode(Tensor ids)
    {
        Tensor[] read = encoder.ApplyAll([sourceEmbedding.Apply(ids)]);
        Tensor[] states = read[1..];
        if (options.Bidirectional)
        {
            int each = bridges.Length;
            states = [.. bridges.Select((bridge, i) => bridge.Apply(Tensor.Concat([read[1 + i], read[1 + each + i]], 1)))];
        }

        AttentionMemory? memory = attentionDecoder?.Remember(read[0]);
        if (attention is not null)
        {
            memory = attention.Remember(read[0]);
            memory = memory with { Keys = keys!.Apply(memory.Values) };
        }

        return (memory, states);
    }

    /// <summary>Takes one step of the decoder.</summary>
    /// <param name="ids">The last word of each row, Int32 [rows].</param>
    /// <param name="memory">What attention looks at.</param>
    /// <param name="states">The states of each row.</param>
    /// <returns>The scores of each next word before the softmax, [rows, words], and the next states.</returns>
    public (Tensor Logits, Tensor[] States) Step(Tensor ids, AttentionMemory? memory, Tensor[] states)
    {
        Tensor e = targetEmbedding.Apply(ids), joined;
        Tensor[] next;
        if (attentionDecoder is not null)
        {
            (Tensor h, Tensor c, next) = attentionDecoder.Step(e, memory!, states, training: false);
            joined = Tensor.Concat([h, c, e], 1);
        }
        else
        {
            (joined, next) = decoder!.Cell.Step(e, states);
            if (attention is not null) joined = combination!.Apply(Tensor.Concat([joined, attention.Look(joined, memory!)], 1));
        }

        return (joined.Linear(output.Kernel, output.Bias), next);
    }

    private RecurrentLayer Recurrent(bool returnSequences, string? name) => options.Cell == TranslatorCell.LSTM
        ? new LSTM(options.Units, returnSequences: returnSequences, returnState: true, name: name)
        : new GRU(options.Units, returnSequences: returnSequences, returnState: true, name: name);

    private void Compose()
    {
        SymbolicTensor source = SymbolicTensor.Input([PlannedLength], DType.Int32);
        SymbolicTensor target = SymbolicTensor.Input([PlannedLength], DType.Int32);
        SymbolicTensor[] read = encoder.ApplyAll(Dropped(sourceEmbedding.Apply(source)));
        SymbolicTensor[] states = read[1..];
        int each = bridges.Length;
        if (each > 0) states = [.. bridges.Select((bridge, i) => bridge.Apply(new Concatenate().Apply(read[1 + i], read[1 + each + i])))];
        SymbolicTensor e = Dropped(targetEmbedding.Apply(target)), joined;
        if (attentionDecoder is not null)
        {
            SymbolicTensor[] decoded = attentionDecoder.ApplyAll([e, read[0], .. states]);
            joined = new Concatenate().Apply(decoded[0], decoded[1], e);
        }
        else
        {
            joined = decoder!.ApplyAll([e, .. states])[0];
            if (attention is not null)
            {
                SymbolicTensor context = attention.Apply(joined, read[0], keys!.Apply(read[0]));
                joined = combination!.Apply(new Concatenate().Apply(joined, context));
            }
        }

        Inputs = [source, target];
        Output = output.Apply(Dropped(joined));
    }

    private SymbolicTensor Dropped(SymbolicTensor x) => options.Dropout == 0 ? x : new Dropout(options.Dropout).Apply(x);
}
