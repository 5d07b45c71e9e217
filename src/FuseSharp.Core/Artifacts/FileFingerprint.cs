using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace FuseSharp.Core.Artifacts;

/// <summary>Tells whether a model or text that a stage was made from is still the same.</summary>
public static class FileFingerprint
{
    // Hashing a checkpoint of tens of gigabytes at every run would cost minutes; its size and time of writing tell a change as builds tell it.
    private const long LargestHashed = 64L << 20;

    /// <summary>Fingerprint of a file, or of all files directly in a folder.</summary>
    /// <param name="path">An existing file or folder.</param>
    /// <returns>Hexadecimal SHA-256 over names and contents (sizes and times of files above 64 MB).</returns>
    public static string Of(string path) => OfFiles(Directory.Exists(path) ? Directory.EnumerateFiles(path).Order(StringComparer.Ordinal) : [path]);

    /// <summary>Fingerprint of several files.</summary>
    public static string OfFiles(IEnumerable<string> files)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (string file in files)
        {
            var info = new FileInfo(file);
            hash.AppendData(Encoding.UTF8.GetBytes(info.Name + "\n"));
            if (info.Length > LargestHashed)
            {
                hash.AppendData(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{info.Length} {info.LastWriteTimeUtc.Ticks}\n")));
                continue;
            }

            hash.AppendData(SHA256.HashData(File.ReadAllBytes(file)));
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
