using System.Diagnostics;
using FuseSharp.Errors;
using FuseSharp.Files;

namespace FuseSharp.Models.Native;

/// <summary>The libtorch that the user names instead of the one that came with the program: that of a Python installation, say, which has CUDA where there is a graphics processor.</summary>
/// <remarks>See decision 0086.</remarks>
public static class NamedLibTorch
{
    /// <summary>The environment variable: <c>python</c>, the path of a Python interpreter, or the folder with libtorch's libraries.</summary>
    public const string Variable = "FUSESHARP_LIBTORCH";

    /// <summary>Asks the interpreter that the shell would start.</summary>
    public const string Python = "python";
    private const string Unless = $"or unset {Variable} for the libtorch that came with FuseSharp.";

    // Those that a whole pipeline was seen to run on; TorchSharp's library is built against the first.
    private static readonly string[] _knownVersions = ["2.10", "2.11"];

    // Without importing torch, which takes seconds.
    private const string Question = "import importlib.util as u; s = u.find_spec('torch'); print(s.origin if s and s.origin else '')";

    /// <summary>The folder with its libraries, links resolved; null where the user names none.</summary>
    /// <exception cref="FuseSharpException">There is none, or it is of a version that was never tried.</exception>
    /// <param name="named">What the variable holds.</param>
    public static string? Find(string? named)
    {
        if (string.IsNullOrEmpty(named))
        {
            return null;
        }

        string folder = Directory.Exists(named) ? Path.GetFullPath(named) : named == Python || File.Exists(named) ? FolderOf(named)
            : throw new FuseSharpException($"{Variable} is '{named}': expected 'python', a Python interpreter's path or the folder of libtorch's libraries (…/torch/lib). Correct it, {Unless}");
        if (!File.Exists(Path.Combine(folder, LibTorch.LibraryNames[0])))
        {
            throw new FuseSharpException($"{Variable} leads to '{folder}', where no {LibTorch.LibraryNames[0]} is. Name the folder of libtorch's libraries (…/torch/lib), {Unless}");
        }

        if (VersionOf(folder) is { } version && !Array.Exists(_knownVersions, k => version.StartsWith(k + ".", StringComparison.Ordinal)))
        {
            throw new FuseSharpException($"{Variable} leads to libtorch {version} in '{folder}'; FuseSharp runs on {string.Join(" and ", _knownVersions)}. Install torch of such a version there, {Unless}");
        }

        // A library finds its neighbours from the path that it was loaded by ($ORIGIN): through a link it would look in the link's folder.
        return Path.GetDirectoryName(LinkedPath.Resolve(Path.Combine(folder, LibTorch.LibraryNames[0])));
    }

    private static string FolderOf(string named)
    {
        string interpreter = named != Python ? named : OperatingSystem.IsWindows() ? "python.exe" : "python3";
        string origin = Ask(interpreter);
        return origin.Length > 0 ? Path.Combine(Path.GetDirectoryName(origin)!, "lib")
            : throw new FuseSharpException($"{Variable}={named} leads nowhere: '{interpreter}' has no torch. Install it there (pip install torch), name another interpreter's path, {Unless}");
    }

    private static string Ask(string interpreter)
    {
        try
        {
            using var python = Process.Start(new ProcessStartInfo(interpreter, ["-c", Question]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
            python.ErrorDataReceived += static (_, _) => { };
            python.BeginErrorReadLine();
            string answer = python.StandardOutput.ReadToEnd().Trim();
            python.WaitForExit();
            return python.ExitCode == 0 ? answer : "";
        }
        catch (System.ComponentModel.Win32Exception fault)
        {
            throw new FuseSharpException($"{Variable} asks '{interpreter}' where its torch is, and it cannot be started ({fault.Message}). Name a Python interpreter's path, {Unless}", fault);
        }
    }

    // Python's wheels write version.py beside lib, libtorch's archives build-version; a folder of neither is taken at the user's word.
    private static string? VersionOf(string folder)
    {
        string above = Path.GetDirectoryName(folder) ?? folder;
        const string Mark = "__version__ = ";
        string wheel = Path.Combine(above, "version.py");
        string archive = Path.Combine(above, "build-version");
        return File.Exists(wheel) ? Array.Find(File.ReadAllLines(wheel), l => l.StartsWith(Mark, StringComparison.Ordinal))?[Mark.Length..].Trim('\'', '"', ' ')
            : File.Exists(archive) ? File.ReadAllText(archive).Trim() : null;
    }
}
