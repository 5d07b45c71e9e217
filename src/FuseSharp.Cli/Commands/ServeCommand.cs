using System.CommandLine;
using System.Net;
using FuseSharp.Errors;
using FuseSharp.Files;
using FuseSharp.Models;
using FuseSharp.Serve;
using FuseSharp.Tokenizers.Chat;

namespace FuseSharp.Cli.Commands;

internal static class ServeCommand
{
    private const string KeyVariable = "FUSESHARP_API_KEY";

    public static Command Create()
    {
        var defaults = new ServeOptions();
        var models = CommonOptions.ModelArguments("Folders of models or GGUF files, each served under a name of its own.");
        var name = new Option<string[]>("--name") { Description = "Name under which clients ask for a model, for each in turn (default the folder's or file's).", AllowMultipleArgumentsPerToken = false, DefaultValueFactory = _ => [] };
        var noPage = new Option<bool>("--no-page") { Description = "Leaves out the page at /, on which people ask the models and read their answers side by side." };
        var host = new Option<string>("--host") { Description = "Address to listen on; 0.0.0.0 opens the server to the network.", DefaultValueFactory = _ => defaults.Host };
        var port = new Option<int>("--port") { Description = "TCP port, 0 for a free one.", DefaultValueFactory = _ => defaults.Port };
        var key = new Option<string?>("--api-key") { Description = $"What clients must send as 'Authorization: Bearer KEY' (default the environment's {KeyVariable}, which other users cannot see in the list of processes; without either no key is asked for)." };
        var origins = new Option<string[]>("--allow-origin") { Description = "Origin of a chat UI in a browser that may ask, such as http://localhost:3000. May stand several times (default none).", DefaultValueFactory = _ => [] };
        var batch = new Option<int>("--batch-size") { Description = "Maximum number of continuations generated side by side, over all requests.", DefaultValueFactory = _ => defaults.BatchSize };
        var queue = new Option<int>("--queue") { Description = "Maximum number of waiting requests; more get status 429.", DefaultValueFactory = _ => defaults.QueueLength };
        var precision = CommonOptions.WritingPrecision();
        var device = CommonOptions.Device();
        var command = new Command("serve", "Serves models over HTTP in OpenAI's protocol: /v1/completions (echo and logprobs as lm-evaluation-harness asks for them), /v1/chat/completions, /v1/models, /health. Requests are batched. At / is a page to talk to them.")
        {
            models, name, noPage, host, port, key, origins, batch, queue, precision, device,
        };
        command.SetAction(async (parsed, cancellation) =>
        {
            string[] paths = parsed.GetRequiredValue(models);
            string[] names = NamesOf(paths, parsed.GetRequiredValue(name));
            var options = new ServeOptions
            {
                HasPage = !parsed.GetValue(noPage),
                Host = parsed.GetRequiredValue(host),
                Port = parsed.GetValue(port),
                ApiKey = (parsed.GetValue(key) ?? Environment.GetEnvironmentVariable(KeyVariable)) is { Length: > 0 } secret ? secret : null,
                AllowedOrigins = parsed.GetRequiredValue(origins),
                BatchSize = parsed.GetValue(batch),
                QueueLength = parsed.GetValue(queue),
            };
            if (options.BatchSize < 1 || options.QueueLength < 1 || options.Port is < 0 or > IPEndPoint.MaxPort)
            {
                throw new UsageException("--batch-size and --queue are at least 1, --port is 0 to 65535. Correct the options.");
            }

            var where = CommonOptions.DeviceOf(parsed.GetRequiredValue(device));
            var type = StoredWeights.WorkingTypeOf(parsed.GetValue(precision), where, paths);
            ServedMemory.Check(paths, type, where);
            var hosted = new List<HostedModel>();
            try
            {
                foreach (var (path, called) in paths.Zip(names))
                {
                    hosted.Add(new HostedModel(called, LanguageModel.Load(called, path, type, where, keepsStored: true), ChatTemplate.Find(path)));
                }

                await ServeAsync(hosted, options, cancellation);
            }
            finally
            {
                hosted.ForEach(m => m.Model.Dispose());
            }

            return 0;
        });
        return command;
    }

    private static string[] NamesOf(string[] paths, string[] given)
    {
        string[] names = [.. paths.Select((p, i) => i < given.Length ? given[i] : ModelName.FromPath(p))];
        return given.Length > paths.Length ? throw new UsageException(FormattableString.Invariant($"--name stands {given.Length} times for {paths.Length} models, expected at most once for each. Correct the options."))
            : names.GroupBy(n => n, StringComparer.Ordinal).FirstOrDefault(g => g.Count() > 1) is { } same ? throw new UsageException($"Two models are called '{same.Key}', expected different names: clients ask for a model by its name. Give each one by --name, in their order.")
            : names;
    }

    private static async Task ServeAsync(List<HostedModel> models, ServeOptions options, CancellationToken cancellation)
    {
        await using var server = new ModelServer(models, options, TimeProvider.System);
        var address = await server.StartAsync(cancellation);
        if (options.ApiKey is null && !address.IsLoopback)
        {
            await Console.Error.WriteLineAsync("Anyone who can reach this address can use the model: no --api-key was given.");
        }

        foreach (var model in models)
        {
            Console.WriteLine($"Serving {model.Name} at {address}v1 (chat {(model.Template is null ? "not possible, the model has no template" : "with the model's template")}).{(model == models[^1] && !options.HasPage ? " Ctrl+C ends it." : "")}");
        }

        if (options.HasPage)
        {
            Console.WriteLine($"The page to talk to {(models.Count == 1 ? "it" : "them")}: {address} Ctrl+C ends it.");
        }

        try
        {
            await Task.Delay(Timeout.Infinite, cancellation);
        }
        catch (OperationCanceledException)
        {
            await server.StopAsync();
        }
    }
}
