namespace FuseSharp.Fusion.Fuse;

/// <summary>For what piece of text, and by which measure, the best model is chosen.</summary>
public enum TeacherSelection
{
    /// <summary>For each document in a block, by nats per byte of its text: comparable across tokenizers.</summary>
    Document,

    /// <summary>For the whole block, by the mean cross-entropy per token: the reference.</summary>
    Block,
}
