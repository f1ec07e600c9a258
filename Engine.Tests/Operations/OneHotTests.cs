using Engine.Layers;
using Engine.Losses;
using Engine.Models;
using Engine.Optimizers;
using static Engine.Tests.Operations.Oracle;

namespace Engine.Tests.Operations;

/// <summary>One-hot rows take no memory until somebody reads them, and a product with them chooses rows.</summary>
public class OneHotTests
{
    private static Tensor Classes => Tensor.From<int>([3, 0, 1, 3, 3, 2], [2, 3]);

    [Test]
    public void Its_elements_are_there_when_they_are_read()
    {
        float[] expected = [0, 0, 0, 1, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 1, 0];
        foreach (bool scoped in (bool[])[false, true])
        {
            using TensorScope? scope = scoped ? new TensorScope() : null;
            foreach (DType dtype in Enum.GetValues<DType>())
            {
                Tensor rows = Tensor.OneHot(Classes, 4, dtype);
                Assert.That(rows.Storage.IsPending && rows.IsAlive, Is.True);
                Assert.That(rows.Shape, Is.EqualTo(Shape.Create([2, 3, 4])));
                Assert.That(rows.Cast(DType.Float32).ToArray<float>(), Is.EqualTo(expected), $"{dtype}");
                Assert.That(rows.Storage.IsPending, Is.False);
            }
        }
    }

    [Test]
    public void It_keeps_the_classes_of_its_beginning()
    {
        Tensor classes = Classes, rows = Tensor.OneHot(classes, 4);
        classes.AsWritableSpan<int>().Clear();
        Assert.That(rows.ToArray<float>(), Is.EqualTo(Tensor.OneHot(Classes, 4).ToArray<float>()));
    }

    [Test]
    public void Several_threads_may_read_it_first()
    {
        Tensor classes = Tensor.RandomIntegers([1000], 0, 50, new RandomGenerator(1));
        for (int trial = 0; trial < 20; trial++)
        {
            Tensor rows = Tensor.OneHot(classes, 50);
            float[] sums = new float[4];
            Parallel.For(0, 4, i => sums[i] = rows.ToArray<float>().Sum());
            Assert.That(sums, Is.All.EqualTo(1000));
        }
    }

    [Test]
    public void It_dies_with_its_scope()
    {
        Tensor read, unread;
        using (new TensorScope())
        {
            (read, unread) = (Tensor.OneHot(Classes, 4), Tensor.OneHot(Classes, 4));
            read.ToArray<float>();
        }
        Assert.That(read.IsAlive || unread.IsAlive, Is.False);
        Assert.Throws<TapeException>(() => unread.ToArray<float>());
    }

    [TestCase(false, false)]
    [TestCase(true, false)]
    [TestCase(true, true)]
    public void A_product_with_it_is_a_choice_of_rows_with_the_same_bits(bool hasBias, bool relu)
    {
        foreach (DType dtype in Floats)
        {
            Variable kernel = new(Normal([4, 5], dtype)), bias = new(Normal([5], dtype, 2));
            (Tensor y, Tensor[] gradients) = Run(Tensor.OneHot(Classes, 4, dtype), reads: false);
            (Tensor expected, Tensor[] wanted) = Run(Plain(Tensor.OneHot(Classes, 4, dtype)), reads: true);
            Assert.That(Values(y), Is.EqualTo(Values(expected)));
            for (int i = 0; i < wanted.Length; i++) Assert.That(Values(gradients[i]), Is.EqualTo(Values(wanted[i])).Within(1e-6));

            (Tensor, Tensor[]) Run(Tensor rows, bool reads)
            {
                using var tape = new GradientTape();
                Tensor product = rows.Linear(kernel, hasBias ? bias : null, relu);
                Tensor[] found = tape.Gradients((product * product).Sum(), hasBias ? new Tensor[] { kernel, bias } : [kernel]);
                Assert.That(rows.Storage.IsPending, Is.EqualTo(!reads));
                return (product.Detach(), [.. found.Select(gradient => gradient.Detach())]);
            }
        }
    }

    private static IEnumerable<TestCaseData> RecurrentLayers()
    {
        yield return new TestCaseData((Func<RecurrentLayer>)(() => new LSTM(
            5, returnSequences: true, name: "a"))).SetArgDisplayNames("LSTM");
        yield return new TestCaseData((Func<RecurrentLayer>)(() => new LSTM(
            5, variant: LstmVariant.Cellless, useBias: false, goBackwards: true, name: "a"))).SetArgDisplayNames("LSTM, cellless");
        yield return new TestCaseData((Func<RecurrentLayer>)(() => new GRU(5, name: "a"))).SetArgDisplayNames("GRU");
        yield return new TestCaseData((Func<RecurrentLayer>)(() => new GRU(
            5, resetAfter: true, returnSequences: true, name: "a"))).SetArgDisplayNames("GRU, reset after");
        yield return new TestCaseData((Func<RecurrentLayer>)(() => new SimpleRNN(5, name: "a"))).SetArgDisplayNames("SimpleRNN");
    }

    [TestCaseSource(nameof(RecurrentLayers))]
    public void A_recurrent_layer_chooses_rows_with_the_same_bits(Func<RecurrentLayer> make)
    {
        // Fewer classes than steps, and more.
        foreach (int depth in (int[])[4, 40])
        {
            foreach (DType dtype in Floats)
            {
                RecurrentLayer first = make(), second = make();
                (Tensor y, Tensor[] gradients) = Run(first, Tensor.OneHot(Classes, depth, dtype), reads: false);
                (Tensor expected, Tensor[] wanted) = Run(second, Plain(Tensor.OneHot(Classes, depth, dtype)), reads: true);
                Assert.That(Values(y), Is.EqualTo(Values(expected)));
                for (int i = 0; i < wanted.Length; i++) Assert.That(Values(gradients[i]), Is.EqualTo(Values(wanted[i])).Within(1e-6));
            }
        }

        static (Tensor, Tensor[]) Run(RecurrentLayer layer, Tensor rows, bool reads)
        {
            using var tape = new GradientTape();
            Tensor y = layer.Apply(rows);
            Tensor[] found = tape.Gradients((y * y).Sum(), [.. layer.TrainableVariables.Cast<Tensor>()]);
            Assert.That(rows.Storage.IsPending, Is.EqualTo(!reads));
            return (y.Detach(), [.. found.Select(gradient => gradient.Detach())]);
        }
    }

    [Test]
    public void Its_own_gradient_is_there_where_it_is_watched()
    {
        Variable kernel = new(Normal([4, 5]));
        var layer = new LSTM(3);
        using var tape = new GradientTape(persistent: true);
        Tensor rows = Tensor.OneHot(Classes, 4, DType.Float64);
        tape.Watch(rows);
        Tensor product = rows.Linear(kernel).Sum(), y = layer.Apply(rows).Sum();
        Assert.That(tape.Gradient(product, rows).Shape, Is.EqualTo(rows.Shape));
        double[] sums = Values(Tensor.Ones([6, 5], DType.Float64).MatMul(kernel, transposeB: true));
        Assert.That(Values(tape.Gradient(product, rows)), Is.EqualTo(sums).Within(1e-14));
        Assert.That(Values(tape.Gradient(y, rows)).Any(value => value != 0), Is.True);
    }

    [Test]
    public void Rows_that_were_written_to_are_taken_as_they_are()
    {
        Variable kernel = new(Normal([4, 5]));
        Tensor rows = Tensor.OneHot(Classes, 4, DType.Float64);
        rows.AsWritableSpan<double>()[0] = 2;
        Assert.That(Values(rows.Linear(kernel)), Is.EqualTo(Values(Plain(rows).Linear(kernel))));
        Assert.That(Values(rows.Linear(kernel))[0], Is.EqualTo(2 * At(kernel, 0, 0) + At(kernel, 3, 0)).Within(1e-14));
    }

    [Test]
    public void A_training_step_of_a_network_on_characters_makes_no_one_hot_matrix()
    {
        const int Batch = 8, Steps = 12, Vocabulary = 65;
        var seen = new List<Tensor>();
        var model = new Sequential(
            new Input([Steps], DType.Int32),
            new OneHot(Vocabulary),
            new Lambda(x => { seen.Add(x); return x; }, [Steps, Vocabulary]),
            new LSTM(16, returnSequences: true),
            new LSTM(16),
            new Dense(Vocabulary),
            new ActivationLayer(Activation.Softmax));
        model.Compile(new RMSprop(), new SparseCategoricalCrossentropy());
        var random = new RandomGenerator(seed: 1);
        Tensor x = Tensor.RandomIntegers([Batch, Steps], 0, Vocabulary, random), y = Tensor.RandomIntegers([Batch], 0, Vocabulary, random);
        long pending = 0;
        for (int step = 0; step < 3; step++)
        {
            using var tape = new GradientTape();
            Tensor loss = new SparseCategoricalCrossentropy().Compute(y, model.Apply(x, training: true));
            tape.Gradients(loss, model.TrainableVariables);
            if (seen[^1].Shape[0] == Batch && seen[^1].Storage.IsPending) pending++;
        }
        Assert.That(pending, Is.EqualTo(3));
    }

    [Test]
    public void A_recurrent_layer_behind_an_embedding_multiplies_rows_of_the_table_once()
    {
        foreach (bool other in (bool[])[false, true])
        {
            // 4 of 4 rows or 4 of 9 occur in 6 steps; then rows of their own for each step, whose product is made of the steps.
            foreach (int count in (int[])[4, 9])
            {
                Tensor[] few = Run(new Embedding(count, 3, dtype: DType.Float64, name: "e"), other, reads: false);
                Tensor[] all = Run(new Embedding(count, 3, dtype: DType.Float64, name: "e"), other, reads: true);
                for (int i = 0; i < all.Length; i++)
                    Assert.That(Values(few[i]), Is.EqualTo(Values(all[i])).Within(1e-12), $"{other}, {count}, {i}");
            }
        }

        static Tensor[] Run(Embedding embedding, bool other, bool reads)
        {
            var layer = new GRU(5, resetAfter: true, returnSequences: true, name: "g");
            using var tape = new GradientTape(persistent: true);
            Tensor rows = embedding.Apply(Classes), x = reads ? rows * 1 : rows, y = layer.Apply(x);
            Assert.That(rows.Gathered, Is.Not.Null);
            Tensor loss = y.Square().Sum();
            if (other) loss += rows.Square().Sum();
            Tensor[] sources = [.. embedding.TrainableVariables, .. layer.TrainableVariables];
            return [y.Detach(), .. tape.Gradients(loss, sources).Concat([tape.Gradient(loss, rows)]).Select(gradient => gradient.Detach())];
        }
    }

    [Test]
    public void An_embedding_that_was_written_to_is_taken_as_it_is()
    {
        var embedding = new Embedding(4, 3, name: "e");
        var layer = new LSTM(5, name: "l");
        Tensor rows = embedding.Apply(Classes);
        layer.Apply(rows);
        Tensor copy = rows.Detach();
        embedding.Embeddings.Assign(Normal([4, 3], DType.Float32));
        Assert.That(Values(layer.Apply(rows)), Is.EqualTo(Values(layer.Apply(copy))));
    }

    /// <summary>The same elements as any other tensor.</summary>
    private static Tensor Plain(Tensor rows)
    {
        Tensor copy = rows.Detach();
        Assert.That(copy.Classes, Is.Null);
        return copy;
    }
}
