using System.Globalization;
using System.Text.Json.Serialization;
using FuseSharp.Options;

namespace FuseSharp.Storage.Texts;

/// <summary>A part of the documents, in percent, by a hash that is independent of the split: <c>0..60</c> and <c>60..100</c> have no document in common and hold all of them together.</summary>
/// <remarks>What a model read in its pretraining and what it is fused on can so be kept apart, the same on every machine. Of documents with a <see cref="Document.Subject"/> it is the subject that is hashed.</remarks>
[JsonConverter(typeof(TextPartJson))]
public sealed record TextPart : INumbers
{
    private const string Between = "..";
    internal const string Form = "expected two whole numbers of percent from 0 to 100, the first below the second, such as 60..100";

    private TextPart(int from, int to)
    {
        From = from;
        To = to;
    }

    /// <summary>First percent that it holds, 0 to 99.</summary>
    public int From { get; }

    /// <summary>First percent behind it, 1 to 100.</summary>
    public int To { get; }

    /// <summary>How much of all documents it holds, in the mean: above 0, at most 1.</summary>
    public double Share => (To - From) / 100.0;

    /// <inheritdoc/>
    IEnumerable<double> INumbers.Numbers => [From, To];

    /// <summary>Whether a document belongs to it.</summary>
    /// <param name="document">One that can be used.</param>
    public bool Holds(Document document)
    {
        int percent = HashSplit.Percent(document.Subject ?? document.Text);
        return percent >= From && percent < To;
    }

    /// <summary>Reads <c>60..100</c>.</summary>
    /// <param name="text">Two percentages with two points between them.</param>
    /// <exception cref="FormatException">It is no part; the message goes on after the name of what was read.</exception>
    public static TextPart Parse(string text)
    {
        string[] ends = text.Split(Between);
        return ends.Length == 2 && Percent(ends[0]) is { } from && Percent(ends[1]) is { } to && from < to && to <= 100
            ? new(from, to)
            : throw new FormatException($"is '{text}', {Form}");
    }

    /// <summary>As it is written: <c>60..100</c>.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{From}{Between}{To}");

    private static int? Percent(string text)
        => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int number) ? number : null;
}
