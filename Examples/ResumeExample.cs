using System.CommandLine;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Engine;
using Engine.Callbacks;
using Engine.Data;
using Engine.Layers;
using Engine.Losses;
using Engine.Metrics;
using Engine.Models;
using Engine.Optimizers;

namespace Examples;

/// <summary>A training that stops half way goes on from its checkpoint to the same bits as one that was never interrupted.</summary>
internal static class ResumeExample
{
    private const int Samples = 2000, BatchSize = 32;

    public static Command Command()
    {
        Option<int> epochs = Options.Epochs(6);
        Option<ulong> seed = Options.Seed();
        Option<string> path = Options.File("--save", "File for the checkpoint.", "resume.safetensors");
        var command = new Command("resume", "Stops a training half way and goes on from its checkpoint.") { epochs, seed, path };
        command.SetAction(parsed => Run(parsed.GetValue(epochs), parsed.GetValue(seed), parsed.GetValue(path)!));
        return command;
    }

    /// <summary>Trains three times; the exit code is 0 when the resumed run ends with the bits of the whole one, else 1.</summary>
    private static int Run(int epochs, ulong seed, string path)
    {
        Dataset digits = Digits.Load(folder: null).Train.Take(Samples);
        int half = epochs / 2;

        Console.WriteLine("\nwithout interruption:");
        Sequential whole = Network(epochs);
        whole.Fit(digits, epochs, BatchSize, seed: seed);

        Console.WriteLine($"\nstopped by itself after epoch {half}:");
        #region doc-stop
        Sequential stopped = Network(epochs);
        var stop = new LambdaCallback(onEpochEnd: (epoch, _) => stopped.StopTraining = epoch + 1 == half);
        stopped.Fit(digits, epochs, BatchSize, seed: seed, callbacks: [new ModelCheckpoint(path), stop]);
        #endregion

        Console.WriteLine($"\nfrom {path} on, in a network of its own:");
        #region doc-go-on
        Sequential resumed = Network(epochs);
        resumed.Load(path);                                     // weights, Adam's moments, seed, step and epoch
        resumed.Fit(digits, epochs, BatchSize, initialEpoch: resumed.Epoch);
        #endregion

        Console.WriteLine("\nthe same from its weights alone, without the optimizer's state:");
        Sequential weightsOnly = Network(epochs);
        weightsOnly.Load(path, weightsOnly: true);
        weightsOnly.Fit(digits, epochs, BatchSize, seed: seed, initialEpoch: half);

        Console.WriteLine("\nSHA-256 of the weights");
        Console.WriteLine($"without interruption  {Hash(whole)}");
        Console.WriteLine($"stopped               {Hash(stopped)}");
        Console.WriteLine($"resumed               {Hash(resumed)}");
        Console.WriteLine($"from weights alone    {Hash(weightsOnly)}");
        bool same = Hash(resumed) == Hash(whole);
        Console.WriteLine(same ? "\nresumed and uninterrupted: the same, bit for bit" : "\nresumed and uninterrupted differ");
        return same ? 0 : 1;
    }

    /// <summary>A network in which much depends on the step: images changed at random, dropout, and a learning rate that falls.</summary>
    private static Sequential Network(int epochs)
    {
        var model = new Sequential(
            new Input(28, 28, 1),
            new RandomTranslation(0.1, 0.1),
            new Conv2D(8, (3, 3), Activation.ReLU),
            new MaxPooling2D((2, 2)),
            new Flatten(),
            new Dropout(0.3),
            new Dense(32, Activation.ReLU),
            new Dense(10, Activation.Softmax));
        long steps = epochs * ((Samples + BatchSize - 1) / BatchSize);
        model.Compile(new Adam(new CosineDecay(2e-3, decaySteps: steps)), new SparseCategoricalCrossentropy(), new Accuracy());
        return model;
    }

    private static string Hash(Model model)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (Variable variable in model.Variables) hash.AppendData(MemoryMarshal.AsBytes(variable.AsSpan<float>()));
        return Convert.ToHexStringLower(hash.GetHashAndReset())[..32];
    }
}
