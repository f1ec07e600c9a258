using Engine.Data;
using Engine.Formats;
using Engine.Layers;
using Engine.Losses;
using Engine.Models;
using Engine.Optimizers;

namespace Engine.Tests.Data;

public class TextWindowTests
{
    private static int[] Ids(int count) => [.. Enumerable.Range(0, count)];

    [Test]
    public void A_window_has_the_id_after_it_as_label()
    {
        TextWindows windows = TextWindows.NextCharacter(Ids(10), length: 3, stride: 2);
        Assert.That((windows.Count, windows.Length, windows.StreamCount), Is.EqualTo((4, 3, 0)));
        Assert.That((windows.FeatureShape.ToString(), windows.LabelShape.ToString(), windows.FeatureType, windows.LabelType),
            Is.EqualTo(("[3]", "[]", DType.Int32, DType.Int32)));
        Assert.That(windows.Features.ToArray<int>(), Is.EqualTo(new[] { 0, 1, 2, 2, 3, 4, 4, 5, 6, 6, 7, 8 }));
        Assert.That(windows.Labels!.ToArray<int>(), Is.EqualTo(new[] { 3, 5, 7, 9 }));
        Assert.That(TextWindows.NextToken(Ids(10), 3).Labels!.ToArray<int>(), Is.EqualTo(new[] { 3, 4, 5, 6, 7, 8, 9 }));
        Assert.That(TextWindows.NextCharacter(Ids(4), 3).Count, Is.EqualTo(1));
    }

    [Test]
    public void A_shifted_window_has_itself_one_id_further_as_labels()
    {
        TextWindows windows = TextWindows.Shifted(Ids(10), length: 3);
        Assert.That(windows.Features.ToArray<int>(), Is.EqualTo(new[] { 0, 1, 2, 3, 4, 5, 6, 7, 8 }));
        Assert.That(windows.Labels!.ToArray<int>(), Is.EqualTo(new[] { 1, 2, 3, 4, 5, 6, 7, 8, 9 }));
        Assert.That(TextWindows.Shifted(Ids(10), 3, stride: 1).Count, Is.EqualTo(7));
    }

    [Test]
    public void Rows_of_streams_go_on_where_the_batch_before_ended()
    {
        // Two streams of (15 − 1)/2 = 7 ids; three do not fill a third window.
        TextWindows streams = TextWindows.Streams(Ids(15), length: 3, batchSize: 2);
        Assert.That((streams.Count, streams.StreamCount), Is.EqualTo((4, 2)));
        var batches = new List<(int[] X, int[] Y)>();
        foreach ((Tensor x, Tensor y) in streams.Batch(2)) batches.Add((x.ToArray<int>(), y.ToArray<int>()));
        Assert.That(batches.Select(batch => batch.X), Is.EqualTo(new[] { new[] { 0, 1, 2, 7, 8, 9 }, [3, 4, 5, 10, 11, 12] }));
        Assert.That(batches.Select(batch => batch.Y), Is.EqualTo(new[] { new[] { 1, 2, 3, 8, 9, 10 }, [4, 5, 6, 11, 12, 13] }));
    }

    [Test]
    public void Streams_keep_what_fills_no_window_where_its_label_is_ignored()
    {
        // Two streams of (15 − 1)/2 = 7 ids: a last window of one id, and of two steps that do not count.
        TextWindows streams = TextWindows.Streams(Ids(15), length: 3, batchSize: 2, ignoreIndex: -1);
        Assert.That((streams.Count, streams.StreamCount), Is.EqualTo((6, 2)));
        (Tensor x, Tensor? y) = streams.Batch(2).Select(batch => (batch.Features.Detach(), batch.Labels!.Detach())).Last();
        Assert.That(x.ToArray<int>(), Is.EqualTo(new[] { 6, 0, 0, 13, 0, 0 }));
        Assert.That(y.ToArray<int>(), Is.EqualTo(new[] { 7, -1, -1, 14, -1, -1 }));
        TextWindows whole = TextWindows.Streams(Ids(13), 3, 2, ignoreIndex: -1);
        Assert.That(whole.Labels!.ToArray<int>(), Has.None.EqualTo(-1), "all windows are full");
        (TextWindows first, TextWindows second) = TextWindows.Streams(Ids(20), 4, 1, ignoreIndex: -7).Split(0.75);
        Assert.That((first.Count, second.Count), Is.EqualTo((4, 1)));
        Assert.That(first.Labels!.ToArray<int>()[12..], Is.EqualTo(new[] { 13, 14, -7, -7 }));
    }

    [FsCheck.NUnit.Property(MaxTest = 200)]
    public void Streams_with_an_ignored_label_ask_for_every_id_of_theirs_once(byte size, byte width, byte rows)
    {
        (int count, int length, int streams) = (size + 20, width % 9 + 1, rows % 6 + 1);
        int each = (count - 1) / streams;
        int[] labels = TextWindows.Streams(Ids(count), length, streams, ignoreIndex: -1).Labels!.ToArray<int>();
        Assert.That(labels.Where(label => label >= 0).Order(), Is.EqualTo(Enumerable.Range(1, each * streams)));
    }

    [FsCheck.NUnit.Property(MaxTest = 200)]
    public void No_id_is_in_windows_of_both_parts(byte size, byte width, byte step, byte kind, byte share)
    {
        (int count, int length, int stride) = (size + 30, width % 5 + 1, step % 7 + 1);
        double fraction = 0.4 + share / 255.0 * 0.2;
        int cut = (int)(count * fraction);
        TextWindows windows = (kind % 3) switch
        {
            0 => TextWindows.NextCharacter(Ids(count), length, stride),
            1 => TextWindows.Shifted(Ids(count), length, stride),
            _ => TextWindows.Streams(Ids(count), length, 1 + stride % 2),
        };
        (TextWindows first, TextWindows second) = windows.Split(fraction);
        (Dataset same, Dataset rest) = ((Dataset)windows).Split(fraction, seed: 3, shuffle: true);
        Assert.That(Values(first), Has.All.LessThan(cut).And.All.GreaterThanOrEqualTo(0));
        Assert.That(Values(second), Has.All.GreaterThanOrEqualTo(cut).And.All.LessThan(count));
        Assert.That(Values(second), Does.Contain(cut), "the second part begins at the cut");
        Assert.That(Values(same), Is.EqualTo(Values(first)));
        Assert.That(Values(rest), Is.EqualTo(Values(second)));
    }

    private static int[] Values(Dataset windows) => [.. windows.Features.ToArray<int>(), .. windows.Labels!.ToArray<int>()];

    [FsCheck.NUnit.Property(MaxTest = 200)]
    public void Every_window_is_a_piece_of_the_text(byte size, byte width, byte step, bool shifted)
    {
        (int length, int stride) = (width % 9 + 1, step % 12 + 1);
        int count = size + length + 1;
        TextWindows windows =
            shifted ? TextWindows.Shifted(Ids(count), length, stride) : TextWindows.NextCharacter(Ids(count), length, stride);
        int[] x = windows.Features.ToArray<int>(), y = windows.Labels!.ToArray<int>();
        for (int i = 0; i < windows.Count; i++)
        {
            for (int k = 0; k < length; k++) Assert.That(x[i * length + k], Is.EqualTo(i * stride + k));
            for (int k = 0; k < (shifted ? length : 0); k++) Assert.That(y[i * length + k], Is.EqualTo(i * stride + k + 1));
            if (!shifted) Assert.That(y[i], Is.EqualTo(i * stride + length));
        }

        Assert.That(windows.Count * stride + length, Is.GreaterThanOrEqualTo(count), "there is no room for another");
    }

    [Test]
    public void Windows_keep_the_ids_once()
    {
        int[] ids = Ids(1_000_000);
        long before = GC.GetAllocatedBytesForCurrentThread();
        (TextWindows train, _) = TextWindows.NextCharacter(ids, length: 100).Split(0.9);
        foreach ((Tensor x, _) in train.Take(64).Batch(64)) Assert.That(x.Shape.ToString(), Is.EqualTo("[64, 100]"));
        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.LessThan(6_000_000), "the numbers of the samples, not 360 MB");
    }

    [Test]
    public void A_divided_text_trains_a_model()
    {
        int[] ids = [.. Enumerable.Range(0, 600).Select(i => i % 3)];
        (TextWindows train, TextWindows validation) = TextWindows.NextCharacter(ids, length: 4).Split(0.9);
        var model = new Sequential(new Input([4], DType.Int32), new OneHot(3), new Flatten(), new Dense(3, Activation.Softmax));
        model.Compile(new Adam(0.05), new SparseCategoricalCrossentropy());
        History history = model.Fit(train, epochs: 5, validationData: validation, verbose: Verbosity.Silent);
        Assert.That(history["val_loss"][^1], Is.LessThan(0.1));
    }

    [Test]
    public void Overlapping_windows_are_never_divided_at_random()
    {
        TextWindows windows = TextWindows.NextCharacter(Ids(40), length: 4);
        Dataset[] views = [windows.Shuffle(), windows.Take(30), windows.Map(x => x), windows.Prefetch(0), windows.Cache()];
        foreach (Dataset view in views)
        {
            Assert.That(() => view.Split(0.5), Throws.TypeOf<ValueException>()
                .With.Message.Contains("both parts would have the same text; Split the TextWindows first"));
        }

        var model = new Sequential(new Input([4], DType.Int32), new OneHot(40), new Flatten(), new Dense(40));
        model.Compile(new SGD(), new SparseCategoricalCrossentropy(fromLogits: true));
        Assert.That(() => model.Fit(windows, validationSplit: 0.2), Throws.TypeOf<ValueException>()
            .With.Message.Contains("validationSplit was given for windows that overlap").And.Message.Contains("windows.Split(0.9)"));
        Assert.That(() => windows.Split(0.5, stratify: true), Throws.TypeOf<ValueException>().With.Message.Contains("leave stratify out"));
    }

    [Test]
    public void Streams_are_read_in_their_order_alone()
    {
        TextWindows streams = TextWindows.Streams(Ids(50), length: 4, batchSize: 3);
        const string Remedy = "read them with batchSize: 3 and shuffle: false";
        Dataset[] fitting = [streams, streams.Prefetch(2), streams.Take(6), streams.Map(x => x)];
        foreach (Dataset view in fitting) Assert.That(view.Batch(3).Count(), Is.GreaterThan(1));
        Assert.That(() => streams.Batch(2).Count(), Throws.TypeOf<ValueException>()
            .With.Message.EqualTo($"TextWindows.Streams: batches of 2 in order, where 3 streams go on from batch to batch; {Remedy}."));
        Dataset[] others = [streams.Skip(3), streams.Shuffle(), streams.Skip(1).Map(x => x)];
        foreach (Dataset view in others)
            Assert.That(() => view.Batch(3).Count(), Throws.TypeOf<ValueException>().With.Message.Contains("in another order"));
        Assert.That(() => streams.Batch(3, shuffleSeed: 1).Count(), Throws.TypeOf<ValueException>().With.Message.Contains(Remedy));
        var model = new Sequential(new Input([4], DType.Int32), new OneHot(50), new Dense(50));
        model.Compile(new SGD(), new SparseCategoricalCrossentropy(fromLogits: true));
        Assert.That(() => model.Fit(streams, batchSize: 3, verbose: Verbosity.Silent),
            Throws.TypeOf<ValueException>().With.Message.Contains(Remedy));
        Assert.That(() => model.Fit(streams, batchSize: streams.StreamCount, shuffle: false, verbose: Verbosity.Silent), Throws.Nothing);
    }

    /// <summary>The real text; its generated twin is <see cref="A_window_has_the_id_after_it_as_label"/>.</summary>
    [Test]
    public void The_real_text_has_its_known_numbers()
    {
        string? real = RealData.Folder("text");
        if (real is null)
        {
            Assert.Ignore("The text is not here: set ENGINE_DATA to a folder whose subfolder text holds it. "
                + "The generated twin of this test ran.");
        }

        string text = TextFile.Read(Path.Combine(real!, "tinyshakespeare.txt"));
        CharacterVocabulary vocabulary = CharacterVocabulary.From(text);
        int[] ids = vocabulary.Encode(text);
        Assert.That((ids.Length, vocabulary.Count), Is.EqualTo((1_115_394, 65)));
        Assert.That(vocabulary.Decode(ids), Is.EqualTo(text));
        (TextWindows train, TextWindows validation) = TextWindows.Streams(ids, length: 100, batchSize: 64).Split(0.9);
        Assert.That((train.Count / 64, validation.Count / 64), Is.EqualTo((156, 17)), "1,003,854 and 111,540 ids");
        BytePairTokenizer pairs = BytePairTokenizer.Train([text], 1000);
        Assert.That(pairs.Decode(pairs.Encode(text)), Is.EqualTo(text));
    }

    [Test]
    public void Texts_that_are_too_short_and_bad_numbers_are_refused()
    {
        Assert.That(() => TextWindows.NextCharacter([], 3), Throws.TypeOf<ValueException>()
            .With.Message.EqualTo("TextWindows.NextCharacter: the text is empty; give the ids of a text."));
        Assert.That(() => TextWindows.NextCharacter(Ids(3), 3), Throws.TypeOf<ValueException>().With.Message.EqualTo(
            "TextWindows.NextCharacter: the text has 3 ids, too few for a window of 3 and the id after it; "
            + "give at least 4 ids, or a shorter window."));
        Assert.That(() => TextWindows.Shifted(Ids(3), 3), Throws.TypeOf<ValueException>().With.Message.Contains("TextWindows.Shifted"));
        Assert.That(() => TextWindows.Streams(Ids(6), 3, 2), Throws.TypeOf<ValueException>()
            .With.Message.Contains("in each of 2 streams; give at least 7 ids"));
        Assert.That(TextWindows.Streams(Ids(7), 3, 2).Count, Is.EqualTo(2));
        Assert.That(() => TextWindows.Streams(Ids(6), 3, 0), Throws.TypeOf<ValueException>().With.Message.Contains("batchSize is 0"));
        Assert.That(() => TextWindows.Streams(Ids(6), 3, 2, ignoreIndex: 5), Throws.TypeOf<ValueException>().With.Message.EqualTo(
            "TextWindows.Streams: ignoreIndex is 5, an id of the text; give a number that is no id, such as -1."));
        Assert.That(() => TextWindows.Streams(Ids(2), 3, 2, ignoreIndex: -1), Throws.TypeOf<ValueException>()
            .With.Message.Contains("too few for a window of 1").And.Message.Contains("give at least 3 ids, or fewer streams"));
        Assert.That(() => TextWindows.NextToken(Ids(9), 0), Throws.TypeOf<ValueException>().With.Message.Contains("length is 0"));
        Assert.That(() => TextWindows.NextToken(Ids(9), 3, 0), Throws.TypeOf<ValueException>().With.Message.Contains("stride is 0"));
        TextWindows windows = TextWindows.NextToken(Ids(9), 3);
        Assert.That(() => windows.Split(1.5), Throws.TypeOf<ValueException>().With.Message.Contains("fraction is 1.5"));
        Assert.That(() => windows.Split(0.9), Throws.TypeOf<ValueException>()
            .With.Message.Contains("TextWindows.Split: the text has 1 ids, too few for a window of 3"));
    }
}
