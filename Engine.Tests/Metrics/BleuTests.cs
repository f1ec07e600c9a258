using Engine.Metrics;

namespace Engine.Tests.Metrics;

/// <summary>Values without another source are printed by Reference/bleu_reference.py.</summary>
public class BleuTests
{
    private static readonly string[] Dogs = ["The dog bit the man.", "It wasn't surprising.", "The man had just bitten him."];

    private static readonly string[][] TwoReferences =
    [
        ["The dog bit the man.", "The dog had bit the man."], ["It was not unexpected.", "No one was surprised."],
        ["The man bit him first.", "The man had bitten the dog."],
    ];

    /// <summary>The example of sacreBLEU's own page and its value there, 48.530827.</summary>
    [Test]
    public void The_published_example_has_its_published_score()
    {
        BleuScore score = Bleu.Corpus(Dogs, TwoReferences);
        Assert.That(score.Score, Is.EqualTo(48.530827009930).Within(1e-9));
        Assert.That(score.Precisions, Is.EqualTo(new[] { 1400.0 / 17, 50, 500.0 / 11, 37.5 }).Within(1e-12));
        Assert.That(score.BrevityPenalty, Is.EqualTo(Math.Exp(-1.0 / 17)).Within(1e-15));
        Assert.That((score.HypothesisLength, score.ReferenceLength), Is.EqualTo((17L, 18L)));
        Assert.That(score.Correct, Is.EqualTo(new[] { 14L, 7, 5, 3 }));
        Assert.That(score.Total, Is.EqualTo(new[] { 17L, 14, 11, 8 }));
        Assert.That(score.ToString(),
            Is.EqualTo("BLEU = 48.53 82.4/50.0/45.5/37.5 (BP = 0.943 ratio = 0.944 hyp_len = 17 ref_len = 18)"));
        Assert.That(Bleu.Corpus(Dogs, TwoReferences, smoothing: BleuSmoothing.None).Score, Is.EqualTo(score.Score), "nothing to smooth");
    }

    [Test]
    public void Tokens_at_white_space_have_their_published_score() =>
        Assert.That(Bleu.Corpus(Dogs, TwoReferences, tokenization: BleuTokenization.None).Score, Is.EqualTo(49.191956600473).Within(1e-9));

    /// <summary>Sentence scores that sacreBLEU's tests give, to three digits.</summary>
    [Test]
    public void A_sentence_has_its_published_score()
    {
        const string Hypothesis = "Producția de zahăr primă va fi exprimată în ceea ce privește zahărul alb;";
        const string Reference = "producţia de zahăr brut se exprimă în zahăr alb;";
        Assert.That(Bleu.Sentence(Hypothesis, Reference).Score, Is.EqualTo(8.493).Within(1e-3));
        Assert.That(Bleu.Sentence(Hypothesis, Reference, smoothing: BleuSmoothing.None).Score, Is.Zero);
        Assert.That(Bleu.Sentence(Hypothesis, Reference, tokenization: BleuTokenization.None).Score, Is.EqualTo(7.347).Within(1e-3));
        Assert.That(Bleu.Sentence("this is a cat", "okay thanks").Score, Is.Zero, "no word in common");
    }

    [Test]
    public void Numbers_signs_and_entities_are_cut_as_mteval_does()
    {
        string[] hypotheses =
        [
            "It costs $1,234.56 (about 5-10% more), \"he\" said...", "A well-known café &amp; bar, no. 7: 3.5/5 stars; e-mail a@b.org!",
        ];
        string[] references =
        [
            "It costs $1,234.50 (or 5-10% more), \"she\" said...", "The well-known café & bar no. 7: 3.5/5 stars; mail a@b.org!",
        ];
        Assert.That(Bleu.Corpus(hypotheses, references).Score, Is.EqualTo(64.918797874749).Within(1e-9));
        Assert.That(Bleu.Sentence(hypotheses[0], references[0]).Score, Is.EqualTo(60.394351551693).Within(1e-9));
        Assert.That(string.Join(' ', BleuTokens.Of(hypotheses[0], BleuTokenization.Mteval13a, false)),
            Is.EqualTo("It costs $ 1,234.56 ( about 5 - 10 % more ) , \" he \" said . . ."));
        Assert.That(string.Join(' ', BleuTokens.Of(hypotheses[1], BleuTokenization.Mteval13a, false)),
            Is.EqualTo("A well-known café & bar , no . 7 : 3.5 / 5 stars ; e-mail a @ b . org !"));
        Assert.That(BleuTokens.Of("a-\nb\u00A0<skipped>c\nd\u001Ce", BleuTokenization.Mteval13a, false),
            Is.EqualTo(new[] { "ab", "c", "d", "e" }));
    }

    [TestCase("Ein Hund rennt", "Ein Hund rennt .", 0, 71.653131057379, TestName = "Too short for 4-grams")]
    [TestCase("A B C D E", "A C E D B", 15.973577606157, 15.973577606157, TestName = "Smoothed")]
    [TestCase("the DOG bit The Man today", "The dog bit the man today", 11.478744233307, 11.478744233307, TestName = "Cased")]
    public void Small_texts_have_the_scores_of_the_formula(string hypothesis, string reference, double corpus, double sentence)
    {
        Assert.That(Bleu.Corpus([hypothesis], [reference]).Score, Is.EqualTo(corpus).Within(1e-9));
        Assert.That(Bleu.Sentence(hypothesis, reference).Score, Is.EqualTo(sentence).Within(1e-9));
    }

    [Test]
    public void A_word_counts_at_most_as_often_as_in_one_reference()
    {
        string[][] references = [["The cat is on the mat", "there is a cat on the mat"]];
        BleuScore score = Bleu.Corpus(["the the the the the the the"], references);
        Assert.That(score.Correct, Is.EqualTo(new[] { 1L, 0, 0, 0 }));
        Assert.That(score.Score, Is.EqualTo(6.567274736060).Within(1e-9));
        Assert.That(Bleu.Corpus(["the the the the the the the"], references, lowercase: true).Correct[0], Is.EqualTo(2),
            "the classic count");
    }

    [Test]
    public void Case_plays_no_part_where_that_is_wanted()
    {
        Assert.That(Bleu.Corpus(["the DOG bit The Man today"], ["the dog bit the man today"], lowercase: true).Score,
            Is.EqualTo(100).Within(1e-9));
        Assert.That(Bleu.Sentence("ÉTÉ", "été", lowercase: true).Score, Is.EqualTo(100).Within(1e-9));
    }

    [Test]
    public void Of_references_of_equal_distance_the_shorter_one_counts()
    {
        string[][] references = [["a b c d e f g", "a b c d e"]];
        Assert.That(Bleu.Corpus(["a b c d e f"], references).ReferenceLength, Is.EqualTo(5));
        Assert.That(Bleu.Corpus(["a b c d e f"], [references[0].Reverse().ToArray()]).ReferenceLength, Is.EqualTo(5));
    }

    [Test]
    public void Empty_translations_score_nothing()
    {
        BleuScore score = Bleu.Corpus(["", "", ""], TwoReferences);
        Assert.That((score.Score, score.BrevityPenalty), Is.EqualTo((0.0, 0.0)));
        Assert.That(Bleu.Corpus([""], [""]).ToString(), Does.StartWith("BLEU = 0.00 0.0/0.0/0.0/0.0"));
    }

    [FsCheck.NUnit.Property(MaxTest = 100)]
    public void A_text_is_its_own_perfect_translation(string? given)
    {
        string text = $"{Data.CharacterVocabularyTests.Sound(given)} and four words more";
        Assert.That(Bleu.Corpus([text, text], [text, text]).Score, Is.EqualTo(100).Within(1e-9));
        Assert.That(Bleu.Sentence(text, text).Score, Is.EqualTo(100).Within(1e-9));
        Assert.That(Bleu.Sentence("x", "x").Score, Is.EqualTo(100).Within(1e-9));
    }

    [FsCheck.NUnit.Property(MaxTest = 100)]
    public void Scores_lie_between_0_and_100_and_do_not_depend_on_the_order(byte[] a, byte[] b)
    {
        static string[] Texts(byte[] picks) =>
            [.. (picks ?? []).Append((byte)1).Chunk(9).Select(part => string.Join(' ', part.Select(pick => "abcd"[pick % 4])))];
        (string[] hypotheses, string[] references) = (Texts(a), Texts(b));
        int count = Math.Min(hypotheses.Length, references.Length);
        (hypotheses, references) = (hypotheses[..count], references[..count]);
        double score = Bleu.Corpus(hypotheses, references).Score;
        Assert.That(score, Is.InRange(0, 100.0000001));
        Assert.That(Bleu.Corpus([.. hypotheses.Reverse()], (string[])[.. references.Reverse()]).Score, Is.EqualTo(score));
        Assert.That(Bleu.Tokens([.. hypotheses.Select(text => text.Split(' '))], [.. references.Select(text => text.Split(' '))]).Score,
            Is.EqualTo(score));
    }

    [Test]
    public void Bad_arguments_are_refused()
    {
        Assert.That(() => Bleu.Corpus([], (string[])[]),
            Throws.TypeOf<ValueException>().With.Message.Contains("Bleu.Corpus: no translations"));
        Assert.That(() => Bleu.Corpus(["a", "b"], ["a"]),
            Throws.TypeOf<ValueException>().With.Message.Contains("2 translations and references for 1"));
        Assert.That(() => Bleu.Corpus(["a", "b"], (string[][])[["a"], []]),
            Throws.TypeOf<ValueException>().With.Message.Contains("translation 1 has no reference"));
        Assert.That(() => Bleu.Corpus(["a"], ["a"], tokenization: (BleuTokenization)7),
            Throws.TypeOf<ValueException>().With.Message.Contains("tokenization is 7"));
        Assert.That(() => Bleu.Sentence("a", "a", smoothing: (BleuSmoothing)7),
            Throws.TypeOf<ValueException>().With.Message.Contains("smoothing is 7"));
        Assert.That(() => Bleu.Tokens([["a"]], []), Throws.TypeOf<ValueException>().With.Message.Contains("Bleu.Tokens: 1 translations"));
        Assert.That(Bleu.Tokens([["a"]], [[]]).Score, Is.Zero, "an empty reference is one");
    }
}
