using FuseSharp.Errors;

namespace FuseSharp.Storage.Texts;

/// <summary>Looks whether a domain's texts can be read: at the kind of every file, and at the first document of the first ones.</summary>
public static class TextCheck
{
    // Of a folder of a hundred thousand files the first tell whether the field is right.
    private const int MostOpened = 64;

    /// <summary>What is wrong, a line each.</summary>
    /// <param name="name">Of the domain.</param>
    /// <param name="entry">Where its texts are; paths at which nothing is are not told of again.</param>
    /// <param name="skipsBad">Whether documents that cannot be used will be left out.</param>
    public static IEnumerable<string> ErrorsOf(string name, TextEntry entry, bool skipsBad)
    {
        var paths = new[] { entry.Path, entry.Train, entry.Validation, entry.Test }.OfType<string>().Distinct()
            .Where(p => p.StartsWith(SdkDocumentation.Prefix, StringComparison.Ordinal) || TextPaths.Exists(p));
        var firsts = new Firsts();
        foreach (string path in paths)
        {
            if (ErrorOf(path, entry, skipsBad, firsts) is { } fault)
            {
                yield return $"'texts.{name}': {fault}";
            }
        }
    }

    private static string? ErrorOf(string path, TextEntry entry, bool skipsBad, Firsts firsts)
    {
        try
        {
            if (path.StartsWith(SdkDocumentation.Prefix, StringComparison.Ordinal))
            {
                return SdkDocumentation.Read(path[SdkDocumentation.Prefix.Length..]).FirstOrDefault() is { } document ? firsts.Add(document, path) : $"'{path}' holds no document.";
            }

            string[] files = TextPaths.Files(path);
            if (entry.Path == path)
            {
                TextPaths.FilesOfSplit(path, DataSplit.Train);
            }

            bool hasDocument = false;
            foreach (string file in files.Take(MostOpened))
            {
                var first = TextFiles.ReadWithErrors([file], entry.Field, entry.Lines, entry.Format).FirstOrDefault();
                if (first?.Error is { } fault && !skipsBad)
                {
                    return fault;
                }

                hasDocument |= first is not null;
                if (first is { Error: null } && firsts.Add(first, file) is { } mixed)
                {
                    return mixed;
                }
            }

            return hasDocument || files.Length > MostOpened ? null : $"'{path}' holds no document. Name texts that hold some.";
        }
        catch (FuseSharpException fault)
        {
            return fault.Message;
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            return $"'{path}' cannot be read: {fault.Message} Check the path and its rights.";
        }
    }

    // A file that holds plain texts, and one that holds conversations: a domain has no two such files.
    private sealed class Firsts
    {
        private string? _texts;
        private string? _conversations;

        public string? Add(Document document, string file)
        {
            if (document.Conversation is null)
            {
                _texts ??= file;
            }
            else
            {
                _conversations ??= file;
            }

            return _texts is null || _conversations is null ? null
                : $"'{_conversations}' holds conversations and '{_texts}' plain texts, expected one of them. Make two domains of them, or say by 'format' and 'field' what both hold.";
        }
    }
}
