namespace FuseSharp.Json;

/// <summary>Numbers that Python's <c>json</c> writes and JSON does not know: <c>NaN</c>, <c>Infinity</c>, <c>-Infinity</c>, bare.</summary>
public static class PythonNumbers
{
    /// <summary>Writes something else in their place; in texts and names they stay.</summary>
    /// <param name="utf8">JSON, or what should be.</param>
    /// <param name="written">What stands for a number of this name; JSON.</param>
    /// <returns>Null where there are none.</returns>
    public static byte[]? Replace(ReadOnlySpan<byte> utf8, Func<string, byte[]> written)
    {
        List<byte>? result = null;
        int kept = 0;
        bool isText = false;
        for (int i = 0; i < utf8.Length;)
        {
            if (isText && utf8[i] == '\\')
            {
                i += 2;
                continue;
            }

            if (!isText && NameAt(utf8[i..]) is { } name)
            {
                result ??= new List<byte>(utf8.Length + 64);
                result.AddRange(utf8[kept..i]);
                result.AddRange(written(name));
                i += name.Length;
                kept = i;
                continue;
            }

            isText ^= utf8[i++] == '"';
        }

        result?.AddRange(utf8[kept..]);
        return result?.ToArray();
    }

    private static string? NameAt(ReadOnlySpan<byte> rest)
        => rest[0] switch
        {
            (byte)'N' when rest.StartsWith("NaN"u8) => "NaN",
            (byte)'I' when rest.StartsWith("Infinity"u8) => "Infinity",
            (byte)'-' when rest.StartsWith("-Infinity"u8) => "-Infinity",
            _ => null,
        };
}
