// Fuses two small models of different tokenizers on a page of texts, in a quarter of a minute. It is far too little text to help anybody, and the run says so.
//   dotnet run -c Release --project samples/Fuse -- runs/sample samples/Fuse/texts.txt
using FuseSharp.Pipeline;
using FuseSharp.Pipeline.Recipes;
using FuseSharp.Pipeline.Train;
using FuseSharp.Progress;
using FuseSharp.Storage.Texts;

string folder = args.ElementAtOrDefault(0) ?? "runs/sample";
string texts = args.ElementAtOrDefault(1) ?? "samples/Fuse/texts.txt"; // a document a line

var recipe = new Recipe
{
    Output = folder,
    Target = "assets/models/security",
    Sources = ["assets/models/web"],
    Texts = new Dictionary<string, TextEntry> { ["notes"] = new() { Path = texts, Lines = true } },
    Train = new TrainOptions { LearningRate = 0.001 },
};
var result = await FusionRun.RunAsync(recipe, new FusionRunOptions { Progress = new Lines() });
Console.WriteLine($"{result.Verdict}\n{result.Models[0]}");

/// <summary>A line for each piece of work, as it begins.</summary>
internal sealed class Lines : IProgressReporter
{
    public IProgressTask Start(string name, long total, string unit)
    {
        Say($"{name}: {total} {unit}");
        return SilentProgress.Instance;
    }

    public void Say(string line) => Console.Error.WriteLine(line);

    public void Result(string line) => Console.WriteLine(line);
}
