using Engine.Data;
using Engine.Layers;
using Engine.Models;

namespace Engine.Tests.Models;

public class PredictTests
{
    [Test]
    public void Predictions_do_not_depend_on_the_batch_size_and_outlive_every_scope()
    {
        Sequential model = TinyModels.Classifier(dropout: 0.5);
        Tensor x = TinyModels.Quadrants(50).Features;
        Tensor one, many;
        using (new TensorScope())
        {
            one = model.Predict(x, batchSize: 50);
            many = model.Predict(x, batchSize: 16);
        }
        Assert.That(one.Shape.ToString(), Is.EqualTo("[50, 2]"));
        Assert.That(many.ToArray<float>(), Is.EqualTo(one.ToArray<float>()).Within(1e-6f));
    }

    [Test]
    public void Nothing_is_recorded_while_a_model_predicts()
    {
        Sequential model = TinyModels.Classifier();
        using var tape = new GradientTape();
        Tensor predicted = model.Predict(TinyModels.Quadrants(4).Features);
        Assert.Throws<TapeException>(() => tape.Gradient(predicted.Sum(), model.Variables[0]));
    }

    [Test]
    public void No_samples_give_no_predictions() =>
        Assert.That(TinyModels.Classifier().Predict(Tensor.Zeros([0, 2])).Shape.ToString(), Is.EqualTo("[0, 2]"));

    [Test]
    public void Several_threads_predict_with_one_model_and_each_gets_its_own_result()
    {
        (byte[] images, _) = RenderedDigits.Generate(64, 4);
        Tensor features = Tensor.From<byte>(images, [64, 28, 28, 1]);
        float[] expected = TinyModels.Digits().Predict(features).ToArray<float>();
        // The model under test has no weights yet: the threads race to make them.
        Sequential model = TinyModels.Digits();
        var results = new float[4][];
        var threads = new Thread[results.Length];
        for (int t = 0; t < threads.Length; t++)
        {
            int own = t;
            threads[t] = new Thread(() =>
            {
                for (int repeat = 0; repeat < 3; repeat++) results[own] = model.Predict(features, batchSize: 32).ToArray<float>();
            });
        }
        foreach (Thread thread in threads) thread.Start();
        foreach (Thread thread in threads) thread.Join();
        foreach (float[] result in results) Assert.That(result, Is.EqualTo(expected));
    }
}
