using FuseSharp.Errors;


namespace FuseSharp.Evaluation.Tasks;

/// <summary>Reads a task's data and puts its prompts together.</summary>
public static class TaskReader
{
    /// <summary>The questions of a task without parts.</summary>
    /// <param name="task">From <see cref="TaskDefinition.Parts"/>.</param>
    /// <param name="folder">The data folder.</param>
    /// <param name="limit">Most questions, the first rows.</param>
    /// <param name="shots">Examples before each; null for the task's own number.</param>
    /// <param name="seed">Of the draw of examples.</param>
    /// <returns>Each with the examples before it.</returns>
    /// <exception cref="ArtifactException">Data are missing, damaged or not what the task was defined for.</exception>
    public static IReadOnlyList<TaskQuestion> Read(TaskDefinition task, string folder, int limit, int? shots, int seed)
    {
        var rows = TaskRows.Read(folder, task.Data, task.Split, task.RowsKey, limit);
        var before = Before(task, folder, shots ?? task.Shots, seed);
        return rows.Count == 0 ? throw new ArtifactException($"The data of task '{task.Name}' in '{folder}' hold no rows. Get them again.")
            : [.. rows.Select(r => TaskExample.Parse(task, r)).Select(e => new TaskQuestion(e, before(e.Row.Number) + e.Question))];
    }

    private static Func<int, string> Before(TaskDefinition task, string folder, int shots, int seed)
    {
        if (task.ShotsFile is { } name)
        {
            string path = Path.Combine(folder, name);
            string written = FewShotSampler.Written(task, File.Exists(path) ? File.ReadAllText(path)
                : throw new ArtifactException($"There is no file of examples '{path}' for task '{task.Name}'. Get it, it belongs to the task's data."), shots);
            return _ => written;
        }

        if (shots == 0)
        {
            return _ => FewShotSampler.Draw(task, [], isSameSplit: false, 0, 0, seed);
        }

        var places = task.ShotsData.Count > 0 ? task.ShotsData : task.Data;
        bool isOwn = TaskRows.Files(folder, places, task.ShotsSplit).SequenceEqual(TaskRows.Files(folder, task.Data, task.Split));
        var pool = TaskRows.Read(folder, places, task.ShotsSplit, task.RowsKey);
        return row => FewShotSampler.Draw(task, pool, isOwn, row, shots, seed);
    }
}
