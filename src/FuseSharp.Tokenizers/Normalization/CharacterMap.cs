using System.Buffers;
using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using System.Text.Unicode;

namespace FuseSharp.Tokenizers.Normalization;

/// <summary>SentencePiece's compiled replacements of characters (<c>precompiled_charsmap</c>): a double-array trie over bytes, and the strings that its values point to.</summary>
internal sealed class CharacterMap
{
    private readonly uint[] _units;
    private readonly Dictionary<int, string> _replacements = [];
    private readonly byte[] _strings;
    private readonly string _hash;

    private CharacterMap(uint[] units, byte[] strings, string hash)
    {
        _units = units;
        _strings = strings;
        _hash = hash;
        for (int start = 0, at = 0; at < strings.Length; at++)
        {
            if (strings[at] == 0)
            {
                _replacements[start] = Encoding.UTF8.GetString(strings, start, at - start);
                start = at + 1;
            }
        }

        Longest = _replacements.Count == 0 ? 1 : _replacements.Values.Max(r => r.Length);
        PlainAscii = SearchValues.Create([.. Enumerable.Range(1, 127).Where(IsPlain).Select(c => (char)c)]);
    }

    /// <summary>Says which map it is.</summary>
    public string Description => _hash;

    /// <summary>Characters of the longest replacement.</summary>
    public int Longest { get; }

    /// <summary>ASCII characters that nothing replaces, alone or with an ASCII character behind them.</summary>
    public SearchValues<char> PlainAscii { get; }

    /// <summary>Reads the compiled form, or null where it is damaged.</summary>
    public static CharacterMap? Read(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length < 4 || BinaryPrimitives.ReadUInt32LittleEndian(bytes) is var size && (size > bytes.Length - 4 || size % 4 != 0 || size == 0))
        {
            return null;
        }

        uint[] units = new uint[size / 4];
        for (int i = 0; i < units.Length; i++)
        {
            units[i] = BinaryPrimitives.ReadUInt32LittleEndian(bytes[(4 + (4 * i))..]);
        }

        byte[] strings = bytes[(int)(4 + size)..].ToArray();
        return Utf8.IsValid(strings) ? new CharacterMap(units, strings, Convert.ToHexStringLower(SHA256.HashData(bytes))) : null;
    }

    /// <summary>What is written for the start of a text, or null for nothing else.</summary>
    /// <param name="text">UTF-16; half a pair has no rule.</param>
    /// <param name="takesLongest">Whether the longest rule counts (SentencePiece) or the shortest (Hugging Face).</param>
    /// <param name="length">UTF-16 units that the rule takes.</param>
    public string? Find(ReadOnlySpan<char> text, bool takesLongest, out int length)
    {
        length = 0;
        int value = -1;
        int node = (int)OffsetOf(_units[0]);
        Span<byte> bytes = stackalloc byte[4];
        for (int at = 0; at < text.Length && (takesLongest || value < 0);)
        {
            if (text[at] == 0 || Rune.DecodeFromUtf16(text[at..], out var rune, out int units) != OperationStatus.Done)
            {
                break;
            }

            int width = rune.EncodeToUtf8(bytes);
            bool hasLeaf = false;
            bool isStep = true;
            for (int i = 0; i < width && isStep; i++)
            {
                isStep = TryStep(bytes[i], ref node, out hasLeaf);
            }

            if (!isStep)
            {
                break;
            }

            at += units;
            if (hasLeaf)
            {
                value = (int)(_units[node] & 0x7FFFFFFF);
                length = at;
            }
        }

        return value < 0 ? null : _replacements.TryGetValue(value, out string? known) ? known : InsideOf(value);
    }

    // A value may point into the middle of a string, which then is used from there on.
    private string InsideOf(int value)
    {
        if (value >= _strings.Length)
        {
            return "";
        }

        int end = _strings.AsSpan(value).IndexOf((byte)0);
        return Encoding.UTF8.GetString(_strings, value, end < 0 ? _strings.Length - value : end);
    }

    private bool IsPlain(int c)
    {
        int node = (int)OffsetOf(_units[0]);
        if (!TryStep((byte)c, ref node, out bool hasLeaf))
        {
            return true;
        }

        for (int next = 1; next < 128 && !hasLeaf; next++)
        {
            int child = node;
            hasLeaf |= TryStep((byte)next, ref child, out _);
        }

        return !hasLeaf;
    }

    private bool TryStep(byte label, ref int node, out bool hasLeaf)
    {
        hasLeaf = false;
        int at = node ^ label;
        if ((uint)at >= (uint)_units.Length || (_units[at] & 0x800000FF) != label)
        {
            return false;
        }

        hasLeaf = (_units[at] >> 8 & 1) != 0;
        node = at ^ (int)OffsetOf(_units[at]);
        return (uint)node < (uint)_units.Length;
    }

    // Darts-clone: bits 10 and up, eight bits further where bit 9 is set.
    private static uint OffsetOf(uint unit) => (unit >> 10) << (int)((unit & (1u << 9)) >> 6);
}
