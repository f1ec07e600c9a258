using System.Diagnostics;

namespace Engine.Tests.Formats;

/// <summary>Damages valid files in seeded ways and feeds them to a reader, which may refuse them only in the engine's words.</summary>
internal static class Mutation
{
    /// <summary>How many files each test reads: 2,000, or what ENGINE_FUZZ_COUNT says, for a long run.</summary>
    private static int Count =>
        int.TryParse(Environment.GetEnvironmentVariable("ENGINE_FUZZ_COUNT"), out int count) && count > 0 ? count : 2000;

    /// <summary>Reads thousands of mutations; fails on a foreign exception, on too much memory, or on a reader that is too slow.</summary>
    /// <param name="valid">The files to mutate.</param>
    /// <param name="read">Reads one file wholly.</param>
    /// <param name="maxBytes">How much one reading may allocate.</param>
    /// <param name="repair">Mends the checksums of every other file, so that damage reaches what stands behind them; null for
    /// none.</param>
    /// <returns>How many were refused, of 2,000.</returns>
    public static int RefusesOnlyInOwnWords(byte[][] valid, Action<string> read, long maxBytes, Func<byte[], byte[]>? repair = null)
    {
        using TemporaryFolder folder = new();
        Random random = new(17);
        int refused = 0;
        long most = 0;
        Stopwatch watch = new();
        int count = Count;
        for (int i = 0; i < count; i++)
        {
            byte[] mutated = Mutate(valid[i % valid.Length], random);
            if (repair is not null && random.Next(2) == 0) mutated = repair(mutated);
            string path = folder.Write("mutated", mutated);
            long before = GC.GetAllocatedBytesForCurrentThread();
            watch.Start();
            try
            {
                read(path);
            }
            catch (EngineException e)
            {
                refused++;
                if (!e.Message.Contains(path) || !e.Message.Contains("wanted")) Assert.Fail(e.Message);
            }

            watch.Stop();
            most = Math.Max(most, GC.GetAllocatedBytesForCurrentThread() - before);
        }

        Assert.That(most, Is.LessThan(maxBytes));
        Assert.That(watch.Elapsed.TotalSeconds, Is.LessThan(30.0 * count / 2000));
        TestContext.Out.WriteLine($"{count} files, {refused} refused, at most {most} bytes for one, {watch.Elapsed.TotalSeconds:F1} s");
        return (int)(refused * 2000L / count);
    }

    private static byte[] Mutate(byte[] valid, Random random)
    {
        List<byte> bytes = [.. valid];
        int rounds = random.Next(1, 4);
        for (int round = 0; round < rounds && bytes.Count > 0; round++)
        {
            // Headers are where the danger is: half of all damage goes into the first 64 bytes.
            int at = random.Next(random.Next(2) == 0 ? Math.Min(64, bytes.Count) : bytes.Count);
            switch (random.Next(6))
            {
                case 0: bytes[at] ^= (byte)(1 << random.Next(8)); break;
                case 1: bytes[at] = (byte)random.Next(256); break;
                case 2: bytes.RemoveRange(at, bytes.Count - at); break;
                case 3: bytes.RemoveAt(at); break;
                case 4: bytes.InsertRange(at, Enumerable.Repeat((byte)random.Next(256), random.Next(1, 9))); break;
                default:
                    for (int k = at & ~3; k < Math.Min((at & ~3) + 4, bytes.Count); k++)
                        bytes[k] = random.Next(2) == 0 ? (byte)0xFF : (byte)0x7F;
                    break;
            }
        }

        return [.. bytes];
    }
}
