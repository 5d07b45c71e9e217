using FuseSharp.Core.Chat;
using FuseSharp.Serve.Jobs;
using FuseSharp.Torch.Generate;
using FuseSharp.Torch.Scoring;

namespace FuseSharp.Serve.Endpoints;

/// <summary>What the endpoints work with.</summary>
/// <param name="Name">Under which clients ask for it.</param>
/// <param name="Model">Only read.</param>
/// <param name="Template">Null where the model has none.</param>
/// <param name="Queue">Does the work.</param>
/// <param name="Started">When the server was started.</param>
internal sealed record ServedModel(string Name, LanguageModel Model, ChatTemplate? Template, GenerationQueue Queue, DateTimeOffset Started)
{
    // As many as OpenAI allows of each.
    private const int MostContinuations = 128;
    private const int MostLikeliest = 20;

    private long _requests;

    /// <summary>Seeds requests that name none, each differently.</summary>
    public long NextSeed() => Interlocked.Increment(ref _requests);

    /// <exception cref="ApiException">Another model is asked for.</exception>
    public void CheckName(string? name)
    {
        if (name is not null && name != Name)
        {
            throw new ApiException(404, $"The model '{name}' is not served here, '{Name}' is.", "model", "model_not_found");
        }
    }

    /// <exception cref="ApiException">It is out of range.</exception>
    public static int CountOf(int? n, int prompts)
        => n is null or >= 1 && (n ?? 1) * (long)prompts <= MostContinuations ? n ?? 1
            : throw new ApiException(400, FormattableString.Invariant($"{n ?? 1} continuations of {prompts} prompts were asked for, expected 'n' of at least 1 and at most {MostContinuations} in all."), "n");

    /// <exception cref="ApiException">It is out of range.</exception>
    public static int? LikeliestOf(int? count, string field)
        => count is null or (>= 0 and <= MostLikeliest) ? count : throw new ApiException(400, FormattableString.Invariant($"'{field}' is {count}, expected 0 to {MostLikeliest}."), field);

    /// <summary>Starts the work of a request.</summary>
    /// <exception cref="ApiException">Too many wait.</exception>
    public GenerationJob Enqueue(IReadOnlyList<int[]> prompts, IReadOnlyList<Generation[]> continuations, int? scoredLikeliest, CancellationToken cancellation)
    {
        var job = new GenerationJob(prompts, continuations, scoredLikeliest, cancellation);
        return Queue.TryAdd(job) ? job : throw new ApiException(429, "Too many requests wait. Try again later.", code: "rate_limit_exceeded");
    }
}
