using System.Net;
using System.Text;
using FuseSharp.Errors;

namespace FuseSharp.Evaluation.Endpoints;

/// <summary>What an endpoint says to a question, whatever the status.</summary>
/// <param name="Status">Of HTTP.</param>
/// <param name="Body">As it came.</param>
public sealed record EndpointAnswer(HttpStatusCode Status, ReadOnlyMemory<byte> Body)
{
    private const int MostShown = 300;

    /// <summary>Whether it is an answer and no refusal.</summary>
    public bool IsSuccess => (int)Status is >= 200 and < 300;

    /// <summary>The body's beginning on one line, for messages.</summary>
    public string Shown
    {
        get
        {
            // A character has at most four bytes; a cut one becomes a mark.
            string text = LibraryErrors.OneLine(Encoding.UTF8.GetString(Body.Span[..Math.Min(Body.Length, 4 * MostShown)]));
            return text.Length > MostShown ? text[..MostShown] + "…" : text;
        }
    }

    /// <summary>Where it sends the client instead; null for nowhere.</summary>
    public Uri? Elsewhere { get; init; }

    /// <summary>How it calls its status.</summary>
    internal string? Reason { get; init; }

    /// <summary>How long it asks to be left alone; null where it does not say.</summary>
    internal TimeSpan? Wait { get; init; }
}
