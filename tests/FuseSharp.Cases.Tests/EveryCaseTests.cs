using System.Reflection;
using FuseSharp.Testing;

// Commands run inside this process, and the console that they write to is one.
[assembly: CollectionBehavior(CollectionBehavior.CollectionPerAssembly)]

namespace FuseSharp.Cases.Tests;

public class EveryCaseTests
{
    private static readonly List<string> _claimed =
    [
        .. typeof(EveryCaseTests).Assembly.GetTypes()
            .SelectMany(type => type.GetMethods(BindingFlags.Public | BindingFlags.Instance))
            .SelectMany(method => method.GetCustomAttributes<CaseAttribute>())
            .Select(claim => claim.Folder),
    ];

    [Fact(Skip = SharedData.MissingReason, SkipType = typeof(CaseFolder), SkipWhen = nameof(CaseFolder.IsMissing))]
    public void Claims_NameCasesThatExist() => Assert.Empty(_claimed.Except(CaseFolder.All()));

    [Fact(Skip = SharedData.MissingReason, SkipType = typeof(CaseFolder), SkipWhen = nameof(CaseFolder.IsMissing))]
    public void Cases_AreAllClaimed() => Assert.Empty(CaseFolder.All().Except(_claimed));
}
