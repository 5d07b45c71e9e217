using System.Xml.Linq;
using FuseSharp.Conversations;

namespace FuseSharp.Storage.Texts;

/// <summary>Turns the XML documentation of one type into conversations: what a member does, what it returns, what a parameter means, when it throws.</summary>
internal static class SdkQuestions
{
    private const string System = "You know the .NET class library. Answer from its documentation.";

    // A conversation of a page is no conversation; a bare word is no answer.
    private const int LongestAnswer = 600;
    private const int ShortestAnswer = 15;
    private const int MostTurns = 3;

    /// <summary>The conversations of a type: its questions in their order, one to three in each.</summary>
    /// <param name="type">Full name.</param>
    /// <param name="members">Its members, itself among them.</param>
    public static IEnumerable<Conversation> Ask(string type, IEnumerable<(string Name, XElement Member)> members)
    {
        var turns = members.SelectMany(m => OfMember(type, m.Name, m.Member)).DistinctBy(t => t.Answer).Where(t => t.Answer.Length is >= ShortestAnswer and <= LongestAnswer).ToList();
        for (int start = 0, number = 0; start < turns.Count; number++)
        {
            int count = Math.Min(1 + (number % MostTurns), turns.Count - start);
            yield return new([
                .. number % MostTurns == 0 ? [new ChatMessage("system", System)] : Array.Empty<ChatMessage>(),
                .. turns.Skip(start).Take(count).SelectMany(t => new[] { new ChatMessage("user", t.Question), new ChatMessage("assistant", t.Answer) }),
            ]);
            start += count;
        }
    }

    private static IEnumerable<(string Question, string Answer)> OfMember(string type, string name, XElement member)
    {
        string owner = SdkDocumentationText.Short(type);
        string called = name[0] == 'T' ? owner : $"{owner}.{SdkDocumentationText.Signature(name)}";
        foreach (var part in member.Elements())
        {
            string subject = part.Attribute("name")?.Value ?? "";
            string? question = part.Name.LocalName switch
            {
                "summary" => name[0] switch
                {
                    'T' => $"What is {called}?",
                    'M' => $"What does {called} do?",
                    _ => $"What is {called} for?",
                },
                "returns" => $"What does {called} return?",
                "param" when subject.Length > 0 => $"What is `{subject}` in {called}?",
                "exception" => $"When does {called} throw {SdkDocumentationText.Short(SdkDocumentationText.Reference(part))}?",
                "remarks" => $"What else should I know about {called}?",
                _ => null,
            };
            if (question is not null)
            {
                yield return (question, SdkDocumentationText.Prose(part));
            }
        }
    }
}
