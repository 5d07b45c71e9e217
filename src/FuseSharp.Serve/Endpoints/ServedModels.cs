using FuseSharp.Serve.Protocol;

namespace FuseSharp.Serve.Endpoints;

/// <summary>All models of a server, each with a queue of its own.</summary>
/// <param name="all">At least one, each of another name.</param>
internal sealed class ServedModels(IReadOnlyList<ServedModel> all)
{
    /// <summary>In the order in which they were named.</summary>
    public IReadOnlyList<ServedModel> All => all;

    /// <summary>The model that a request asks for; the first where it names none.</summary>
    /// <exception cref="ApiException">There is none of the name.</exception>
    public ServedModel Find(string? name)
        => name is null ? all[0] : all.FirstOrDefault(m => m.Name == name)
            ?? throw new ApiException(404, $"The model '{name}' is not served here, {string.Join(", ", all.Select(m => $"'{m.Name}'"))} {(all.Count == 1 ? "is" : "are")}.", "model", "model_not_found");
}
