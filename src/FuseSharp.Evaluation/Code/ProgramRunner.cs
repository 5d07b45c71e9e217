using FuseSharp.Errors;


namespace FuseSharp.Evaluation.Code;

/// <summary>Runs programs of any language that this machine has, each in the sandbox.</summary>
/// <param name="limits">What each may take.</param>
public sealed class ProgramRunner(SandboxLimits limits)
{
    private Sandbox? _sandbox;

    /// <summary>Why programs of a language cannot run here; null where they can.</summary>
    /// <param name="language">As MultiPL-E names it.</param>
    /// <param name="cancellation">Ends the trial of the sandbox.</param>
    public async Task<string?> WhyNotAsync(string language, CancellationToken cancellation)
    {
        if (CodeLanguage.WhyNot(language) is { } why)
        {
            return why;
        }

        try
        {
            _sandbox ??= await Sandbox.OpenAsync(limits, cancellation);
            return null;
        }
        catch (UsageException fault)
        {
            return fault.Message;
        }
    }

    /// <summary>Runs a program.</summary>
    /// <param name="language">One for which <see cref="WhyNotAsync"/> found nothing.</param>
    /// <param name="program">Its only file.</param>
    /// <param name="cancellation">Kills it.</param>
    public async Task<SandboxResult> RunAsync(string language, string program, CancellationToken cancellation)
    {
        var known = CodeLanguage.Find(language)!;
        var sandbox = _sandbox ?? throw new InvalidOperationException("A language is asked for before its programs run.");
        return await sandbox.RunAsync(new Dictionary<string, string> { [known.File] = program }, known.Script, cancellation);
    }
}
