using System.CommandLine;
using FuseSharp.Cli.Rendering;
using FuseSharp.Errors;
using FuseSharp.Storage.Artifacts;

namespace FuseSharp.Cli.Commands;

internal static class VerifyCommand
{
    public static Command Create()
    {
        var path = new Argument<string>("path") { Description = "Output folder of any stage, or a folder above several, such as a run's." };
        var command = new Command("verify", "Verifies finished stages and models against their checksums, and data also for readability and counts. Names every damaged file and exits with code 2 if there is any.") { path };
        command.SetAction((parsed, cancellation) => Task.Run(() =>
        {
            var found = StoreVerifier.Find(parsed.GetRequiredValue(path)).ToList();
            var stores = ProgressDisplay.Run(progress =>
            {
                using var bar = progress.Start("verify", 0, "files");
                var verified = found.Select(f => StoreVerifier.Verify(f, n => bar.Advance(n), cancellation)).ToList();
                bar.Complete();
                return verified;
            });
            foreach (var store in stores)
            {
                string amount = store.Shards > 0 || store.Files == 0 ? FormattableString.Invariant($"{store.Shards:N0} shards, {store.Rows:N0} rows") : FormattableString.Invariant($"{store.Files:N0} files");
                Console.WriteLine(FormattableString.Invariant($"{store.Folder}: {store.Stage}, {amount}, {store.Bytes / 1e6:N1} MB{(store.LeftOut > 0 ? FormattableString.Invariant($", {store.LeftOut:N0} documents left out") : "")}: {(store.Errors.Count == 0 ? "in order" : FormattableString.Invariant($"{store.Errors.Count} faults"))}"));
            }

            string[] faults = [.. stores.SelectMany(s => s.Errors)];
            return faults.Length == 0 ? 0 : throw new ArtifactException(string.Join('\n', faults));
        }, cancellation));
        return command;
    }
}
