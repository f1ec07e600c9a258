namespace Engine.Tests.Operations;

/// <summary>Checks that a call fails with a kind of exception whose message names what it should.</summary>
internal static class Errors
{
    public static void Assert<TException>(Func<object> call, params string[] parts)
        where TException : EngineException
    {
        EngineException error = NUnit.Framework.Assert.Throws<TException>(() => call())!;
        foreach (string part in parts) NUnit.Framework.Assert.That(error.Message, Does.Contain(part));
    }
}
