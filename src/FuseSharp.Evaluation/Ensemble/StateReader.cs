using FuseSharp.Models;
using FuseSharp.Models.Native;
using FuseSharp.Models.Scoring;
using static TorchSharp.torch;

namespace FuseSharp.Evaluation.Ensemble;

/// <summary>Gives a model's final states at the positions of one text, which it reads window by window as far as they are asked for.</summary>
/// <remarks>One window's states are in memory. Windows are those of <see cref="Evaluate.BitsPerByte"/>, so that a model says here what it says alone.</remarks>
internal sealed class StateReader : IDisposable
{
    private readonly LanguageModel _model;
    private readonly int[] _ids;
    private readonly IEnumerator<(int From, int EndExclusive, int Scored)> _windows;
    private Tensor? _states;

    /// <param name="model">Only read.</param>
    /// <param name="ids">The text, behind the token that starts it.</param>
    /// <param name="window">Longest window, tokens; at most the model's context.</param>
    public StateReader(LanguageModel model, int[] ids, int window)
    {
        (_model, _ids) = (model, ids);
        _windows = TextWindows.Cut(ids.Length, Math.Min(window, model.Network.Config.ContextLength)).GetEnumerator();
        Advance();
    }

    /// <summary>The states at some positions.</summary>
    /// <param name="positions">Rising, through all calls.</param>
    /// <returns>[positions, hidden].</returns>
    public Tensor At(ReadOnlySpan<int> positions)
    {
        var parts = new List<Tensor>();
        for (int start = 0; start < positions.Length;)
        {
            var (from, endExclusive, _) = _windows.Current;
            bool isLast = endExclusive == _ids.Length;
            var rows = new List<long>();
            for (; start < positions.Length && (isLast || positions[start] < endExclusive - 1); start++) // the window's last position is the next one's first
            {
                rows.Add(positions[start] - from);
            }

            if (rows.Count > 0)
            {
                parts.Add(_states!.index_select(0, tensor(rows.ToArray()).GoTo(_states.device)));
            }

            if (start < positions.Length)
            {
                Advance();
            }
        }

        return parts.Count == 1 ? parts[0] : cat(parts, 0);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _states?.Dispose();
        _windows.Dispose();
    }

    private void Advance()
    {
        _states?.Dispose();
        _windows.MoveNext();
        var (from, endExclusive, _) = _windows.Current;
        using var scope = NewDisposeScope();
        using var ids = tensor(_ids[from..endExclusive], [1, endExclusive - from], ScalarType.Int64).GoTo(_model.Network.OutputWeight.device);
        _states = _model.Network.HiddenStates(ids).squeeze(0).DetachFromDisposeScope();
        if (!_states.isfinite().all().item<bool>())
        {
            throw _model.NotFinite("a text of the ensemble");
        }
    }
}
