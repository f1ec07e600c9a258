using Engine.Data;
using Engine.Layers;

namespace Engine.Models;

/// <summary>Translates sentences word by word: an encoder reads the source, a decoder writes the target.</summary>
/// <remarks>
/// <para>Sutskever, Vinyals and Le 2014; with attention Bahdanau, Cho and Bengio 2015 or Luong, Pham and Manning 2015. Both sides of a pair
/// begin with <c>&lt;s&gt;</c> and end with <c>&lt;/s&gt;</c>. As a layer it takes the source's ids and the target's ids without the end,
/// Int32 [batch, words] of any length, filled up behind with 0, and gives the probabilities of the next word at each of the target's
/// places. Training shows the decoder the words that it should have written (teacher forcing, Williams and Zipser 1989).</para>
/// <para>The decoder starts with the encoder's last states; those of a bidirectional encoder go through tanh(x·W + b) first. The words'
/// probabilities are softmax(x·W + b) of x = h without attention, of [h, c, e] with additive attention, e being the last word's vector, and
/// of tanh([h, c]·W) with attention by products, whose keys are m·W. Dropout acts on the words' vectors and on x.</para>
/// </remarks>
public sealed partial class Translator : Model
{
    private readonly TranslatorNetwork network;
    private readonly TranslatorOptions options;

    /// <summary>Creates a translator that knows nothing yet.</summary>
    /// <param name="source">The words of the sentences.</param>
    /// <param name="target">The words of the translations.</param>
    /// <param name="units">The length of the states; 256 by default.</param>
    /// <param name="embedding">The length of the words' vectors; 128 by default.</param>
    /// <param name="cell">What the recurrent layers take their steps with; LSTM by default.</param>
    /// <param name="bidirectional">Whether the encoder reads in both directions; false by default.</param>
    /// <param name="attention">How the decoder looks at the source; not at all by default.</param>
    /// <param name="dropout">The part of the words' vectors, and of what the next word is chosen by, that is dropped in training; 0 by
    /// default.</param>
    /// <param name="name">The model's name; <c>translator</c> by default.</param>
    /// <param name="dtype">The type of the weights; Float32 by default.</param>
    /// <exception cref="ValueException">A size is below 1, the dropout lies outside [0, 1), or there is no such cell or
    /// attention.</exception>
    public Translator(
        WordVocabulary source,
        WordVocabulary target,
        int units = 256,
        int embedding = 128,
        TranslatorCell cell = TranslatorCell.LSTM,
        bool bidirectional = false,
        TranslatorAttention attention = TranslatorAttention.None,
        double dropout = 0,
        string? name = null,
        DType dtype = DType.Float32)
        : base(name)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(target);
        LayerCheck.Positive("Translator", "units", units);
        LayerCheck.Positive("Translator", "embedding", embedding);
        if (!Enum.IsDefined(cell)) throw Fail.Value("Translator", $"cell is {(int)cell}", "give a member of TranslatorCell");
        if (!Enum.IsDefined(attention))
            throw Fail.Value("Translator", $"attention is {(int)attention}", "give a member of TranslatorAttention");
        if (dropout is not (>= 0 and < 1))
            throw Fail.Value("Translator", $"dropout is {dropout}", "give the part of the elements to drop: 0 or more, less than 1");
        (SourceVocabulary, TargetVocabulary) = (source, target);
        options = new TranslatorOptions(units, embedding, cell, bidirectional, attention, dropout);
        network = new TranslatorNetwork(options, source.Count, target.Count, dtype);
        SetGraph(new ModelGraph(Path, network.Inputs, [network.Output]));
    }

    /// <summary>The words of the sentences.</summary>
    public WordVocabulary SourceVocabulary { get; }

    /// <summary>The words of the translations.</summary>
    public WordVocabulary TargetVocabulary { get; }

    /// <summary>The length of the states.</summary>
    public int Units => options.Units;

    /// <summary>The length of the words' vectors.</summary>
    public int EmbeddingSize => options.Embedding;

    /// <summary>What the recurrent layers take their steps with.</summary>
    public TranslatorCell Cell => options.Cell;

    /// <summary>Whether the encoder reads in both directions.</summary>
    public bool IsBidirectional => options.Bidirectional;

    /// <summary>How the decoder looks at the source.</summary>
    public TranslatorAttention Attention => options.Attention;

    /// <summary>The part of the words' vectors, and of what the next word is chosen by, that is dropped in training.</summary>
    public double DropoutRate => options.Dropout;
}
