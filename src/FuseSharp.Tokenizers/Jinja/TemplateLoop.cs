namespace FuseSharp.Tokenizers.Jinja;

/// <summary>What <c>loop</c> is inside a loop.</summary>
/// <param name="items">What the loop goes through.</param>
internal sealed class TemplateLoop(List<object?> items)
{
    private object? _last = Undefined.Value;

    /// <summary>0-based place of the current item.</summary>
    public int Place { get; set; }

    /// <summary>A member by its name.</summary>
    public object? Member(TemplateRun run, string name)
        => name switch
        {
            "index" => Place + 1L,
            "index0" => (long)Place,
            "revindex" => (long)items.Count - Place,
            "revindex0" => (long)items.Count - Place - 1,
            "first" => Place == 0,
            "last" => Place == items.Count - 1,
            "length" => (long)items.Count,
            "previtem" => Place > 0 ? items[Place - 1] : Undefined.Value,
            "nextitem" => Place + 1 < items.Count ? items[Place + 1] : Undefined.Value,
            "depth" => 1L,
            "depth0" => 0L,
            "cycle" => (TemplateFunction)((values, _) => values.Count > 0 ? values[Place % values.Count] : throw new TemplateException(0, "lets a loop cycle through nothing")),
            "changed" => (TemplateFunction)((values, _) =>
            {
                var now = new TemplateTuple(values);
                bool isSame = TemplateOperators.AreEqual(run, _last, now);
                _last = now;
                return !isSame;
            }),
            _ => Undefined.Value,
        };
}
