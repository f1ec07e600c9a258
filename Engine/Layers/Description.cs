namespace Engine.Layers;

/// <summary>What something was made with: its type's name and its options by their names.</summary>
internal sealed record Description(string Type, params (string Name, object? Value)[] Options);
