namespace FuseSharp.Cases.Tests;

/// <summary>Says which folder below <c>../shared/cases</c> a test gives its right answer; a test counts those that none claims.</summary>
/// <param name="folder">Folder of the case, such as <c>formats/peft-pissa</c>.</param>
[AttributeUsage(AttributeTargets.Method, AllowMultiple = true)]
internal sealed class CaseAttribute(string folder) : Attribute
{
    /// <summary>Folder of the case, such as <c>formats/peft-pissa</c>.</summary>
    public string Folder { get; } = folder;
}
