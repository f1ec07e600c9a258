using Engine.Layers;

namespace Engine.Models;

/// <summary>One use of a layer in a graph: which earlier values it takes.</summary>
/// <param name="Layer">The layer; it may stand in several nodes.</param>
/// <param name="Inputs">The places of its inputs among the values: the inputs, then each layer's outputs; −1 for what an operation
/// gave.</param>
/// <param name="InputShapes">The shapes of one sample of each input.</param>
/// <param name="Outputs">Its outputs, whose places follow each other.</param>
internal sealed record GraphNode(Layer Layer, int[] Inputs, Shape[] InputShapes, IReadOnlyList<SymbolicTensor> Outputs)
{
    /// <summary>The first output, for most layers the only one.</summary>
    public SymbolicTensor Output => Outputs[0];
}

/// <summary>The layers between a model's inputs and outputs, in an order in which each follows what it needs.</summary>
internal sealed class ModelGraph : IModelPlan
{
    private readonly GraphNode[] nodes;
    private readonly int[] outputs;
    private readonly int valueCount;

    // By node: the one before that can be computed with it, and how; and whether it is the one before.
    private readonly (GraphNode First, Func<Tensor, Tensor> Both)?[] joined;
    private readonly bool[] passedOver;

    /// <summary>Orders the layers between inputs and outputs.</summary>
    /// <param name="model">The model's path, for messages.</param>
    /// <param name="inputs">The inputs.</param>
    /// <param name="outputs">The outputs.</param>
    /// <exception cref="ModelException">An output depends on an input that was not named, or an input is no input.</exception>
    public ModelGraph(string model, IReadOnlyList<SymbolicTensor> inputs, IReadOnlyList<SymbolicTensor> outputs)
    {
        if (inputs.Count == 0 || outputs.Count == 0)
            throw Fail.Model(model, $"{inputs.Count} inputs and {outputs.Count} outputs", "name at least one of each");
        (Inputs, Outputs) = (inputs, outputs);
        var places = new Dictionary<SymbolicTensor, int>(ReferenceEqualityComparer.Instance);
        foreach (SymbolicTensor input in inputs)
        {
            if (!places.TryAdd(input, places.Count)) throw Fail.Model(model, "one input is named twice", "name each input once");
        }

        var found = new List<GraphNode>();
        foreach (SymbolicTensor output in outputs) Visit(model, output, places, found);
        nodes = [.. found];
        valueCount = places.Count;
        this.outputs = new int[outputs.Count];
        for (int i = 0; i < outputs.Count; i++) this.outputs[i] = places[outputs[i]];
        foreach (SymbolicTensor input in inputs)
        {
            bool used = this.outputs.Contains(places[input]);
            foreach (GraphNode node in nodes) used |= node.Inputs.Contains(places[input]);
            if (!used) throw Fail.Model(model, $"the input of shape {input.Shape} leads to no output", "leave it out, or use it");
        }

        (joined, passedOver) = (new (GraphNode, Func<Tensor, Tensor>)?[nodes.Length], new bool[nodes.Length]);
        Join();
    }

    public IReadOnlyList<SymbolicTensor> Inputs { get; }

    public IReadOnlyList<SymbolicTensor> Outputs { get; }

    public IReadOnlyList<GraphNode> Nodes => nodes;

    /// <summary>The places of the outputs among the graph's values.</summary>
    public ReadOnlySpan<int> OutputPlaces => outputs;

    /// <summary>Computes all outputs.</summary>
    /// <param name="inputs">A batch for each input.</param>
    /// <param name="training">Whether this is a training step.</param>
    /// <param name="anyLength">Whether sequences may have another length than an <see cref="Input"/> layer declares.</param>
    public Tensor[] Run(IReadOnlyList<Tensor> inputs, bool training, bool anyLength = false)
    {
        var values = new Tensor[valueCount];
        for (int i = 0; i < inputs.Count; i++) values[i] = inputs[i];
        int next = inputs.Count;
        for (int place = 0; place < nodes.Length; place++)
        {
            GraphNode node = nodes[place];
            if (passedOver[place] && !DebugNumerics.Enabled)
            {
                next++;
                continue;
            }

            if (joined[place] is var (first, both) && values[node.Inputs[0]] is null)
            {
                values[next++] = first.Layer.ApplyThrough(node.Layer, both, values[first.Inputs[0]]);
                continue;
            }

            if (anyLength && node.Layer is Input)
            {
                values[next++] = values[node.Inputs[0]];
                continue;
            }

            if (node.Inputs.Length == 1 && node.Outputs.Count == 1)
            {
                values[next++] = node.Layer.Apply(values[node.Inputs[0]], training);
                continue;
            }

            var several = new Tensor[node.Inputs.Length];
            for (int i = 0; i < several.Length; i++) several[i] = values[node.Inputs[i]];
            if (node.Outputs.Count == 1)
            {
                values[next++] = node.Layer.Apply(several, training);
                continue;
            }

            foreach (Tensor output in node.Layer.ApplyAll(several, training)) values[next++] = output;
        }

        var results = new Tensor[outputs.Length];
        for (int i = 0; i < results.Length; i++) results[i] = values[outputs[i]];
        return results;
    }

    /// <summary>Finds the layers whose output only the next one reads, where both can be computed in one pass.</summary>
    private void Join()
    {
        var readers = new int[valueCount];
        foreach (int output in outputs) readers[output]++;
        foreach (GraphNode node in nodes)
        {
            foreach (int input in node.Inputs) readers[input]++;
        }

        var makers = new int[valueCount];
        Array.Fill(makers, -1);
        for (int i = 0, place = Inputs.Count; i < nodes.Length; place += nodes[i++].Outputs.Count)
        {
            makers[place] = i;
            int from = nodes[i].Inputs[0], before = makers[from];
            if (before < 0 || readers[from] > 1 || joined[before] is not null) continue;
            if (!HasOneOfEach(nodes[i]) || !HasOneOfEach(nodes[before]) || nodes[before].Layer.Through(nodes[i].Layer) is not { } both) continue;
            (joined[i], passedOver[before]) = ((nodes[before], both), true);
        }

        static bool HasOneOfEach(GraphNode node) => node.Inputs.Length == 1 && node.Outputs.Count == 1;
    }

    /// <summary>Depth first, on a stack of its own: a chain of ten thousand layers must not overflow the thread's.</summary>
    private static void Visit(string model, SymbolicTensor output, Dictionary<SymbolicTensor, int> places, List<GraphNode> found)
    {
        var open = new Stack<SymbolicTensor>();
        open.Push(output);
        while (open.TryPeek(out SymbolicTensor? tensor))
        {
            if (places.ContainsKey(tensor))
            {
                open.Pop();
                continue;
            }

            if (tensor.Layer is null)
            {
                throw Fail.Model(model, $"an output depends on an input of shape {tensor.Shape} that is not among the model's inputs",
                    "name every SymbolicTensor.Input that the outputs depend on");
            }

            bool complete = true;
            for (int i = tensor.Inputs.Count - 1; i >= 0; i--)
            {
                if (places.ContainsKey(tensor.Inputs[i])) continue;
                open.Push(tensor.Inputs[i]);
                complete = false;
            }

            if (!complete) continue;
            open.Pop();
            foreach (SymbolicTensor sibling in tensor.Outputs) places.Add(sibling, places.Count);
            var inputs = new int[tensor.Inputs.Count];
            var shapes = new Shape[inputs.Length];
            for (int i = 0; i < inputs.Length; i++) (inputs[i], shapes[i]) = (places[tensor.Inputs[i]], tensor.Inputs[i].Shape);
            found.Add(new GraphNode(tensor.Layer, inputs, shapes, tensor.Outputs));
        }
    }
}
