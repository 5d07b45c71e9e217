using Microsoft.AspNetCore.Http;

namespace FuseSharp.Serve.Page;

/// <summary>The files of the page: nothing in them depends on models or requests.</summary>
internal static class PageFiles
{
    // Nothing from elsewhere, nothing inline, in no frame.
    private const string Policy = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    private static readonly Dictionary<string, (string Type, byte[] Bytes)> _files = new(StringComparer.Ordinal)
    {
        ["/"] = ("text/html; charset=utf-8", Read("page.html")),
        ["/page.css"] = ("text/css; charset=utf-8", Read("page.css")),
        ["/page.js"] = ("text/javascript; charset=utf-8", Read("page.js")),
    };

    /// <summary>Where they are.</summary>
    public static IReadOnlyCollection<string> Paths => _files.Keys;

    /// <summary>Whether a path is one of theirs.</summary>
    public static bool Has(PathString path) => _files.ContainsKey(path.Value ?? "");

    /// <summary>Answers with the file of a request's path.</summary>
    public static Task WriteAsync(HttpContext context)
    {
        var (type, bytes) = _files[context.Request.Path.Value!];
        var headers = context.Response.Headers;
        headers.ContentSecurityPolicy = Policy;
        headers.XContentTypeOptions = "nosniff";
        headers["Referrer-Policy"] = "no-referrer";
        headers.CacheControl = "no-cache"; // another version of the program has other files
        context.Response.ContentType = type;
        context.Response.ContentLength = bytes.Length;
        return context.Response.Body.WriteAsync(bytes, context.RequestAborted).AsTask();
    }

    private static byte[] Read(string name)
    {
        using var resource = typeof(PageFiles).Assembly.GetManifestResourceStream(name)!;
        using var copy = new MemoryStream();
        resource.CopyTo(copy);
        return copy.ToArray();
    }
}
