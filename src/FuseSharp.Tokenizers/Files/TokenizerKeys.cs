using System.Text.Json;
using FuseSharp.Errors;
using FuseSharp.Json;

namespace FuseSharp.Tokenizers.Files;

/// <summary>Keys of a tokenizer's JSON files: those that are honoured, those that are ignored on purpose, those that are refused; the rest is warned about.</summary>
internal static class TokenizerKeys
{
    private static readonly string[] _lists = ["additional_special_tokens", "extra_special_tokens", "model_specific_special_tokens"];

    private static readonly HashSet<string> _ofConfig = new(StringComparer.Ordinal)
    {
        // Honoured, or refused where their value would change tokens.
        "added_tokens_decoder", "tokenizer_class", "add_bos_token", "add_eos_token", "add_prefix_space", "legacy", "chat_template", "split_special_tokens", "do_lower_case", "strip_accents", "tokenize_chinese_chars",
        "fix_mistral_regex", "from_slow", "sp_model_kwargs",

        // Lengths, padding and cutting, which transformers does only when asked to and stages here do themselves; the form of transformers' answers.
        "model_max_length", "max_len", "max_length", "max_model_input_sizes", "padding", "padding_side", "pad_to_multiple_of", "pad_token_type_id", "truncation", "truncation_side",
        "truncation_strategy", "stride", "model_input_names", "return_token_type_ids", "return_attention_mask", "return_tensors", "trim_offsets", "vocab_size",

        // How ids become text: decoding is without clean-up, and fast tokenizers have always replaced what is no UTF-8.
        "clean_up_tokenization_spaces", "spaces_between_special_tokens", "errors", "clean_up_tokenization_spaces_for_bpe_even_though_it_will_corrupt_output",

        // Who wrote the file and from what; code that is not run here; ids that transformers takes from the vocabulary.
        "name_or_path", "_name_or_path", "tokenizer_file", "special_tokens_map_file", "vocab_file", "merges_file", "auto_map", "processor_class", "use_fast", "backend", "is_local", "is_fast",
        "local_files_only", "transformers_version", "tokenizers_version", "tokenizer_type", "model_type", "init_inputs", "_commit_hash", "revision", "device_map", "torch_dtype", "trust_remote_code",
        "unsloth_version", "bos_token_id", "eos_token_id", "unk_token_id", "pad_token_id", "sep_token_id", "cls_token_id", "mask_token_id",

        // Of chats that are written otherwise: default templates of old versions, forms of tool calls.
        "use_default_system_prompt", "response_schema", "tool_parser_type",

        // Code Llama's infilling; its tokens stand in the vocabulary.
        "prefix_token", "middle_token", "suffix_token", "eot_token", "fill_token", "suffix_first",
    };

    // transformers sets cutting and padding off before every text.
    private static readonly HashSet<string> _ofJson = new(StringComparer.Ordinal) { "version", "truncation", "padding", "added_tokens", "normalizer", "pre_tokenizer", "post_processor", "decoder", "model" };

    // What each would do where it is true.
    private static readonly (string Key, string Effect)[] _refused =
    [
        ("fix_mistral_regex", "words would be split by another expression than that in tokenizer.json"),
        ("from_slow", "transformers would make the tokenizer anew from another file"),
    ];

    private static readonly (string Key, string Name, string Effect)[] _ofBert =
    [
        ("do_lower_case", "lowercase", "texts would be made lower case"),
        ("strip_accents", "strip_accents", "texts would lose their accents"),
        ("tokenize_chinese_chars", "handle_chinese_chars", "Chinese characters would stand between spaces"),
    ];

    /// <summary>Refuses what would give other tokens, and warns of what is not known.</summary>
    /// <param name="files">Of a whole tokenizer.</param>
    /// <exception cref="ModelException">A key changes tokens in a way that is not supported.</exception>
    public static void Check(TokenizerFiles files)
    {
        if (files.Find(TokenizerFileNames.Config) is { } config)
        {
            CheckValues(config, files.Contents.ContainsKey(TokenizerFileNames.Json));
            CheckCase(config, files.Find(TokenizerFileNames.Json)?.Find("normalizer"));
            WarnOfUnknown(files, TokenizerFileNames.Config, config, k => _ofConfig.Contains(k) || NamesTokens(k));
        }

        if (files.Find(TokenizerFileNames.SpecialTokens) is { } map)
        {
            WarnOfUnknown(files, TokenizerFileNames.SpecialTokens, map, NamesTokens);
        }

        if (files.Find(TokenizerFileNames.Json) is { } json)
        {
            WarnOfUnknown(files, TokenizerFileNames.Json, json, _ofJson.Contains);
        }
    }

    /// <summary>The special tokens that a file names without a role: a list, or by names of their own.</summary>
    /// <param name="file">A <c>tokenizer_config.json</c> or <c>special_tokens_map.json</c>.</param>
    public static IEnumerable<JsonPart> SpecialsOf(JsonPart file)
        => _lists.Select(file.Find).OfType<JsonPart>().SelectMany(l => l.Kind == JsonValueKind.Object ? l.Fields().Select(f => f.Value) : l.Items());

    private static bool NamesTokens(string key) => Array.IndexOf(TokenizerConfig.RoleNames, key) >= 0 || Array.IndexOf(_lists, key) >= 0;

    private static void CheckValues(JsonPart config, bool hasJson)
    {
        foreach (var (key, effect) in _refused)
        {
            if (config.Flag(key))
            {
                throw Unsupported(config, key, effect);
            }
        }

        // The other classes have what their template says, whatever stands here.
        string name = config.Find("tokenizer_class")?.Text() ?? "";
        if (config.Flag("add_eos_token") && (!hasJson || TokenizerConfig.DecidesEnds(name)))
        {
            throw Unsupported(config, "add_eos_token", "every prompt would end with the end-of-text token");
        }

        if (config.Find("sp_model_kwargs") is { } settings && settings.Flag("enable_sampling"))
        {
            throw Unsupported(settings, "enable_sampling", "texts would be split at random");
        }
    }

    // BERT's keys: the normalizer in tokenizer.json must do as they say, for classes of its family set it to them.
    private static void CheckCase(JsonPart config, JsonPart? normalizer)
    {
        bool isBert = normalizer?.Find("type")?.Text() == "BertNormalizer";
        foreach (var (key, name, effect) in _ofBert)
        {
            if (config.Find(key) is null)
            {
                continue;
            }

            bool isWanted = config.Flag(key);
            bool isDone = isBert ? normalizer!.Value.Flag(name, otherwise: name != "strip_accents" || normalizer.Value.Flag("lowercase", otherwise: true)) : IsDone(normalizer, name);
            if (isBert && isDone != isWanted)
            {
                throw new ModelException($"{config.Place} has '{key}' {(isWanted ? "true" : "false")}, the normalizer in tokenizer.json says otherwise. Load the tokenizer in transformers, save it with save_pretrained, and name that folder.");
            }

            // Other classes do not read them; where they ask for something they are taken by their word.
            if (isWanted && !isDone && key != "tokenize_chinese_chars")
            {
                throw Unsupported(config, key, effect);
            }
        }
    }

    private static bool IsDone(JsonPart? normalizer, string name) => normalizer?.Find("type")?.Text() switch
    {
        "Lowercase" => name == "lowercase",
        "StripAccents" => name == "strip_accents",
        "Sequence" => normalizer.Value.Field("normalizers").Items().Any(n => IsDone(n, name)),
        _ => false,
    };

    private static ModelException Unsupported(JsonPart owner, string key, string effect)
        => new($"{owner.Place} has '{key}' true, by which {effect}; that is not supported. Set it to false if the model was trained without it.");

    private static void WarnOfUnknown(TokenizerFiles files, string name, JsonPart file, Func<string, bool> isKnown)
        => Warnings.OfUnknownKeys(files.PathOf(name), file.Element.EnumerateObject().Where(p => p.Value.ValueKind != JsonValueKind.Null).Select(p => JsonRows.NameOf(p) ?? "a name that is not Unicode").Where(k => !isKnown(k)).Distinct());
}
