using System.Runtime.CompilerServices;

// libtorch's threads and its random state belong to the process: one test at a time.
[assembly: CollectionBehavior(CollectionBehavior.CollectionPerAssembly)]

namespace FuseSharp.Pipeline.Tests;

internal static class TestSettings
{
    // A test may touch TorchSharp before anything of FuseSharp, which knows where libtorch lies.
    [ModuleInitializer]
    internal static void LoadLibTorch() => RuntimeHelpers.RunModuleConstructor(typeof(FusionRun).Module.ModuleHandle);
}
