using TorchSharp;
using static TorchSharp.torch;

namespace FuseSharp.Models.Native;

/// <summary>Takes numbers of this process to where a model runs, without waiting for it.</summary>
/// <remarks>
/// TorchSharp's own way, <c>tensor(…, device: …)</c>, copies from memory that the system may move, and libtorch then waits until the device has done all that was asked of it: once for each
/// tensor of ids, labels, masks or angles. From pinned memory the copy takes its turn among the device's work; libtorch keeps the memory until it is done.
/// </remarks>
public static class PinnedCopy
{
    /// <summary>A tensor with the same numbers on a device.</summary>
    /// <param name="numbers">On the processor; disposed where it is not the result.</param>
    /// <param name="device">Where to.</param>
    public static Tensor GoTo(this Tensor numbers, Device device)
    {
        if (device.type == DeviceType.CPU)
        {
            return numbers;
        }

        using (numbers)
        {
            if (device.type != DeviceType.CUDA)
            {
                return device.type == DeviceType.META ? empty_like(numbers, device: device) : numbers.to(device); // TorchSharp's to knows no meta device
            }

            using var pinned = numbers.pin_memory();
            return pinned.to(device, non_blocking: true);
        }
    }
}
