using FuseSharp.Errors;
using FuseSharp.Models.Native;
using FuseSharp.Testing;

namespace FuseSharp.Models.Tests.Native;

public sealed class NamedLibTorchTests
{
    [Theory]
    [InlineData(null)]
    [InlineData("")]
    public void Find_NothingNamed_IsNone(string? named) => Assert.Null(NamedLibTorch.Find(named));

    [Fact]
    public void Find_Folder_IsThatWithLinksResolved()
    {
        using var scratch = new ScratchFolder();
        string folder = Torch(scratch, "2.11.0+cu130");
        Directory.CreateSymbolicLink(scratch.At("link"), Path.GetDirectoryName(folder)!);

        Assert.Equal(folder, NamedLibTorch.Find(folder));
        Assert.Equal(folder, NamedLibTorch.Find(scratch.At("link/lib")));
    }

    [Fact]
    public void Find_FolderThatTellsNoVersion_IsTaken()
    {
        using var scratch = new ScratchFolder();
        string folder = Torch(scratch, version: null);

        Assert.Equal(folder, NamedLibTorch.Find(folder));
    }

    [Fact]
    public void Find_Interpreter_IsAskedWhereItsTorchIs()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "The interpreter of this test is a shell script.");
        using var scratch = new ScratchFolder();
        string folder = Torch(scratch, "2.10.0");

        Assert.Equal(folder, NamedLibTorch.Find(Interpreter(scratch, $"echo a warning >&2; echo '{scratch.At("torch/__init__.py")}'")));
    }

    [Fact]
    public void Find_WhatDoesNotFit_IsRefusedInOneLine()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "The interpreter of this test is a shell script.");
        using var scratch = new ScratchFolder();
        string old = Torch(scratch, "2.4.1+cu121");

        Refused($"libtorch 2.4.1+cu121 in '{old}'; FuseSharp runs on 2.10 and 2.11", old);
        Refused("expected 'python', a Python interpreter's path or the folder", "pyton");
        Refused($"no {LibTorch.LibraryNames[0]} is", scratch.Path);
        Refused("has no torch", Interpreter(scratch, "echo"));
        Refused("has no torch", Interpreter(scratch, "exit 3"));
        Refused("cannot be started", scratch.At("torch/version.py"));
    }

    private static void Refused(string expected, string named)
    {
        string message = Assert.Throws<FuseSharpException>(() => NamedLibTorch.Find(named)).Message;
        Assert.Contains(expected, message, StringComparison.Ordinal);
        Assert.Contains("unset FUSESHARP_LIBTORCH", message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', message);
    }

    private static string Torch(ScratchFolder scratch, string? version)
    {
        string folder = Directory.CreateDirectory(scratch.At("torch/lib")).FullName;
        File.WriteAllText(Path.Combine(folder, LibTorch.LibraryNames[0]), "");
        if (version is not null)
        {
            File.WriteAllText(scratch.At("torch/version.py"), $"from typing import Optional\n__version__ = '{version}'\ndebug = False\n");
        }

        return folder;
    }

    private static string Interpreter(ScratchFolder scratch, string script)
    {
        if (OperatingSystem.IsWindows())
        {
            throw new PlatformNotSupportedException();
        }

        string file = scratch.At("interpreter");
        File.WriteAllText(file, $"#!/bin/sh\n{script}\n");
        File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserExecute | UnixFileMode.UserWrite);
        return file;
    }
}
