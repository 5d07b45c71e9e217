namespace FuseSharp.Evaluation.Code;

/// <summary>A programming language and how its programs are run; names are MultiPL-E's.</summary>
/// <remarks>
/// Commands, and what counts as passed, are those of MultiPL-E's evaluators. C# alone is compiled by the .NET SDK instead of Mono, where a program whose assertion failed ends with 0.
/// Folders of libraries are Debian's.
/// </remarks>
/// <param name="Name">Such as <c>py</c> or <c>cpp</c>.</param>
/// <param name="File">What the program's file is called.</param>
/// <param name="Program">What must be there to run it.</param>
/// <param name="Script">Compiles and runs it, in its folder; ends with 0 where it has passed.</param>
/// <param name="Library">What must be there besides, a path in which <c>*</c> stands for any part of a name; null for nothing.</param>
public sealed record CodeLanguage(string Name, string File, string Program, string Script, string? Library = null)
{
    private const string Clojure = "/usr/share/java/clojure.jar";
    private const string JavaTuples = "/usr/share/java/javatuples.jar";

    // A heap that does not grow with the machine: on one of 512 GiB the JVM wants more at its start than the sandbox's 1 GiB. With its first compiler alone Scala takes 2.6 s instead of 4.3.
    private const string Jvm = "-Xms32m -Xmx512m -XX:+UseSerialGC -XX:TieredStopAtLevel=1";

    // The compiler and the framework themselves: without a network 'dotnet run program.cs' had not ended after ten seconds, this ends after one.
    private const string CSharp = """
        compiler=$(ls -v /usr/*/dotnet/sdk/*/Roslyn/bincore/csc.dll | tail -n 1)
        printf -- '-r:%s\n' $(ls -dv /usr/*/dotnet/shared/Microsoft.NETCore.App/* | tail -n 1)/*.dll > references
        cp "${compiler%/Roslyn/*}/dotnet.runtimeconfig.json" program.runtimeconfig.json
        dotnet "$compiler" -nologo -d:DEBUG @references -out:program.dll program.cs && exec dotnet program.dll
        """;

    private static readonly CodeLanguage[] _known =
    [
        new("adb", "program.adb", "gnatmake", "gnatchop -w program.adb && gnatmake -q -gnatW8 -gnata main.adb && exec ./main"),
        new("clj", "program.clj", "java", $"java {Jvm} -cp {Clojure} clojure.main program.clj | tee output; grep -qx '0 failures, 0 errors.' output", Clojure),
        new("cpp", "program.cpp", "g++", "g++ -std=c++17 -o program program.cpp && exec ./program"),
        new("cs", "program.cs", "dotnet", CSharp, "/usr/*/dotnet/sdk/*/Roslyn/bincore/csc.dll"),
        new("d", "program.d", "ldc2", "ldc2 -unittest -main -of=program program.d && exec ./program"),
        new("elixir", "program.exs", "elixir", "exec elixir --erl '+S 1' program.exs"), // otherwise a thread for each core: at 128 more than the sandbox lets it have
        new("go", "program_test.go", "go", "exec go test program_test.go"),
        new("hs", "program.hs", "runghc", "exec runghc program.hs"),
        new("java", "Problem.java", "javac", $"export JAVA_TOOL_OPTIONS='{Jvm}'; javac -encoding UTF8 -cp {JavaTuples} Problem.java && exec java -ea -cp .:{JavaTuples} Problem", JavaTuples),
        new("jl", "program.jl", "julia", "exec julia program.jl"),
        new("js", "program.js", "node", "exec node program.js"),
        new("lua", "program.lua", "lua", "exec lua program.lua", "/usr/share/lua/5.*/luaunit.lua"),
        new("ml", "program.ml", "ocaml", "exec ocaml program.ml"),
        new("php", "program.php", "php", "exec php program.php"),
        new("pl", "program.pl", "perl", "exec perl program.pl", "/usr/share/perl5/Test/Deep.pm"),
        new("py", "program.py", "python3", "exec python3 program.py"),
        new("r", "program.r", "Rscript", "exec Rscript program.r"),
        new("rb", "program.rb", "ruby", "exec ruby program.rb"),
        new("rkt", "program.rkt", "racket", Silent("racket program.rkt")), // a failed check is written, and the program ends with 0
        new("rs", "program.rs", "rustc", "rustc -o program program.rs && exec ./program"),
        new("scala", "program.scala", "scalac", $"export JAVA_OPTS='{Jvm}'; scalac program.scala && {Silent("scala -cp . Problem")}"),
        new("sh", "program.sh", "bash", "exec bash program.sh"),
        new("swift", "program.swift", "swiftc", "swiftc -o program program.swift && exec ./program"),
        new("ts", "program.ts", "tsc", "tsc --target esnext program.ts && exec node program.js"),
    ];

    /// <summary>The language of a name, or null where nothing is known of it.</summary>
    /// <param name="name">MultiPL-E's; also <c>python</c>.</param>
    public static CodeLanguage? Find(string name) => Array.Find(_known, l => l.Name == (name == "python" ? "py" : name));

    /// <summary>Why programs of a language cannot run here, as a sentence; null where they can.</summary>
    /// <param name="name">As <see cref="Find"/> takes it.</param>
    public static string? WhyNot(string name) => Find(name) is { } known ? known.Missing : $"the language '{name}' is not known";

    /// <summary>What its programs need and this machine has not, as a sentence; null where they can run.</summary>
    public string? Missing => Sandbox.FindProgram(Program) is null ? $"'{Program}' is not in /usr/bin"
        : Library is not null && !PathPattern.Find(Library).Any() ? $"'{Path.GetFileName(Library)}' is not in {Path.GetDirectoryName(Library)}"
        : null;

    // Passed where the command has also written no error.
    private static string Silent(string command) => $"{command} 2>errors; code=$?; cat errors; [ $code = 0 ] && [ ! -s errors ]";
}
