using System.Globalization;
using System.Runtime.CompilerServices;

namespace FuseSharp.Testing;

/// <summary>Runs all tests of an assembly under the culture that FUSESHARP_TEST_CULTURE names: a decimal comma and a dotless i break naive code.</summary>
internal static class TestCulture
{
#pragma warning disable CA2255 // A test assembly is no library: nothing but its tests is in the process.
    [ModuleInitializer]
    internal static void Set()
#pragma warning restore CA2255
    {
        if (Environment.GetEnvironmentVariable("FUSESHARP_TEST_CULTURE") is { Length: > 0 } name)
        {
            CultureInfo.DefaultThreadCurrentCulture = CultureInfo.GetCultureInfo(name);
            CultureInfo.CurrentCulture = CultureInfo.GetCultureInfo(name);
        }
    }
}
