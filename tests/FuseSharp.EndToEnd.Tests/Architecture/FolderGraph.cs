using Mono.Cecil;
using Mono.Cecil.Cil;

namespace FuseSharp.EndToEnd.Tests.Architecture;

/// <summary>Which folder of a project uses which: a folder is a namespace, an arrow any mention of a type, in signatures, bodies and attributes.</summary>
internal sealed class FolderGraph
{
    private readonly Dictionary<string, Dictionary<string, string>> _arrows = new(StringComparer.Ordinal);

    private FolderGraph()
    {
    }

    /// <summary>The folders.</summary>
    public IEnumerable<string> Folders => _arrows.Keys;

    /// <summary>Reads a compiled project.</summary>
    /// <param name="assembly">Its file.</param>
    public static FolderGraph Read(string assembly)
    {
        var graph = new FolderGraph();
        using var module = ModuleDefinition.ReadModule(assembly);
        foreach (var type in module.GetTypes())
        {
            string from = FolderOf(type);
            foreach (var used in Mentioned(type).Select(t => t.GetElementType()).Where(t => t.Scope == module || t is TypeDefinition))
            {
                graph.Add(from, FolderOf(used), $"{type.FullName} uses {used.FullName}");
            }
        }

        return graph;
    }

    /// <summary>Whether a folder uses another, with the types by which it does; null where it does not.</summary>
    /// <param name="from">The one.</param>
    /// <param name="to">The other.</param>
    public string? Arrow(string from, string to) => _arrows.GetValueOrDefault(from)?.GetValueOrDefault(to);

    /// <summary>A way from a folder back to itself, an arrow a line; null where there is none.</summary>
    public string? Cycle()
    {
        foreach (string start in _arrows.Keys)
        {
            var before = new Dictionary<string, string>(StringComparer.Ordinal);
            var open = new Queue<string>([start]);
            while (open.TryDequeue(out string? at))
            {
                foreach (string next in _arrows.GetValueOrDefault(at)?.Keys.ToArray() ?? [])
                {
                    if (next == start)
                    {
                        return string.Join('\n', Way(before, start, at).Append($"{at} → {start}: {Arrow(at, start)}"));
                    }

                    if (before.TryAdd(next, at))
                    {
                        open.Enqueue(next);
                    }
                }
            }
        }

        return null;
    }

    private IEnumerable<string> Way(Dictionary<string, string> before, string start, string end)
        => end == start ? [] : Way(before, start, before[end]).Append($"{before[end]} → {end}: {Arrow(before[end], end)}");

    private void Add(string from, string to, string how)
    {
        if (from.Length > 0 && to.Length > 0 && from != to)
        {
            if (!_arrows.TryGetValue(from, out var arrows))
            {
                _arrows[from] = arrows = new(StringComparer.Ordinal);
            }

            arrows.TryAdd(to, how);
        }
    }

    // What the compiler makes (regexes, array initializers) stands in no folder of ours.
    private static string FolderOf(TypeReference type)
    {
        while (type.DeclaringType is { } outer)
        {
            type = outer;
        }

        return type.Namespace.StartsWith(nameof(FuseSharp), StringComparison.Ordinal) ? type.Namespace : "";
    }

    private static IEnumerable<TypeReference> Mentioned(TypeDefinition type)
        => new[] { type.BaseType }.OfType<TypeReference>().Concat(type.Interfaces.Select(i => i.InterfaceType)).Concat(type.CustomAttributes.Select(a => a.AttributeType))
            .Concat(type.Fields.Select(f => f.FieldType)).Concat(type.Methods.SelectMany(Mentioned)).SelectMany(Parts);

    private static IEnumerable<TypeReference> Mentioned(MethodDefinition method)
        => method.Parameters.Select(p => p.ParameterType).Append(method.ReturnType).Concat(method.CustomAttributes.Select(a => a.AttributeType))
            .Concat(method.HasBody ? method.Body.Variables.Select(v => v.VariableType).Concat(method.Body.Instructions.SelectMany(Mentioned)) : []);

    private static IEnumerable<TypeReference> Mentioned(Instruction instruction)
        => instruction.Operand switch
        {
            TypeReference type => [type],
            GenericInstanceMethod method => [method.DeclaringType, .. method.GenericArguments],
            MemberReference member => [member.DeclaringType],
            _ => [],
        };

    private static IEnumerable<TypeReference> Parts(TypeReference type)
        => type switch
        {
            null => [],
            GenericInstanceType generic => generic.GenericArguments.SelectMany(Parts).Append(generic.ElementType),
            TypeSpecification specified => Parts(specified.ElementType),
            GenericParameter => [],
            _ => [type],
        };
}
