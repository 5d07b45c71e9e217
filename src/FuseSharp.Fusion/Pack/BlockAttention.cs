namespace FuseSharp.Fusion.Pack;

/// <summary>What a token sees of the documents that stand in its block.</summary>
public enum BlockAttention
{
    /// <summary><see cref="Document"/> for conversations, <see cref="Block"/> for plain texts.</summary>
    Auto,

    /// <summary>All tokens before it in the block, other documents' too: the published run.</summary>
    Block,

    /// <summary>Those of its own document, whose positions start anew: as if it were alone.</summary>
    Document,
}
