namespace FuseSharp.Storage.Texts.Conversations;

/// <summary>Why a row is no conversation, without its place.</summary>
internal sealed class ConversationException(string message) : Exception(message);
