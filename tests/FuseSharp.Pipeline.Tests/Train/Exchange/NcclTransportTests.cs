using FuseSharp.Errors;
using FuseSharp.Pipeline.Train;
using FuseSharp.Pipeline.Train.Exchange;
using FuseSharp.Progress;
using FuseSharp.Storage.Ranks;
using FuseSharp.Testing;
using static TorchSharp.torch;

namespace FuseSharp.Pipeline.Tests.Train.Exchange;

/// <summary>The transport by NCCL with a stand-in for NCCL's library: what is called, waited for and said. Exchanges of all kinds over it are in <see cref="ExchangeTests"/>.</summary>
[Collection(nameof(NcclStandIn))]
public sealed class NcclTransportTests : IDisposable
{
    private static readonly TimeSpan _long = TimeSpan.FromMinutes(1);

    public static bool IsMissing => NcclStandIn.IsMissing;

    public void Dispose() => NcclStandIn.Mend();

    [Fact(Skip = NcclStandIn.MissingReason, SkipWhen = nameof(IsMissing))]
    public void Training_OverNccl_TakesTheStepsOfOneOverMainMemory()
    {
        var options = new TrainOptions { BatchSize = 4, Epochs = 10, LearningRate = 0.01, WarmupRatio = 0, MicroBatchSize = 1 };
        double[] alone = Losses(options, SingleProcess.Instance, overNccl: false);

        double[] two = ThreadProcessGroup.Run(3, r => Losses(options, r, overNccl: true))[0];

        Assert.Equal(10, two.Length);
        Assert.All(alone.Zip(two), l => Assert.InRange(Math.Abs(l.First - l.Second), 0, 1e-5));
    }

    [Fact(Skip = NcclStandIn.MissingReason, SkipWhen = nameof(IsMissing))]
    public void Version_TooOld_IsRefused()
    {
        NcclStandIn.SetVersion(2804);

        var error = Assert.Throws<UsageException>(() => NcclLibrary.Load(NcclStandIn.File));

        Assert.Equal($"NCCL in '{NcclStandIn.File}' is 2.8.4, expected 2.10 or newer. Install a newer one, name its file in FUSESHARP_NCCL, or set that to 'none' to exchange through main memory.", error.Message);
    }

    [Fact]
    public void Library_ThatIsNotThere_IsNamed()
    {
        var error = Assert.Throws<UsageException>(() => NcclLibrary.Find("/nowhere/libnccl.so.2", out _));

        Assert.Equal("FUSESHARP_NCCL is '/nowhere/libnccl.so.2', which cannot be loaded. Name the file of NCCL's library (…/libnccl.so.2), or 'none' to exchange through main memory.", error.Message);
    }

    [Fact]
    public void Library_ThatIsNotWanted_IsNotLookedFor()
    {
        Assert.Null(NcclLibrary.Find("none", out string? why));
        Assert.Equal("FUSESHARP_NCCL is 'none'", why);
    }

    [Fact]
    public void Library_OfSomethingElse_IsRefusedByTheMissingFunction()
    {
        var error = Assert.Throws<UsageException>(() => NcclLibrary.Find("libc.so.6", out _));

        Assert.StartsWith("'libc.so.6' has no function ncclGetVersion: expected NCCL or RCCL 2.10 or newer.", error.Message, StringComparison.Ordinal);
    }

    [Fact(Skip = NcclStandIn.MissingReason, SkipWhen = nameof(IsMissing))]
    public void Exchange_ARankFails_EndsThereByNameAndReason()
    {
        string? error = Fails(2, 1, TimeSpan.FromSeconds(1), () => NcclStandIn.Break(1, 6)); // rank 0 waits a second for nothing

        Assert.Equal("rank 1: NCCL reports 'remote process exited or there was a network error' in an exchange of gradients. Another rank is gone or hangs, or the network between the machines does; run the same command again. NCCL_DEBUG=INFO shows what NCCL does.", error);
    }

    [Fact(Skip = NcclStandIn.MissingReason, SkipWhen = nameof(IsMissing))]
    public void Exchange_ARankNeverComes_EndsAfterAWhileByName()
    {
        string? error = Fails(3, 2, TimeSpan.FromSeconds(1), () => NcclStandIn.Hang(1)); // rank 2 waits for rank 1

        Assert.Equal("rank 2: waited 1 s for the other ranks' part in an exchange of gradients. Another rank is gone or hangs, or the network between the machines does; run the same command again. NCCL_DEBUG=INFO shows what NCCL does.", error);
    }

    [Fact(Skip = NcclStandIn.MissingReason, SkipWhen = nameof(IsMissing))]
    public void Join_SumsAreWrong_IsNoticedBeforeTheFirstStep()
    {
        NcclStandIn.AddWrongly(1);

        string?[] errors = ThreadProcessGroup.Run(2, r => Record.Exception(() => Transport(r, _long).Dispose())?.Message);

        Assert.Null(errors[0]);
        Assert.Equal("rank 1: NCCL 2.27.5 gives wrong sums between these graphics processors (expected 3 in every place). Set NCCL_P2P_DISABLE=1, or FUSESHARP_NCCL=none to exchange through main memory.", errors[1]);
    }

    [Fact(Skip = NcclStandIn.MissingReason, SkipWhen = nameof(IsMissing))]
    public void Exchange_RanksExchangeDifferentThings_IsAnError()
    {
        string?[] errors = ThreadProcessGroup.Run(2, r =>
        {
            using var scope = NewDisposeScope();
            using var transport = Transport(r, _long);
            return Record.Exception(() => transport.BeginReduceScatter(zeros(2, 10 + r.Rank)).Finish())?.Message;
        });

        Assert.All(errors, e => Assert.Contains("NCCL reports 'invalid usage'", e, StringComparison.Ordinal));
    }

    internal static NcclTransport Transport(IProcessGroup ranks, TimeSpan patience) => new(ranks, NcclLibrary.Load(NcclStandIn.File), DeviceRuntime.Load(NcclStandIn.File), CPU, patience);

    // What a rank says when its exchange fails after a good one.
    private static string? Fails(int count, int rank, TimeSpan patience, Action spoil)
        => ThreadProcessGroup.Run(count, r =>
        {
            using var scope = NewDisposeScope();
            using var transport = Transport(r, patience);
            transport.BeginReduceScatter(ones(count, 5)).Finish();
            r.Barrier();
            if (r.Rank == 0)
            {
                spoil();
            }

            r.Barrier();
            return Record.Exception(() => transport.BeginReduceScatter(ones(count, 5)).Finish()) is { } error ? Assert.IsType<ArtifactException>(error).Message : null;
        })[rank];

    private static double[] Losses(TrainOptions options, IProcessGroup ranks, bool overNccl)
    {
        using var model = TinyLlama.Create();
        var losses = new List<double>();
        new Trainer(model, options, SilentProgress.Instance, ranks) { BucketNumbers = 700, Transport = overNccl ? () => Transport(ranks, _long) : null }
            .Train(TinyLlama.Source(), "test", null, s => losses.Add(s.Loss), CancellationToken.None);
        return [.. losses];
    }
}
