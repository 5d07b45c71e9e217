using FuseSharp.Models;
using FuseSharp.Tokenizers.Chat;

namespace FuseSharp.Serve;

/// <summary>A model that a server answers with.</summary>
/// <param name="Name">Under which clients ask for it.</param>
/// <param name="Model">Only read; not disposed by the server.</param>
/// <param name="Template">Its chat template; null for none.</param>
public sealed record HostedModel(string Name, LanguageModel Model, ChatTemplate? Template);
