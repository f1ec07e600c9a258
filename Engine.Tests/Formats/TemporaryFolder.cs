namespace Engine.Tests.Formats;

/// <summary>A folder for one test's files, removed with them.</summary>
internal sealed class TemporaryFolder : IDisposable
{
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("engine-tests-");

    public string Folder => folder.FullName;

    public string this[string name] => Path.Combine(folder.FullName, name);

    public string Write(string name, byte[] bytes)
    {
        File.WriteAllBytes(this[name], bytes);
        return this[name];
    }

    public void Dispose() => folder.Delete(recursive: true);
}
