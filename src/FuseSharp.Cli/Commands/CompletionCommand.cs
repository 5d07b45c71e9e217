using System.CommandLine;
using FuseSharp.Errors;

namespace FuseSharp.Cli.Commands;

/// <summary>Scripts that let a shell complete commands and options: they ask the program itself, by System.CommandLine's <c>[suggest]</c> directive.</summary>
internal static class CompletionCommand
{
    private static readonly Dictionary<string, string> _scripts = new(StringComparer.Ordinal)
    {
        ["bash"] = """
            # In ~/.bashrc: source <(fusesharp completion bash)
            _fusesharp() {
                local IFS=$'\n'
                COMPREPLY=($(compgen -o default -W "$(fusesharp "[suggest:${COMP_POINT}]" "${COMP_LINE}" 2>/dev/null)" -- "${COMP_WORDS[COMP_CWORD]}"))
            }
            complete -o default -F _fusesharp fusesharp
            """,
        ["zsh"] = """
            # In ~/.zshrc, after compinit: source <(fusesharp completion zsh)
            _fusesharp() {
                local -a found
                found=("${(@f)$(fusesharp "[suggest:${CURSOR}]" "${BUFFER}" 2>/dev/null)}")
                compadd -a found || _files
            }
            compdef _fusesharp fusesharp
            """,
        ["fish"] = """
            # In ~/.config/fish/config.fish: fusesharp completion fish | source
            complete -c fusesharp -a "(fusesharp '[suggest:'(commandline -C)']' (commandline) 2>/dev/null)"
            """,
        ["pwsh"] = """
            # In $PROFILE: fusesharp completion pwsh | Out-String | Invoke-Expression
            Register-ArgumentCompleter -Native -CommandName fusesharp -ScriptBlock {
                param($word, $line, $position)
                fusesharp "[suggest:$position]" "$line" 2>$null | Where-Object { $_ -like "$word*" } | ForEach-Object {
                    [System.Management.Automation.CompletionResult]::new($_, $_, 'ParameterValue', $_)
                }
            }
            """,
    };

    public static Command Create()
    {
        var shell = new Argument<string>("shell") { Description = $"{string.Join(", ", _scripts.Keys)}." };
        shell.CompletionSources.Add([.. _scripts.Keys]);
        var command = new Command("completion", "Prints a shell completion script; its first line says where to put it.") { shell };
        command.SetAction(parsed =>
        {
            string name = parsed.GetRequiredValue(shell);
            Console.WriteLine(_scripts.TryGetValue(name, out string? script) ? script.ReplaceLineEndings("\n")
                : throw new UsageException($"There are no completions for '{name}', only for {string.Join(", ", _scripts.Keys)}."));
            return 0;
        });
        return command;
    }
}
