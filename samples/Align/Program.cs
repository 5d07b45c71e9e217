// Lays what a source model expects over the target's tokens, wherever both have read the same bytes. Here the source is sure of the token that it reads next.
//   dotnet run --project samples/Align -- assets/models/security assets/models/web "Validates the certificate."
using FuseSharp.Fusion.Align;
using FuseSharp.Fusion.Records;
using FuseSharp.Storage.Texts;
using FuseSharp.Tokenizers;
using FuseSharp.Tokenizers.Files;

var target = TokenizerFolder.Load(args.ElementAtOrDefault(0) ?? "assets/models/security");
var source = TokenizerFolder.Load(args.ElementAtOrDefault(1) ?? "assets/models/web");
string text = args.ElementAtOrDefault(2) ?? "Validates the certificate.";

var read = Read(target);
var heard = Read(source);
var aligner = new BoundaryAligner(target, source);
int[] positions = aligner.SourcePositions(read, heard);
var rows = aligner.Align(read, heard).Rows;

Console.WriteLine($"{"target has read",-18}{"source has read",-18}{"source expects",-18}which teaches the target");
for (int t = 0; t < rows.Positions; t++)
{
    int s = positions[t];
    var taught = rows.Indices[rows.RowStarts[t]..rows.RowStarts[t + 1]].Select(id => target.Vocabulary[id]);
    Console.WriteLine($"{target.Vocabulary[read.Ids[t]],-18}{Token(s),-18}{Token(s < 0 ? -1 : s + 1),-18}{string.Join(' ', taught)}");
}

string Token(int position) => position < 0 || position >= heard.Ids.Length ? "–" : source.Vocabulary[heard.Ids[position]];

// What stage 2 writes down of a document: tokens, where they end, and the largest logits at each position – here one, of probability 1.
Representation Read(ITokenizer tokenizer)
{
    var tokens = tokenizer.Encode(text);
    int[] next = [.. tokens.Ids.Skip(1), -1];
    return new(new PieceId(0, 0), tokens.Ids, tokens.EndsExclusive, new TopKLogits(1, next, new Half[next.Length], new float[next.Length]), new float[next.Length]);
}
