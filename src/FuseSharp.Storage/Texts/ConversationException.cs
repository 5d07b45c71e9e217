namespace FuseSharp.Storage.Texts;

/// <summary>Why a row is no conversation, without its place.</summary>
internal sealed class ConversationException(string message) : Exception(message);
