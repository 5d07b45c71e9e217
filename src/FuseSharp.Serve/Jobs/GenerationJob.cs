using System.Threading.Channels;
using FuseSharp.Torch.Generate;
using FuseSharp.Torch.Scoring;

namespace FuseSharp.Serve.Jobs;

/// <summary>The work of one request.</summary>
/// <remarks>Continuations belong to the queue's thread; the request's thread sees copies of what is new.</remarks>
internal sealed class GenerationJob
{
    private readonly Channel<GenerationEvent> _events = Channel.CreateUnbounded<GenerationEvent>(new UnboundedChannelOptions { SingleReader = true, SingleWriter = true });
    private readonly TaskCompletionSource<SequenceScores[]> _scores = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly List<Generation> _open;
    private readonly Dictionary<Generation, (int Choice, int Told)> _told = [];

    /// <param name="prompts">Token ids, at least one each.</param>
    /// <param name="continuations">Of each prompt; none where only scores are asked for.</param>
    /// <param name="scoredLikeliest">How many likeliest tokens to name at each place of the prompts; null for no scores.</param>
    /// <param name="cancellation">Of the client.</param>
    public GenerationJob(IReadOnlyList<int[]> prompts, IReadOnlyList<Generation[]> continuations, int? scoredLikeliest, CancellationToken cancellation)
    {
        Prompts = prompts;
        Continuations = continuations;
        ScoredLikeliest = scoredLikeliest;
        Cancellation = cancellation;
        _open = [.. continuations.SelectMany(c => c)];
        for (int i = 0; i < _open.Count; i++)
        {
            _told[_open[i]] = (i, 0);
        }
    }

    public IReadOnlyList<int[]> Prompts { get; }

    public IReadOnlyList<Generation[]> Continuations { get; }

    public int? ScoredLikeliest { get; }

    public CancellationToken Cancellation { get; }

    /// <summary>Whether nothing is left to do.</summary>
    public bool IsDone => _open.Count == 0;

    /// <summary>Scores of the prompts, when they were asked for.</summary>
    public Task<SequenceScores[]> Scores => _scores.Task;

    /// <summary>What is written, as it is written.</summary>
    public IAsyncEnumerable<GenerationEvent> Events => _events.Reader.ReadAllAsync(Cancellation);

    /// <summary>Hands the prompts' scores out.</summary>
    public void Tell(SequenceScores[] scores) => _scores.TrySetResult(scores);

    /// <summary>Hands out what is new.</summary>
    public void Tell()
    {
        foreach (var continuation in _open.Where(c => c.Tokens.Count > _told[c].Told).ToArray())
        {
            var (choice, told) = _told[continuation];
            _told[continuation] = (choice, continuation.Tokens.Count);
            _events.Writer.TryWrite(new GenerationEvent(choice, continuation.TakeNewText(), [.. continuation.Tokens.Skip(told)], continuation.Finish));
            if (continuation.Finish is not null)
            {
                _open.Remove(continuation);
            }
        }

        if (IsDone)
        {
            _events.Writer.TryComplete();
        }
    }

    /// <summary>Ends the job with a fault.</summary>
    public void Fail(Exception fault)
    {
        _open.Clear();
        _scores.TrySetException(fault);
        _ = _scores.Task.Exception; // it is told once more through the events
        _events.Writer.TryComplete(fault);
    }
}
