using Engine.Data;
using Engine.Formats;
using Engine.Tests.Formats;

namespace Engine.Tests.Data;

/// <summary>Images from folders and into grids.</summary>
public class ImageTests
{
    private TemporaryFolder folder = null!;

    [SetUp]
    public void MakeFolder() => folder = new TemporaryFolder();

    [TearDown]
    public void RemoveFolder() => folder.Dispose();

    private void Write(string kind, string name, byte value, int height = 2, int width = 3, int channels = 1)
    {
        Directory.CreateDirectory(folder[kind]);
        byte[] pixels = [.. Enumerable.Range(0, height * width * channels).Select(i => (byte)(value + i))];
        Png.Write(Path.Combine(folder[kind], name), pixels, height, width, channels);
    }

    [TestCase(1)]
    [TestCase(3)]
    public void Folders_are_classes_and_files_are_samples(int channels)
    {
        Write("b", "2.png", 20, channels: channels);
        Write("b", "1.PNG", 10, channels: channels);
        Write("a", "9.png", 90, channels: channels);
        folder.Write(Path.Combine("a", "notes.txt"), [1]);
        ImageFolderDataset data = Dataset.FromImageFolder(folder.Folder);
        Assert.That(data.ClassNames, Is.EqualTo(new[] { "a", "b" }));
        Assert.That(data.Files.Select(Path.GetFileName), Is.EqualTo(new[] { "9.png", "1.PNG", "2.png" }));
        Assert.That((data.Count, data.FeatureShape.ToString(), data.FeatureType), Is.EqualTo((3, $"[2, 3, {channels}]", DType.Float32)));
        SampleBatch batch = data.Shuffle(1).Batch(3).First();
        int[] order = data.Shuffle(1).Labels!.ToArray<int>();
        Assert.That(batch.Labels.ToArray<int>(), Is.EqualTo(order));
        Assert.That(data.Features.DType, Is.EqualTo(DType.UInt8));
        byte[] all = data.Features.ToArray<byte>();
        int size = 6 * channels;
        Assert.That(new[] { all[0], all[size], all[2 * size + 5] }, Is.EqualTo(new byte[] { 90, 10, 25 }));
        Assert.That(data.Labels!.ToArray<int>(), Is.EqualTo(new[] { 0, 1, 1 }));
        Tensor first = data.Batch(2).First().Features;
        Assert.That(first.ToArray<float>(), Is.EqualTo(all[..(2 * size)].Select(value => value / 255f)));
        Dataset cached = data.Cache();
        Directory.Delete(folder["b"], recursive: true);
        Assert.That(cached.Features.ToArray<byte>(), Is.EqualTo(all));
        Assert.That(() => data.Prefetch(0).Batch(3).First(), Throws.TypeOf<FileFormatException>().With.Message.Contains("1.PNG"));
    }

    [Test]
    public void Folders_that_hold_no_set_of_images_are_refused()
    {
        Assert.That(() => Dataset.FromImageFolder(folder["none"]), Throws.TypeOf<FileFormatException>()
            .With.Message.Contains("there is no such folder"));
        Directory.CreateDirectory(folder["a"]);
        Assert.That(() => Dataset.FromImageFolder(folder.Folder), Throws.TypeOf<FileFormatException>()
            .With.Message.Contains("1 folders without a PNG file are there"));
        Write("a", "1.png", 0);
        Write("a", "2.png", 0, width: 4);
        Assert.That(() => Dataset.FromImageFolder(folder.Folder), Throws.TypeOf<FileFormatException>()
            .With.Message.Contains("2.png").And.Message.Contains("[2, 4, 1] came, [2, 3, 1]"));
        folder.Write(Path.Combine("a", "2.png"), [1, 2, 3]);
        Assert.That(() => Dataset.FromImageFolder(folder.Folder), Throws.TypeOf<FileFormatException>().With.Message.Contains("not a PNG"));
    }

    [Test]
    public void Idx_files_are_a_data_set()
    {
        Idx.Write<byte>(folder["x"], [3, 2], new byte[] { 0, 51, 102, 153, 204, 255 });
        Idx.Write<byte>(folder["y"], [3], new byte[] { 2, 0, 1 });
        Dataset data = Dataset.FromIdx(folder["x"], folder["y"]);
        Assert.That((data.Features.DType, data.Labels!.DType), Is.EqualTo((DType.UInt8, DType.Int32)));
        Assert.That(data.Batch(3).First().Features.ToArray<float>(), Is.EqualTo(new[] { 0, 0.2f, 0.4f, 0.6f, 0.8f, 1 }).Within(1e-7));
        Assert.That(Dataset.FromIdx(folder["x"]).Labels, Is.Null);
        Idx.Write<byte>(folder["y"], [2], new byte[2]);
        Assert.That(() => Dataset.FromIdx(folder["x"], folder["y"]),
            Throws.TypeOf<ShapeException>().With.Message.Contains("one label for each"));
    }

    [Test]
    public void A_grid_lays_images_out_row_by_row_between_black_lines()
    {
        Tensor images = Tensor.From<float>([0, 1, 0.5f, 2, -1, 0.25f], [3, 1, 2, 1]);
        Tensor grid = ImageGrid.Compose(images, columns: 2, padding: 1);
        Assert.That(grid.Shape.ToString(), Is.EqualTo("[5, 7, 1]"));
        Assert.That(grid.ToArray<byte>(), Is.EqualTo(new byte[]
        {
            0, 0, 0, 0, 0, 0, 0,
            0, 0, 255, 0, 128, 255, 0,
            0, 0, 0, 0, 0, 0, 0,
            0, 0, 64, 0, 0, 0, 0,
            0, 0, 0, 0, 0, 0, 0,
        }));
    }

    [Test]
    public void Grids_take_both_ranges_bytes_and_colours_and_are_saved_as_png()
    {
        Tensor signed = Tensor.From<double>([-1, 0, 1, -3, 0.5, 3], [1, 1, 2, 3]);
        Tensor grid = ImageGrid.Compose(signed, padding: 0, range: ImageRange.MinusOneToOne);
        Assert.That(grid.ToArray<byte>(), Is.EqualTo(new byte[] { 0, 128, 255, 0, 191, 255 }));
        Tensor bytes = Tensor.From<byte>([.. Enumerable.Range(0, 5 * 4).Select(i => (byte)i)], [5, 2, 2, 1]);
        ImageGrid.SavePng(folder["grid.png"], bytes);
        Tensor read = Png.Load(folder["grid.png"]);
        Assert.That(read.Shape.ToString(), Is.EqualTo("[10, 14, 1]"), "3 columns of 2, 4 lines of 2");
        Assert.That(read.ToArray<byte>(), Is.EqualTo(ImageGrid.Compose(bytes).ToArray<byte>()));
        Assert.That(read[3, 11, 0].ToScalar(), Is.EqualTo(11));
    }

    [Test]
    public void What_is_no_batch_of_images_is_refused()
    {
        Tensor images = Tensor.Zeros([2, 3, 3, 1]);
        Assert.That(() => ImageGrid.Compose(Tensor.Zeros([3, 3, 1])), Throws.TypeOf<ShapeException>().With.Message.Contains("[3, 3, 1]"));
        Assert.That(() => ImageGrid.Compose(Tensor.Zeros([1, 3, 3, 2])),
            Throws.TypeOf<ShapeException>().With.Message.Contains("[N, H, W, 3]"));
        Assert.That(() => ImageGrid.Compose(Tensor.Zeros([0, 3, 3, 1])),
            Throws.TypeOf<ShapeException>().With.Message.Contains("at least one"));
        Assert.That(() => ImageGrid.Compose(images.Cast(DType.Int32)), Throws.TypeOf<DTypeException>().With.Message.Contains("Int32"));
        Assert.That(() => ImageGrid.Compose(images, columns: 0), Throws.TypeOf<ValueException>().With.Message.Contains("columns is 0"));
        Assert.That(() => ImageGrid.Compose(images, padding: -1), Throws.TypeOf<ValueException>().With.Message.Contains("padding is -1"));
        Assert.That(() => ImageGrid.Compose(images, padding: int.MaxValue),
            Throws.TypeOf<ShapeException>().With.Message.Contains("fewer images"));
        Assert.That(() => ImageGrid.Compose(images + double.NaN), Throws.TypeOf<ValueException>().With.Message.Contains("NaN"));
    }
}
