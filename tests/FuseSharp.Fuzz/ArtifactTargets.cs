using System.Text;
using System.Text.Json;
using FuseSharp.Serve.Endpoints;
using FuseSharp.Serve.Protocol;
using FuseSharp.Storage.Artifacts;

namespace FuseSharp.Fuzz;

/// <summary>What this program itself wrote, and what its server is sent.</summary>
internal static class ArtifactTargets
{
    private const string Manifest = """
        {"stage":"split","key":"ab","inputs":{"a":"00"},"shards":[{"name":"00000.arrow","rows":1,"bytes":8,"sha256":"0000000000000000000000000000000000000000000000000000000000000000"}],"figures":{"k":3},"left_out":[],"written":"2026-01-01"}
        """;

    public static IReadOnlyList<FuzzTarget> All { get; } =
    [
        FuzzTargets.File("manifest", InputKind.Json, "manifest.json", [Manifest], p => FuseSharp.Storage.Artifacts.Manifest.Read(Path.GetDirectoryName(p)!)) with { Holds = false },
        FuzzTargets.File("journal", InputKind.Json, "a.jsonl", ["\"key\"\n{\"a\":1}\n{\"b\":[1,2]}\n"], p =>
        {
            using var journal = new JsonJournal<JsonElement>(p, "key", JsonSerializerOptions.Default);
        }) with { Holds = false },
        new FuzzTarget("completions", InputKind.Json, [Encoding.UTF8.GetBytes("""{"model":"a","prompt":["x",[1,2]],"max_tokens":5,"temperature":0.5,"n":2,"stop":["a"],"logprobs":1,"echo":true,"seed":1}""")], (input, _) => Body<CompletionRequest>(input)) { Holds = false },
        new FuzzTarget("chat", InputKind.Json, [Encoding.UTF8.GetBytes("""{"model":"a","messages":[{"role":"user","content":[{"type":"text","text":"x"}]}],"max_tokens":5,"top_p":0.5}""")], (input, _) => Body<ChatRequest>(input)) { Holds = false },
    ];

    private static void Body<T>(byte[] input)
        where T : class
    {
        var context = new Microsoft.AspNetCore.Http.DefaultHttpContext();
        context.Request.ContentType = "application/json";
        context.Request.Body = new MemoryStream(input);
        try
        {
            JsonBody.ReadAsync<T>(context).GetAwaiter().GetResult();
        }
        catch (ApiException)
        {
            // Refused with its status.
        }
    }
}
