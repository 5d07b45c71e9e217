using FuseSharp.Testing;

namespace FuseSharp.EndToEnd.Tests;

public sealed class PlaceTests
{
    [Fact(Skip = SharedData.MissingReason, SkipWhen = nameof(SharedData.IsMissing), SkipType = typeof(SharedData))]
    public void SharedData_OnTheProjectsMachines_HoldsTheGoldens()
        => Assert.True(File.Exists(SharedData.Path("golden", "README.md")));
}
