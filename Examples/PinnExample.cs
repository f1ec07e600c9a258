using System.CommandLine;
using Engine;
using Engine.Layers;
using Engine.Models;
using Engine.Optimizers;

namespace Examples;

/// <summary>A network learns to solve y'' = −y with y(0) = 0 and y'(0) = 1 from the equation alone: the solution is sin x.</summary>
internal static class PinnExample
{
    public static Command Command()
    {
        Option<int> steps = new("--steps") { Description = "Steps of training.", DefaultValueFactory = _ => 10_000 };
        var command = new Command("pinn", "Solves a differential equation by its second derivative.") { steps };
        command.SetAction(parsed => Run(parsed.GetValue(steps)));
        return command;
    }

    private static void Run(int steps)
    {
        #region doc-pinn
        var network = new Sequential(new Input(1), new Dense(32, Activation.Tanh), new Dense(32, Activation.Tanh), new Dense(1));
        Tensor x = Tensor.Linspace(0, 2 * Math.PI, 64).Reshape(64, 1);
        Tensor Y(Tensor at) => at + at * at * network.Apply(at / Math.PI - 1);      // y(0) = 0 and y'(0) = 1 whatever the weights
        var optimizer = new Adam(new CosineDecay(5e-3, steps));
        for (int step = 0; step < steps; step++)
        {
            using var tape = new GradientTape();                                    // records the weights' part in all that follows
            using var outer = new GradientTape(watch: []);
            outer.Watch(x);
            Tensor y, slope;
            using (var inner = new GradientTape(watch: []))
            {
                inner.Watch(x);
                y = Y(x);
                slope = inner.Gradient(y.Sum(), x);
            }

            Tensor curvature = outer.Gradient(slope.Sum(), x);
            Tensor error = (curvature + y).Square().Mean();                         // y'' = −y
            optimizer.Apply(tape.Gradients(error, network.TrainableVariables));
            if (step % Math.Max(1, steps / 4) == 0) Console.WriteLine($"step {step}: mean square of y'' + y {error.ToScalar():E2}");
        }
        #endregion
        Console.WriteLine($"largest distance from sin x on [0, 2π]: {(Y(x) - x.Sin()).Abs().Max().ToScalar():E2}");
    }
}
