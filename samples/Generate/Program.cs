// A model’s continuation of a text: all at once, then as it is written.
//   dotnet run -c Release --project samples/Generate -- assets/models/web "Gets the"
using FuseSharp.Models;
using FuseSharp.Models.Generate;

string path = args.ElementAtOrDefault(0) ?? "assets/models/web";
string prompt = args.ElementAtOrDefault(1) ?? "Gets the";
var options = new GenerateOptions { MaxTokens = 24, Temperature = 0 };

using var model = LanguageModel.Load(path);
Console.WriteLine(prompt + model.Generate(prompt, options));

using var stop = new CancellationTokenSource();
Console.CancelKeyPress += (_, key) =>
{
    key.Cancel = true;
    stop.Cancel();
};

Console.Write(prompt);
await foreach (string piece in model.GenerateAsync(prompt, options, stop.Token))
{
    Console.Write(piece);
}

Console.WriteLine();
