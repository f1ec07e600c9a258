using Engine.Data;
using Engine.Formats;
using Engine.Tests.Formats;

namespace Engine.Tests.Data;

public class MnistTests
{
    private TemporaryFolder folder = null!;

    [SetUp]
    public void MakeFolder() => folder = new TemporaryFolder();

    [TearDown]
    public void RemoveFolder() => folder.Dispose();

    private void WriteSet(int train = 7, int test = 3)
    {
        foreach ((string part, int count, ulong seed) in new[] { ("train", train, 1UL), ("t10k", test, 2UL) })
        {
            (byte[] images, byte[] labels) = RenderedDigits.Generate(count, seed);
            Idx.Write<byte>(folder[$"{part}-images-idx3-ubyte"], [count, 28, 28], images);
            Idx.Write<byte>(folder[$"{part}-labels-idx1-ubyte"], [count], labels);
        }
    }

    [TestCase(false)]
    [TestCase(true)]
    public void Four_generated_files_are_read_plain_and_gzipped(bool gzip)
    {
        WriteSet();
        if (gzip)
        {
            foreach (string file in Directory.GetFiles(folder.Folder))
            {
                folder.Write(Path.GetFileName(file) + ".gz", IdxTests.Gzip(File.ReadAllBytes(file)));
                File.Delete(file);
            }
        }

        ((byte[] Images, byte[] Labels) train, (byte[] Images, byte[] Labels) test) = Mnist.Read(folder.Folder);
        Assert.That(train, Is.EqualTo(RenderedDigits.Generate(7, 1)));
        Assert.That(test, Is.EqualTo(RenderedDigits.Generate(3, 2)));
    }

    [Test]
    public void The_real_files_have_their_known_sizes_counts_and_sums()
    {
        string? real = RealData.Folder("mnist");
        if (real is null)
        {
            Assert.Ignore("The MNIST files are not here: set ENGINE_DATA to a folder whose subfolder mnist holds them. "
                + "The generated twin of this test ran.");
        }

        ((byte[] Images, byte[] Labels) train, (byte[] Images, byte[] Labels) test) = Mnist.Read(real!);
        Assert.That((train.Labels.Length, train.Images.Length), Is.EqualTo((60_000, 60_000 * 784)));
        Assert.That((test.Labels.Length, test.Images.Length), Is.EqualTo((10_000, 10_000 * 784)));
        Assert.That(train.Labels[..10], Is.EqualTo(new byte[] { 5, 0, 4, 1, 9, 2, 1, 3, 1, 4 }));
        Assert.That(Enumerable.Range(0, 10).Select(d => train.Labels.Count(label => label == d)),
            Is.EqualTo(new[] { 5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949 }));

        // The mean and deviation that every tutorial normalises with: 0.1307 and 0.3081.
        double mean = train.Images.Average(pixel => pixel / 255.0);
        Assert.That(mean, Is.EqualTo(0.1307).Within(5e-5));
        Assert.That(Math.Sqrt(train.Images.Average(pixel => pixel / 255.0 * (pixel / 255.0)) - mean * mean),
            Is.EqualTo(0.3081).Within(5e-5));
    }

    [Test]
    public void A_missing_folder_or_file_is_named_with_what_belongs_there()
    {
        Assert.That(() => Mnist.Read(folder["none"]), Throws.TypeOf<FileFormatException>()
            .With.Message.Contains("none").And.Message.Contains("no such folder").And.Message.Contains("train-images-idx3-ubyte"));
        WriteSet();
        File.Delete(folder["t10k-labels-idx1-ubyte"]);
        Assert.That(() => Mnist.Read(folder.Folder), Throws.TypeOf<FileFormatException>()
            .With.Message.Contains("t10k-labels-idx1-ubyte is missing").And.Message.Contains("with .gz"));
    }

    [Test]
    public void Images_of_another_size_or_type_are_refused()
    {
        WriteSet();
        Idx.Write<byte>(folder["t10k-images-idx3-ubyte"], [3, 28, 27], new byte[3 * 28 * 27]);
        Assert.That(() => Mnist.Read(folder.Folder), Throws.TypeOf<FileFormatException>()
            .With.Message.Contains("UInt8 of shape [3, 28, 27] came").And.Message.Contains("[count, 28, 28]"));
        Idx.Write<short>(folder["t10k-images-idx3-ubyte"], [3, 28, 28], new short[3 * 784]);
        Assert.That(() => Mnist.Read(folder.Folder),
            Throws.TypeOf<FileFormatException>().With.Message.Contains("Int32 of shape [3, 28, 28] came"));
    }

    [Test]
    public void A_label_count_or_a_label_that_does_not_fit_is_refused()
    {
        WriteSet();
        Idx.Write<byte>(folder["train-labels-idx1-ubyte"], [6], new byte[6]);
        Assert.That(() => Mnist.Read(folder.Folder), Throws.TypeOf<FileFormatException>()
            .With.Message.Contains("UInt8 of shape [6] came").And.Message.Contains("[7], one for each image"));
        Idx.Write<byte>(folder["train-labels-idx1-ubyte"], [7], new byte[] { 0, 9, 3, 10, 1, 1, 1 });
        Assert.That(() => Mnist.Read(folder.Folder),
            Throws.TypeOf<FileFormatException>().With.Message.Contains("label 3 is 10, 0 to 9 was wanted"));
    }

    [Test]
    public void A_set_takes_no_more_memory_than_its_bytes_and_labels()
    {
        WriteSet(3000, 500);
        foreach (string file in Directory.GetFiles(folder.Folder))
        {
            folder.Write(Path.GetFileName(file) + ".gz", IdxTests.Gzip(File.ReadAllBytes(file)));
            File.Delete(file);
        }

        Mnist.Load(folder.Folder);
        long before = GC.GetAllocatedBytesForCurrentThread();
        (Dataset train, Dataset test) = Mnist.Load(folder.Folder);
        long taken = GC.GetAllocatedBytesForCurrentThread() - before;
        Assert.That((train.Features.DType, train.Count + test.Count), Is.EqualTo((DType.UInt8, 3500)));

        // 70,000 images in 60 MB leave 857 bytes for each, 784 of them pixels.
        Assert.That(taken, Is.LessThan(3500 * 857 + (200 << 10)));
        Assert.That(train.Split(0.8).First.Take(5).Features.DType, Is.EqualTo(DType.UInt8));
    }
}
