namespace FuseSharp.Core.Evaluate.Code;

/// <summary>A programming language and how its programs are run; names are MultiPL-E's.</summary>
/// <param name="Name">Such as <c>py</c> or <c>cpp</c>.</param>
/// <param name="File">What the program's file is called.</param>
/// <param name="Program">What must be there to run it.</param>
/// <param name="Script">Runs it, in its folder.</param>
public sealed record CodeLanguage(string Name, string File, string Program, string Script)
{
    private static readonly CodeLanguage[] _known =
    [
        new("py", "program.py", "python3", "exec python3 program.py"),
        new("js", "program.js", "node", "exec node program.js"),
        new("sh", "program.sh", "bash", "exec bash program.sh"),
        new("pl", "program.pl", "perl", "exec perl program.pl"),
        new("cpp", "program.cpp", "g++", "g++ -std=c++17 -o program program.cpp && exec ./program"),
        new("rs", "program.rs", "rustc", "rustc -o program program.rs && exec ./program"),
        new("rb", "program.rb", "ruby", "exec ruby program.rb"),
        new("php", "program.php", "php", "exec php program.php"),
        new("lua", "program.lua", "lua", "exec lua program.lua"),
        new("r", "program.r", "Rscript", "exec Rscript program.r"),
        new("jl", "program.jl", "julia", "exec julia program.jl"),
    ];

    /// <summary>The language of a name, or null where nothing is known of it.</summary>
    public static CodeLanguage? Find(string name) => Array.Find(_known, l => l.Name == (name == "python" ? "py" : name));

    /// <summary>Whether its programs can run here.</summary>
    public bool IsHere => Sandbox.FindProgram(Program) is not null;
}
