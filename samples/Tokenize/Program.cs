// The tokens of a text, as Hugging Face's tokenizers give them, and the byte of the UTF-8 text at which each ends:
//   dotnet run --project samples/Tokenize -- assets/models/web "Gets the node’s name."
using FuseSharp.Tokenizers.Files;

string path = args.ElementAtOrDefault(0) ?? "assets/models/web";
string text = args.ElementAtOrDefault(1) ?? "Gets the node’s name.";

var tokenizer = TokenizerFolder.Load(path);
var tokens = tokenizer.Encode(text);

Console.WriteLine("   id  ends  token");
for (int i = 0; i < tokens.Count; i++)
{
    Console.WriteLine($"{tokens.Ids[i],5} {tokens.EndsExclusive[i],5}  {tokenizer.Vocabulary[tokens.Ids[i]]}");
}

Console.WriteLine(tokenizer.Decode(tokens.Ids));
