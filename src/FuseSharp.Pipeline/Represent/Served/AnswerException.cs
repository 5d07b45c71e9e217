namespace FuseSharp.Pipeline.Represent.Served;

/// <summary>An answer of a server is not what its protocol says; the message is a clause that says what was found and what was expected.</summary>
/// <param name="message">Such as <c>'choices' is missing</c>.</param>
internal sealed class AnswerException(string message) : Exception(message);
