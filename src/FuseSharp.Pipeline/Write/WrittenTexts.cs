using System.Text;
using FuseSharp.Models.Generate;
using FuseSharp.Tokenizers;

namespace FuseSharp.Pipeline.Write;

/// <summary>Takes documents that a model wrote, one after the other, until there are enough; leaves out those that teach nothing.</summary>
/// <param name="options">How much is enough.</param>
/// <param name="tokenizer">The writer's.</param>
/// <param name="known">Texts that it must not repeat.</param>
internal sealed class WrittenTexts(WriteOptions options, ITokenizer tokenizer, KnownTexts known)
{
    /// <summary>Characters of a passage from which on a document counts as a copy: some 50 tokens, from which on Carlini et al. (Quantifying Memorization, ICLR 2023) call a text memorized.</summary>
    public const int CopiedCharacters = 3 * KnownTexts.Block;

    // A text of which more than half of the runs of four tokens have stood before goes in circles.
    private const int RunLength = 4;
    private const double MostRepeated = 0.5;
    private const int ShortestLoop = 20; // tokens

    private const int FirstWanted = 32; // where bytes are counted, and none are known yet

    private readonly List<string> _texts = [];
    private readonly HashSet<string> _seen = new(StringComparer.Ordinal);
    private long _bytes;
    private int _written;
    private int _empty;
    private int _loops;
    private int _duplicates;
    private int _copies;
    private int _cut;
    private int _longest;

    /// <summary>Those that were taken, in their order.</summary>
    public IReadOnlyList<string> Texts => _texts;

    /// <summary>Whether there are enough.</summary>
    public bool IsFull => options.Count > 0 ? _texts.Count >= options.Count : _bytes >= options.Bytes;

    /// <summary>How many more to write at once; follows from those before alone.</summary>
    /// <param name="most">At most so many.</param>
    public int Wanted(int most)
        => options.Count > 0 ? Math.Min(most, options.Count - _texts.Count)
            : _texts.Count == 0 ? Math.Min(most, FirstWanted)
            : (int)Math.Clamp(Math.Ceiling((options.Bytes - _bytes) / ((double)_bytes / _texts.Count)), 1, most);

    /// <summary>Counts by their names in manifests.</summary>
    public Dictionary<string, double> Figures => new()
    {
        ["documents"] = _texts.Count,
        ["bytes"] = _bytes,
        ["written"] = _written,
        ["left_out.empty"] = _empty,
        ["left_out.loops"] = _loops,
        ["left_out.duplicates"] = _duplicates,
        ["left_out.copies"] = _copies,
        ["cut_at_max_tokens"] = _cut,
        ["longest_known_passage"] = _longest,
    };

    /// <summary>Takes a document, or leaves it out.</summary>
    public void Add(WrittenText written)
    {
        _written++;
        string text = written.Prompt + written.Text;
        int passage = known.LongestIn(written.Text); // a prompt is given, and may well be known
        if (string.IsNullOrWhiteSpace(written.Text))
        {
            _empty++;
        }
        else if (!_seen.Add(text))
        {
            _duplicates++;
        }
        else if (IsLoop(tokenizer.Encode(text).Ids))
        {
            _loops++;
        }
        else if (passage >= CopiedCharacters)
        {
            _copies++;
        }
        else
        {
            _texts.Add(text);
            _bytes += Encoding.UTF8.GetByteCount(text);
            _cut += written.Finish == FinishReason.Length ? 1 : 0;
            _longest = Math.Max(_longest, passage);
        }
    }

    private static bool IsLoop(int[] ids)
    {
        if (ids.Length < ShortestLoop)
        {
            return false;
        }

        int runs = ids.Length - RunLength + 1;
        int different = Enumerable.Range(0, runs).Select(i => (ids[i], ids[i + 1], ids[i + 2], ids[i + 3])).Distinct().Count();
        return runs - different > MostRepeated * runs;
    }
}
