using System.Text;
using System.Text.Json;
using FuseSharp.Errors;

namespace FuseSharp.Storage.Artifacts;

/// <summary>Records that are kept one by one as they are made, a line of JSON each, so that a killed run goes on behind the last one.</summary>
/// <remarks>The first line names what is made. Safe to use from several threads.</remarks>
/// <typeparam name="T">A record that JSON can hold.</typeparam>
public sealed class JsonJournal<T> : IDisposable
{
    private readonly FileStream _file;
    private readonly IDisposable _held;
    private readonly JsonSerializerOptions _options;
    private readonly Lock _lock = new();
    private int _count;

    /// <summary>Opens a journal, or begins one.</summary>
    /// <param name="path">The file. A line that a kill cut short is dropped.</param>
    /// <param name="key">What decides the records: model, texts, settings. A single line.</param>
    /// <param name="options">How records are written.</param>
    /// <exception cref="UsageException">The file was begun with another key, is damaged, or another process writes it.</exception>
    public JsonJournal(string path, string key, JsonSerializerOptions options)
    {
        _options = options;
        // A lock of its own: on Linux, two processes that open a file to write and let others read it do not keep each other out.
        _held = FileLock.Take(path + ".lock", $"Another process writes '{path}'. Wait for it, or name another output.");
        try
        {
            _file = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read);
        }
        catch (IOException fault)
        {
            _held.Dispose();
            throw new UsageException($"'{path}' cannot be opened: {fault.Message} Check the path and its permissions, or name another output.", fault);
        }

        try
        {
            Known = ReadOrBegin(key);
            _count = Known.Count;
        }
        catch (Exception fault)
        {
            Dispose();
            throw fault is JsonException ? new UsageException($"'{path}' is damaged: {fault.Message} Remove it to begin again.", fault) : fault;
        }
    }

    /// <summary>What stood in the file when it was opened.</summary>
    public IReadOnlyList<T> Known { get; }

    /// <summary>Keeps a record.</summary>
    public void Add(T record)
    {
        byte[] line = Encoding.UTF8.GetBytes(JsonSerializer.Serialize(record, _options) + "\n");
        lock (_lock)
        {
            _file.Write(line);
            _file.Flush(); // to the system: it survives the process
            _count++;
        }
    }

    /// <summary>Does work that keeps its records here, and says what is kept where it is told to stop.</summary>
    /// <param name="unit">What a record is, in the plural: <c>answers</c>.</param>
    /// <param name="work">The work.</param>
    /// <param name="cancellation">What the work heeds.</param>
    /// <exception cref="StoppedException">It was told to stop.</exception>
    public TResult Keep<TResult>(string unit, Func<TResult> work, CancellationToken cancellation)
    {
        try
        {
            return work();
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            throw new StoppedException(FormattableString.Invariant($"Stopped with {_count:N0} {unit} in '{_file.Name}'; the same command goes on behind them."), cancellation);
        }
    }

    /// <summary>The same for work without a result.</summary>
    public void Keep(string unit, Action work, CancellationToken cancellation)
        => Keep(unit, () =>
        {
            work();
            return true;
        }, cancellation);

    /// <summary>Removes the file: what was made stands under its final name.</summary>
    public void Remove()
    {
        _file.Dispose();
        File.Delete(_file.Name);
        _held.Dispose();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _file.Dispose();
        _held.Dispose();
    }

    // Leaves the file at the end of its last whole line.
    private T[] ReadOrBegin(string key)
    {
        byte[] bytes = new byte[_file.Length];
        _file.ReadExactly(bytes);
        int length = bytes.AsSpan().LastIndexOf((byte)'\n') + 1;
        if (length == 0 && !Encoding.UTF8.GetBytes(key + "\n").AsSpan().StartsWith(bytes))
        {
            throw new UsageException($"'{_file.Name}' holds something else than what is kept there. Move it away, or name another output.");
        }

        _file.SetLength(length);
        _file.Position = length;
        if (length == 0)
        {
            _file.Write(Encoding.UTF8.GetBytes(key + "\n"));
            _file.Flush();
            return [];
        }

        string[] lines = Encoding.UTF8.GetString(bytes, 0, length - 1).Split('\n');
        return lines[0] == key ? [.. lines.Skip(1).Select(l => JsonSerializer.Deserialize<T>(l, _options)!)]
            : throw new UsageException($"'{_file.Name}' was begun with another model, other data or other settings. Give the same again, or remove it.");
    }
}
