using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using FuseSharp.Files;
using FuseSharp.Storage.Artifacts;

namespace FuseSharp.Pipeline.Represent.Served;

/// <summary>What is remembered of a server's model beside the output: <c>endpoint.json</c>. By its answers to fixed probes another model behind the same name is noticed.</summary>
/// <param name="Endpoint">Where it was asked; another address of the same model changes nothing.</param>
/// <param name="Model">Its name there.</param>
/// <param name="Protocol">How it was asked.</param>
/// <param name="Candidates">How many of its likeliest tokens the server names.</param>
/// <param name="Tokenizer">Fingerprint of the tokenizer that the probes were encoded with.</param>
/// <param name="Mark">What of the answers stands in the stage's key.</param>
/// <param name="LogProbabilities">Of the probes' tokens.</param>
internal sealed record EndpointFingerprint(string Endpoint, string Model, EndpointProtocol Protocol, int Candidates, string Tokenizer, string Mark, IReadOnlyList<double> LogProbabilities)
{
    /// <summary>Its name in the stage's folder.</summary>
    public const string FileName = "endpoint.json";

    // Nats a token, mean. The same weights in bfloat16 in the place of float32 differ by 0.037 (SmolLM2-135M), a model and what some steps of training make of it by 0.7 and more (decision 0100).
    private const double Tolerance = 0.1;

    // Coarse, since it must be the same on several machines: of two starts that see the same model, one in some hundreds falls on the other side of a step.
    private const double Step = 0.5;

    /// <summary>Short texts of several kinds, so that every model knows some and is unsure of others.</summary>
    public static IReadOnlyList<string> Probes { get; } =
    [
        "The quick brown fox jumps over the lazy dog, and then it sleeps in the warm sun until evening.",
        "In 1905 a clerk at the patent office in Bern published four papers on light, atoms, motion and energy.",
        "for (int i = 0; i < names.Length; i++) { Console.WriteLine(names[i]); }",
        "Question: What is the capital of France? Answer: The capital of France is Paris.",
    ];

    /// <summary>Of a model that was not seen before.</summary>
    public static string MarkOf(IReadOnlyList<double> logProbabilities)
        => (Math.Round(-logProbabilities.Average() / Step) * Step).ToString("0.0", CultureInfo.InvariantCulture);

    /// <summary>The same as its answers were remembered, or marked as another model where what was remembered under its name differs.</summary>
    /// <param name="known">Remembered beside this output.</param>
    public EndpointFingerprint Among(IReadOnlyList<EndpointFingerprint> known)
    {
        EndpointFingerprint[] named = [.. known.Where(k => k.Model == Model && k.Tokenizer == Tokenizer)];
        return this with { Mark = named.FirstOrDefault(IsSame)?.Mark ?? (named.Length == 0 ? MarkOf(LogProbabilities) : Exact()) };
    }

    /// <summary>Whether both were answered by one model.</summary>
    public bool IsSame(EndpointFingerprint other)
        => other.LogProbabilities.Count == LogProbabilities.Count && LogProbabilities.Count > 0 && LogProbabilities.Zip(other.LogProbabilities, (a, b) => Math.Abs(a - b)).Average() <= Tolerance;

    /// <summary>What stands beside an output, finished or begun, and beside the parts that other machines make of it.</summary>
    /// <param name="output">Of the stage.</param>
    public static IReadOnlyList<EndpointFingerprint> Remembered(StageOutput output)
        => [.. PartFolders.Found(output.Folder).Select(p => p.Folder).Prepend(Path.TrimEndingDirectorySeparator(output.Folder)).SelectMany(f => new[] { f, f + Durable.PartialSuffix }).Select(Find).OfType<EndpointFingerprint>()];

    /// <summary>Writes it.</summary>
    /// <param name="folder">Of the output that is made.</param>
    public void Write(string folder) => Durable.WriteText(Path.Combine(folder, FileName), JsonSerializer.Serialize(this, ArtifactJson.Options) + "\n");

    private static EndpointFingerprint? Find(string folder)
        => Path.Combine(folder, FileName) is var file && File.Exists(file) && ArtifactJson.Read<EndpointFingerprint>(file) is { LogProbabilities: not null } found ? found : null;

    private string Exact() => Convert.ToHexStringLower(SHA256.HashData(JsonSerializer.SerializeToUtf8Bytes(LogProbabilities)))[..12];
}
