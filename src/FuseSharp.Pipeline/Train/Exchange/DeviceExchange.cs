using FuseSharp.Errors;

namespace FuseSharp.Pipeline.Train.Exchange;

/// <summary>What ranks with graphics processors can exchange gradients by, for who asks what a machine has.</summary>
public static class DeviceExchange
{
    /// <summary>The version of NCCL (or AMD's RCCL) that would be used, or why there is none.</summary>
    public static string Describe()
    {
        try
        {
            return NcclLibrary.Find(Environment.GetEnvironmentVariable(NcclLibrary.Variable), out string? why) is { } nccl ? nccl.Version : $"not found: gradients of several ranks with graphics processors go through main memory ({why})";
        }
        catch (UsageException unusable)
        {
            return unusable.Message;
        }
    }
}
