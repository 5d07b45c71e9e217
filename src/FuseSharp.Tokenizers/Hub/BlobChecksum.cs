using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace FuseSharp.Tokenizers.Hub;

/// <summary>The checksum of a file's bytes as they come: SHA-256, or the SHA-1 that git gives a blob, which begins with <c>blob LENGTH\0</c>.</summary>
internal sealed class BlobChecksum : IDisposable
{
    private const int Sha256Digits = 64;

    private readonly HubFile _file;
    private readonly IncrementalHash _hash;

    /// <param name="file">Its checksum's length says which kind it is.</param>
    public BlobChecksum(HubFile file)
    {
        _file = file;
#pragma warning disable CA5350 // git's own name of a file; what is to be safe from forgery is the connection
        _hash = IncrementalHash.CreateHash(file.Etag.Length == Sha256Digits ? HashAlgorithmName.SHA256 : HashAlgorithmName.SHA1);
#pragma warning restore CA5350
        Begin();
    }

    /// <summary>Takes the next bytes.</summary>
    public void Append(ReadOnlySpan<byte> bytes) => _hash.AppendData(bytes);

    /// <summary>Forgets all bytes so far.</summary>
    public void Restart()
    {
        _ = _hash.GetHashAndReset();
        Begin();
    }

    /// <summary>The checksum of all bytes so far, hexadecimal as in <see cref="HubFile.Etag"/>.</summary>
    public string Finish() => Convert.ToHexStringLower(_hash.GetHashAndReset());

    /// <inheritdoc/>
    public void Dispose() => _hash.Dispose();

    private void Begin()
    {
        if (_file.Etag.Length != Sha256Digits)
        {
            _hash.AppendData(Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"blob {_file.Bytes}\0")));
        }
    }
}
