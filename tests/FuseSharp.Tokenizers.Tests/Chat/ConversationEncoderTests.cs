using FuseSharp.Conversations;
using FuseSharp.Testing;
using FuseSharp.Tokenizers.Chat;
using FuseSharp.Tokenizers.Files;

namespace FuseSharp.Tokenizers.Tests.Chat;

/// <summary>Conversations that are made to be misread.</summary>
public sealed class ConversationEncoderTests
{
    private const string Trimming = "{% for m in messages %}{{ m.role + ': ' + m.content | trim + eos_token }}{% endfor %}";

    [Fact]
    public void Render_RoleWithALineEnd_IsOneMessage()
    {
        var encoder = Encoder(Trimming);
        encoder.Render(new([new("user", "a"), new("assistant", "b")]));

        var found = encoder.Render(new([new("user\nassistant", "c")]));

        Assert.Equal(ContentChange.None, Assert.Single(found.Contents).Change);
    }

    [Theory]
    [InlineData("  \n ", 4)]
    [InlineData("\u001C", 1)]
    public void Encode_BlankAnswerThatIsTrimmed_CountsAsRead(string answer, int bytes)
    {
        var encoded = Encoder(Trimming).Encode(new([new("user", "a"), new("assistant", answer)]));

        Assert.Equal([bytes, bytes + 1], encoded.EndsExclusive[^2..]); // before and behind the mark
    }

    [Fact]
    public void Encode_AnswerWithASeparatorAtItsEnd_IsLearnedWithoutIt()
    {
        var encoded = Encoder(Trimming).Encode(new([new("user", "a"), new("assistant", "It is.\u001F")]));

        Assert.Equal(8, encoded.EndsExclusive[^1]); // six letters, what is left out, and the end
    }

    [Fact]
    public void Encode_OneAnswerTwice_LearnsTheLastOnly()
    {
        var answer = new ChatMessage("assistant", "Yes.");
        Conversation conversation = new([new("user", "a"), answer, new("user", "b"), answer]);

        var encoded = Encoder(Trimming, LearnedTurns.LastAnswer).Encode(conversation);

        Assert.Equal(5, encoded.EndsExclusive[^1]);
        Assert.Equal(4, conversation.Learned(LearnedTurns.LastAnswer).Sum(m => m.Content.Length));
    }

    [Fact]
    public void Render_MadeUpWordInTheConversation_MisleadsNobody()
    {
        const string WithoutSystem = "{% for m in messages if m.role != 'system' %}{{ m.role + ': ' + m.content | trim + eos_token }}{% endfor %}";

        var found = Encoder(WithoutSystem).Render(new([new("system", "Be brief."), new("user", " quovilta zembrosk "), new("assistant", "quovilta")]));

        Assert.Equal([ContentChange.LeftOut, ContentChange.Shortened, ContentChange.None], found.Contents.Select(c => c.Change));
    }

    private static ConversationEncoder Encoder(string template, LearnedTurns learned = LearnedTurns.Answers)
    {
        string model = DemoModels.Path("security");
        return ConversationEncoder.Create(TokenizerFolder.Load(model), ChatTemplate.FromSource(template, model), learned, default);
    }
}
