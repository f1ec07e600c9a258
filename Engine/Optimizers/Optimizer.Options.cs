using System.Numerics;
using Engine.Kernels;

namespace Engine.Optimizers;

/// <content>What every optimizer can do besides its step: clip, gather, average, decay.</content>
public abstract partial class Optimizer
{
    private readonly HashSet<Variable> undecayed = new(ReferenceEqualityComparer.Instance);
    private string[] undecayedNames = [];

    /// <summary>Keeps every element of a gradient in [−c, c]; null, not at all, by default. F-O11.</summary>
    /// <exception cref="ValueException">Not a finite number above 0, or another clipping is set.</exception>
    public double? ClipValue
    {
        get;
        init => field = Clipping("ClipValue", value, "ClipNorm", ClipNorm, "GlobalClipNorm", GlobalClipNorm);
    }

    /// <summary>Shortens the gradient of each variable to this norm where it is longer; null, not at all, by default. F-O11.</summary>
    /// <exception cref="ValueException">Not a finite number above 0, or another clipping is set.</exception>
    public double? ClipNorm
    {
        get;
        init => field = Clipping("ClipNorm", value, "ClipValue", ClipValue, "GlobalClipNorm", GlobalClipNorm);
    }

    /// <summary>Shortens all gradients together, seen as one vector, to this norm where it is longer; null, not at all, by default.
    /// F-O11.</summary>
    /// <remarks>Pascanu, Mikolov and Bengio 2013. A norm that is not finite makes the variables NaN, as in Keras.</remarks>
    /// <exception cref="ValueException">Not a finite number above 0, or another clipping is set.</exception>
    public double? GlobalClipNorm
    {
        get;
        init => field = Clipping("GlobalClipNorm", value, "ClipValue", ClipValue, "ClipNorm", ClipNorm);
    }

    /// <summary>
    /// n: the gradients of n calls of <see cref="Apply"/> are gathered, and every n-th call takes a step with their mean; null, each call
    /// takes its own step, by default. F-O12.
    /// </summary>
    /// <remarks>
    /// The sums are slots, <c>gradient_accumulator/…</c>. The schedule of the learning rate counts calls, everything else steps, as in
    /// Keras.
    /// </remarks>
    /// <exception cref="ValueException">Below 2.</exception>
    public int? GradientAccumulationSteps
    {
        get;
        init => field = value is null or >= 2
            ? value
            : throw Fail.Value(GetType().Name, $"GradientAccumulationSteps is {value}", "give at least 2, or null for none");
    }

    /// <summary>Whether a moving average of the variables is kept: a ← μa + (1 − μ)θ after each call of <see cref="Apply"/>, beginning with
    /// the variables after the first step; false by default. F-O13.</summary>
    /// <remarks>
    /// Polyak and Juditsky 1992. The averages are slots, <c>average/…</c>. <see cref="FinalizeVariableValues"/> puts them in the variables'
    /// place; <c>Fit</c> does so at its end.
    /// </remarks>
    public bool UseEma { get; init; }

    /// <summary>μ, the weight of the past in the moving average, in [0, 1]; 0.99 by default.</summary>
    /// <exception cref="ValueException">Outside [0, 1].</exception>
    public double EmaMomentum
    {
        get;
        init => field = value is >= 0 and <= 1
            ? value
            : throw Fail.Value(GetType().Name, $"EmaMomentum is {value}", "give a number from 0 to 1");
    } = 0.99;

    /// <summary>n: after every n-th step the variables take their averages' values; null, never, by default.</summary>
    /// <exception cref="ValueException">Below 1.</exception>
    public int? EmaOverwriteFrequency
    {
        get;
        init => field = value is null or >= 1
            ? value
            : throw Fail.Value(GetType().Name, $"EmaOverwriteFrequency is {value}", "give at least 1, or null for never");
    }

    /// <summary>Names the variables that do not decay, in place of those named before.</summary>
    /// <param name="variables">The variables themselves; null for none.</param>
    /// <param name="names">Parts of names: <c>"bias"</c> excludes every variable with it in its name. Null for none.</param>
    /// <exception cref="ValueException">A part is empty and would exclude everything.</exception>
    public void ExcludeFromWeightDecay(IReadOnlyList<Variable>? variables = null, IReadOnlyList<string>? names = null)
    {
        foreach (string name in names ?? [])
        {
            if (string.IsNullOrEmpty(name))
            {
                throw Fail.Value(GetType().Name, "ExcludeFromWeightDecay with an empty part of a name, which is in every name",
                    "leave it out, or set no weight decay");
            }
        }
        undecayed.Clear();
        foreach (Variable variable in variables ?? []) undecayed.Add(variable);
        undecayedNames = [.. names ?? []];
    }

    /// <summary>Gives variables their moving averages' values where <see cref="UseEma"/> keeps them; does nothing otherwise.</summary>
    /// <remarks>The values that training had come to are kept, <c>trained/…</c>: a further <c>Fit</c> goes on from them, unless the
    /// variables were written to.</remarks>
    /// <param name="variables">The variables; those that no step has seen stay.</param>
    public void FinalizeVariableValues(IReadOnlyList<Variable> variables)
    {
        ArgumentNullException.ThrowIfNull(variables);
        TakeAverages(variables);
    }

    /// <summary>Gives variables their moving averages' values.</summary>
    /// <returns>Whether any variable changed: <see cref="ResumeVariableValues"/> takes that back.</returns>
    internal bool TakeAverages(IReadOnlyList<Variable> variables)
    {
        bool changed = false;
        if (step == 0) return changed;
        foreach (Variable variable in variables)
        {
            if (!states.TryGetValue(variable, out State? state) || state.Average is not { } average) continue;
            if (HoldsAverage(variable, state)) continue;
            (state.Trained ??= Slot(TrainedName, variable, 0)).Assign(variable);
            variable.Assign(average);
            state.AveragedVersion = variable.Storage.Version;
            changed = true;
        }

        return changed;
    }

    /// <summary>The weight decay that applies to a variable: 0 where <see cref="ExcludeFromWeightDecay"/> names it.</summary>
    /// <param name="variable">The variable.</param>
    /// <returns><see cref="WeightDecay"/> or 0.</returns>
    protected double WeightDecayOf(Variable variable)
    {
        ArgumentNullException.ThrowIfNull(variable);
        if (WeightDecay == 0 || undecayed.Contains(variable)) return 0;
        foreach (string name in undecayedNames)
        {
            if (variable.Name.Contains(name, StringComparison.Ordinal)) return 0;
        }
        return WeightDecay;
    }

    private double? Clipping(string option, double? value, string second, double? secondValue, string third, double? thirdValue)
    {
        if (value is not { } given) return null;
        RequirePositive(option, given);
        if ((secondValue is null ? thirdValue is null ? null : third : second) is { } other)
            throw Fail.Value(GetType().Name, $"both {other} and {option} are set", "set one of ClipValue, ClipNorm and GlobalClipNorm");
        return given;
    }

    /// <summary>Adds the gradients to the sums, and takes a step with their means when it is time.</summary>
    private void Gather(VariableGradients gradients)
    {
        for (int i = 0; i < gradients.Count; i++)
        {
            (Variable variable, Tensor? gradient) = gradients[i];
            if (gradient is null || !variable.Trainable) continue;
            Variable sum = Gathered(variable);
            sum.Storage.Version++;
            Dispatch.Float(sum.DType, new AccumulateWork(sum, gradient));
        }
        if (step % GradientAccumulationSteps!.Value != 0) return;
        Change(gradients, gathered: true);
        for (int i = 0; i < gradients.Count; i++)
        {
            if (gradients[i].Variable is { Trainable: true } variable && StateOf(variable).Gathered is { } sum)
            {
                sum.Storage.Version++;
                sum.Bytes().Clear();
            }
        }
    }

    /// <summary>Changes every variable by its gradient, or by the mean of the gathered ones.</summary>
    private void Change(VariableGradients gradients, bool gathered)
    {
        double mean = gathered ? 1.0 / GradientAccumulationSteps!.Value : 1, all = mean;
        if (GlobalClipNorm is { } limit)
        {
            double squares = 0;
            for (int i = 0; i < gradients.Count; i++)
            {
                if (GradientOf(gradients, i, gathered) is { } gradient) squares += SumOfSquares(gradient);
            }
            double norm = mean * Math.Sqrt(squares);
            all = double.IsFinite(norm) ? mean * (limit / Math.Max(norm, limit)) : double.NaN;
        }
        for (int i = 0; i < gradients.Count; i++)
        {
            if (GradientOf(gradients, i, gathered) is not { } gradient) continue;
            Variable variable = gradients[i].Variable;
            double scale = all;
            if (ClipNorm is { } longest) scale *= longest / Math.Max(mean * Math.Sqrt(SumOfSquares(gradient)), longest);
            GradientForm = new GradientForm(scale == 1 ? null : scale, ClipValue);
            Update(variable, FormsGradient ? gradient : Formed(gradient, GradientForm), StateOf(variable).Slots);
        }
    }

    /// <summary>What changes a variable, not yet formed; null where it stays.</summary>
    private Tensor? GradientOf(VariableGradients gradients, int index, bool gathered)
    {
        (Variable variable, Tensor? gradient) = gradients[index];
        if (!variable.Trainable) return null;
        if (!gathered) return gradient;
        // A variable that the last batch did not reach still takes the step that the batches before it ask for.
        Variable sum = Gathered(variable);
        return gradient is not null || SumOfSquares(sum) != 0 ? sum : null;
    }

    private Variable Gathered(Variable variable) => StateOf(variable).Gathered!;

    private void MoveAverages(VariableGradients gradients, long before)
    {
        bool overwrite = EmaOverwriteFrequency is { } frequency && (before + 1) % frequency == 0;
        for (int i = 0; i < gradients.Count; i++)
        {
            Variable variable = gradients[i].Variable;
            if (!variable.Trainable) continue;
            Variable average = StateOf(variable).Average!;
            average.Storage.Version++;
            Dispatch.Float(average.DType, new AverageWork(average, variable, before == 0 ? 0 : EmaMomentum));
            if (overwrite) variable.Assign(average);
        }
    }

    private static Tensor Formed(Tensor gradient, GradientForm form)
    {
        if (form.Scale is { } scale) gradient *= scale;
        return form.Limit is { } limit ? gradient.Clip(-limit, limit) : gradient;
    }

    private static double SumOfSquares(Tensor x)
    {
        double result = 0;
        unsafe
        {
            Dispatch.Float(x.DType, new SumWork(x, &result));
        }
        return result;
    }

    private readonly unsafe struct SumWork(Tensor x, double* result) : IFloatWork
    {
        public void Run<T>()
            where T : unmanaged, IBinaryFloatingPointIeee754<T>
        {
            fixed (T* values = x.Data<T>()) *result = OptimizerSteps.SumOfSquares(values, x.Length);
        }
    }

    private readonly unsafe struct AccumulateWork(Tensor sum, Tensor gradient) : IFloatWork
    {
        public void Run<T>()
            where T : unmanaged, IBinaryFloatingPointIeee754<T>
        {
            fixed (T* s = sum.Data<T>(), g = gradient.Data<T>()) OptimizerSteps.Accumulate(s, g, sum.Length);
        }
    }

    private readonly unsafe struct AverageWork(Tensor average, Tensor variable, double momentum) : IFloatWork
    {
        public void Run<T>()
            where T : unmanaged, IBinaryFloatingPointIeee754<T>
        {
            fixed (T* a = average.Data<T>(), theta = variable.Data<T>()) OptimizerSteps.MoveAverage(a, theta, average.Length, momentum);
        }
    }
}
