using FuseSharp.Errors;
using FuseSharp.Files;

namespace FuseSharp.Tokenizers.Hub;

/// <summary>Where models are fetched from, as whom, and where they are put.</summary>
public sealed record HubOptions
{
    private const long LongestToken = 1 << 12;

    /// <summary>The Hub, or a mirror that speaks its protocol.</summary>
    public Uri Endpoint { get; init; } = new("https://huggingface.co");

    /// <summary>Sent as bearer token to <see cref="Endpoint"/>, and to no other host or port; null for none.</summary>
    public string? Token { get; init; }

    /// <summary>The cache's folder.</summary>
    public string Cache { get; init; } = HubCache.Folder;

    /// <summary>Whether nothing may be asked of any server.</summary>
    public bool IsOffline { get; init; }

    /// <summary>Before the first retry; doubled for each one, up to 30 seconds.</summary>
    public TimeSpan FirstDelay { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>How long a server may say nothing before the connection counts as broken.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>As huggingface_hub reads the environment: <c>HF_ENDPOINT</c>; <c>HF_TOKEN</c>, <c>HUGGING_FACE_HUB_TOKEN</c>, the file that <c>HF_TOKEN_PATH</c> names, or <c>token</c> in <c>HF_HOME</c>; <c>HF_HUB_OFFLINE</c>.</summary>
    /// <exception cref="UsageException">The endpoint is no address, or the token is none.</exception>
    public static HubOptions FromEnvironment()
    {
        var options = new HubOptions { Token = CheckedToken(Variable("HF_TOKEN") ?? Variable("HUGGING_FACE_HUB_TOKEN") ?? StoredToken()), IsOffline = IsTrue(Variable("HF_HUB_OFFLINE") ?? Variable("TRANSFORMERS_OFFLINE")) };
        return Variable("HF_ENDPOINT") is not { } endpoint ? options
            : Uri.TryCreate(endpoint.TrimEnd('/'), UriKind.Absolute, out var address) && address.Scheme is "http" or "https" ? options with { Endpoint = address }
            : throw new UsageException($"HF_ENDPOINT is '{endpoint}', expected an address such as https://huggingface.co. Correct the variable.");
    }

    private static string? StoredToken()
    {
        string file = Variable("HF_TOKEN_PATH") ?? Path.Combine(HubCache.Home, "token");
        return File.Exists(file) ? BoundedFile.ReadText(file, LongestToken) ?? throw new UsageException($"'{file}' has more than {LongestToken >> 10} KB and is no token of Hugging Face. Correct the file, or set HF_TOKEN.") : null;
    }

    private static string? CheckedToken(string? text)
        => text?.Trim() is not { Length: > 0 } token ? null
            : token.All(c => c is > ' ' and <= '~') ? token
            : throw new UsageException("The token of Hugging Face has characters that no token has. Correct HF_TOKEN, or the file that holds it.");

    private static bool IsTrue(string? text) => text?.ToUpperInvariant() is "1" or "ON" or "YES" or "TRUE";

    private static string? Variable(string name) => Environment.GetEnvironmentVariable(name) is { Length: > 0 } value ? value : null;
}
