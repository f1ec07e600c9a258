using Engine;

namespace Examples;

/// <summary>Surnames of seven languages, put together from stems and the endings that give each away, for a program that is given no
/// file.</summary>
internal static class SmallSurnames
{
    // How many there are differs as much as in collections of real names, so that rare languages are rare here too.
    private static readonly (string Language, int Count, string[] Stems, string[] Endings)[] Rules =
    [
        ("Japanese", 200,
            ["Yama", "Naka", "Taka", "Mori", "Kawa", "Matsu", "Shima", "Ishi", "Naga", "Oka", "Fuji", "Kita", "Hara", "Mizu",
                "Aki", "Tani"],
            ["da", "moto", "shita", "mura", "guchi", "saki", "hara", "no", "gawa", "ta", "naka", "ki", "oka", "be"]),
        ("Polish", 120,
            ["Kowal", "Zieli", "Wiśnie", "Lewando", "Jabło", "Piotro", "Mazur", "Grabo", "Dąbro", "Sikor", "Nowa", "Wojcie", "Szyma",
                "Krawie", "Pawlo", "Kamin", "Wróble", "Brzozo", "Górni", "Młynar", "Łuko", "Stani", "Bor", "Czarne"],
            ["wski", "ński", "cki", "wicz", "czyk", "ski"]),
        ("Finnish", 90,
            ["Koivu", "Mäki", "Järvi", "Niemi", "Lehto", "Saari", "Virta", "Korpi", "Harju", "Laakso", "Salo", "Kallio", "Ranta", "Suo",
                "Halla", "Kivi", "Hiekka", "Kuusi", "Lampi", "Tuuli", "Metsä", "Pelto", "Aho", "Vuori"],
            ["nen", "la", "maa", "niemi", "lä"]),
        ("Dutch", 70,
            ["Berg", "Meer", "Veen", "Brink", "Horst", "Heuvel", "Dijk", "Molen", "Linden", "Velde", "Hoek", "Broek", "Kamp", "Poel",
                "Laan"],
            ["van der ", "van den ", "van ", "ter ", "op de "]),
        ("Armenian", 60,
            ["Petros", "Hakob", "Sargs", "Grigor", "Karapet", "Manuk", "Vardan", "Hovhannis", "Avet", "Tigran", "Gevorg", "Mkrtch",
                "Arakel", "Harutyun", "Mart", "Stepan", "Khachatr", "Davt", "Nazar", "Simon", "Barsegh", "Galst", "Melik", "Ohan", "Poghos", "Vart"],
            ["yan", "ian", "yants"]),
        ("Icelandic", 50,
            ["Gunnar", "Einar", "Sigurð", "Ólaf", "Magnú", "Björn", "Þór", "Jón", "Kristján", "Stefán", "Ragnar", "Hall", "Bjarna", "Ara",
                "Helga", "Árna", "Inga", "Ketil", "Snorra", "Odd"],
            ["sson", "sdóttir", "arson", "ardóttir"]),
        ("Georgian", 40,
            ["Gelo", "Bera", "Lomi", "Kapa", "Tsere", "Javakhi", "Maisu", "Gogi", "Kiki", "Shengel", "Chkhei", "Abash", "Dolida", "Nonia",
                "Meskhi", "Basila", "Tabata", "Zhgen"],
            ["shvili", "dze", "ia", "ani", "ava"]),
    ];

    /// <summary>Names and their languages, in an order of the seed's.</summary>
    public static IEnumerable<(string Language, string Name)> Make(ulong seed)
    {
        foreach ((string language, int count, string[] stems, string[] endings) in Rules)
        {
            int[] chosen = new RandomGenerator(seed).Split(language).Permutation(stems.Length * endings.Length)[..count];
            foreach (int number in chosen)
            {
                string stem = stems[number / endings.Length], ending = endings[number % endings.Length];
                yield return (language, ending.EndsWith(' ') ? ending + stem : stem + ending);
            }
        }
    }
}
