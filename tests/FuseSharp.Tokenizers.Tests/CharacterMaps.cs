namespace FuseSharp.Tokenizers.Tests;

/// <summary>Compiled maps of characters for random tokenizers.</summary>
internal static class CharacterMaps
{
    /// <summary>In base64.</summary>
    public static IReadOnlyList<string> All { get; } = [Compile(new() { ["a"] = "b", ["ab"] = "x", ["é"] = "e", ["e\u0301"] = "é", ["\r"] = " ", ["\u200B"] = " ", ["ﬁ"] = "fi", ["中"] = "", ["😀"] = ":)", [" "] = " " })];

    /// <summary>A double-array trie of some rules, as Darts-clone lays it out: bit 31 marks a value, bits 0–7 a label, bit 8 a leaf, bits 10 and up the offset.</summary>
    public static string Compile(Dictionary<string, string> rules)
    {
        var strings = new List<byte>();
        var keys = new SortedDictionary<string, int>(StringComparer.Ordinal);
        foreach (var (key, value) in rules)
        {
            keys[key] = strings.Count;
            strings.AddRange([.. System.Text.Encoding.UTF8.GetBytes(value), 0]);
        }

        var units = new List<uint> { 0 };
        var taken = new HashSet<int> { 0 };
        var entries = keys.Select(k => (Key: System.Text.Encoding.UTF8.GetBytes(k.Key), Value: k.Value)).ToList();
        var bases = new HashSet<int>();
        Place(0, 0, entries);
        byte[] blob = [.. BitConverter.GetBytes(4 * units.Count), .. units.SelectMany(BitConverter.GetBytes), .. strings];
        return Convert.ToBase64String(blob);

        void Place(int node, int depth, List<(byte[] Key, int Value)> below)
        {
            var labels = below.Select(e => depth < e.Key.Length ? e.Key[depth] : 0).Distinct().ToList();

            // The first base at which no child meets another; offsets are relative to the node.
            int @base = 1;
            while (!bases.Add(@base) || labels.Any(l => taken.Contains(@base ^ l)) || ((uint)(@base ^ node)) >= 1u << 21)
            {
                @base++;
            }

            labels.ForEach(l => taken.Add(@base ^ l));
            while (units.Count <= @base + 256)
            {
                units.Add(0x80000000 | 0xFF); // a label that no byte step accepts
            }

            units[node] = (units[node] & 0x800000FF) | ((uint)(@base ^ node) << 10) | (labels.Contains(0) ? 1u << 8 : 0);
            foreach (int label in labels.Select(l => (int)l))
            {
                int child = @base ^ label;
                if (label == 0)
                {
                    units[child] = 0x80000000 | (uint)below.First(e => e.Key.Length == depth).Value;
                }
                else
                {
                    units[child] = (uint)label;
                    Place(child, depth + 1, [.. below.Where(e => depth < e.Key.Length && e.Key[depth] == label)]);
                }
            }
        }
    }
}
