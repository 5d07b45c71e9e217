using System.Globalization;
using System.Security.Cryptography;
using FuseSharp.Fuzz;

// dotnet run -c Release --project tests/FuseSharp.Fuzz -- [--minutes 10] [--seed N] [--only NAME]
string? Option(string name) => Array.IndexOf(args, name) is >= 0 and var at && at + 1 < args.Length ? args[at + 1] : null;
double minutes = double.Parse(Option("--minutes") ?? "10", CultureInfo.InvariantCulture);
int seed = int.Parse(Option("--seed") ?? "1", CultureInfo.InvariantCulture);
var targets = FuzzTargets.All.Where(t => Option("--only") is not { } only || t.Name == only).ToList();
if (targets.Count == 0)
{
    Console.Error.WriteLine($"There is no reader of that name. Known are {string.Join(", ", FuzzTargets.All.Select(t => t.Name))}.");
    return 2;
}

string folder = Path.Combine(Path.GetTempPath(), "fusesharp-fuzz");
Directory.CreateDirectory(folder);
int faults = 0;
foreach (var target in targets)
{
    var end = DateTime.UtcNow + TimeSpan.FromMinutes(minutes / targets.Count);
    var seen = new HashSet<string>(StringComparer.Ordinal);
    var mutator = new Mutator(target, seed);
    long count = 0;
    while (DateTime.UtcNow < end)
    {
        byte[] input = mutator.Next();
        File.WriteAllBytes(Path.Combine(folder, target.Name + ".current"), input); // left there by what ends the process
        count++;
        if (FuzzRun.Try(target, input, isTimed: true) is { } fault && seen.Add(fault.Split('|')[0]))
        {
            faults++;
            string file = Path.Combine(folder, $"{target.Name}-{Convert.ToHexString(SHA256.HashData(input))[..8]}.bin");
            File.WriteAllBytes(file, input);
            Console.WriteLine($"{target.Name}: {fault}\n    {file}");
        }
    }

    Console.WriteLine(FormattableString.Invariant($"{target.Name}: {count} inputs, {seen.Count} kinds of faults"));
}

return faults == 0 ? 0 : 1;
