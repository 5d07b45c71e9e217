using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace FuseSharp.Storage.Texts;

/// <summary>Splits documents by a hash of their text: the same document falls on the same side in every run, order and machine.</summary>
public static class HashSplit
{
    /// <summary>85 of 100 documents train, 5 validate, 10 test.</summary>
    /// <param name="text">The whole document.</param>
    public static DataSplit Assign(string text)
        => (Hash(text) % 100) switch
        {
            < 85 => DataSplit.Train,
            < 90 => DataSplit.Validation,
            _ => DataSplit.Test,
        };

    /// <summary>The first 8 bytes of the SHA-256 of a text's UTF-8, as a number.</summary>
    public static ulong Hash(string text) => Number(text, 0);

    /// <summary>A number from 0 to 99 that decides a text's <see cref="TextPart"/>: from the next 8 bytes of the same SHA-256, so that it says nothing about the split.</summary>
    /// <param name="text">The whole document, or its subject.</param>
    public static int Percent(string text) => (int)(Number(text, sizeof(ulong)) % 100);

    private static ulong Number(string text, int start)
        => BinaryPrimitives.ReadUInt64BigEndian(SHA256.HashData(Encoding.UTF8.GetBytes(text)).AsSpan(start));
}
