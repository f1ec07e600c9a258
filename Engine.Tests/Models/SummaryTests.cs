using Engine.Layers;
using Engine.Losses;
using Engine.Models;
using Engine.Optimizers;

namespace Engine.Tests.Models;

public class SummaryTests
{
    [Test]
    public void The_digits_network_is_shown_as_a_table_of_eighty_columns()
    {
        string rule = new('─', 80);
        Assert.That(TinyModels.Digits().Summary(), Is.EqualTo($"""
            Sequential "sequential", input [28, 28, 1]
            layer (type)                      output shape         parameters  multiply-adds
            {rule}
            conv2d (Conv2D)                   [26, 26, 32]                320        194,688
            max_pooling2d (MaxPooling2D)      [13, 13, 32]                  0
            conv2d_1 (Conv2D)                 [11, 11, 64]             18,496      2,230,272
            max_pooling2d_1 (MaxPooling2D)    [5, 5, 64]                    0
            flatten (Flatten)                 [1600]                        0
            dense (Dense)                     [128]                   204,928        204,800
            dense_1 (Dense)                   [10]                      1,290          1,280
            {rule}
            total                                                     225,034      2,631,040
            225,034 trainable, 0 not trainable, 900 kB
            step of 32: 8275 kB (gradients 900 kB, optimizer 1800 kB, outputs 4675 kB)

            """));
    }

    [Test]
    public void The_memory_of_a_step_grows_with_the_batch_and_the_optimizer()
    {
        // Outputs: 16 + 16 + 2 numbers a sample; weights: 2·16 + 16 + 16·2 + 2 = 82; Adam keeps two numbers for each.
        Sequential model = TinyModels.Classifier();
        Assert.That(model.Summary(batchSize: 10), Does.Contain(
            $"step of 10: {4 * (82 * 4 + 340)} B (gradients 328 B, optimizer 656 B, outputs 1360 B)\n"));
        model.Compile(new SGD(), new SparseCategoricalCrossentropy());
        Assert.That(model.Summary(batchSize: 1), Does.Contain("step of 1: 792 B (gradients 328 B, optimizer 0 B, outputs 136 B)"));
        Assert.That(Assert.Throws<ValueException>(() => model.Summary(batchSize: 0))!.Message, Does.Contain("batchSize is 0"));
    }

    [Test]
    public void The_outputs_inside_a_model_that_is_a_layer_take_memory_at_each_use()
    {
        var inner = new Sequential(new Input(3), new Dense(5), new Dense(2));
        SymbolicTensor left = SymbolicTensor.Input(3), right = SymbolicTensor.Input(3);
        var model = new Model([left, right], [new Add().Apply(inner.Apply(left), inner.Apply(right))]);
        Assert.That(model.Summary(batchSize: 1), Does.Contain($"outputs {4 * (2 * (5 + 2) + 2)} B"));
    }

    [Test]
    public void A_shared_layer_counts_once_and_long_names_are_cut()
    {
        var dense = new Dense(3, useBias: false, name: "a_layer_with_a_name_that_is_much_too_long_for_its_column");
        SymbolicTensor input = SymbolicTensor.Input(3);
        string summary = new Model(input, dense.Apply(dense.Apply(input))).Summary();
        Assert.That(summary, Does.Contain("shared").And.Contain("…").And.Contain("9 trainable").And.Contain("36 bytes"));
        Assert.That(summary.Split('\n').Max(line => line.Length), Is.LessThanOrEqualTo(80));
    }

    [Test]
    public void A_frozen_layers_parameters_are_not_trainable()
    {
        Sequential model = TinyModels.Digits();
        model.GetLayer("dense").Trainable = false;
        Assert.That(model.Summary(), Does.Contain("20,106 trainable, 204,928 not trainable"));
    }

    [Test]
    public void Without_an_input_there_is_nothing_to_show_yet()
    {
        Assert.That(Assert.Throws<ModelException>(() => new Sequential(new Dense(2)).Summary())!.Message,
            Does.Contain("does not know its input"));
    }
}
