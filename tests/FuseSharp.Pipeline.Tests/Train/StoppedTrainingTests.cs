using FuseSharp.Errors;
using FuseSharp.Models.Architectures;
using FuseSharp.Pipeline.Train;
using FuseSharp.Storage.Ranks;
using FuseSharp.Testing;

namespace FuseSharp.Pipeline.Tests.Train;

/// <summary>A training that is told to stop keeps every step it took, and goes on to the weights of one that was left alone.</summary>
public sealed class StoppedTrainingTests : IDisposable
{
    private static readonly TrainOptions _options = new() { BatchSize = 4, Epochs = 6, LearningRate = 0.01, WarmupRatio = 0, CheckpointEvery = 0, CheckpointMinutes = 0, EvaluateEvery = 0, KeepBest = false };

    private static readonly TrainOptions _evaluated = _options with { EvaluateEvery = 2, KeepBest = true };

    private readonly ScratchFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(5)]
    public void Train_ToldToStopAfterAStep_KeepsItsState(int step)
    {
        var stop = Assert.Throws<StoppedException>(() => Train("stopped", stopAt: step));

        Assert.Equal(FormattableString.Invariant($"test: stopped after step {step} of 6; the same command goes on there."), stop.Message);
        Assert.True(stop.IsOfAllRanks);
        Assert.Equal(step, StateOf("stopped"));
        Assert.Equal(Train("whole"), Train("stopped"));
    }

    [Fact]
    public void Train_ToldToStopAfterTheLastStep_IsDone()
        => Assert.Equal(Train("whole"), Train("stopped", stopAt: 6));

    [Fact]
    public void Train_ToldToStopBeforeTheFirstStep_SaysSo()
    {
        using var model = TinyLlama.Create();

        var stop = Assert.Throws<StoppedException>(() => TinyLlama.Train(model, _options, new TrainCheckpoint(_folder.At("none")), cancellation: new CancellationToken(canceled: true)));

        Assert.Equal("test: stopped before the first step; the same command goes on there.", stop.Message);
        Assert.Null(new TrainCheckpoint(_folder.At("none")).Newest);
    }

    [Fact]
    public void Train_WithoutAPlaceForStates_SaysThatNothingIsKept()
    {
        using var model = TinyLlama.Create();
        using var stopping = new CancellationTokenSource();

        var stop = Assert.Throws<StoppedException>(() => TinyLlama.Train(model, _options, log: _ => stopping.Cancel(), cancellation: stopping.Token));

        Assert.Equal("test: stopped after step 1 of 6; nothing of it is kept.", stop.Message);
    }

    // Steps 2, 4 and 6 are evaluated; the state that is written within an evaluation owes it, and the continuation makes it before the next step.
    [Fact]
    public void Train_ToldToStopWithinAnEvaluation_MakesItWhenItGoesOn()
    {
        double[] bits = [5, 4, 3, 6]; // untouched, steps 2, 4, 6
        (int first, int second, int third) = (0, 0, 2);
        List<TrainStep> whole = [], stopped = [], continued = [];
        float[] expected = Train("whole", _evaluated, () => bits[first++], whole);

        Assert.Throws<StoppedException>(() => Train("stopped", _evaluated, () => second == 2 ? throw new OperationCanceledException() : bits[second++], stopped));
        Assert.Equal(4, StateOf("stopped"));
        float[] actual = Train("stopped", _evaluated, () => bits[third++], continued);

        Assert.Equal([1, 2, 3], stopped.Select(s => s.Step));
        Assert.Equal(Course(whole), Course([.. stopped, .. continued]));
        Assert.Equal(expected, actual);
    }

    // Told behind step 3, ranks find it in the sums of step 4, which is to be evaluated: that is left to the continuation.
    [Fact]
    public void Train_RanksToldToStopBeforeAnEvaluation_MakeItWhenTheyGoOn()
    {
        double[] bits = [5, 4, 3, 6];
        float[][] All(string name, int from, List<TrainStep> steps, int stopAt = 0) => ThreadProcessGroup.Run(2, r =>
        {
            int next = from;
            return Train(name, _evaluated, () => bits[next++], r.Rank == 0 ? steps : null, stopAt, r);
        });
        List<TrainStep> whole = [], stopped = [], continued = [];

        float[][] expected = All("whole", 0, whole);
        Assert.IsType<StoppedException>(Assert.Throws<AggregateException>(() => All("stopped", 0, stopped, stopAt: 3)).InnerException);
        Assert.Equal(4, StateOf("stopped"));
        float[][] actual = All("stopped", 2, continued);

        Assert.Equal([4, 5, 6], continued.Select(s => s.Step));
        Assert.Equal(Course(whole), Course([.. stopped, .. continued]));
        Assert.Equal(expected[1], actual[1]);
    }

    // A state is written between three barriers: before its shares, before its name, after it. Each of the five states, and each time the best weights are kept, is hit at each of them.
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Train_ToldToStopWhileAStateIsWritten_FinishesItAndLosesNoStep(bool evaluates)
    {
        var options = (evaluates ? _evaluated : _options) with { CheckpointEvery = 1 };
        float[] Run(string name, int stopAt, List<TrainStep> steps, out int met)
        {
            using var model = TinyLlama.Create();
            using var stopping = new CancellationTokenSource();
            var group = new ToldAtABarrier(stopAt, stopping);
            try
            {
                TinyLlama.Train(model, options, new TrainCheckpoint(_folder.At(name), 1, group), steps.Add, evaluates ? () => 9 - Weights(model).Sum(w => (double)w * w) : null, cancellation: stopping.Token);
            }
            finally
            {
                met = group.Barriers;
            }

            return Weights(model);
        }

        List<TrainStep> whole = [];
        float[] expected = Run("whole", 0, whole, out int all);

        Assert.True(evaluates ? all > 15 && all % 3 == 0 : all == 15);
        for (int barrier = 1; barrier <= all; barrier++)
        {
            string name = FormattableString.Invariant($"stopped-{barrier}");
            List<TrainStep> before = [], after = [];
            int told = barrier;
            if (Record.Exception(() => Run(name, told, before, out _)) is not { } stop)
            {
                Assert.Equal(6, before.Count); // told while the last step's weights were kept as the best: that is the end
                continue;
            }

            Assert.IsType<StoppedException>(stop);
            string where = StateOf(name) == 0 ? "before the first step" : FormattableString.Invariant($"after step {StateOf(name)} of 6");
            Assert.Equal($"test: stopped {where}; the same command goes on there.", stop.Message);
            Assert.DoesNotContain(Directory.EnumerateDirectories(_folder.At(name)), d => d.EndsWith(".partial", StringComparison.Ordinal));

            Assert.Equal(expected, Run(name, 0, after, out _));
            Assert.Equal(Course(whole), Course([.. before, .. after]));
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    public void Train_OneOfThreeRanksIsToldToStop_AllEndAfterTheSameStep(int told)
    {
        float[][] whole = ThreadProcessGroup.Run(3, r => Train("whole", ranks: r));

        string[] messages = ThreadProcessGroup.Run(3, r => Assert.Throws<StoppedException>(() => Train("stopped", ranks: r, stopAt: r.Rank == told ? 2 : 0)).Message);

        Assert.Equal("test: stopped after step 3 of 6; the same command goes on there.", Assert.Single(messages.Distinct())); // told behind the sums of step 2
        float[][] continued = ThreadProcessGroup.Run(3, r => Train("stopped", ranks: r));
        Assert.Equal(whole[0], continued[0]);
    }

    [Fact]
    public void Train_MinutesAreUp_WritesAStateByTheClockAndChangesNothing()
    {
        var time = new Clock();
        List<int> written = [];
        using var timed = TinyLlama.Create();
        TinyLlama.Train(timed, _options with { CheckpointMinutes = 30, Epochs = 8 }, new TrainCheckpoint(_folder.At("timed")), step =>
        {
            time.Now += TimeSpan.FromMinutes(10);
            written.Add(StateOf("timed"));
        }, time: time);

        Assert.Equal([0, 0, 0, 0, 4, 4, 4, 4], written); // the clock moves behind the sums of a step: it is 30 minutes in those of step 4, and 70 in those of step 8, the last
        using var whole = TinyLlama.Create();
        TinyLlama.Train(whole, _options with { Epochs = 8 }, new TrainCheckpoint(_folder.At("none")));
        Assert.Null(new TrainCheckpoint(_folder.At("none")).Newest);
        Assert.Equal(Weights(whole), Weights(timed));
    }

    [Theory]
    [InlineData(0, 0, 4, false)] // not begun
    [InlineData(2, 1, 4, false)] // 2 s for one of four: 6 s are left
    [InlineData(2, 2, 4, true)] // 2 s are left
    [InlineData(5, 1, 2, true)]
    [InlineData(5.1, 1, 2, false)]
    public void Pace_AStepThatIsBegun_IsFinishedWhereThatTakesSeconds(double seconds, int done, int all, bool expected)
    {
        var time = new Clock();
        var pace = new CheckpointPace(_options, 0, time);
        long started = time.GetTimestamp();

        time.Now += TimeSpan.FromSeconds(seconds);

        Assert.Equal(expected, pace.Finishes(started, done, all));
    }

    [Fact]
    public void Save_AfterAProcessWasKilledWhileItWrote_RemovesWhatItLeft()
    {
        Directory.CreateDirectory(_folder.At("stopped/step-00000001.partial"));

        Assert.Throws<StoppedException>(() => Train("stopped", stopAt: 3));

        Assert.Equal(["step-00000003"], Directory.EnumerateDirectories(_folder.At("stopped")).Select(Path.GetFileName));
    }

    [Fact]
    public void ForKey_WhenStatesAreWritten_DoesNotCount()
        => Assert.Equal(_options.ForKey(), (_options with { CheckpointEvery = 7, CheckpointMinutes = 1.5, CheckpointLimit = 3 }).ForKey());

    private int StateOf(string name) => new TrainCheckpoint(_folder.At(name)).Steps;

    private static IEnumerable<(int, double, double?)> Course(IEnumerable<TrainStep> steps) => steps.Select(s => (s.Step, s.Loss, s.BitsPerByte));

    private float[] Train(string name, TrainOptions? options = null, Func<double>? validate = null, List<TrainStep>? steps = null, int stopAt = 0, IProcessGroup? ranks = null)
    {
        using var model = TinyLlama.Create();
        using var stopping = new CancellationTokenSource();
        TinyLlama.Train(model, options ?? _options, new TrainCheckpoint(_folder.At(name), 1, ranks), step =>
        {
            steps?.Add(step);
            if (step.Step == stopAt)
            {
                stopping.Cancel();
            }
        }, validate, ranks, cancellation: stopping.Token);
        return Weights(model);
    }

    private static float[] Weights(CausalModel model) => [.. model.parameters().SelectMany(p => p.data<float>().ToArray())];

    /// <summary>One process, which is told to stop as it comes to a barrier; 0 for never.</summary>
    private sealed class ToldAtABarrier(int stopAt, CancellationTokenSource stopping) : IProcessGroup
    {
        public int Barriers { get; private set; }

        public int Rank => 0;

        public int Count => 1;

        public int LocalRank => 0;

        public int LocalCount => 1;

        public string NameOf(int rank) => SingleProcess.Instance.NameOf(rank);

        public void Sum(Span<double> values) => SingleProcess.Instance.Sum(values);

        public ITransfer BeginAllToAll(nint sent, nint received, long bytes) => SingleProcess.Instance.BeginAllToAll(sent, received, bytes);

        public void AllGather(Span<byte> whole) => SingleProcess.Instance.AllGather(whole);

        public string Broadcast(string text) => text;

        public void Barrier()
        {
            if (++Barriers == stopAt)
            {
                stopping.Cancel();
            }
        }

        public IReadOnlyList<int> Missing() => [];

        public void Abort(int exitCode) => SingleProcess.Instance.Abort(exitCode);

        public void Dispose()
        {
        }
    }

    private sealed class Clock : TimeProvider
    {
        public TimeSpan Now { get; set; }

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => Now.Ticks;
    }
}
