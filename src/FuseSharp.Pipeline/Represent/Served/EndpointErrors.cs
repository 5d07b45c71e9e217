using FuseSharp.Errors;
using FuseSharp.Evaluation.Endpoints;

namespace FuseSharp.Pipeline.Represent.Served;

/// <summary>What is said of servers that cannot be used, one method a message.</summary>
internal static class EndpointErrors
{
    /// <summary>An answer is no JSON, or not the protocol's.</summary>
    public static UsageException Unreadable(EndpointConnection endpoint, EndpointProtocol protocol, string found)
        => new($"{endpoint.Name} does not answer as the protocol {Name(protocol)} says: {found}. Check the endpoint, or name another 'protocol'.");

    /// <summary>It sends elsewhere.</summary>
    public static UsageException Elsewhere(EndpointConnection endpoint, Uri place)
        => new($"{endpoint.Name} sends to another address, {LibraryErrors.OneLine(place.ToString())}, which is not followed: the key is for the endpoint that was named. Name that address where it is the right one.");

    /// <summary>The key is missing or wrong.</summary>
    public static UsageException Key(EndpointConnection endpoint, EndpointAnswer answer)
        => new($"{endpoint.Name} answers {(int)answer.Status}: {answer.Shown} Put its key into the environment's {EndpointModel.KeyVariable}.");

    /// <summary>It refuses a text.</summary>
    public static UsageException Refused(EndpointConnection endpoint, string model, int tokens, EndpointAnswer answer)
        => new(FormattableString.Invariant($"{endpoint.Name} refuses a text of {tokens:N0} tokens for the model '{model}' with {(int)answer.Status}: {answer.Shown} Where it is too long, lower 'split.max_length': the server needs a token more."));

    /// <summary>No protocol fits.</summary>
    public static UsageException NoProtocol(EndpointConnection endpoint, string model, IEnumerable<string> reasons)
        => new($"{endpoint.Name} gives no log-probabilities of a prompt's tokens for the model '{model}' ({string.Join("; ", reasons)}). Correct 'endpoint' and 'model', or serve the model by vLLM, SGLang or 'fusesharp serve'.");

    /// <summary>The server's tokens are others.</summary>
    public static UsageException OtherTokenizer(EndpointConnection endpoint, EndpointModel model, int place, int id, string theirs, string own)
        => new(FormattableString.Invariant($"{endpoint.Name} reads token {id} (the {place + 1}. of a probe) as '{LibraryErrors.OneLine(theirs)}', the tokenizer in '{model.Tokenizer}' as '{LibraryErrors.OneLine(own)}'. Name the tokenizer of '{model.Model}'."));

    /// <summary>Its name in recipes.</summary>
    public static string Name(EndpointProtocol protocol) => protocol.ToString().ToLowerInvariant();
}
