using System.CommandLine;

namespace Examples;

/// <summary>Options that several programs have.</summary>
internal static class Options
{
    public static Option<string?> Data() =>
        new("--data") { Description = "Folder with MNIST's four IDX files; without it digits are drawn." };

    public static Option<int?> Images() =>
        new("--images") { Description = "How many digits to train on, the first ones; all without it." };

    public static Option<int> Epochs(int value) =>
        new("--epochs") { Description = "Passes over the training data.", DefaultValueFactory = _ => value };

    public static Option<ulong> Seed() =>
        new("--seed") { Description = "Seed of weights and order.", DefaultValueFactory = _ => 42 };

    public static Option<string> File(string name, string what, string path) =>
        new(name) { Description = what, DefaultValueFactory = _ => path };
}
