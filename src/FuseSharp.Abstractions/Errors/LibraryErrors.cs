using System.Text.RegularExpressions;

namespace FuseSharp.Errors;

/// <summary>Turns what the code of others throws at a damaged file into an error that the user can act on.</summary>
public static class LibraryErrors
{
    // What native libraries put around their messages: N7parquet22ParquetStatusExceptionE (message: '…')
    private static readonly Regex _nativeSymbol = new(@"^N\d\w+ \(message: '(.*)'\)$", RegexOptions.CultureInvariant);

    /// <summary>Runs a reader.</summary>
    /// <param name="read">Calls a library.</param>
    /// <param name="fault">Makes the error from the library's reason, one line that ends with a full stop, and its exception.</param>
    /// <returns>What it reads.</returns>
    /// <remarks>Cancellation and this program's own errors pass. A size that a file names is to be checked before it gets here: memory that ran out is told as any other reason.</remarks>
    public static T Guard<T>(Func<T> read, Func<string, Exception, FuseSharpException> fault)
    {
        try
        {
            return read();
        }
        catch (Exception reason) when (reason is not (FuseSharpException or OperationCanceledException))
        {
            throw fault(OneLine(reason), reason);
        }
    }

    /// <summary>A text of a file on one line, for messages.</summary>
    public static string OneLine(string text) => string.Join(' ', text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));

    /// <summary>An exception's message on one line that ends with a full stop.</summary>
    public static string OneLine(Exception reason)
    {
        string text = OneLine(reason.Message);
        text = _nativeSymbol.Match(text) is { Success: true } native ? native.Groups[1].Value : text;
        text = text.Length > 300 ? text[..300] + "…" : text;
        return text.EndsWith('.') ? text : text + ".";
    }
}
