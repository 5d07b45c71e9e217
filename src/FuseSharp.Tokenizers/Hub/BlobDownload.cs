using System.Net;
using FuseSharp.Errors;
using FuseSharp.Progress;

namespace FuseSharp.Tokenizers.Hub;

/// <summary>Fetches the contents of a file: what an earlier attempt left is kept and continued, and only what has the right checksum gets its name.</summary>
/// <param name="connection">To the Hub.</param>
/// <param name="file">The file.</param>
/// <param name="blob">Where its contents belong.</param>
/// <param name="bar">Counts bytes.</param>
internal sealed class BlobDownload(HubConnection connection, HubFile file, string blob, IProgressTask bar)
{
    /// <summary>What unfinished contents are called after their name, as huggingface_hub calls them.</summary>
    public const string PartialSuffix = ".incomplete";

    private const int PieceBytes = 1 << 18;

    private readonly byte[] _piece = new byte[PieceBytes];
    private long _shown;

    /// <summary>Fetches what is missing. No other process may do the same meanwhile.</summary>
    /// <exception cref="ModelException">The bytes are not those that the Hub announced; they are gone.</exception>
    /// <exception cref="UsageException">The Hub refuses or is out of reach; what has come is kept.</exception>
    public async Task RunAsync(CancellationToken cancellation)
    {
        string partial = blob + PartialSuffix;
        Directory.CreateDirectory(Path.GetDirectoryName(blob)!);
        try
        {
            using var checksum = new BlobChecksum(file);
            using var output = new FileStream(partial, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read, bufferSize: 0);
            await ContinueAsync(output, checksum, cancellation);
            while (output.Length < file.Bytes)
            {
                await connection.TryAsync(() => AppendAsync(output, checksum, cancellation), cancellation);
            }

            if (checksum.Finish() is var found && found != file.Etag)
            {
                throw new ModelException($"'{file.Name}' as it came has the checksum {found}, the Hub announced {file.Etag}. What came is thrown away: run the command again.");
            }

            output.Flush(flushToDisk: true);
        }
        catch (ModelException)
        {
            File.Delete(partial);
            throw;
        }

        File.Move(partial, blob, overwrite: true);
    }

    // What an earlier attempt left.
    private async Task ContinueAsync(FileStream output, BlobChecksum checksum, CancellationToken cancellation)
    {
        if (output.Length > file.Bytes)
        {
            output.SetLength(0);
        }

        for (int read; (read = await output.ReadAsync(_piece, cancellation)) > 0;)
        {
            checksum.Append(_piece.AsSpan(0, read));
        }

        bar.Skip(_shown = output.Length);
    }

    // Until the answer ends; the length is enough or another attempt is needed.
    private async Task<bool> AppendAsync(FileStream output, BlobChecksum checksum, CancellationToken cancellation)
    {
        using var answer = await connection.OpenAsync(file, output.Length, cancellation);
        if (output.Length > 0 && answer.StatusCode is HttpStatusCode.OK or HttpStatusCode.RequestedRangeNotSatisfiable)
        {
            Restart(output, checksum); // a server without ranges, or one that has fewer bytes than came from it
            if (answer.StatusCode != HttpStatusCode.OK)
            {
                return false;
            }
        }

        if (!answer.IsSuccessStatusCode)
        {
            throw connection.Errors.Refused(answer);
        }

        long from = answer.Content.Headers.ContentRange?.From ?? 0;
        if (from != output.Length)
        {
            throw connection.Errors.NotTheHub(FormattableString.Invariant($"'{file.Name}' comes from byte {from}, expected byte {output.Length}"));
        }

        if (answer.Content.Headers.ContentLength is { } length && from + length != file.Bytes)
        {
            throw WrongLength(from + length);
        }

        using var body = await answer.Content.ReadAsStreamAsync(cancellation);
        for (int read; (read = await connection.ReadAsync(body, _piece, cancellation)) > 0;)
        {
            if (output.Length + read > file.Bytes)
            {
                throw WrongLength(output.Length + read);
            }

            await output.WriteAsync(_piece.AsMemory(0, read), cancellation);
            checksum.Append(_piece.AsSpan(0, read));
            Show(output.Length);
        }

        return output.Length == file.Bytes ? true : throw new PassingFault($"ends '{file.Name}' early", isAfterContact: true);
    }

    private static void Restart(FileStream output, BlobChecksum checksum)
    {
        output.SetLength(0);
        output.Position = 0;
        checksum.Restart();
    }

    // A bar does not go back where a file has to begin anew, and what comes a second time is nothing gained.
    private void Show(long length)
    {
        if (length > _shown)
        {
            connection.GetOn();
            bar.Advance(length - _shown, file.Name);
            _shown = length;
        }
    }

    private ModelException WrongLength(long found)
        => new(FormattableString.Invariant($"'{file.Name}' comes with {found:N0} bytes or more, the Hub announced {file.Bytes:N0}. What came is thrown away: run the command again."));
}
