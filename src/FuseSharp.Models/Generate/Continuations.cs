using System.Runtime.CompilerServices;
using FuseSharp.Errors;

namespace FuseSharp.Models.Generate;

/// <summary>A model goes on from a text, in one call.</summary>
public static class Continuations
{
    /// <summary>The continuation of a text, without the text.</summary>
    /// <param name="model">Only read.</param>
    /// <param name="prompt">What it goes on from; may be empty where the tokenizer has a token to start with.</param>
    /// <param name="options">How; its own prompt is not read. Default: 128 tokens at temperature 0.6, the same each time.</param>
    /// <param name="cancellation">Ends it between two tokens.</param>
    /// <exception cref="UsageException">An option is out of its range.</exception>
    /// <exception cref="ModelException">The prompt leaves no room in the model's context, or is empty and cannot be.</exception>
    /// <exception cref="NotFiniteException">The model gives NaN.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static string Generate(this LanguageModel model, string prompt, GenerateOptions? options = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(prompt);
        return new TextGenerator(model, options ?? new GenerateOptions()).Generate(model.PromptIds(prompt), cancellation);
    }

    /// <summary>The continuation of a text as it is written, on threads of the pool; the next piece is computed when it is asked for.</summary>
    /// <param name="model">Only read.</param>
    /// <param name="prompt">What it goes on from; may be empty where the tokenizer has a token to start with.</param>
    /// <param name="options">How; its own prompt is not read. Default: 128 tokens at temperature 0.6, the same each time.</param>
    /// <param name="cancellation">Ends it between two tokens.</param>
    /// <returns>Pieces of at least one character, which together are what <see cref="Generate"/> returns.</returns>
    /// <exception cref="UsageException">An option is out of its range.</exception>
    /// <exception cref="ModelException">The prompt leaves no room in the model's context, or is empty and cannot be.</exception>
    /// <exception cref="NotFiniteException">The model gives NaN.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static async IAsyncEnumerable<string> GenerateAsync(
        this LanguageModel model, string prompt, GenerateOptions? options = null, [EnumeratorCancellation] CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(prompt);
        using var pieces = new TextGenerator(model, options ?? new GenerateOptions()).Pieces(model.PromptIds(prompt), cancellation).GetEnumerator();
        while (await Task.Run(pieces.MoveNext, cancellation).ConfigureAwait(false))
        {
            if (pieces.Current.Length > 0)
            {
                yield return pieces.Current;
            }
        }
    }
}
