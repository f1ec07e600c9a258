namespace Engine.Optimizers;

/// <summary>Changes variables along their gradients, so that a loss falls.</summary>
/// <remarks>
/// What an optimizer remembers about a variable, its slots, are variables too: named <c>m/dense/kernel</c> and saved with checkpoints. One
/// of one's own names its slots and overrides <see cref="Update"/>. Weight decay is decoupled (Loshchilov and Hutter 2019): θ ← θ·(1 −
/// η·decay) before the step.
/// </remarks>
public abstract class Optimizer
{
    private readonly Dictionary<Variable, Variable[]> slotsOf = new(ReferenceEqualityComparer.Instance);
    private readonly List<Variable> slots = [];
    private double learningRate;
    private long step;

    /// <summary>Starts an optimizer.</summary>
    /// <param name="learningRate">η, 0 or more.</param>
    /// <param name="weightDecay">The part of a variable that a step of rate 1 takes away; 0 or more, 0 by default.</param>
    /// <exception cref="ValueException">A parameter is negative or not finite.</exception>
    protected Optimizer(double learningRate, double weightDecay = 0)
    {
        LearningRate = learningRate;
        RequireNotNegative("weightDecay", weightDecay);
        WeightDecay = weightDecay;
    }

    /// <summary>η: how far a step goes. It can be changed between steps.</summary>
    /// <exception cref="ValueException">Negative or not finite.</exception>
    public double LearningRate
    {
        get => learningRate;
        set
        {
            RequireNotNegative("learningRate", value);
            learningRate = value;
        }
    }

    /// <summary>The part of a variable that a step of rate 1 takes away.</summary>
    public double WeightDecay { get; }

    /// <summary>The steps taken so far; saved and set with checkpoints.</summary>
    /// <exception cref="ValueException">Negative.</exception>
    public long Step
    {
        get => step;
        set => step = value >= 0 ? value : throw Fail.Value(GetType().Name, $"Step is {value}", "give 0 or more");
    }

    /// <summary>All slots, in the order in which their variables came; see <see cref="Build"/>.</summary>
    public IReadOnlyList<Variable> Slots => slots;

    /// <summary>What the optimizer remembers about each variable, as <c>m</c> and <c>v</c>; none by default.</summary>
    protected virtual IReadOnlyList<string> SlotNames => [];

    /// <summary>
    /// Makes the slots of variables that have none yet, all 0. <see cref="Apply"/> does so by itself; reading a checkpoint needs it first.
    /// </summary>
    /// <param name="variables">The variables that will be changed.</param>
    public void Build(IReadOnlyList<Variable> variables)
    {
        ArgumentNullException.ThrowIfNull(variables);
        foreach (Variable variable in variables) SlotsOf(variable);
    }

    /// <summary>Takes one step: every trainable variable that has a gradient is changed.</summary>
    /// <param name="gradients">What <c>tape.Gradients(loss, variables)</c> gave; use it inside the tape's block.</param>
    /// <exception cref="DTypeException">A gradient has not its variable's type.</exception>
    /// <exception cref="TapeException">The block that owned the gradients has ended.</exception>
    public void Apply(VariableGradients gradients)
    {
        ArgumentNullException.ThrowIfNull(gradients);
        using IDisposable pause = GradientTape.StopRecording();
        step++;
        for (int i = 0; i < gradients.Count; i++)
        {
            (Variable variable, Tensor? gradient) = gradients[i];
            if (gradient is null || !variable.Trainable) continue;
            if (gradient.DType != variable.DType)
                throw Fail.Mismatch($"{GetType().Name} on \"{variable.Name}\"", variable.DType, gradient.DType);
            Update(variable, gradient, SlotsOf(variable));
        }
    }

    /// <summary>Changes one variable; <see cref="Step"/> counts this step already.</summary>
    /// <param name="variable">The variable.</param>
    /// <param name="gradient">Its gradient, of its shape and type.</param>
    /// <param name="slots">Its slots, in the order of <see cref="SlotNames"/>.</param>
    protected abstract void Update(Variable variable, Tensor gradient, IReadOnlyList<Variable> slots);

    /// <summary>Refuses a parameter that is negative or not finite.</summary>
    private protected void RequireNotNegative(string parameter, double value)
    {
        if (!(double.IsFinite(value) && value >= 0))
            throw Fail.Value(GetType().Name, $"{parameter} is {value}", "give a finite number, 0 or more");
    }

    /// <summary>Refuses a parameter that is not above 0.</summary>
    private protected void RequirePositive(string parameter, double value)
    {
        if (!(double.IsFinite(value) && value > 0))
            throw Fail.Value(GetType().Name, $"{parameter} is {value}", "give a finite number above 0");
    }

    /// <summary>Refuses the weight of a running average that is not in [0, 1).</summary>
    private protected void RequireFraction(string parameter, double value)
    {
        if (!(value is >= 0 and < 1)) throw Fail.Value(GetType().Name, $"{parameter} is {value}", "give 0 or more, less than 1");
    }

    private Variable[] SlotsOf(Variable variable)
    {
        if (slotsOf.TryGetValue(variable, out Variable[]? made)) return made;
        IReadOnlyList<string> names = SlotNames;
        made = new Variable[names.Count];
        for (int i = 0; i < made.Length; i++)
            made[i] = new Variable(Tensor.ZerosLike(variable), $"{names[i]}/{variable.Name}", trainable: false);
        slotsOf.Add(variable, made);
        slots.AddRange(made);
        return made;
    }
}
