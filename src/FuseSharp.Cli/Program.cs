using System.Runtime.CompilerServices;
using FuseSharp.Cli;
using FuseSharp.Pipeline;

// FuseSharp.Models loads libtorch from where NuGet put it; that must come before this program's first own use of TorchSharp.
RuntimeHelpers.RunModuleConstructor(typeof(FusionRun).Module.ModuleHandle);
return await CommandLine.RunAsync(args);
