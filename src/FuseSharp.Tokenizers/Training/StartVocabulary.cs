using System.Text;
using FuseSharp.Tokenizers.Bpe;

namespace FuseSharp.Tokenizers.Training;

/// <summary>The vocabulary that training starts from and adds to.</summary>
internal sealed class StartVocabulary
{
    private readonly int[] _bytes = new int[256];
    private readonly SymbolTable? _characters;
    private readonly Dictionary<string, int> _ids = new(StringComparer.Ordinal);

    private StartVocabulary(SymbolTable? characters) => _characters = characters;

    /// <summary>Token strings in id order.</summary>
    public List<string> Tokens { get; } = [];

    /// <summary>One special token and 256 bytes, in the order of their printable characters, which is that of GPT-2.</summary>
    public static StartVocabulary OfBytes()
    {
        var vocabulary = new StartVocabulary(null);
        vocabulary.Add("<|endoftext|>");
        foreach (byte value in Enumerable.Range(0, 256).Select(b => (byte)b).OrderBy(ByteAlphabet.CharacterOf))
        {
            vocabulary._bytes[value] = vocabulary.Add(ByteAlphabet.CharacterOf(value).ToString());
        }

        return vocabulary;
    }

    /// <summary>Three special tokens, 256 bytes, then the characters that cover the texts, the most frequent first.</summary>
    public static StartVocabulary OfCharacters(IReadOnlyList<(string Word, long Count)> words, TokenizerTrainOptions options)
    {
        var table = new SymbolTable();
        var vocabulary = new StartVocabulary(table);
        foreach (string special in new[] { "<unk>", "<s>", "</s>" })
        {
            vocabulary.Add(special);
        }

        for (int value = 0; value < 256; value++)
        {
            vocabulary.Add(TokenBytes.Name(value));
        }

        var counts = CountCharacters(words);
        double wanted = options.CharacterCoverage * counts.Values.Sum();
        long covered = 0;
        foreach (var (character, count) in counts.OrderByDescending(c => c.Value).ThenBy(c => c.Key))
        {
            if (covered >= wanted)
            {
                break;
            }

            table.Add(character, vocabulary.Add(new Rune(character).ToString()));
            covered += count;
        }

        return vocabulary;
    }

    /// <summary>The id of a token, which is new unless another merge made the same string.</summary>
    public int Add(string token)
    {
        if (!_ids.TryGetValue(token, out int id))
        {
            id = Tokens.Count;
            _ids.Add(token, id);
            Tokens.Add(token);
        }

        return id;
    }

    /// <summary>The tokens of a word before any merge; -1 stands where no merge may reach across.</summary>
    public int[] Spell(string word)
    {
        if (_characters is null)
        {
            return [.. Encoding.UTF8.GetBytes(word).Select(b => _bytes[b])];
        }

        return [.. word.EnumerateRunes().Select(r => _characters[r.Value])];
    }

    private static Dictionary<int, long> CountCharacters(IReadOnlyList<(string Word, long Count)> words)
    {
        // The marker stands in every SentencePiece vocabulary, also in one trained on a text without spaces.
        var counts = new Dictionary<int, long> { ['▁'] = 1 };
        foreach (var (word, count) in words)
        {
            foreach (var rune in word.EnumerateRunes())
            {
                counts[rune.Value] = counts.GetValueOrDefault(rune.Value) + count;
            }
        }

        return counts;
    }
}
