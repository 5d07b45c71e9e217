namespace FuseSharp.Tokenizers.Bpe;

/// <summary>The printable characters that byte-level vocabularies write for bytes: <c>Ġ</c> is a space, <c>Ċ</c> a newline.</summary>
internal static class ByteAlphabet
{
    private static readonly char[] _characters = Build();
    private static readonly short[] _bytes = Invert();

    /// <summary>The character of a byte.</summary>
    public static char CharacterOf(byte value) => _characters[value];

    /// <summary>The byte of a character, or -1.</summary>
    public static int ByteOf(char character) => character < _bytes.Length ? _bytes[character] : -1;

    /// <summary>Bytes in the byte-level writing.</summary>
    public static string Write(ReadOnlySpan<byte> bytes)
    {
        char[] characters = new char[bytes.Length];
        for (int i = 0; i < bytes.Length; i++)
        {
            characters[i] = _characters[bytes[i]];
        }

        return new string(characters);
    }

    /// <summary>The bytes that a token string stands for, or null where one of its characters stands for none.</summary>
    public static byte[]? Read(string token)
    {
        byte[] bytes = new byte[token.Length];
        for (int i = 0; i < token.Length; i++)
        {
            int value = ByteOf(token[i]);
            if (value < 0)
            {
                return null;
            }

            bytes[i] = (byte)value;
        }

        return bytes;
    }

    private static char[] Build()
    {
        char[] characters = new char[256];
        int unprintable = 0;
        for (int b = 0; b < 256; b++)
        {
            bool isPrintable = b is (>= '!' and <= '~') or (>= 0xA1 and <= 0xAC) or (>= 0xAE and <= 0xFF);
            characters[b] = (char)(isPrintable ? b : 256 + unprintable++);
        }

        return characters;
    }

    private static short[] Invert()
    {
        short[] bytes = new short[256 + 68];
        Array.Fill(bytes, (short)-1);
        for (int b = 0; b < 256; b++)
        {
            bytes[_characters[b]] = (short)b;
        }

        return bytes;
    }
}
