using System.Text.RegularExpressions;

namespace Engine.Tests.Conventions;

/// <summary>A folder of Engine uses only what stands above it.</summary>
public partial class DependencyTests
{
    private static readonly string[] Order =
    [
        "Tensors", "Kernels", "Autodiff", "Operations", "Formats", "Data", "Layers", "Losses", "Metrics", "Optimizers", "Models", "Callbacks", "Checks", "Explain",
    ];

    /// <summary>Folders whose types live in namespace Engine: no using shows who needs them, so their types' names are looked for.</summary>
    private static readonly string[] Unnamed = ["Tensors", "Autodiff", "Operations", "Checks"];

    private static readonly string[] CallersOfKernels = ["Tensors", "Kernels", "Operations", "Optimizers"];

    /// <summary>The one knot: a tensor knows its place on the tapes that recorded it, and the thread its open tapes.</summary>
    private static readonly (string Folder, string Type)[] Allowed = [("Tensors", "GradientTape")];

    [Test]
    public void Every_folder_of_Engine_has_its_place_in_the_order()
    {
        IEnumerable<string> folders = EngineSource.Files.Select(file => file.Path.Split('/'))
            .Where(parts => parts is ["Engine", _, _, ..]).Select(parts => parts[1]).Distinct();
        Assert.That(folders.Except(Order), Is.Empty);
    }

    [TestCaseSource(nameof(Order))]
    public void A_folder_names_no_namespace_that_stands_below_it(string folder)
    {
        int place = Array.IndexOf(Order, folder);
        var problems = new List<string>();
        foreach ((string path, string code) in EngineSource.Folder(folder))
        {
            foreach (Match match in Namespaces().Matches(code))
            {
                int used = Array.IndexOf(Order, match.Groups[1].Value);
                if (used > place && !(folder == "Tensors" && Order[used] == "Kernels")) problems.Add($"{path} uses Engine.{Order[used]}");
            }
        }
        Assert.That(problems, Is.Empty);
    }

    [TestCaseSource(nameof(Order))]
    public void A_folder_names_no_type_that_stands_below_it(string folder)
    {
        int place = Array.IndexOf(Order, folder);
        Dictionary<string, string> below = Unnamed.Where(name => Array.IndexOf(Order, name) > place)
            .SelectMany(name => TypesOf(name).Select(type => (type, name)))
            .DistinctBy(pair => pair.type).ToDictionary(pair => pair.type, pair => pair.name);
        foreach (string type in TypesOf(folder).Concat(Allowed.Where(allowed => allowed.Folder == folder).Select(allowed => allowed.Type))) below.Remove(type);
        var problems = new List<string>();
        foreach ((string path, string code) in EngineSource.Folder(folder))
        {
            foreach (Match word in Words().Matches(code))
            {
                if (below.TryGetValue(word.Value, out string? home)) problems.Add($"{path} uses {word.Value} of {home}");
            }
        }
        Assert.That(problems.Distinct(), Is.Empty);
    }

    [Test]
    public void The_scan_sees_classes_records_and_structures()
    {
        Assert.That(TypesOf("Autodiff"), Does.Contain(nameof(GradientTape)).And.Contain(nameof(Derivatives)));
        Assert.That(TypesOf("Checks"), Does.Contain(nameof(GradientReportEntry)));
        Assert.That(TypesOf("Tensors"), Does.Contain(nameof(Shape)).And.Contain(nameof(DType)));
    }

    [Test]
    public void Kernels_are_called_from_operations_optimizers_and_random_numbers_alone()
    {
        IEnumerable<string> callers = Order.Except(CallersOfKernels)
            .SelectMany(EngineSource.Folder).Where(file => Namespaces().Matches(file.Code).Any(match => match.Groups[1].Value == "Kernels")).Select(file => file.Path);
        Assert.That(callers, Is.Empty);
        IEnumerable<string> tensors = EngineSource.Folder("Tensors")
            .Where(file => file.Code.Contains("Engine.Kernels", StringComparison.Ordinal)).Select(file => Path.GetFileName(file.Path));
        Assert.That(tensors, Is.SubsetOf(new[] { "RandomGenerator.cs" }));
    }

    [Test]
    public void The_file_of_a_type_lies_in_the_folder_of_its_namespace()
    {
        var problems = new List<string>();
        foreach (string folder in Order)
        {
            string wanted = Unnamed.Contains(folder) ? "Engine" : $"Engine.{folder}";
            foreach ((string path, string code) in EngineSource.Folder(folder))
            {
                string found = Declaration().Match(code).Groups[1].Value;
                if (found != wanted) problems.Add($"{path} declares namespace {found}, where {wanted} is wanted");
            }
        }
        Assert.That(problems, Is.Empty);
    }

    private static IEnumerable<string> TypesOf(string folder) => EngineSource.Folder(folder)
        .SelectMany(file => Types().Matches(file.Code).Select(match => match.Groups[1].Value))
        .Where(name => name != nameof(Tensor)).Distinct();

    [GeneratedRegex(@"(?:\busing\s+Engine\.|\bEngine\.|\bglobal::Engine\.)(\w+)")]
    private static partial Regex Namespaces();

    /// <summary>Types outside others: their declarations begin a line.</summary>
    [GeneratedRegex(@"^(?:public|internal)[\w ]*? (?:class|struct|interface|enum|record struct|record class|record) (\w+)", RegexOptions.Multiline)]
    private static partial Regex Types();

    [GeneratedRegex(@"^namespace ([\w.]+);", RegexOptions.Multiline)]
    private static partial Regex Declaration();

    [GeneratedRegex(@"\b[A-Z]\w+\b")]
    private static partial Regex Words();
}
