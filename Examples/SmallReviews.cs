using Engine;

namespace Examples;

/// <summary>Sentences about films with a verdict each, made by a small grammar, for programs that are given no file.</summary>
/// <remarks>Single words do not give the verdict away: "not" turns a word round, and of two halves the later or main one counts.</remarks>
internal static class SmallReviews
{
    private static readonly string[] Good =
        ["moving", "clever", "charming", "gripping", "fresh", "tender", "witty", "superb", "honest", "thrilling", "warm", "inventive"];

    private static readonly string[] Bad =
        ["dull", "clumsy", "tired", "shallow", "tedious", "lifeless", "muddled", "bland", "noisy", "predictable", "hollow", "stale"];

    private static readonly string[] Things =
        ["film", "story", "acting", "music", "ending", "dialogue", "camera work", "hero", "villain", "humour", "first hour", "cast"];

    private static readonly string[] Degrees = ["", "very ", "rather ", "truly "];

    private static readonly string[] Frames =
        ["{0} .", "in the end {0} .", "{0} , from the first scene to the last .", "to be frank , {0} ."];

    /// <summary>As many sentences of each kind, none twice.</summary>
    public static (string[] Positive, string[] Negative) Make(int each, ulong seed)
    {
        var random = new RandomGenerator(seed).Split("reviews");
        var (positive, negative) = (new HashSet<string>(), new HashSet<string>());
        while (positive.Count < each || negative.Count < each)
        {
            (string text, bool isPositive) = Sentence(random);
            HashSet<string> kind = isPositive ? positive : negative;
            if (kind.Count < each) kind.Add(text);
        }

        return ([.. positive], [.. negative]);
    }

    private static (string Text, bool IsPositive) Sentence(RandomGenerator random)
    {
        (string first, bool firstIsGood) = Clause(random);
        (string second, bool secondIsGood) = Clause(random);
        (string text, bool isPositive) = random.NextInteger(0, 4) switch
        {
            0 => (first, firstIsGood),
            1 => ($"{first} , but {second}", secondIsGood),
            2 => ($"although {first} , {second}", secondIsGood),
            _ => ($"{first} , even if {second}", firstIsGood),
        };
        return (string.Format(null, Pick(Frames, random), text), isPositive);
    }

    private static (string Text, bool IsGood) Clause(RandomGenerator random)
    {
        bool isGood = random.NextInteger(0, 2) == 0, isDenied = random.NextInteger(0, 3) == 0;
        string word = Pick(isGood != isDenied ? Good : Bad, random), denial = isDenied ? "not " : "";
        return ($"the {Pick(Things, random)} is {denial}{Pick(Degrees, random)}{word}", isGood);
    }

    private static string Pick(string[] from, RandomGenerator random) => from[random.NextInteger(0, from.Length)];
}
