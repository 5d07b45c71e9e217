using FuseSharp.Fusion.Fuse;
using FuseSharp.Models.Kernels;
using FuseSharp.Models.Layers;
using FuseSharp.Models.Native;
using static TorchSharp.torch;

namespace FuseSharp.Pipeline.Train;

/// <summary>Head and loss in one: λ·LM + (1−λ)·D and its gradient, from hidden states, chunk by chunk.</summary>
/// <remarks>
/// The logits of all positions never exist together: a chunk's are made, turned in place into their own gradient and multiplied away.
/// With q the student's softmax, y the true token, p the fused candidates K with mass Σp and r = 1 − Σp, S = Σ_K q:
/// <code>
/// LM              = −log q_y                                 ∂/∂logit_v = q_v − [v = y]
/// D (all mass)    = −Σ p_k·log q_k                           ∂/∂logit_v = Σp·q_v − p_v
/// D (bucket)      = −Σ p_k·log q_k − r·log(1 − S)            ∂/∂logit_v = q_v − p_v in K, q_v·(1 − r/(1 − S)) outside
/// </code>
/// </remarks>
public static class FusionLoss
{
    // Below it, float32 rounding of S decides 1 − S; the gradient stays bounded by r.
    internal const double SmallestTail = 1e-6;

    /// <summary>Computes the loss, adds its gradient to <paramref name="outputWeight"/>'s <c>grad</c> and carries it back through <paramref name="hidden"/>.</summary>
    /// <param name="hidden">[N, hidden], with its graph; float32 or bfloat16.</param>
    /// <param name="outputWeight">[vocabulary, hidden], a leaf of the same type; gets a gradient where it requires one.</param>
    /// <param name="targets">What to predict at the N positions.</param>
    /// <param name="missing">What happens to mass outside the candidates; <see cref="MissingProbability.TrueToken"/> must already stand in the targets.</param>
    /// <param name="divergence">Which distance the returned fusion loss is.</param>
    /// <param name="logitCap">Logits become cap · tanh(logit / cap) first; null for none.</param>
    /// <returns>Weighted sums of the language-model loss and of the fusion loss, nats.</returns>
    public static (double LanguageModel, double Fusion) Backward(
        Tensor hidden, Tensor outputWeight, LossTargets targets, MissingProbability missing, FusionDivergence divergence = FusionDivergence.Ce, double? logitCap = null)
        => Backward(hidden, outputWeight, targets, missing, divergence, HeadChunk.Rows(outputWeight.shape[0], outputWeight.device_type), logitCap);

    /// <summary>The same in chunks of a given size; the last may be smaller. The result is the same up to rounding.</summary>
    internal static (double LanguageModel, double Fusion) Backward(
        Tensor hidden, Tensor outputWeight, LossTargets targets, MissingProbability missing, FusionDivergence divergence, long chunkRows, double? logitCap = null)
    {
        using var loss = BackwardUnread(hidden, outputWeight, targets, missing, divergence, logitCap, chunkRows);
        return loss.Read();
    }

    /// <summary>The same without waiting for a device: its sums stay there.</summary>
    /// <returns>To be disposed by the caller.</returns>
    internal static UnreadLoss BackwardUnread(
        Tensor hidden, Tensor outputWeight, LossTargets targets, MissingProbability missing, FusionDivergence divergence, double? logitCap, long? rows = null)
    {
        using var scope = NewDisposeScope();
        long chunkRows = rows ?? HeadChunk.Rows(outputWeight.shape[0], outputWeight.device_type);
        Tensor hiddenGradient;
        Tensor? sums = null;
        double languageModel = 0;
        double fusion = 0;
        using (no_grad())
        {
            var states = hidden.detach();
            var weight = outputWeight.detach();
            hiddenGradient = empty_like(states);
            var weightGradient = outputWeight.requires_grad ? zeros(weight.shape, ScalarType.Float32, weight.device) : null;
            for (long start = 0; start < targets.Positions; start += chunkRows)
            {
                using var chunk = NewDisposeScope();
                long count = Math.Min(chunkRows, targets.Positions - start);
                var part = states.narrow(0, start, count);
                var logits = part.matmul(weight.t()); // [count, vocabulary], becomes its own gradient
                Tensor? slope = null;
                if (logitCap is { } cap)
                {
                    logits = SoftCap.Run(logits, cap);
                    slope = logits.mul(logits).div_(RootedScalar.Of(-cap * cap)).PlusInPlace(1); // of cap · tanh(x / cap): 1 − tanh²
                }

                bool inPlace = KernelRows.Fit(logits);
                var exact = inPlace ? logits : logits.to(ScalarType.Float32);
                if (inPlace)
                {
                    var (lm, d) = FusionLossKernel.Run(logits, targets, start, missing, divergence);
                    languageModel += lm;
                    fusion += d;
                }
                else
                {
                    var added = TurnIntoGradient(exact, new ChunkTargets(targets, start, count, logits.device), missing, divergence);
                    sums?.PlusInPlace(added);
                    sums ??= added.MoveToOuterDisposeScope();
                }

                var gradient = (slope is null ? exact : exact.mul_(slope)).to(states.dtype);
                hiddenGradient.narrow(0, start, count).copy_(gradient.matmul(weight));
                weightGradient?.PlusInPlace(gradient.t().matmul(part));
            }

            if (weightGradient is not null)
            {
                AddTo(outputWeight, weightGradient);
            }
        }

        hidden.backward([hiddenGradient]);
        ReturnedGradients.Release();
        return new UnreadLoss(languageModel, fusion, sums?.DetachFromDisposeScope());
    }

    /// <summary>The loss and its gradient from whole logits by libtorch's operations: where the kernel cannot work, and what it is tested against.</summary>
    /// <param name="logits">[N, vocabulary], float32; overwritten.</param>
    /// <param name="targets">What to predict at the N positions.</param>
    /// <param name="missing">What happens to mass outside the candidates.</param>
    /// <param name="divergence">Which distance the returned fusion loss is.</param>
    /// <returns>[2] float64: weighed sums of the language-model loss and of the fusion loss, where the logits are.</returns>
    internal static Tensor TurnIntoGradient(Tensor logits, LossTargets targets, MissingProbability missing, FusionDivergence divergence)
        => TurnIntoGradient(logits, new ChunkTargets(targets, 0, targets.Positions, logits.device), missing, divergence);

    private static Tensor TurnIntoGradient(Tensor logits, ChunkTargets targets, MissingProbability missing, FusionDivergence divergence)
    {
        var normalizer = logits.logsumexp(1, keepdim: true);                              // [n, 1]
        var logQ = logits.gather(1, targets.Indices).sub_(normalizer);                    // [n, K]
        var languageModel = ((normalizer - logits.gather(1, targets.Labels)) * targets.LabelWeights).sum();
        var mass = targets.Probabilities.sum(1, keepdim: true);                           // [n, 1]
        var distance = (targets.Probabilities * logQ).sum(1, keepdim: true).neg_();       // [n, 1]
        Tensor scale;      // what multiplies q outside the candidates
        Tensor correction; // what comes on top at the candidates
        if (missing == MissingProbability.Bucket)
        {
            var q = logQ.exp().mul_(targets.IsCandidate);
            var open = q.sum(1, keepdim: true).neg_().PlusInPlace(1).clamp_min_(RootedScalar.Of(SmallestTail)); // 1 − S
            var rest = Rest(mass);                                                            // r
            distance.sub_(rest * open.log());
            var ratio = rest / open;
            scale = ratio.neg().PlusInPlace(1);
            correction = (ratio * q).sub_(targets.Probabilities).mul_(targets.FusionWeights);
        }
        else
        {
            scale = mass;
            correction = targets.Probabilities.neg().mul_(targets.FusionWeights);
        }

        if (divergence == FusionDivergence.Kl)
        {
            distance.PlusInPlace(targets.Probabilities.xlogy(targets.Probabilities).sum(1, keepdim: true));
            if (missing == MissingProbability.Bucket)
            {
                var rest = Rest(mass);
                distance.PlusInPlace(rest.xlogy(rest));
            }
        }

        var sums = stack([languageModel, (distance * targets.FusionWeights).sum()]).to(ScalarType.Float64);
        logits.sub_(normalizer).exp_().mul_(scale.mul_(targets.FusionWeights).PlusInPlace(targets.LabelWeights));
        logits.scatter_add_(1, targets.Indices, correction);
        logits.scatter_add_(1, targets.Labels, targets.LabelWeights.neg());
        return sums;
    }

    // Half-precision rounding on disk can push a row's sum a little past 1.
    private static Tensor Rest(Tensor mass) => mass.neg().PlusInPlace(1).clamp_min_(RootedScalar.Of(0));

    private static void AddTo(Tensor parameter, Tensor gradient)
    {
        if (parameter.grad is { } sofar && !sofar.IsInvalid)
        {
            sofar.PlusInPlace(gradient);
        }
        else
        {
            parameter.grad = gradient.to(parameter.dtype).MoveToOuterDisposeScope();
        }
    }

    // The targets of one chunk as tensors; [n, 1] unless said.
    private sealed class ChunkTargets(LossTargets targets, long start, long count, Device device)
    {
        public Tensor Labels { get; } = tensor(targets.Labels.AsMemory((int)start, (int)count), [count, 1]).GoTo(device);

        public Tensor LabelWeights { get; } = tensor(targets.LabelWeights.AsMemory((int)start, (int)count), [count, 1]).GoTo(device);

        public Tensor FusionWeights { get; } = tensor(targets.FusionWeights.AsMemory((int)start, (int)count), [count, 1]).GoTo(device);

        public Tensor Indices { get; } = Rows(targets.Indices, targets.K, start, count, device);             // [n, K]

        public Tensor Probabilities { get; } = Rows(targets.Probabilities, targets.K, start, count, device); // [n, K]

        public Tensor IsCandidate { get; } = Rows(targets.IsCandidate, targets.K, start, count, device);     // [n, K]

        private static Tensor Rows(long[] values, int k, long start, long count, Device device)
            => tensor(values.AsMemory((int)(start * k), (int)(count * k)), [count, k]).GoTo(device);

        private static Tensor Rows(float[] values, int k, long start, long count, Device device)
            => tensor(values.AsMemory((int)(start * k), (int)(count * k)), [count, k]).GoTo(device);
    }
}
