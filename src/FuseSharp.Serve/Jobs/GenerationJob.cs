using System.Threading.Channels;
using FuseSharp.Models.Generate;
using FuseSharp.Models.Scoring;

namespace FuseSharp.Serve.Jobs;

/// <summary>The work of one request.</summary>
/// <remarks>Continuations belong to the queue's thread; the request's thread sees copies of what is new.</remarks>
internal sealed class GenerationJob
{
    private readonly Channel<GenerationEvent> _events = Channel.CreateUnbounded<GenerationEvent>(new UnboundedChannelOptions { SingleReader = true, SingleWriter = true });
    private readonly TaskCompletionSource<SequenceScores[]> _scores = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly SequenceScores?[] _scored;
    private readonly Queue<int> _unscored;
    private readonly Queue<Generation[]> _unstarted = [];
    private readonly List<Generation> _open;
    private readonly Dictionary<Generation, (int Choice, int Told)> _told = [];

    /// <param name="prompts">Token ids, at least one each.</param>
    /// <param name="continuations">Of each prompt; none where only scores are asked for.</param>
    /// <param name="scoredTopTokens">How many most likely tokens to name at each place of the prompts; null for no scores.</param>
    /// <param name="cancellation">Of the client.</param>
    public GenerationJob(IReadOnlyList<int[]> prompts, IReadOnlyList<Generation[]> continuations, int? scoredTopTokens, CancellationToken cancellation)
    {
        Prompts = prompts;
        ScoredTopTokens = scoredTopTokens;
        Cancellation = cancellation;
        _scored = new SequenceScores?[prompts.Count];
        _unscored = new Queue<int>(scoredTopTokens is null ? [] : Enumerable.Range(0, prompts.Count));
        _open = [.. continuations.SelectMany(c => c)];
        foreach (var ofPrompt in continuations)
        {
            _unstarted.Enqueue(ofPrompt);
        }

        for (int i = 0; i < _open.Count; i++)
        {
            _told[_open[i]] = (i, 0);
        }
    }

    public IReadOnlyList<int[]> Prompts { get; }

    public int? ScoredTopTokens { get; }

    public CancellationToken Cancellation { get; }

    /// <summary>Whether nothing is left to do.</summary>
    public bool IsDone => HasFailed || (_open.Count == 0 && _unscored.Count == 0);

    /// <summary>Whether it ended with a fault.</summary>
    public bool HasFailed { get; private set; }

    /// <summary>Whether continuations wait to be begun; scores come first.</summary>
    public bool HasUnstarted => !HasFailed && _unscored.Count == 0 && _unstarted.Count > 0;

    /// <summary>Whether prompts wait to be scored.</summary>
    public bool HasUnscored => !HasFailed && _unscored.Count > 0;

    /// <summary>Whether a continuation is this job's, and still wanted.</summary>
    public bool Wants(Generation continuation) => !HasFailed && !Cancellation.IsCancellationRequested && _told.ContainsKey(continuation);

    /// <summary>Continuations of one prompt that are begun now.</summary>
    /// <param name="most">At least 1.</param>
    public Generation[] Begin(int most)
    {
        var next = _unstarted.Peek();
        if (next.Length <= most)
        {
            return _unstarted.Dequeue();
        }

        // What is left goes on as the first again: its prompt is known by then.
        var left = _unstarted.ToArray();
        _unstarted.Clear();
        _unstarted.Enqueue(next[most..]);
        foreach (var later in left.Skip(1))
        {
            _unstarted.Enqueue(later);
        }

        return next[..most];
    }

    /// <summary>The next prompts to score, at least one.</summary>
    /// <param name="tokens">Most tokens, where more than one.</param>
    public List<int> TakeUnscored(int tokens)
    {
        var taken = new List<int>();
        for (int sum = 0; _unscored.TryPeek(out int next) && (taken.Count == 0 || sum + Prompts[next].Length <= tokens); sum += Prompts[next].Length)
        {
            taken.Add(_unscored.Dequeue());
        }

        return taken;
    }

    /// <summary>Scores of the prompts, when they were asked for.</summary>
    public Task<SequenceScores[]> Scores => _scores.Task;

    /// <summary>What is written, as it is written.</summary>
    public IAsyncEnumerable<GenerationEvent> Events => _events.Reader.ReadAllAsync(Cancellation);

    /// <summary>Keeps the scores of a prompt; with the last one all are handed out.</summary>
    public void Tell(int prompt, SequenceScores scores)
    {
        _scored[prompt] = scores;
        if (_unscored.Count == 0 && Array.TrueForAll(_scored, s => s is not null))
        {
            _scores.TrySetResult(_scored!);
        }
    }

    /// <summary>Hands out what is new.</summary>
    public void Tell()
    {
        if (HasFailed)
        {
            return;
        }

        if (Cancellation.IsCancellationRequested)
        {
            Fail(new OperationCanceledException(Cancellation));
            return;
        }

        foreach (var continuation in _open.Where(c => c.Tokens.Count > _told[c].Told || c.Error is not null).ToArray())
        {
            if (continuation.Error is { } fault)
            {
                Fail(fault);
                return;
            }

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
        HasFailed = true;
        _open.Clear();
        _scores.TrySetException(fault);
        _ = _scores.Task.Exception; // it is told once more through the events
        _events.Writer.TryComplete(fault);
    }
}
