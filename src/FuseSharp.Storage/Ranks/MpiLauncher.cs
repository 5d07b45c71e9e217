using System.Globalization;
using System.Runtime.InteropServices;
using FuseSharp.Errors;

namespace FuseSharp.Storage.Ranks;

/// <summary>Finds out whether this process is one of several.</summary>
public static class MpiLauncher
{
    /// <summary>Whether Open MPI's library is there: without it one process works alone.</summary>
    public static bool IsInstalled => NativeLibrary.TryLoad(OpenMpi.Library, out _);

    /// <summary>Joins the job that <c>mpirun</c> or <c>srun</c> started; alone, a job of one.</summary>
    /// <exception cref="UsageException">Several processes were started that cannot talk.</exception>
    public static IProcessGroup Join()
    {
        int? count = CountOf(Environment.GetEnvironmentVariable);
        return count is null ? SingleProcess.Instance : MpiProcessGroup.Join(count.Value);
    }

    /// <summary>Processes that the starter says there are; 0 where it started this one and does not say; null where nothing did.</summary>
    /// <param name="variable">Reads an environment variable.</param>
    /// <exception cref="UsageException"><c>srun</c> started several tasks without MPI.</exception>
    internal static int? CountOf(Func<string, string?> variable)
    {
        int Number(string name) => int.TryParse(variable(name), NumberStyles.None, CultureInfo.InvariantCulture, out int number) ? number : 0;
        int tasks = Number("SLURM_STEP_NUM_TASKS");
        if (Number("OMPI_COMM_WORLD_SIZE") is > 0 and var size)
        {
            return size;
        }

        int known = Math.Max(tasks, Number("PMI_SIZE"));
        if (known != 1 && (variable("PMIX_RANK") is not null || variable("PMI_RANK") is not null))
        {
            return known;
        }

        return tasks <= 1 ? null
            : throw new UsageException(string.Create(CultureInfo.InvariantCulture, $"srun started {tasks} tasks that cannot talk to each other. Start them with srun --mpi=pmix, or one with --ntasks=1."));
    }
}
