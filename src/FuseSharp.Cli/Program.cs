using FuseSharp.Cli;
using FuseSharp.Errors;

try
{
    return await CommandLine.RunAsync(args);
}
catch (TypeInitializationException fault) when (Known(fault) is { } known)
{
    // libtorch is loaded while the commands are put together: with the first type of FuseSharp.Models.
    await Console.Error.WriteLineAsync(known.Message);
    return CommandLine.UserError;
}

static FuseSharpException? Known(Exception? fault) => fault is TypeInitializationException ? Known(fault.InnerException) : fault as FuseSharpException;
