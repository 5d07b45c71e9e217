using System.Buffers.Binary;
using System.Text;

namespace FuseSharp.Models.Native;

/// <summary>Makes one symbol version requirement of an ELF library weak, so that the dynamic linker forgives its absence.</summary>
/// <remarks>
/// TorchSharp 0.107.0's library asks for GLIBCXX_3.4.32, which the libstdc++ of Debian 12 and Ubuntu 22.04 lacks, and uses nothing of it but
/// <c>_ZSt21ios_base_library_initv</c>, to which no relocation points. The requirement stands as a vernaux entry in <c>.gnu.version_r</c>.
/// </remarks>
internal static class SymbolVersionPatch
{
    private const uint VerneedSection = 0x6ffffffe; // SHT_GNU_verneed
    private const ushort WeakFlag = 2;              // VER_FLG_WEAK

    /// <summary>Sets the weak flag on every requirement of that name.</summary>
    /// <param name="elf">A whole 64-bit little-endian ELF file; changed in place.</param>
    /// <param name="version">Such as <c>GLIBCXX_3.4.32</c>.</param>
    /// <returns>How many requirements were made weak; 0 where the file has none or is no such ELF file.</returns>
    public static int MakeWeak(Span<byte> elf, string version)
    {
        if (elf.Length < 64 || !elf[..6].SequenceEqual("\u007fELF\u0002\u0001"u8))
        {
            return 0;
        }

        byte[] name = Encoding.ASCII.GetBytes(version);
        long sections = BinaryPrimitives.ReadInt64LittleEndian(elf[40..]);
        int entrySize = BinaryPrimitives.ReadUInt16LittleEndian(elf[58..]);
        int count = BinaryPrimitives.ReadUInt16LittleEndian(elf[60..]);
        int patched = 0;
        for (int i = 0; i < count; i++)
        {
            var section = elf.Slice(checked((int)(sections + ((long)i * entrySize))), entrySize);
            if (BinaryPrimitives.ReadUInt32LittleEndian(section[4..]) == VerneedSection)
            {
                int strings = BinaryPrimitives.ReadInt32LittleEndian(section[40..]);
                var names = elf.Slice(checked((int)(sections + ((long)strings * entrySize))), entrySize);
                patched += MakeWeak(elf, Offset(section), Offset(names), name);
            }
        }

        return patched;
    }

    // Elf64_Verneed: version u16, count u16, file u32, aux u32, next u32. Elf64_Vernaux: hash u32, flags u16, other u16, name u32, next u32.
    private static int MakeWeak(Span<byte> elf, int need, int names, ReadOnlySpan<byte> version)
    {
        int patched = 0;
        while (true)
        {
            int count = BinaryPrimitives.ReadUInt16LittleEndian(elf[(need + 2)..]);
            int aux = need + BinaryPrimitives.ReadInt32LittleEndian(elf[(need + 8)..]);
            for (int i = 0; i < count; i++)
            {
                ReadOnlySpan<byte> name = elf[(names + BinaryPrimitives.ReadInt32LittleEndian(elf[(aux + 8)..]))..];
                if (name.StartsWith(version) && name[version.Length] == 0)
                {
                    ushort flags = BinaryPrimitives.ReadUInt16LittleEndian(elf[(aux + 4)..]);
                    BinaryPrimitives.WriteUInt16LittleEndian(elf[(aux + 4)..], (ushort)(flags | WeakFlag));
                    patched++;
                }

                aux += BinaryPrimitives.ReadInt32LittleEndian(elf[(aux + 12)..]);
            }

            int next = BinaryPrimitives.ReadInt32LittleEndian(elf[(need + 12)..]);
            if (next == 0)
            {
                return patched;
            }

            need += next;
        }
    }

    private static int Offset(ReadOnlySpan<byte> section) => checked((int)BinaryPrimitives.ReadInt64LittleEndian(section[24..]));
}
