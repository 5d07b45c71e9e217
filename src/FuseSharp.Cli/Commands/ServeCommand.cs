using System.CommandLine;
using System.Net;
using FuseSharp.Errors;
using FuseSharp.Files;
using FuseSharp.Models;
using FuseSharp.Models.Scoring;
using FuseSharp.Serve;
using FuseSharp.Tokenizers.Chat;

namespace FuseSharp.Cli.Commands;

internal static class ServeCommand
{
    private const string KeyVariable = "FUSESHARP_API_KEY";

    public static Command Create()
    {
        var defaults = new ServeOptions { ModelName = "" };
        var model = CommonOptions.ModelArgument();
        var name = new Option<string?>("--name") { Description = "Name under which clients ask for the model (default the folder's or file's)." };
        var host = new Option<string>("--host") { Description = "Address to listen on; 0.0.0.0 opens the server to the network.", DefaultValueFactory = _ => defaults.Host };
        var port = new Option<int>("--port") { Description = "TCP port, 0 for a free one.", DefaultValueFactory = _ => defaults.Port };
        var key = new Option<string?>("--api-key") { Description = $"What clients must send as 'Authorization: Bearer KEY' (default the environment's {KeyVariable}, which other users cannot see in the list of processes; without either no key is asked for)." };
        var origins = new Option<string[]>("--allow-origin") { Description = "Origin of a chat UI in a browser that may ask, such as http://localhost:3000. May stand several times (default none).", DefaultValueFactory = _ => [] };
        var batch = new Option<int>("--batch-size") { Description = "Maximum number of continuations generated side by side, over all requests.", DefaultValueFactory = _ => defaults.BatchSize };
        var queue = new Option<int>("--queue") { Description = "Maximum number of waiting requests; more get status 429.", DefaultValueFactory = _ => defaults.QueueLength };
        var precision = CommonOptions.Precision();
        var device = CommonOptions.Device();
        var command = new Command("serve", "Serves a model over HTTP in OpenAI's protocol: /v1/completions (echo and logprobs as lm-evaluation-harness asks for them), /v1/chat/completions, /v1/models, /health. Requests are batched.")
        {
            model, name, host, port, key, origins, batch, queue, precision, device,
        };
        command.SetAction(async (parsed, cancellation) =>
        {
            string path = parsed.GetRequiredValue(model);
            var options = new ServeOptions
            {
                ModelName = parsed.GetValue(name) ?? ModelName.FromPath(path),
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
            using var loaded = LanguageModel.Load(options.ModelName, path, WorkingType.Resolve(parsed.GetValue(precision), where), where);
            await ServeAsync(loaded, ChatTemplate.Find(path), options, cancellation);
            return 0;
        });
        return command;
    }

    private static async Task ServeAsync(LanguageModel model, ChatTemplate? template, ServeOptions options, CancellationToken cancellation)
    {
        await using var server = new ModelServer(model, template, options, TimeProvider.System);
        var address = await server.StartAsync(cancellation);
        if (options.ApiKey is null && !address.IsLoopback)
        {
            await Console.Error.WriteLineAsync("Anyone who can reach this address can use the model: no --api-key was given.");
        }

        Console.WriteLine($"Serving {options.ModelName} at {address}v1 (chat {(template is null ? "not possible, the model has no template" : "with the model's template")}). Ctrl+C ends it.");
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
