namespace Engine.Layers;

/// <summary>The seed and step that the layers of one model share, so that every random number is keyed by seed, place, step and call.</summary>
internal sealed class LayerRandom(ulong seed)
{
    /// <summary>The model's seed.</summary>
    public ulong Seed { get; set; } = seed;

    /// <summary>The training step; saved with checkpoints, so that a resumed run draws the same numbers.</summary>
    public long Step { get; set; }

    /// <summary>How many weights the layers have made.</summary>
    public long Weights { get; set; }

    /// <summary>How many bytes of weights the layers may still make; a file's model asks for no more than the file has.</summary>
    public long RoomForWeights { get; set; } = long.MaxValue;

    /// <summary>A generator for one layer's place.</summary>
    public RandomGenerator Place(string name) => new RandomGenerator(Seed).Split(name);
}
