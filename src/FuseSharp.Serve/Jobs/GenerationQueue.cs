using System.Threading.Channels;
using FuseSharp.Torch.Generate;
using FuseSharp.Torch.Scoring;

namespace FuseSharp.Serve.Jobs;

/// <summary>One thread that works on the requests of all clients: their continuations are written side by side.</summary>
/// <param name="model">Only read.</param>
/// <param name="batchSize">Most continuations side by side.</param>
/// <param name="length">Most jobs that wait.</param>
internal sealed class GenerationQueue(LanguageModel model, int batchSize, int length) : IDisposable
{
    // Between two tokens of those who are being answered: a long prompt does not keep them waiting. Measured on a prompt of 2048 tokens: in pieces it costs 15 % more.
    private const int PromptTokensPerStep = 256;

    private readonly Channel<GenerationJob> _jobs = Channel.CreateBounded<GenerationJob>(new BoundedChannelOptions(length) { SingleReader = true });
    private readonly CancellationTokenSource _stop = new();
    private readonly List<GenerationJob> _active = [];
    private readonly Queue<(GenerationJob Job, Generation[] Continuations)> _waiting = []; // of jobs that were begun
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

    /// <inheritdoc/>
    public void Dispose()
    {
        _jobs.Writer.TryComplete();
        _stop.Cancel();
        _thread?.Join();
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

                ReadPrompts();
                Step();
            }
            catch (Exception fault) when (fault is not OutOfMemoryException)
            {
                FailAll(fault);
            }
        }

        FailAll(new OperationCanceledException("The server ends."));
    }

    // False when there will be no more.
    private bool TakeJobs()
    {
        if (_batch.Count == 0 && _waiting.Count == 0)
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

        while (_waiting.Count == 0 && _batch.Count < batchSize && _jobs.Reader.TryRead(out var job))
        {
            _active.Add(job);
            Begin(job);
        }

        return true;
    }

    private void Begin(GenerationJob job)
    {
        if (job.Cancellation.IsCancellationRequested)
        {
            return;
        }

        if (job.ScoredLikeliest is { } likeliest)
        {
            job.Tell(new SequenceScorer(model.Network, model.Tokenizer.Vocabulary.Count, Math.Min(likeliest, model.Tokenizer.Vocabulary.Count)).Score(job.Prompts, null, job.Cancellation));
        }

        foreach (var continuations in job.Continuations)
        {
            _waiting.Enqueue((job, continuations));
        }
    }

    private void ReadPrompts()
    {
        int read = 0;
        while (_batch.Count < batchSize && read < PromptTokensPerStep && _waiting.TryDequeue(out var next))
        {
            bool IsWaitedFor() => !_stop.IsCancellationRequested && !next.Job.Cancellation.IsCancellationRequested;
            if (IsWaitedFor())
            {
                _batch.Add(next.Continuations, _batch.Count == 0 ? int.MaxValue : PromptTokensPerStep, () =>
                {
                    Step();
                    return IsWaitedFor();
                });
                next.Job.Tell();
                read += next.Continuations[0].Prompt.Count;
            }
        }
    }

    private void Step()
    {
        _batch.Keep(IsWanted);
        _batch.Step();
        TellAll();
    }

    private bool IsWanted(Generation continuation)
        => _active.Exists(j => !j.Cancellation.IsCancellationRequested && j.Continuations.Any(c => c.Contains(continuation)));

    private void TellAll()
    {
        foreach (var job in _active)
        {
            if (job.Cancellation.IsCancellationRequested)
            {
                job.Fail(new OperationCanceledException(job.Cancellation));
            }
            else
            {
                job.Tell();
            }
        }

        _active.RemoveAll(j => j.IsDone);
    }

    private void FailAll(Exception fault)
    {
        while (_stop.IsCancellationRequested && _jobs.Reader.TryRead(out var job))
        {
            _active.Add(job);
        }

        _active.ForEach(j => j.Fail(fault));
        _active.Clear();
        _waiting.Clear();
        _batch.Dispose();
        _batch = new GenerationBatch(model);
    }
}
