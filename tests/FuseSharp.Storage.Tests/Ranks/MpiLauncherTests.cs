using FuseSharp.Errors;
using FuseSharp.Storage.Ranks;


namespace FuseSharp.Storage.Tests.Ranks;

/// <summary>What the environment says of a job, as mpirun and srun set it.</summary>
public sealed class MpiLauncherTests
{
    [Theory]
    [InlineData("", null)]
    [InlineData("OMPI_COMM_WORLD_SIZE=2", 2)]
    [InlineData("OMPI_COMM_WORLD_SIZE=1", 1)]
    [InlineData("SLURM_STEP_NUM_TASKS=8 OMPI_COMM_WORLD_SIZE=2", 2)] // mpirun inside a Slurm job
    [InlineData("SLURM_STEP_NUM_TASKS=8 PMIX_RANK=3", 8)]
    [InlineData("SLURM_STEP_NUM_TASKS=8 PMI_RANK=3 PMI_SIZE=8", 8)]
    [InlineData("PMIX_RANK=0", 0)]
    [InlineData("SLURM_STEP_NUM_TASKS=1", null)]
    [InlineData("SLURM_STEP_NUM_TASKS=1 PMIX_RANK=0", null)] // one task needs no MPI to be there
    public void CountOf_AsTheStarterSetsIt(string variables, int? expected) => Assert.Equal(expected, MpiLauncher.CountOf(Reader(variables)));

    [Fact]
    public void CountOf_TasksThatCannotTalk_AreRefused()
    {
        var fault = Assert.Throws<UsageException>(() => MpiLauncher.CountOf(Reader("SLURM_STEP_NUM_TASKS=8 SLURM_PROCID=3")));

        Assert.Equal("srun started 8 tasks that cannot talk to each other. Start them with srun --mpi=pmix, or one with --ntasks=1.", fault.Message);
    }

    private static Func<string, string?> Reader(string variables)
        => variables.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(v => v.Split('=')).ToDictionary(v => v[0], v => v[1]).GetValueOrDefault;
}
