namespace FuseSharp.Storage.Texts;

/// <summary>What the rows of a file hold.</summary>
public enum TextFormat
{
    /// <summary>Told by the columns: the text's column makes plain texts, otherwise those of a conversation do.</summary>
    Auto,

    /// <summary>A plain text in one column.</summary>
    Text,

    /// <summary><c>messages</c>: a list of <c>role</c> and <c>content</c>, or that list as a string of JSON (OpenAI, TRL).</summary>
    Messages,

    /// <summary><c>conversations</c>: a list of <c>from</c> and <c>value</c>, with human, gpt and system.</summary>
    Sharegpt,

    /// <summary><c>instruction</c>, <c>input</c> and <c>output</c>.</summary>
    Alpaca,

    /// <summary><c>prompt</c> with <c>completion</c> or <c>response</c>, each a string or a list of messages.</summary>
    PromptCompletion,

    /// <summary><c>chosen</c> of pairs of answers, with <c>prompt</c> or with the question in it.</summary>
    Preference,
}
