using Engine.Kernels;

namespace Engine.Optimizers;

/// <summary>Changes variables along their gradients, so that a loss falls.</summary>
/// <remarks>
/// <para>What an optimizer remembers about a variable, its slots, are variables too: named <c>m/dense/kernel</c> and saved with
/// checkpoints. One of one's own names its slots and overrides <see cref="Update"/>.</para>
/// <para>Every optimizer can clip its gradients (F-O11: <see cref="ClipValue"/>, <see cref="ClipNorm"/>, <see cref="GlobalClipNorm"/>),
/// gather them over several batches (F-O12: <see cref="GradientAccumulationSteps"/>), keep a moving average of the variables (F-O13:
/// <see cref="UseEma"/>) and let variables decay (F-O9: θ ← θ·(1 − η·decay) before the step, decoupled from the gradient: Loshchilov and
/// Hutter 2019). What Keras takes as arguments of each constructor are properties here: <c>new Adam(1e-3) { ClipNorm = 1 }</c>.</para>
/// </remarks>
public abstract partial class Optimizer
{
    private readonly Dictionary<Variable, State> states = new(ReferenceEqualityComparer.Instance);
    private readonly List<Variable> slots = [];
    private LearningRateSchedule schedule;
    private double rate;
    private long step;
    private bool stepping;

    /// <summary>Starts an optimizer.</summary>
    /// <param name="learningRate">η, 0 or more: a number, or a schedule that gives one for each step.</param>
    /// <param name="weightDecay">The part of a variable that a step of rate 1 takes away; 0 or more, 0 by default.</param>
    /// <exception cref="ValueException">A parameter is negative or not finite.</exception>
    protected Optimizer(LearningRateSchedule learningRate, double weightDecay = 0)
    {
        ArgumentNullException.ThrowIfNull(learningRate);
        if (learningRate is ConstantLearningRate constant) RequireNotNegative("learningRate", constant.LearningRate);
        schedule = learningRate;
        RequireNotNegative("weightDecay", weightDecay);
        WeightDecay = weightDecay;
    }

    /// <summary>η: how far the next step goes; in <see cref="Update"/>, how far this one goes. It can be changed between steps unless it
    /// comes from a schedule.</summary>
    /// <exception cref="ValueException">Negative or not finite, or set although a schedule gives it.</exception>
    public double LearningRate
    {
        get => stepping ? rate : RateAt(step);
        set
        {
            RequireNotNegative("learningRate", value);
            if (schedule is not ConstantLearningRate)
            {
                throw Fail.Value(
                    GetType().Name,
                    $"LearningRate is set to {value}, but {schedule.GetType().Name} gives it",
                    "make the optimizer with a number to change it later");
            }
            schedule = value;
        }
    }

    /// <summary>What gives η for each step; a <see cref="ConstantLearningRate"/> where a number was given.</summary>
    public LearningRateSchedule Schedule => schedule;

    /// <summary>The part of a variable that a step of rate 1 takes away; see <see cref="ExcludeFromWeightDecay"/>.</summary>
    public double WeightDecay { get; }

    /// <summary>How often <see cref="Apply"/> was called; saved and set with checkpoints.</summary>
    /// <exception cref="ValueException">Negative.</exception>
    public long Step
    {
        get => step;
        set => step = value >= 0 ? value : throw Fail.Value(GetType().Name, $"Step is {value}", "give 0 or more");
    }

    /// <summary>How often the variables were changed: <see cref="Step"/>, divided by <see cref="GradientAccumulationSteps"/> where that is
    /// set.</summary>
    public long Iterations => step / (GradientAccumulationSteps ?? 1);

    /// <summary>All slots, in the order in which their variables came, with the sums of gathered gradients and the moving averages; see
    /// <see cref="Build"/>.</summary>
    public IReadOnlyList<Variable> Slots => slots;

    /// <summary>What the optimizer remembers about each variable, as <c>m</c> and <c>v</c>; none by default.</summary>
    protected virtual IReadOnlyList<string> SlotNames => [];

    /// <summary>What a slot begins with: 0 by default.</summary>
    /// <param name="slot">Its place in <see cref="SlotNames"/>.</param>
    /// <returns>The value of all its elements.</returns>
    protected virtual double InitialSlotValue(int slot) => 0;

    /// <summary>Makes the slots of variables that have none yet. <see cref="Apply"/> does so by itself; reading a checkpoint needs it
    /// first.</summary>
    /// <param name="variables">The variables that will be changed.</param>
    public void Build(IReadOnlyList<Variable> variables)
    {
        ArgumentNullException.ThrowIfNull(variables);
        foreach (Variable variable in variables) StateOf(variable);
    }

    /// <summary>Takes one step: every trainable variable that has a gradient is changed.</summary>
    /// <param name="gradients">What <c>tape.Gradients(loss, variables)</c> gave; use it inside the tape's block.</param>
    /// <exception cref="DTypeException">A gradient has not its variable's type; nothing was changed.</exception>
    /// <exception cref="TapeException">The block that owned the gradients has ended; nothing was changed.</exception>
    /// <exception cref="ValueException">The schedule gave a learning rate that is negative or not finite; nothing was changed.</exception>
    public void Apply(VariableGradients gradients)
    {
        ArgumentNullException.ThrowIfNull(gradients);
        for (int i = 0; i < gradients.Count; i++)
        {
            (Variable variable, Tensor? gradient) = gradients[i];
            if (gradient is null || !variable.Trainable) continue;
            if (gradient.DType != variable.DType)
                throw Fail.Mismatch($"{GetType().Name} on \"{variable.Name}\"", variable.DType, gradient.DType);
            // Reading a gradient whose block has ended throws: here, before anything changes.
            _ = gradient.Bytes();
        }
        using IDisposable pause = GradientTape.StopRecording();
        rate = RateAt(step);
        long before = Iterations;
        step++;
        stepping = true;
        try
        {
            if (GradientAccumulationSteps is null) Change(gradients, gathered: false);
            else Gather(gradients);
        }
        finally
        {
            stepping = false;
        }
        if (UseEma) MoveAverages(gradients, before);
        // Last, as in Keras: what an average has overwritten is held to the constraint too.
        for (int i = 0; i < gradients.Count; i++)
        {
            if (gradients[i].Variable is { Trainable: true } variable) variable.Constrain();
        }
    }

    /// <summary>Changes one variable; <see cref="Step"/> and <see cref="Iterations"/> count this step already.</summary>
    /// <param name="variable">The variable.</param>
    /// <param name="gradient">Its gradient, of its shape and type, gathered and clipped.</param>
    /// <param name="slots">Its slots, in the order of <see cref="SlotNames"/>.</param>
    protected abstract void Update(Variable variable, Tensor gradient, IReadOnlyList<Variable> slots);

    /// <summary>Whether <see cref="Update"/> scales and clips the gradient by <see cref="GradientForm"/> itself, in its own pass.</summary>
    private protected virtual bool FormsGradient => false;

    /// <summary>How <see cref="Update"/> has to scale and clip the gradient where <see cref="FormsGradient"/> is set.</summary>
    private protected GradientForm GradientForm { get; private set; }

    /// <summary>The rate of this step and the decay of a variable.</summary>
    private protected StepRate RateOf(Variable variable) => new(rate, WeightDecayOf(variable));

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

    private double RateAt(long at)
    {
        double value = schedule.At(at);
        return double.IsFinite(value) && value >= 0
            ? value
            : throw Fail.Value(
                GetType().Name,
                $"{schedule.GetType().Name} gives the learning rate {value} for step {at}",
                "give a schedule of finite numbers, 0 or more");
    }

    private State StateOf(Variable variable)
    {
        if (states.TryGetValue(variable, out State? made)) return made;
        IReadOnlyList<string> names = SlotNames;
        var own = new Variable[names.Count];
        for (int i = 0; i < own.Length; i++) own[i] = Slot(names[i], variable, InitialSlotValue(i));
        made = new State(
            own,
            GradientAccumulationSteps is null ? null : Slot(GatheredName, variable, 0),
            UseEma ? Slot(AverageName, variable, 0) : null);
        states.Add(variable, made);
        return made;
    }

    private Variable Slot(string name, Variable variable, double value)
    {
        var slot = new Variable(Tensor.Full(variable.Shape, value, variable.DType), $"{name}/{variable.Name}", trainable: false);
        slots.Add(slot);
        return slot;
    }

    /// <summary>What is remembered about a variable: the slots of <see cref="SlotNames"/>, the sum of gathered gradients, the moving
    /// average.</summary>
    private sealed record State(Variable[] Slots, Variable? Gathered, Variable? Average)
    {
        /// <summary>What the variable was before its average took its place.</summary>
        public Variable? Trained { get; set; }

        /// <summary>The version of the variable's memory that holds the average; null when none does.</summary>
        public int? AveragedVersion { get; set; }

        public bool Holds(Variable slot) => ReferenceEquals(slot, Gathered) || ReferenceEquals(slot, Average)
            || ReferenceEquals(slot, Trained) || Array.Exists(Slots, own => ReferenceEquals(own, slot));
    }
}
