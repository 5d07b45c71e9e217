using System.Net;
using FuseSharp.Errors;
using FuseSharp.Files;

namespace FuseSharp.Tokenizers.Hub;

/// <summary>What the Hub's refusals mean.</summary>
/// <param name="options">Whom it was asked of, and as whom.</param>
/// <param name="name">The model that is fetched.</param>
internal sealed class HubErrors(HubOptions options, HubName name)
{
    private const int LongestReason = 300;

    /// <summary>The error that an answer stands for.</summary>
    /// <param name="answer">One without success.</param>
    public UsageException Refused(HttpResponseMessage answer)
    {
        string? code = Header(answer, "X-Error-Code");
        string said = $"{(int)answer.StatusCode}{(Header(answer, "X-Error-Message") is { } message ? $": {message.TrimEnd('.')}" : "")}";
        string page = new Uri(options.Endpoint, "/" + name.Repository).ToString();
        return new UsageException((answer.StatusCode, code) switch
        {
            (_, "GatedRepo") => $"{options.Endpoint} does not give '{name}' to everyone ({said}). Accept its conditions at {page}, and set HF_TOKEN to a token of that account.",
            (_, "RevisionNotFound") => $"'{name.Repository}' has no revision '{name.Revision}' at {options.Endpoint} ({said}). Correct the part behind '@'.",
            (HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden or HttpStatusCode.NotFound, _) when options.Token is null
                => $"There is no '{name}' at {options.Endpoint}, or it is not for everyone ({said}). Correct the name, or set HF_TOKEN.",
            (HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden, _) => $"{options.Endpoint} does not give '{name}' to this token ({said}). Correct HF_TOKEN, or ask for access at {page}.",
            (HttpStatusCode.NotFound, _) => $"There is no '{name}' at {options.Endpoint}, or not for this token ({said}). Correct the name.",
            _ => $"{options.Endpoint} refuses '{name}' ({said}). Try again later; what has been fetched is kept.",
        });
    }

    /// <summary>The server does not speak as the Hub does.</summary>
    /// <param name="what">What was found and expected, without a full stop.</param>
    public UsageException NotTheHub(string what) => new($"{options.Endpoint} does not answer as the Hub does for '{name}': {what}. Check HF_ENDPOINT.");

    /// <summary>The server gave up, or was given up.</summary>
    /// <param name="why">The reason, without a full stop.</param>
    /// <param name="cause">What was thrown.</param>
    public UsageException OutOfReach(string why, Exception? cause = null)
        => new($"{options.Endpoint} cannot be reached for '{name}': {why.TrimEnd('.')}. Check the connection (HTTPS_PROXY, HF_ENDPOINT); the same command goes on where it stopped.", cause!);

    private static string? Header(HttpResponseMessage answer, string header)
        => answer.Headers.TryGetValues(header, out var values) && LibraryErrors.OneLine(string.Join(' ', values)) is { Length: > 0 } text ? text.Length > LongestReason ? text[..LongestReason] + "…" : text : null;
}
