namespace FuseSharp.Fusion.Spelling;

/// <summary>Arrays that are used for one document after the other and grow with the largest.</summary>
internal static class WorkingSpace
{
    /// <summary>Makes sure of room; what was in an array that had too little is lost.</summary>
    /// <param name="array">As long as it was, or longer.</param>
    /// <param name="length">Elements that are needed.</param>
    public static void Reserve<T>(ref T[] array, int length)
    {
        if (array.Length < length)
        {
            array = new T[length];
        }
    }
}
