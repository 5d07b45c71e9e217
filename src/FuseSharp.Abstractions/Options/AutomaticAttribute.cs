using System.Text.Json.Serialization;

namespace FuseSharp.Options;

/// <summary>A number that the program chooses where none is given: the property is nullable, null means that, and files and settings write <c>auto</c> for it.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class AutomaticAttribute : JsonConverterAttribute
{
    /// <summary>How files write it.</summary>
    public const string Word = "auto";

    /// <inheritdoc/>
    public override JsonConverter CreateConverter(Type typeToConvert)
        => (JsonConverter)Activator.CreateInstance(typeof(AutomaticJson<>).MakeGenericType(Nullable.GetUnderlyingType(typeToConvert)!))!;
}
