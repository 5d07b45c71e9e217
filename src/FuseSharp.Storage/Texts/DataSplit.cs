namespace FuseSharp.Storage.Texts;

/// <summary>What a document is used for.</summary>
public enum DataSplit
{
    /// <summary>The fused model learns from it.</summary>
    Train,

    /// <summary>Choices are made on it: when to stop, which mapping.</summary>
    Validation,

    /// <summary>Only reports are made on it.</summary>
    Test,
}
