namespace FuseSharp.Fusion.Fuse;

/// <summary>What the student shall expect at the positions of one block.</summary>
/// <param name="RowStarts">[positions + 1]: row t is <c>RowStarts[t] .. RowStarts[t + 1]</c>; an empty row is a position without a fusion target.</param>
/// <param name="Indices">Target token ids; in a row each at most once.</param>
/// <param name="Probabilities">Beside each index; a row sums to at most 1, the rest is mass outside the row.</param>
/// <param name="Teachers">[segments]: the model that was chosen for each segment; −1 where several are blended.</param>
/// <param name="Rewards">[segments]: of the chosen model, or the mean of the blended ones; 1 − λ of <c>Recipes.NextTokenSchedule.ByReward</c>.</param>
public sealed record FusedRows(int[] RowStarts, int[] Indices, float[] Probabilities, int[] Teachers, float[] Rewards);
