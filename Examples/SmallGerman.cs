using Engine;
using Engine.Data;

namespace Examples;

/// <summary>English sentences of a small grammar and their German translations, for programs that are given no file.</summary>
/// <remarks>German bends adjectives by gender, and turns verb and subject round where the sentence begins with a time.</remarks>
internal static class SmallGerman
{
    private static readonly (string English, string German, char Gender)[] Nouns =
    [
        ("dog", "Hund", 'm'), ("cat", "Katze", 'f'), ("horse", "Pferd", 'n'), ("owl", "Eule", 'f'), ("bear", "Bär", 'm'),
        ("sheep", "Schaf", 'n'),
        ("teacher", "Lehrer", 'm'), ("doctor", "Ärztin", 'f'), ("child", "Kind", 'n'), ("neighbour", "Nachbar", 'm'),
    ];

    private static readonly (string English, string German)[] Adjectives =
    [
        ("small", "kleine"), ("old", "alte"), ("tired", "müde"), ("happy", "fröhliche"), ("hungry", "hungrige"), ("quiet", "stille"),
    ];

    private static readonly (string English, string German)[] Verbs =
    [
        ("sleeps", "schläft"), ("waits", "wartet"), ("sings", "singt"), ("reads", "liest"), ("dances", "tanzt"), ("eats", "isst"),
    ];

    private static readonly (string English, string German)[] Places =
    [
        ("in the garden", "im Garten"), ("on the roof", "auf dem Dach"), ("behind the house", "hinter dem Haus"),
        ("at the river", "am Fluss"),
        ("under the table", "unter dem Tisch"), ("in the kitchen", "in der Küche"),
    ];

    private static readonly (string English, string German)[] Times =
    [
        ("", ""), ("today", "heute"), ("in the evening", "am Abend"), ("every day", "jeden Tag"),
    ];

    /// <summary>Some of the sentences, in an order of the seed's.</summary>
    public static SentencePairs Make(int count, ulong seed)
    {
        int all = Nouns.Length * Adjectives.Length * Verbs.Length * Places.Length * Times.Length;
        int[] chosen = new RandomGenerator(seed).Split("sentences").Permutation(all)[..count];
        var (source, target) = (new string[count], new string[count]);
        for (int i = 0; i < count; i++) (source[i], target[i]) = Sentence(chosen[i]);
        return new SentencePairs(source, target);
    }

    private static (string English, string German) Sentence(int number)
    {
        T Next<T>(T[] from)
        {
            T one = from[number % from.Length];
            number /= from.Length;
            return one;
        }

        var noun = Next(Nouns);
        var (adjective, verb, place, time) = (Next(Adjectives), Next(Verbs), Next(Places), Next(Times));
        string article = noun.Gender switch { 'm' => "der", 'f' => "die", _ => "das" };
        string subject = $"{article} {adjective.German} {noun.German}";
        string english = $"the {adjective.English} {noun.English} {verb.English} {place.English}.";
        string german = time.German.Length == 0
            ? $"{subject} {verb.German} {place.German}."
            : $"{time.German} {verb.German} {subject} {place.German}.";
        return (Capital(time.English.Length == 0 ? english : $"{time.English} {english}"), Capital(german));
    }

    private static string Capital(string text) => char.ToUpperInvariant(text[0]) + text[1..];
}
