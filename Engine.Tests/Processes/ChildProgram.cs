using Engine.Callbacks;
using Engine.Layers;
using Engine.Losses;
using Engine.Models;
using Engine.Optimizers;
using Engine.Tests.Models;

namespace Engine.Tests.Processes;

/// <summary>What the test assembly does when a test starts it as a process of its own, to kill or to interrupt it.</summary>
internal static class ChildProgram
{
    public static int Main(string[] arguments)
    {
        switch (arguments)
        {
            case ["save", var path]: SaveForEver(path); break;
            case ["train", var path]: TrainUntilInterrupted(path); break;
            case ["generate", var folder]: GenerateUntilInterrupted(folder); break;
            case ["talk"]: TrainAloud(); break;
            default: return 2;
        }

        return 0;
    }

    /// <summary>A model of 24 MB with its optimizer's state, in which every number is the same.</summary>
    public static Sequential Large()
    {
        var model = new Sequential(new Input(1024), new Dense(2048, useBias: false, kernelInitializer: Initializer.Zeros));
        model.Compile(new Adam(), new MeanSquaredError());
        model.Optimizer!.Build(model.TrainableVariables);
        return model;
    }

    /// <summary>Saves 1, 2, 3, … as every number of the model, and says when a file is begun and when it is done.</summary>
    private static void SaveForEver(string path)
    {
        Sequential model = Large();
        for (int number = 1; ; number++)
        {
            foreach (Variable variable in model.Variables.Concat(model.Optimizer!.Slots))
                variable.Assign(Tensor.Full(variable.Shape, number));
            model.Optimizer.Step = number;
            Console.WriteLine($"begin {number}");
            model.Save(path);
            Console.WriteLine($"done {number}");
        }
    }

    /// <summary>Trains for as long as it may, then saves.</summary>
    private static void TrainUntilInterrupted(string path)
    {
        Sequential model = TinyModels.Classifier();
        var listener = new Announcer();
        History history = model.Fit(
            TinyModels.Quadrants(640), epochs: 100_000, callbacks: [listener], verbose: Verbosity.Silent);
        model.Save(path);
        Console.WriteLine($"ended {listener.Batches} {model.Step} {history.Epochs.Count}");
    }

    /// <summary>Trains two networks against each other for as long as it may, with pictures after each epoch, then saves.</summary>
    private static void GenerateUntilInterrupted(string folder)
    {
        Gan gan = TinyGans.OfImages();
        var listener = new Announcer();
        Tensor images = Tensor.RandomUniform([64, 4, 4, 1], 0, 1, new RandomGenerator(1));
        History history = gan.Fit(
            images, epochs: 100_000, batchSize: 16, callbacks: [new SampleGallery(folder, count: 9), listener], verbose: Verbosity.Silent);
        gan.Save(Path.Combine(folder, "gan.safetensors"));
        Console.WriteLine($"ended {listener.Batches} {gan.Step} {history.Epochs.Count}");
    }

    /// <summary>Writes more lines than a pipe holds, whether somebody reads them or not, and tells on the other stream how it ended.</summary>
    private static void TrainAloud()
    {
        Sequential model = TinyModels.Classifier();
        History history = model.Fit(TinyModels.Quadrants(32), epochs: 2000, verbose: Verbosity.Epochs);
        Console.Error.WriteLine($"epochs {history.Epochs.Count}");
    }

    /// <summary>Counts the batches, and says when some have ended.</summary>
    private sealed class Announcer : Callback
    {
        public int Batches { get; private set; }

        public override void OnBatchEnd(Model model, int batch, IReadOnlyDictionary<string, double> measured)
        {
            if (++Batches == 7) Console.WriteLine("training");
        }
    }
}
