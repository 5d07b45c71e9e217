using FuseSharp.Cli;

return await CommandLine.RunAsync(args);
