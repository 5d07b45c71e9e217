using System.Text.Json;

namespace FuseSharp.Pipeline.Represent.Served;

/// <summary>One way to ask a server for the log-probabilities of a prompt.</summary>
internal interface IPromptProtocol
{
    /// <summary>Which.</summary>
    EndpointProtocol Protocol { get; }

    /// <summary>Where questions go, relative to the endpoint.</summary>
    string Path { get; }

    /// <summary>Whether candidates are told by their ids, and none is lost because two have one text.</summary>
    bool NamesIds { get; }

    /// <summary>A question's body.</summary>
    /// <param name="model">The server's name of the model.</param>
    /// <param name="question">The question.</param>
    object BodyOf(string model, PromptQuestion question);

    /// <summary>Reads an answer, trusting nothing in it.</summary>
    /// <param name="answer">The body.</param>
    /// <param name="question">What was asked.</param>
    /// <exception cref="AnswerException">It is another answer than the protocol has.</exception>
    PromptAnswer Read(JsonElement answer, PromptQuestion question);
}
