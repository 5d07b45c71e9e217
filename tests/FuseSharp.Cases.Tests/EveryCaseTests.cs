using System.Reflection;
using FuseSharp.Testing;

// Commands that run in this process write to its one console.
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
}
