using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using Engine.Data;
using Engine.Tests.Formats;

namespace Engine.Tests.Data;

/// <summary>Downloads from a server on this machine, which fails in every way that servers fail.</summary>
public class DownloadTests
{
    private TemporaryFolder folder = null!;
    private Server server = null!;

    [SetUp]
    public void Start() => (folder, server) = (new TemporaryFolder(), new Server());

    [TearDown]
    public void Stop()
    {
        server.Dispose();
        folder.Dispose();
    }

    private DownloadedFile Offer(string name, int length)
    {
        byte[] bytes = new byte[length];
        new Random(length).NextBytes(bytes);
        server.Files[name] = bytes;
        return new DownloadedFile(name, length, Convert.ToHexStringLower(SHA256.HashData(bytes)));
    }

    private void Fetch(params DownloadedFile[] files) => Downloader.Fetch("MNIST", folder["data"], server.Address, files, default);

    private byte[] Brought(string name) => File.ReadAllBytes(Path.Combine(folder["data"], name));

    [Test]
    public void Files_are_brought_once()
    {
        DownloadedFile[] files = [Offer("a.gz", 300_000), Offer("b.gz", 5)];
        Fetch(files);
        Assert.That(Brought("a.gz"), Is.EqualTo(server.Files["a.gz"]));
        Assert.That(Brought("b.gz"), Is.EqualTo(server.Files["b.gz"]));
        Fetch(files);
        Assert.That(server.Requests, Is.EqualTo(new[] { "a.gz from 0", "b.gz from 0" }), "what is there and sound is not asked for");
        File.WriteAllBytes(Path.Combine(folder["data"], "b.gz"), new byte[5]);
        Fetch(files);
        Assert.That(Brought("b.gz"), Is.EqualTo(server.Files["b.gz"]), "what is there and wrong is replaced");
        Assert.That(Directory.GetFiles(folder["data"]), Has.Length.EqualTo(2), "no part is left over");
    }

    [Test]
    public void An_interrupted_transfer_goes_on_where_it_ended()
    {
        DownloadedFile file = Offer("a.gz", 400_000);
        server.BreakAfter = 150_000;
        server.BreakTimes = 1;
        Fetch(file);
        Assert.That(Brought("a.gz"), Is.EqualTo(server.Files["a.gz"]));
        Assert.That(server.Requests, Has.Count.EqualTo(2));
        Assert.That(server.Requests[1], Is.Not.EqualTo("a.gz from 0"));
    }

    [Test]
    public void After_several_interruptions_the_next_call_goes_on()
    {
        DownloadedFile file = Offer("a.gz", 400_000);
        server.BreakAfter = 60_000;
        server.BreakTimes = 3;
        Assert.That(() => Fetch(file), Throws.TypeOf<FileFormatException>().With.Message.Contains("a.gz.part")
            .And.Message.Contains("broke off after").And.Message.Contains("400000 bytes were wanted").And.Message.Contains("call again"));
        Assert.That(File.Exists(Path.Combine(folder["data"], "a.gz")), Is.False);
        Assert.That(Brought("a.gz.part"), Is.EqualTo(server.Files["a.gz"][..Brought("a.gz.part").Length]).And.Not.Empty);
        Fetch(file);
        Assert.That(Brought("a.gz"), Is.EqualTo(server.Files["a.gz"]));
        Assert.That(server.Requests[^1], Is.Not.EqualTo("a.gz from 0"));
    }

    [Test]
    public void A_server_without_ranges_sends_the_whole_file_again()
    {
        DownloadedFile file = Offer("a.gz", 200_000);
        server.KnowsRanges = false;
        Directory.CreateDirectory(folder["data"]);
        File.WriteAllBytes(Path.Combine(folder["data"], "a.gz.part"), server.Files["a.gz"][..70_000]);
        Fetch(file);
        Assert.That(Brought("a.gz"), Is.EqualTo(server.Files["a.gz"]));
        Assert.That(server.Requests, Is.EqualTo(new[] { "a.gz from 70000" }));
    }

    [Test]
    public void A_wrong_checksum_is_told_and_the_file_not_kept()
    {
        DownloadedFile file = Offer("a.gz", 1000);
        server.Files["a.gz"][3] ^= 1;
        Assert.That(() => Fetch(file), Throws.TypeOf<FileFormatException>().With.Message.Contains("a.gz")
            .And.Message.Contains($"1000 bytes with {file.Sha256} were wanted").And.Message.Contains("was not kept"));
        Assert.That(Directory.GetFiles(folder["data"]), Is.Empty);
    }

    [Test]
    public void A_file_that_is_not_there_or_too_long_is_told()
    {
        DownloadedFile file = Offer("a.gz", 1000);
        Assert.That(() => Fetch(file with { Name = "b.gz" }), Throws.TypeOf<FileFormatException>()
            .With.Message.Contains("/mnist/b.gz answered 404").And.Message.Contains("base address"));
        Assert.That(() => Fetch(file with { Length = 999 }), Throws.TypeOf<FileFormatException>()
            .With.Message.Contains("gives more than the 999 bytes"));
    }

    [Test]
    public void Nobody_listening_is_told_and_cancelling_is_no_error_of_the_server()
    {
        DownloadedFile file = Offer("a.gz", 1000);
        Uri nobody = new($"http://127.0.0.1:{Server.FreePort()}/");
        Assert.That(() => Downloader.Fetch("MNIST", folder["data"], nobody, [file], default), Throws.TypeOf<FileFormatException>()
            .With.Message.Contains("broke off after 0 bytes"));
        using var cancelled = new CancellationTokenSource();
        cancelled.Cancel();
        Assert.That(() => Mnist.Download(folder["data"], server.Address, cancelled.Token), Throws.InstanceOf<OperationCanceledException>());
    }

    [Test]
    public void Only_https_or_this_machine_is_asked_and_a_folder_that_is_a_file_is_refused()
    {
        Assert.That(() => Mnist.Download(folder["data"], new Uri("http://example.org/")), Throws.TypeOf<ValueException>()
            .With.Message.Contains("http://example.org/").And.Message.Contains("https://"));
        Assert.That(() => Mnist.Download(folder["data"], new Uri("mnist", UriKind.Relative)), Throws.TypeOf<ValueException>());
        Assert.That(() => Mnist.Download(folder.Write("data", [1]), server.Address), Throws.TypeOf<FileFormatException>()
            .With.Message.Contains("cannot be written"));
    }

    [Test]
    public void The_published_files_have_their_sums()
    {
        Assert.That(Mnist.DefaultBaseAddress.Scheme, Is.EqualTo("https"));
        Assert.That(Mnist.Published.Select(file => file.Length), Is.EqualTo(new[] { 9_912_422, 28_881, 1_648_877, 4_542 }));
        Assert.That(Mnist.Published.Select(file => file.Sha256.Length), Is.All.EqualTo(64));
        string? real = RealData.Folder("mnist");
        if (real is null)
            Assert.Ignore("The MNIST files are not here: set ENGINE_DATA to a folder whose subfolder mnist holds them. "
            + "The twin with generated files, Files_are_brought_once, ran.");
        foreach (DownloadedFile file in Mnist.Published)
        {
            // A copy that was packed anew has other bytes around the same pixels.
            string path = Path.Combine(real!, file.Name);
            if (!File.Exists(path) || new FileInfo(path).Length != file.Length) continue;
            Assert.That(Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(path))), Is.EqualTo(file.Sha256), file.Name);
        }
    }

    /// <summary>A server on this machine.</summary>
    private sealed class Server : IDisposable
    {
        private readonly HttpListener listener = new();
        private readonly Task loop;

        public Server()
        {
            Address = new Uri($"http://127.0.0.1:{FreePort()}/mnist/");
            listener.Prefixes.Add(Address.AbsoluteUri);
            listener.Start();
            loop = Task.Run(Loop);
        }

        public Uri Address { get; }

        public Dictionary<string, byte[]> Files { get; } = [];

        public List<string> Requests { get; } = [];

        public bool KnowsRanges { get; set; } = true;

        public int BreakAfter { get; set; }

        public int BreakTimes { get; set; }

        public static int FreePort()
        {
            using var probe = new TcpListener(IPAddress.Loopback, 0);
            probe.Start();
            return ((IPEndPoint)probe.LocalEndpoint).Port;
        }

        public void Dispose()
        {
            listener.Stop();
            loop.Wait();
            listener.Close();
        }

        private async Task Loop()
        {
            while (true)
            {
                try
                {
                    await Answer(await listener.GetContextAsync());
                }
                catch (Exception e) when (e is HttpListenerException or InvalidOperationException or IOException)
                {
                    if (!listener.IsListening) return;
                }
            }
        }

        private async Task Answer(HttpListenerContext context)
        {
            string name = context.Request.Url!.Segments[^1];
            string? range = context.Request.Headers["Range"];
            int from = range is null ? 0 : int.Parse(range["bytes=".Length..].TrimEnd('-'));
            Requests.Add($"{name} from {from}");
            HttpListenerResponse response = context.Response;
            if (!Files.TryGetValue(name, out byte[]? bytes))
            {
                response.StatusCode = 404;
                response.Close();
                return;
            }

            if (KnowsRanges && range is not null)
            {
                response.StatusCode = 206;
                response.Headers["Content-Range"] = $"bytes {from}-{bytes.Length - 1}/{bytes.Length}";
                bytes = bytes[from..];
            }

            response.ContentLength64 = bytes.Length;
            if (BreakTimes > 0)
            {
                BreakTimes--;
                await response.OutputStream.WriteAsync(bytes.AsMemory(0, BreakAfter));
                await response.OutputStream.FlushAsync();
                // What was sent must arrive before the connection is torn down.
                await Task.Delay(300);
                response.Abort();
                return;
            }

            await response.OutputStream.WriteAsync(bytes);
            response.Close();
        }
    }
}
