using System.Globalization;
using System.Text.Json;

namespace FuseSharp.Tokenizers.Files;

/// <summary>What stands beside the vocabulary: <c>tokenizer_config.json</c>, <c>special_tokens_map.json</c>, <c>added_tokens.json</c>.</summary>
internal sealed class TokenizerConfig
{
    /// <summary>The names of the roles that a token can have.</summary>
    public static readonly string[] RoleNames =
        ["bos_token", "eos_token", "unk_token", "sep_token", "pad_token", "cls_token", "mask_token"];

    private readonly Dictionary<string, string> _roles = new(StringComparer.Ordinal);
    private readonly Dictionary<string, AddedToken> _described = new(StringComparer.Ordinal);
    private readonly List<string> _specials = [];
    private readonly HashSet<string> _specialSet = new(StringComparer.Ordinal);
    private readonly List<AddedToken> _added = [];

    /// <summary>Whether there was any such file with content.</summary>
    public bool IsPresent { get; private init; }

    /// <summary>"tokenizer_class", or "".</summary>
    public string TokenizerClass { get; private init; } = "";

    /// <summary>"add_bos_token", or null where it is not said.</summary>
    public bool? AddsBeginning { get; private init; }

    /// <summary>"legacy": true unless it is said otherwise.</summary>
    public bool IsLegacy { get; private init; } = true;

    /// <summary>"split_special_tokens": whether special tokens written out in a text are taken for text.</summary>
    public bool SplitsSpecialTokens { get; private init; }

    /// <summary>"add_prefix_space", or null where it is not said.</summary>
    public bool? AddsPrefixSpace { get; private init; }

    /// <summary>Tokens with ids from "added_tokens_decoder" and <c>added_tokens.json</c>.</summary>
    public IReadOnlyList<AddedToken> AddedTokens => _added;

    /// <summary>The strings of all tokens with a role (begin, end, unknown …) and of "additional_special_tokens" or "extra_special_tokens".</summary>
    public IReadOnlyList<string> SpecialTokens => _specials;

    /// <summary>Whether a string is one of <see cref="SpecialTokens"/>.</summary>
    public bool IsSpecial(string content) => _specialSet.Contains(content);

    /// <summary>The string of a role such as <c>eos_token</c>, or null.</summary>
    public string? Role(string name) => _roles.GetValueOrDefault(name);

    /// <summary>A special token given as an object has its flags here; the id is open.</summary>
    public AddedToken? Described(string content) => _described.GetValueOrDefault(content);

    /// <summary>Reads those of the files that are there.</summary>
    public static TokenizerConfig Read(TokenizerFiles files)
    {
        var config = files.Find(TokenizerFileNames.Config);
        var map = files.Find(TokenizerFileNames.SpecialTokens);
        var result = new TokenizerConfig
        {
            IsPresent = config is not null || map is not null,
            TokenizerClass = config?.Find("tokenizer_class")?.Text() ?? "",
            AddsBeginning = OptionalFlag(config, "add_bos_token"),
            AddsPrefixSpace = OptionalFlag(config, "add_prefix_space"),
            IsLegacy = OptionalFlag(config, "legacy") ?? true,
            SplitsSpecialTokens = OptionalFlag(config, "split_special_tokens") ?? false,
        };
        // As transformers does: without added_tokens_decoder, special_tokens_map.json goes before tokenizer_config.json.
        foreach (var part in config?.Find("added_tokens_decoder") is null ? new[] { map, config } : [config, map])
        {
            if (part is { } file)
            {
                result.ReadRoles(file);
            }
        }

        result.ReadAdded(config?.Find("added_tokens_decoder"), files.Find(TokenizerFileNames.AddedTokens));
        return result;
    }

    /// <summary>Whether transformers' class decides by its options what stands before and after a text, not by the template in <c>tokenizer.json</c>.</summary>
    /// <param name="name">Of the class.</param>
    public static bool DecidesEnds(string name)
        => name.StartsWith("Llama", StringComparison.Ordinal) || name.StartsWith("CodeLlama", StringComparison.Ordinal) || name.StartsWith("GPTNeoX", StringComparison.Ordinal);

    private static bool? OptionalFlag(JsonPart? part, string name) => part?.Find(name) is null ? null : part.Value.Flag(name);

    private void ReadRoles(JsonPart file)
    {
        foreach (string role in RoleNames)
        {
            if (file.Find(role) is { } value)
            {
                string content = ReadSpecial(value);
                _roles.TryAdd(role, content);
            }
        }

        foreach (var item in TokenizerKeys.SpecialsOf(file))
        {
            ReadSpecial(item);
        }
    }

    private string ReadSpecial(JsonPart value)
    {
        string content = (value.Kind == JsonValueKind.Object ? value.Field("content") : value).Text();
        if (content.Length > 0 && _specialSet.Add(content))
        {
            _specials.Add(content);
        }

        if (value.Kind == JsonValueKind.Object)
        {
            _described.TryAdd(content, AddedTokenReader.Read(value, id: 0) with { IsSpecial = true, IsNormalized = value.Flag("normalized") });
        }

        return content;
    }

    private void ReadAdded(JsonPart? decoder, JsonPart? addedFile)
    {
        foreach (var (name, value) in decoder?.Fields() ?? [])
        {
            if (!int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out int id))
            {
                throw value.Error($"a token id instead of the name '{name}'");
            }

            _added.Add(AddedTokenReader.Read(value, id));
        }

        var named = _added.Select(t => t.Content).ToHashSet(StringComparer.Ordinal);
        foreach (var (content, value) in addedFile?.Fields() ?? [])
        {
            if (content.Length > 0 && named.Add(content))
            {
                bool isSpecial = IsSpecial(content);
                _added.Add(new AddedToken { Id = value.Number(), Content = content, IsSpecial = isSpecial, IsNormalized = !isSpecial });
            }
        }
    }
}
