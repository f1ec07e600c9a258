using System.Text.RegularExpressions;
using Engine.Formats;
using Engine.Tests.Processes;

namespace Engine.Tests.Examples;

/// <content>The programs of adversarial networks, of an autoencoder and of a differential equation.</content>
public partial class ExampleTests
{
    [TestCase]
    [TestCase("--auxiliary")]
    public void Conditional_gan_draws_what_it_is_asked_for_and_says_how_much_is_recognised(params string[] options)
    {
        string text = Run(["conditional-gan", "--images", "1500", "--epochs", "1", "--folder", "pictures", .. options]);
        Assert.That(Percent(text, @"it is right about ([\d.]+) %"), Is.GreaterThan(80));
        double[] recognised = Numbers(text, @"(?m)^asked for \d: (\d+) of 100 recognised");
        Assert.That(recognised, Has.Length.EqualTo(10).And.All.InRange(0, 100));
        Assert.That(Percent(text, @"(?m)^([\d.]+) % recognised as asked"), Is.EqualTo(recognised.Average()).Within(0.05));
        foreach (string name in (string[])["index.html", "samples_001.png", "interpolation.png", "training.png"])
            Assert.That(File.Exists(folder[$"pictures/{name}"]), name);
        Assert.That(Size("samples_001.png"), Is.EqualTo((10 * 30 + 2, 10 * 30 + 2)), "a column for each digit");
        Assert.That(Size("sevens.png"), Is.EqualTo((10 * 30 + 2, 10 * 30 + 2)), "a hundred of them");
    }

    [Test]
    public void Wgan_gp_counts_the_modes_that_it_found()
    {
        string text = Run("wgan-gp", "--epochs", "3", "--seed", "3");
        Assert.That(text, Does.Match(@"\d of 8 modes found; of 10000 samples [\d.]+ % lie within"));
        double[] counts = Numbers(Regex.Match(text, @"of one:(?: \d+){8}").Value, @"(\d+)");
        Assert.That(counts.Sum() / 100, Is.EqualTo(Percent(text, @"([\d.]+) % lie within")).Within(0.051));
        Assert.That(counts.Count(count => count >= 125), Is.EqualTo(Numbers(text, @"(\d) of 8 modes")[0]));
    }

    [Test]
    public void Wgan_gp_draws_digits()
    {
        string text = Run("wgan-gp", "--digits", "--images", "1500", "--epochs", "1", "--folder", "pictures");
        Assert.That(text, Does.Match(@"Fréchet distance [\d.]+, on this").And.Match(@"\d+ of 10 digits, evenness \d\.\d+"));
        Assert.That(File.Exists(folder["pictures/samples_001.png"]) && File.Exists(folder["pictures/index.html"]));
    }

    [Test]
    public void Vae_reconstructs_digits_and_goes_from_one_to_another()
    {
        string text = Run("vae", "--images", "3000", "--epochs", "4", "--folder", "pictures");
        double[] losses = Numbers(text, @"(?m)^epoch \d/4 .* loss ([\d.]+)");
        Assert.That(losses, Has.Length.EqualTo(4).And.Ordered.Descending);
        Assert.That(Percent(text, @"test loss ([\d.]+) a pixel"), Is.EqualTo(losses[^1]).Within(0.05));
        Assert.That(Size("reconstructions.png"), Is.EqualTo((2 * 30 + 2, 10 * 30 + 2)));
        Assert.That(Size("way.png"), Is.EqualTo((30 + 2, 10 * 30 + 2)));
    }

    [TestCase("10000", 4, 0.01)]
    [TestCase("3", 3, 100)]
    public void Pinn_comes_near_the_sine(string steps, int lines, double distance)
    {
        string text = Run("pinn", "--steps", steps);
        Assert.That(Regex.Matches(text, @"(?m)^step \d+: mean square of y'' \+ y \d\.\d+E"), Has.Count.EqualTo(lines));
        double found = Numbers(text, @"largest distance from sin x on \[0, 2π\]: ([\d.E+-]+)")[0];
        Assert.That(found, Is.LessThan(distance));
    }

    [TestCase("images")]
    [TestCase("epochs")]
    public void Numbers_of_digits_or_passes_that_cannot_be_are_told_in_one_sentence(string option)
    {
        foreach (string[] program in (string[][])[["gan"], ["wgan-gp", "--digits"], ["conditional-gan"], ["vae"]])
        {
            using var child = ChildProcess.Example(folder.Folder, [.. program, "--images", option == "images" ? "-1" : "200", "--epochs", "-1"]);
            Task<string> errors = child.Errors.ReadToEndAsync();
            child.Output.ReadToEnd();
            Assert.That(child.Wait(), Is.EqualTo(1), program[0]);
            Assert.That(errors.Result, Does.Not.Contain("   at ").And.Contains("-1"), program[0]);
        }
    }

    private (int Height, int Width) Size(string picture)
    {
        Tensor pixels = Png.Load(folder[$"pictures/{picture}"]);
        return (pixels.Shape[0], pixels.Shape[1]);
    }
}
