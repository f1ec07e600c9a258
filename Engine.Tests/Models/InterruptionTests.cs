using System.Globalization;
using Engine.Formats;
using Engine.Models;
using Engine.Tests.Formats;
using Engine.Tests.Processes;

namespace Engine.Tests.Models;

/// <summary>What a training process does when the outside world interferes.</summary>
[NonParallelizable]
public class InterruptionTests
{
    [Test]
    [Platform("Linux")]
    public void Ctrl_C_ends_training_after_a_batch_and_the_program_goes_on_to_save()
    {
        using var folder = new TemporaryFolder();
        string path = folder["model.safetensors"];
        using var child = new ChildProcess("train", path);
        long[] numbers = Interrupted(child);
        Assert.That(numbers[1], Is.EqualTo(numbers[0]), "a step for each batch that ended");
        Assert.That(numbers[2], Is.EqualTo(numbers[0] / 20), "whole epochs alone are in the history");
        Sequential model = TinyModels.Classifier();
        model.Load(path);
        Assert.That((model.Step, (long)model.Epoch, model.Optimizer!.Step), Is.EqualTo((numbers[1], numbers[2], numbers[1])));
    }

    [Test]
    [Platform("Linux")]
    public void Ctrl_C_leaves_two_networks_and_the_pictures_of_their_training_whole()
    {
        using var folder = new TemporaryFolder();
        using var child = new ChildProcess("generate", folder.Folder);
        long[] numbers = Interrupted(child);
        Assert.That((numbers[1], numbers[2]), Is.EqualTo((numbers[0], numbers[0] / 4)), "whole steps, and whole epochs in the history");
        Gan gan = TinyGans.OfImages();
        gan.Load(folder["gan.safetensors"]);
        Assert.That((gan.Step, gan.GeneratorOptimizer!.Step, gan.DiscriminatorOptimizer!.Step), Is.EqualTo((numbers[1], numbers[1], numbers[1])));
        string[] grids = Directory.GetFiles(folder.Folder, "samples_*.png");
        Assert.That(grids, Has.Length.EqualTo(numbers[2]));
        foreach (string picture in (string[])[.. grids, folder["training.png"], folder["interpolation.png"]])
            Assert.That(Png.Load(picture).Length, Is.Positive, picture);
        Assert.That(File.ReadAllText(folder["index.html"]), Does.Contain($"epoch {numbers[2]} of").And.EndsWith("</html>\n"));
        Assert.That(Directory.GetFiles(folder.Folder), Has.Length.EqualTo(grids.Length + 4), "nothing half-written is left");
    }

    [Test]
    public void A_closed_output_does_not_stop_training()
    {
        using var child = new ChildProcess("talk");
        Assert.That(child.Output.ReadLine(), Does.StartWith("epoch 1/2000"));
        child.Output.Close();
        Assert.That(child.Errors.ReadToEnd().Trim(), Is.EqualTo("epochs 2000"));
        Assert.That(child.Wait(), Is.Zero);
    }

    /// <summary>Interrupts a program that trains: the numbers of batches, of steps and of epochs that it tells in the end.</summary>
    private static long[] Interrupted(ChildProcess child)
    {
        Assert.That(child.Output.ReadLine(), Is.EqualTo("training"));
        child.Interrupt();
        string[] words = (child.Output.ReadLine() ?? "").Split(' ');
        Assert.That(child.Wait(), Is.Zero, child.Errors.ReadToEnd());
        Assert.That(words, Has.Length.EqualTo(4));
        return [.. words[1..].Select(word => long.Parse(word, CultureInfo.InvariantCulture))];
    }
}
