using System.Security.Cryptography;
using System.Text;

namespace FuseSharp.Files;

/// <summary>Tells whether a model or text that a stage was made from is still the same; copies on other machines have the same fingerprint.</summary>
public static class FileFingerprint
{
    private const long LargestHashed = 64L << 20;
    private const int Samples = 256;
    private const int SampleBytes = 64 << 10;

    /// <summary>Fingerprint of a model: of a file, or of all files directly in a folder.</summary>
    /// <remarks>
    /// Hashing a checkpoint of tens of gigabytes at every run would cost minutes: of files above 64 MB only the length and 256 evenly spaced samples of 64 KB count. Another
    /// checkpoint differs in nearly every weight; a patch of a few weights is not seen. Times of writing are not used, for every machine that shares a run has its own.
    /// </remarks>
    /// <param name="path">An existing file or folder; what a stage of ours notes in it about its making (time, course, cost) does not count.</param>
    /// <returns>Hexadecimal SHA-256 over names and contents.</returns>
    public static string Compute(string path)
        => Over(Directory.Exists(path) ? Directory.EnumerateFiles(path).Where(f => !NoteFiles.Is(Path.GetFileName(f))).Order(StringComparer.Ordinal) : [path], wholeContents: false);

    /// <summary>Fingerprint of some files' whole contents, at the speed of reading them.</summary>
    public static string OfFiles(IEnumerable<string> files) => Over(files, wholeContents: true);

    private static string Over(IEnumerable<string> files, bool wholeContents)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (string file in files)
        {
            hash.AppendData(Encoding.UTF8.GetBytes(Path.GetFileName(file) + "\n"));
            using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0);
            hash.AppendData(wholeContents || stream.Length <= LargestHashed ? SHA256.HashData(stream) : OfSamples(stream));
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private static byte[] OfSamples(FileStream stream)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(BitConverter.GetBytes(stream.Length));
        byte[] sample = new byte[SampleBytes];
        for (long i = 0; i < Samples; i++)
        {
            stream.Position = (stream.Length - SampleBytes) * i / (Samples - 1); // the first at the start, the last at the end
            stream.ReadExactly(sample);
            hash.AppendData(sample);
        }

        return hash.GetHashAndReset();
    }
}
