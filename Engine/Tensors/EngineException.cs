namespace Engine;

/// <summary>The base of every error that this library raises about its input.</summary>
/// <remarks>A message has four parts: where (the layer's path and the operation), what came, what was wanted, and what to do.</remarks>
public class EngineException : Exception
{
    /// <summary>Creates the error.</summary>
    public EngineException() { }

    /// <summary>Creates the error with its message.</summary>
    /// <param name="message">Where, what came, what was wanted, what to do.</param>
    public EngineException(string message) : base(message) { }

    /// <summary>Creates the error with its message and its cause.</summary>
    /// <param name="message">Where, what came, what was wanted, what to do.</param>
    /// <param name="innerException">The cause.</param>
    public EngineException(string message, Exception innerException) : base(message, innerException) { }
}

/// <summary>Shapes that do not fit: an operation or a layer was given a tensor of a shape that it cannot take.</summary>
public sealed class ShapeException : EngineException
{
    /// <summary>Creates the error.</summary>
    public ShapeException() { }

    /// <summary>Creates the error with its message.</summary>
    /// <param name="message">Where, what came, what was wanted, what to do.</param>
    public ShapeException(string message) : base(message) { }

    /// <summary>Creates the error with its message and its cause.</summary>
    /// <param name="message">Where, what came, what was wanted, what to do.</param>
    /// <param name="innerException">The cause.</param>
    public ShapeException(string message, Exception innerException) : base(message, innerException) { }
}

/// <summary>Element types that do not fit: two operands of different types, or an operation that does not take the type.</summary>
public sealed class DTypeException : EngineException
{
    /// <summary>Creates the error.</summary>
    public DTypeException() { }

    /// <summary>Creates the error with its message.</summary>
    /// <param name="message">Where, what came, what was wanted, what to do.</param>
    public DTypeException(string message) : base(message) { }

    /// <summary>Creates the error with its message and its cause.</summary>
    /// <param name="message">Where, what came, what was wanted, what to do.</param>
    /// <param name="innerException">The cause.</param>
    public DTypeException(string message, Exception innerException) : base(message, innerException) { }
}

/// <summary>A value outside its range: a rate, a size, a label, an index, an axis.</summary>
public sealed class ValueException : EngineException
{
    /// <summary>Creates the error.</summary>
    public ValueException() { }

    /// <summary>Creates the error with its message.</summary>
    /// <param name="message">Where, what came, what was wanted, what to do.</param>
    public ValueException(string message) : base(message) { }

    /// <summary>Creates the error with its message and its cause.</summary>
    /// <param name="message">Where, what came, what was wanted, what to do.</param>
    /// <param name="innerException">The cause.</param>
    public ValueException(string message, Exception innerException) : base(message, innerException) { }
}

/// <summary>A file that is not what it should be: truncated, oversized, of another format, or hostile.</summary>
public sealed class FileFormatException : EngineException
{
    /// <summary>Creates the error.</summary>
    public FileFormatException() { }

    /// <summary>Creates the error with its message.</summary>
    /// <param name="message">Where, what came, what was wanted, what to do.</param>
    public FileFormatException(string message) : base(message) { }

    /// <summary>Creates the error with its message and its cause.</summary>
    /// <param name="message">Where, what came, what was wanted, what to do.</param>
    /// <param name="innerException">The cause.</param>
    public FileFormatException(string message, Exception innerException) : base(message, innerException) { }
}

/// <summary>A <c>GradientTape</c> or a tensor's memory used in a way that cannot work: after its end, twice, or for something not recorded.</summary>
public sealed class TapeException : EngineException
{
    /// <summary>Creates the error.</summary>
    public TapeException() { }

    /// <summary>Creates the error with its message.</summary>
    /// <param name="message">Where, what came, what was wanted, what to do.</param>
    public TapeException(string message) : base(message) { }

    /// <summary>Creates the error with its message and its cause.</summary>
    /// <param name="message">Where, what came, what was wanted, what to do.</param>
    /// <param name="innerException">The cause.</param>
    public TapeException(string message, Exception innerException) : base(message, innerException) { }
}

/// <summary>A model used out of order: trained before <c>Compile</c>, a loss that turned NaN, a layer asked for weights that it does not have yet.</summary>
public sealed class ModelException : EngineException
{
    /// <summary>Creates the error.</summary>
    public ModelException() { }

    /// <summary>Creates the error with its message.</summary>
    /// <param name="message">Where, what came, what was wanted, what to do.</param>
    public ModelException(string message) : base(message) { }

    /// <summary>Creates the error with its message and its cause.</summary>
    /// <param name="message">Where, what came, what was wanted, what to do.</param>
    /// <param name="innerException">The cause.</param>
    public ModelException(string message, Exception innerException) : base(message, innerException) { }
}
