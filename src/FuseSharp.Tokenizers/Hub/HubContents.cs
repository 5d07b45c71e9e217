namespace FuseSharp.Tokenizers.Hub;

/// <summary>What of a model is wanted.</summary>
public enum HubContents
{
    /// <summary>All that it takes to run the model: configuration, tokenizer, chat template, card and weights.</summary>
    Model,

    /// <summary>Configuration and tokenizer, a few megabytes.</summary>
    Tokenizer,
}
