using System.Net.Http.Json;
using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.RegularExpressions;
using FuseSharp.Testing;

namespace FuseSharp.EndToEnd.Tests.Serve;

public sealed partial class ServeCommandTests
{
    private const int Interrupt = 2;

    [Fact]
    public async Task Serve_ProcessOfItsOwn_AnswersAndEndsCleanlyOnInterrupt()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no interrupt signal to send.");
        using var folder = new ScratchFolder();
        using var process = FusesharpProcess.Start("serve", folder.Write("tiny.gguf", TinyGguf.Build()), "--port", "0", "--precision", "float32");
        string line = (await process.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken))!;
        using var client = new HttpClient { BaseAddress = new Uri(Address().Match(line).Value + "/") };

        using var response = await client.PostAsJsonAsync("completions", new { prompt = "ab", max_tokens = 4 }, TestContext.Current.CancellationToken);
        var json = await response.Content.ReadFromJsonAsync<JsonElement>(TestContext.Current.CancellationToken);
        Assert.Equal(0, Kill(process.Id, Interrupt));
        var end = await FusesharpProcess.EndOf(process);

        Assert.Equal(4, json.GetProperty("usage").GetProperty("completion_tokens").GetInt32());
        Assert.Equal((0, ""), (end.ExitCode, end.Errors));
    }

    [GeneratedRegex("http://[^ ]+/v1")]
    private static partial Regex Address();

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int Kill(int process, int signal);
}
