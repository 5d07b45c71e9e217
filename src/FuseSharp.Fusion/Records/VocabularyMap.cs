namespace FuseSharp.Fusion.Records;

/// <summary>For every token of a source the most similar token of the target.</summary>
/// <param name="Targets">[source vocabulary]: target token ids, never −1.</param>
/// <param name="TargetFingerprint">Of the target's tokenizer.</param>
/// <param name="SourceFingerprint">Of the source's tokenizer.</param>
public sealed record VocabularyMap(int[] Targets, string TargetFingerprint, string SourceFingerprint);
