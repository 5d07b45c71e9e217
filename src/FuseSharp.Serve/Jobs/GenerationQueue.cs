using System.Threading.Channels;
using FuseSharp.Errors;
using FuseSharp.Models;
using FuseSharp.Models.Generate;
using FuseSharp.Models.Scoring;

namespace FuseSharp.Serve.Jobs;

/// <summary>One thread that works on the requests of all clients, each in turn: their continuations are written side by side.</summary>
/// <remarks>
/// One request's fault, or its client's leaving, ends that request alone. Of the places side by side no request gets the last one while others may come: a request of many
/// continuations, or of many prompts to score, keeps nobody waiting for its end.
/// </remarks>
/// <param name="model">Only read.</param>
/// <param name="batchSize">Most continuations side by side.</param>
/// <param name="length">Most jobs that wait.</param>
internal sealed class GenerationQueue(LanguageModel model, int batchSize, int length) : IDisposable
{
    // Between two tokens of those who are being answered: a long prompt does not keep them waiting. Measured on a prompt of 2048 tokens: in pieces it costs 15 % more.
    private const int PromptTokensPerStep = 256;

    private readonly Channel<GenerationJob> _jobs = Channel.CreateBounded<GenerationJob>(new BoundedChannelOptions(length) { SingleReader = true });
    private readonly CancellationTokenSource _stop = new();
    private readonly List<GenerationJob> _active = []; // whose turn it is stands first
    private GenerationBatch _batch = new(model);
    private Thread? _thread;

    /// <summary>Starts the thread.</summary>
    public void Start()
    {
        _thread = new Thread(Work) { IsBackground = true, Name = "generation" };
        _thread.Start();
    }

    /// <summary>Takes a job if there is room for it.</summary>
    public bool TryAdd(GenerationJob job) => _jobs.Writer.TryWrite(job);

    /// <summary>Ends all work; requests that are not answered get to know it.</summary>
    public void Stop()
    {
        _jobs.Writer.TryComplete();
        _stop.Cancel();
        _thread?.Join();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Stop();
        _stop.Dispose();
        _batch.Dispose();
    }

    private void Work()
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                if (!TakeJobs())
                {
                    break;
                }

                Score();
                Begin();
                Step();
            }
            catch (Exception fault) when (fault is not OutOfMemoryException)
            {
                FailAll(fault); // not one request's: the batch is of no use any more
            }
        }

        FailAll(new OperationCanceledException("The server is shutting down."));
    }

    // False when there will be no more.
    private bool TakeJobs()
    {
        if (_active.Count == 0)
        {
            try
            {
                if (!_jobs.Reader.WaitToReadAsync(_stop.Token).AsTask().GetAwaiter().GetResult())
                {
                    return false;
                }
            }
            catch (OperationCanceledException)
            {
                return false;
            }
        }

        while (_active.Count < batchSize && _jobs.Reader.TryRead(out var job))
        {
            _active.Add(job);
        }

        return true;
    }

    // Some prompts of the next request that wants scores.
    private void Score()
    {
        if (_active.Find(j => j.HasUnscored && !j.Cancellation.IsCancellationRequested) is not { } job)
        {
            return;
        }

        Guarded(job, () =>
        {
            int vocabulary = model.Tokenizer.Vocabulary.Count;
            var prompts = job.TakeUnscored(PromptTokensPerStep);
            var scores = new SequenceScorer(model.Network, vocabulary, Math.Min(job.ScoredTopTokens!.Value, vocabulary)).Score([.. prompts.Select(p => job.Prompts[p])], null, job.Cancellation);
            for (int i = 0; i < scores.Length; i++)
            {
                job.Tell(prompts[i], scores[i].AreFinite ? scores[i] : throw new NotFiniteException($"The model gives NaN or infinite logits for prompt {prompts[i]}. It cannot be scored."));
            }
        });
        GoesLast(job);
    }

    // As many continuations as there are places, of each request in turn.
    private void Begin()
    {
        for (int read = 0; read < PromptTokensPerStep && _batch.Count < batchSize;)
        {
            if (_active.Find(j => j.HasUnstarted && !j.Cancellation.IsCancellationRequested && PlacesFor(j) > 0) is not { } job)
            {
                return;
            }

            // One at a time where others wait too.
            var begun = job.Begin(_active.Exists(j => j != job && j.HasUnstarted) ? 1 : PlacesFor(job));
            Guarded(job, () => _batch.Add(begun, _batch.Count == 0 ? int.MaxValue : PromptTokensPerStep, () =>
            {
                Step();
                return !_stop.IsCancellationRequested && job.Wants(begun[0]);
            }));
            job.Tell();
            read += begun[0].Prompt.Count;
            GoesLast(job);
        }
    }

    // The last place is left to requests that have none.
    private int PlacesFor(GenerationJob job)
    {
        int free = batchSize - _batch.Count;
        return batchSize == 1 || !_batch.Has(job.Wants) ? free : free - 1;
    }

    private void Step()
    {
        _batch.Keep(c => _active.Exists(j => j.Wants(c)));
        _batch.Step();
        foreach (var job in _active)
        {
            job.Tell();
        }

        _active.RemoveAll(j => j.IsDone);
    }

    private static void Guarded(GenerationJob job, Action work)
    {
        try
        {
            work();
        }
        catch (Exception fault) when (fault is FuseSharpException or OperationCanceledException)
        {
            job.Fail(fault);
        }
    }

    private void GoesLast(GenerationJob job)
    {
        if (_active.Remove(job))
        {
            _active.Add(job);
        }
    }

    private void FailAll(Exception fault)
    {
        while (_stop.IsCancellationRequested && _jobs.Reader.TryRead(out var job))
        {
            _active.Add(job);
        }

        _active.ForEach(j => j.Fail(fault));
        _active.Clear();
        _batch.Dispose();
        _batch = new GenerationBatch(model);
    }
}
