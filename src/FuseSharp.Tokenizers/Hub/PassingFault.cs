namespace FuseSharp.Tokenizers.Hub;

/// <summary>What may be otherwise at the next attempt: a broken connection, a server under load.</summary>
/// <param name="why">Such as <c>breaks the connection</c>, without a full stop.</param>
/// <param name="isAfterContact">Whether the server has answered before, so that it is worth a wait.</param>
/// <param name="wish">How long the server asks to wait; null where it does not.</param>
/// <param name="cause">What was thrown; null for an answer.</param>
internal sealed class PassingFault(string why, bool isAfterContact, TimeSpan? wish = null, Exception? cause = null) : Exception(why, cause)
{
    public bool IsAfterContact => isAfterContact;

    public TimeSpan? Wish => wish;
}
