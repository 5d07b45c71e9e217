namespace FuseSharp.Conversations;

/// <summary>Which messages of a conversation are learned, and counted in results.</summary>
public enum LearnedTurns
{
    /// <summary>Every answer of the assistant.</summary>
    Answers,

    /// <summary>The last answer only.</summary>
    LastAnswer,

    /// <summary>All messages, the user's and the system's too.</summary>
    All,
}
