using System.Globalization;
using System.Text;

namespace Engine.Data;

/// <summary>The four normalisation forms of Unicode (UAX #15), from tables of our own.</summary>
/// <remarks>The runtime's own need a library of the operating system: where it is missing or switched off they change nothing, and its
/// versions differ. The tables are Unicode 14's; characters that came later stay as they are.</remarks>
internal static class UnicodeForms
{
    // Hangul syllables are composed by counting: Unicode 3.12.
    private const int SyllableBase = 0xAC00, LeadBase = 0x1100, VowelBase = 0x1161, TailBase = 0x11A7;
    private const int Leads = 19, Vowels = 21, Tails = 28, Syllables = Leads * Vowels * Tails;

    private static readonly (NormalizationForm Form, string Name)[] Names =
    [
        (NormalizationForm.FormC, "NFC"), (NormalizationForm.FormD, "NFD"), (NormalizationForm.FormKC, "NFKC"),
        (NormalizationForm.FormKD, "NFKD"),
    ];

    private static readonly Lazy<Tables> Data = new(Read);

    /// <summary>The name of a form, such as NFC.</summary>
    public static string NameOf(NormalizationForm form) => Names.First(entry => entry.Form == form).Name;

    /// <summary>The form of a name; false where there is none.</summary>
    public static bool TryParse(string name, out NormalizationForm form)
    {
        foreach ((NormalizationForm known, string of) in Names)
        {
            if (of != name) continue;
            form = known;
            return true;
        }

        form = default;
        return false;
    }

    /// <summary>A text, without halves of surrogate pairs, in a form.</summary>
    public static string Normalize(string text, NormalizationForm form)
    {
        bool composes = form is NormalizationForm.FormC or NormalizationForm.FormKC;
        // No character below is changed by the form.
        char first = form == NormalizationForm.FormC ? '\u0300' : form == NormalizationForm.FormD ? '\u00C0' : '\u00A0';
        if (!text.AsSpan().ContainsAnyInRange(first, char.MaxValue)) return text;
        List<int> points = Decompose(text, form is NormalizationForm.FormKC or NormalizationForm.FormKD);
        if (composes) Compose(points);
        return Text(points);
    }

    /// <summary>A text whose non-spacing marks are taken away, composed where something is left to compose.</summary>
    public static string WithoutMarks(string text)
    {
        if (!text.AsSpan().ContainsAnyInRange('\u00C0', char.MaxValue)) return text;
        List<int> points = Decompose(text, compatible: false);
        points.RemoveAll(point => Rune.GetUnicodeCategory(new Rune(point)) == UnicodeCategory.NonSpacingMark);
        Compose(points);
        return Text(points);
    }

    private static string Text(List<int> points)
    {
        var text = new StringBuilder(points.Count);
        Span<char> units = stackalloc char[2];
        foreach (int point in points) text.Append(units[..new Rune(point).EncodeToUtf16(units)]);
        return text.ToString();
    }

    private static List<int> Decompose(string text, bool compatible)
    {
        Tables tables = Data.Value;
        var points = new List<int>(text.Length + 16);
        foreach (Rune rune in text.EnumerateRunes())
        {
            int point = rune.Value;
            if (point is >= SyllableBase and < SyllableBase + Syllables)
            {
                int syllable = point - SyllableBase, tail = syllable % Tails;
                points.Add(LeadBase + syllable / (Vowels * Tails));
                points.Add(VowelBase + syllable % (Vowels * Tails) / Tails);
                if (tail > 0) points.Add(TailBase + tail);
            }
            else if ((compatible && tables.Compatible.TryGetValue(point, out int[]? parts))
                || tables.Canonical.TryGetValue(point, out parts))
            {
                points.AddRange(parts);
            }
            else
            {
                points.Add(point);
            }
        }

        // Marks of different classes after one letter stand in the order of their classes; those of one class keep theirs.
        for (int end = 0; end < points.Count;)
        {
            int start = end;
            while (end < points.Count && tables.ClassOf(points[end]) != 0) end++;
            if (end - start > 1)
            {
                int[] sorted = [.. points[start..end].OrderBy(tables.ClassOf)];
                for (int i = start; i < end; i++) points[i] = sorted[i - start];
            }

            if (end == start) end++;
        }

        return points;
    }

    private static void Compose(List<int> points)
    {
        Tables tables = Data.Value;
        int starter = -1, written = 0, last = 0;
        foreach (int point in points.ToArray())
        {
            int order = tables.ClassOf(point);
            // A character is blocked from its starter by one between them of no lower class.
            bool adjacent = starter == written - 1;
            if (starter >= 0 && (adjacent || last < order) && tables.TryCompose(points[starter], point, out int composed))
            {
                points[starter] = composed;
                continue;
            }

            if (order == 0) starter = written;
            last = order;
            points[written++] = point;
        }

        points.RemoveRange(written, points.Count - written);
    }

    private static Tables Read()
    {
        var tables = new Tables();
        using Stream stream = typeof(UnicodeForms).Assembly.GetManifestResourceStream("UnicodeForms.txt")!;
        using var reader = new StreamReader(stream, Encoding.ASCII);
        while (reader.ReadLine() is { } line)
        {
            if (line[0] == '#') continue;
            string[] parts = line.Split(' ');
            int[] points = [.. parts.Skip(1).Select(part => int.Parse(part, NumberStyles.HexNumber, CultureInfo.InvariantCulture))];
            switch (line[0])
            {
                case 'N':
                    tables.Canonical.Add(points[0], points[1..]);
                    break;
                case 'K':
                    tables.Compatible.Add(points[0], points[1..]);
                    break;
                case 'C':
                    tables.Pairs.Add((points[0], points[1]), points[2]);
                    break;
                default:
                    byte order = byte.Parse(parts[3], CultureInfo.InvariantCulture);
                    for (int point = points[0]; point <= points[1]; point++) tables.Classes.Add(point, order);
                    break;
            }
        }

        return tables;
    }

    private sealed class Tables
    {
        public Dictionary<int, int[]> Canonical { get; } = [];

        public Dictionary<int, int[]> Compatible { get; } = [];

        public Dictionary<(int First, int Second), int> Pairs { get; } = [];

        public Dictionary<int, byte> Classes { get; } = [];

        public byte ClassOf(int point) => point < 0x300 ? (byte)0 : Classes.GetValueOrDefault(point);

        public bool TryCompose(int first, int second, out int composed)
        {
            int lead = first - LeadBase, vowel = second - VowelBase, syllable = first - SyllableBase, tail = second - TailBase;
            if (lead is >= 0 and < Leads && vowel is >= 0 and < Vowels)
            {
                composed = SyllableBase + (lead * Vowels + vowel) * Tails;
                return true;
            }

            if (syllable is >= 0 and < Syllables && syllable % Tails == 0 && tail is > 0 and < Tails)
            {
                composed = first + tail;
                return true;
            }

            return Pairs.TryGetValue((first, second), out composed);
        }
    }
}
