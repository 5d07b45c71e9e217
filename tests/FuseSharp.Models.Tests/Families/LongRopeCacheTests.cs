using FuseSharp.Models.Layers;
using FuseSharp.Testing;
using static TorchSharp.torch;

namespace FuseSharp.Models.Tests.Families;

/// <summary>Texts that pass the trained length of longrope behind a cache: each is answered as if it were read at once, whatever stands beside it.</summary>
public sealed class LongRopeCacheTests : IDisposable
{
    private const string Name = "phi3-longrope"; // 64 positions

    private readonly FamilyGolden? _golden;

    public LongRopeCacheTests() => _golden = GoldenSet.Has("families", Name) ? new FamilyGolden(Name) : null;

    public void Dispose() => _golden?.Dispose();

    [Theory]
    [InlineData(60, 30)] // the first passes it with the sixth token
    [InlineData(63, 64)]
    [InlineData(40, 90)] // one is beyond it from the start
    public void Joined_EachIsReadAsItsOwnText(int first, int second)
    {
        Assert.SkipUnless(_golden is not null, SharedData.MissingReason);
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        var ids = _golden!.Read("long_input_ids"); // [1, 100]
        using var one = Read(ids.narrow(1, 0, first));
        using var two = Read(ids.narrow(1, 0, second));
        using var both = KeyValueCache.Join([(one, [0]), (two, [0])]);

        for (int step = 0; step < 8; step++)
        {
            var next = cat([ids.narrow(1, first + step, 1), ids.narrow(1, second + step, 1)], 0);
            var logits = _golden.Model.Logits(next, both); // [2, 1, vocabulary]
            AssertLast(ids.narrow(1, 0, first + step + 1), logits.narrow(0, 0, 1));
            AssertLast(ids.narrow(1, 0, second + step + 1), logits.narrow(0, 1, 1));
        }

        // What they were made of goes on as before: nothing was written into it.
        AssertLast(ids.narrow(1, 0, first + 1), _golden.Model.Logits(ids.narrow(1, first, 1), one));
    }

    [Fact]
    public void Take_TheBeginningOfALongText_IsReadAsShortAgain()
    {
        Assert.SkipUnless(_golden is not null, SharedData.MissingReason);
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        var ids = _golden!.Read("long_input_ids");
        using var whole = Read(ids.narrow(1, 0, 80));
        using var beginning = whole.Take([0, 0], 20);

        var logits = _golden.Model.Logits(ids.narrow(1, 20, 2).expand(2, 2), beginning);

        AssertLast(ids.narrow(1, 0, 22), logits.narrow(0, 1, 1).narrow(1, 1, 1));
        AssertLast(ids.narrow(1, 0, 81), _golden.Model.Logits(ids.narrow(1, 80, 1), whole));
    }

    private KeyValueCache Read(Tensor ids)
    {
        var cache = new KeyValueCache();
        _golden!.Model.HiddenStates(ids, cache);
        return cache;
    }

    private void AssertLast(Tensor text, Tensor logits)
        => Assert.InRange(FamilyGolden.Difference(_golden!.Model.Logits(text).narrow(1, text.shape[1] - 1, 1), logits), 0, FamilyGolden.Tolerance);
}
