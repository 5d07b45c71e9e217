using System.Diagnostics;
using System.Globalization;
using FuseSharp.Pipeline.Train.Exchange;
using FuseSharp.Storage.Ranks;
using FuseSharp.Testing;

namespace FuseSharp.Pipeline.Tests.Train.Exchange;

/// <summary>The same exchanges over every transport, between threads of this process and between processes. NCCL's library is a stand-in.</summary>
[Collection(nameof(NcclStandIn))]
public sealed class ExchangeTests
{
    // Set in the processes that a test starts; names the folder that each leaves a file in.
    private const string Variable = "FUSESHARP_TEST_EXCHANGE";

    /// <summary>True but in such a process.</summary>
    public static bool IsNoRank => Environment.GetEnvironmentVariable(Variable) is null;

    public static bool HasNoStandIn => NcclStandIn.IsMissing;

    public static bool HasNoRanksWithStandIn => NcclStandIn.IsMissing || Mpirun.IsMissing;

    public static TheoryData<string, int> Threads => [.. ExchangeCase.All.SelectMany(c => new[] { 2, 3, 4 }.Select(n => (c.Name, n)))];

    [Theory]
    [MemberData(nameof(Threads))]
    public void MainMemory_BetweenThreads_SumsAndGathers(string name, int ranks)
        => ThreadProcessGroup.Run(ranks, r =>
        {
            Case(name).Check(r, () => new HostTransport(r));
            return 0;
        });

    [Theory(Skip = Mpirun.MissingReason, SkipWhen = nameof(Mpirun.IsMissing), SkipType = typeof(Mpirun))]
    [InlineData(2)]
    [InlineData(3)]
    public async Task MainMemory_BetweenProcesses_SumsAndGathers(int ranks)
    {
        using var folder = new ScratchFolder();

        string output = await RunRanksAsync(ranks, nameof(Rank_OfMpi_ChecksEveryCase), folder.Path);

        AssertAllChecked(ranks, folder.Path, output);
    }

    [Theory(Skip = NcclStandIn.MissingReason, SkipWhen = nameof(HasNoStandIn))]
    [MemberData(nameof(Threads))]
    public void Nccl_BetweenThreads_SumsAndGathers(string name, int ranks)
        => ThreadProcessGroup.Run(ranks, r =>
        {
            Case(name).Check(r, () => NcclTransportTests.Transport(r, TimeSpan.FromMinutes(1)));
            return 0;
        });

    [Theory(Skip = "mpirun or a C compiler is not here: this test starts several ranks with a stand-in for NCCL. Install Open MPI and gcc (Debian: openmpi-bin, gcc).", SkipWhen = nameof(HasNoRanksWithStandIn))]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Nccl_BetweenProcesses_SumsAndGathers(int ranks)
    {
        using var folder = new ScratchFolder();

        string output = await RunRanksAsync(ranks, nameof(Rank_OfNccl_ChecksEveryCase), folder.Path);

        AssertAllChecked(ranks, folder.Path, output);
    }

    [Fact(Skip = "Runs as one of several ranks, which another test starts.", SkipWhen = nameof(IsNoRank))]
    public void Rank_OfNccl_ChecksEveryCase() => CheckAll(ranks => NcclTransportTests.Transport(ranks, TimeSpan.FromMinutes(1)));

    [Fact(Skip = "Runs as one of several ranks, which another test starts.", SkipWhen = nameof(IsNoRank))]
    public void Rank_OfMpi_ChecksEveryCase() => CheckAll(ranks => new HostTransport(ranks));

    private static void AssertAllChecked(int ranks, string folder, string output)
    {
        string[] expected = [.. Enumerable.Range(0, ranks).Select(r => string.Create(CultureInfo.InvariantCulture, $"rank {r} of {ranks}: {ExchangeCase.All.Count}"))];
        Assert.True(expected.SequenceEqual(Directory.EnumerateFiles(folder).Order(StringComparer.Ordinal).Select(File.ReadAllText)), output);
    }

    private static ExchangeCase Case(string name) => ExchangeCase.All.Single(c => c.Name == name);

    private static void CheckAll(Func<IProcessGroup, IGradientTransport> transport)
    {
        using var ranks = MpiLauncher.Join();
        try
        {
            foreach (var exchange in ExchangeCase.All)
            {
                exchange.Check(ranks, () => transport(ranks));
            }

            string text = string.Create(CultureInfo.InvariantCulture, $"rank {ranks.Rank} of {ranks.Count}: {ExchangeCase.All.Count}");
            File.WriteAllText(Path.Combine(Environment.GetEnvironmentVariable(Variable)!, string.Create(CultureInfo.InvariantCulture, $"{ranks.Rank}")), text);
            ranks.Barrier();
        }
        catch (Exception error)
        {
            Console.Error.WriteLine(error);
            ranks.Abort(1); // the others wait for this one
            throw;
        }
    }

    private static async Task<string> RunRanksAsync(int ranks, string method, string folder)
    {
        var start = Mpirun.Of(ranks, Path.Combine(AppContext.BaseDirectory, "FuseSharp.Pipeline.Tests.dll"), "-method", $"*{nameof(ExchangeTests)}.{method}");
        start.Environment[Variable] = folder;
        using var job = Process.Start(start)!;
        var errors = job.StandardError.ReadToEndAsync();
        string output = await job.StandardOutput.ReadToEndAsync();
        await job.WaitForExitAsync();
        return output + await errors;
    }
}
