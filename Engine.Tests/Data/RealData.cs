namespace Engine.Tests.Data;

/// <summary>Real data that is not part of the project.</summary>
internal static class RealData
{
    /// <summary>A folder of it: in the one that ENGINE_DATA names, or in shared/data beside the checkout; null when it is absent.</summary>
    public static string? Folder(string name)
    {
        if (Environment.GetEnvironmentVariable("ENGINE_DATA") is { } named)
            return Directory.Exists(Path.Combine(named, name)) ? Path.Combine(named, name) : null;
        for (DirectoryInfo? up = new(AppContext.BaseDirectory); up is not null; up = up.Parent)
        {
            string beside = Path.Combine(up.FullName, "shared", "data", name);
            if (Directory.Exists(beside)) return beside;
        }

        return null;
    }
}
