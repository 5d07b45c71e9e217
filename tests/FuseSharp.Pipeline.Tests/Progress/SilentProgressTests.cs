using FuseSharp.Progress;


namespace FuseSharp.Pipeline.Tests.Progress;

public sealed class SilentProgressTests
{
    [Fact]
    public void Start_AnyTask_IsTheSameObject()
        => Assert.Same(SilentProgress.Instance, SilentProgress.Instance.Start("x", 1, "steps"));
}
