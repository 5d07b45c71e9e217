using System.CommandLine;
using FuseSharp.Cli.Rendering;
using FuseSharp.Errors;
using FuseSharp.Files;
using FuseSharp.Fusion;
using FuseSharp.Fusion.Align;
using FuseSharp.Fusion.Records;
using FuseSharp.Pipeline.Recipes;
using FuseSharp.Storage.Artifacts;
using FuseSharp.Tokenizers.Files;
using Spectre.Console;

namespace FuseSharp.Cli.Commands;

/// <summary>The part of inspect that shows an alignment token by token. In a run's folder it finds the models by itself; elsewhere they are named.</summary>
internal sealed class InspectAlignment
{
    // Candidates shown of a position.
    private const int Shown = 3;

    private readonly Option<string> _target = CommonOptions.TokenizerPath("--target", "For an alignment outside a run's folder: the target model or its tokenizer. For represented rows that are projected onto a target's vocabulary: the same, whose tokens the candidates are.");
    private readonly Option<string> _source = CommonOptions.TokenizerPath("--source", "The same for the source model.");
    private readonly Option<string?> _targetRepresented = new("--target-represented") { Description = "The same for the target's output of represent." };
    private readonly Option<string?> _sourceRepresented = new("--source-represented") { Description = "The same for the source's output of represent." };
    private readonly Option<int> _document = new("--document") { Description = "For an alignment: the first document shown, 0-based.", DefaultValueFactory = _ => 0 };
    private readonly Option<int> _documents = new("--documents") { Description = "For an alignment: how many documents are shown.", DefaultValueFactory = _ => 1 };
    private readonly Option<string?> _html = new("--html") { Description = "For an alignment: an HTML file that gets the same as one page." };

    public void AddTo(Command command)
    {
        foreach (var option in new Option[] { _target, _source, _targetRepresented, _sourceRepresented, _document, _documents, _html })
        {
            command.Options.Add(option);
        }
    }

    /// <summary>The target that is named; null for none.</summary>
    public string? TargetOf(ParseResult parsed) => parsed.GetValue(_target);

    /// <summary>Shows the alignment; false where its models are not known.</summary>
    public bool TryShow(ParseResult parsed, string folder, Manifest manifest)
    {
        var places = Places(parsed, folder);
        if (places is null)
        {
            return false;
        }

        var views = Views(places, folder, manifest).Skip(parsed.GetValue(_document)).Take(parsed.GetValue(_documents)).ToList();
        if (views.Count == 0)
        {
            throw new ArtifactException(FormattableString.Invariant($"'{folder}' has no document {parsed.GetValue(_document)}. Name one of its documents, counted from 0."));
        }

        var console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(Console.Out) });
        views.ForEach(view => AlignmentDisplay.Show(console, view));
        if (parsed.GetValue(_html) is { } html)
        {
            File.WriteAllText(CommonOptions.OutputFile(html, OutputKind.Page, folder), AlignmentPage.Html(views));
            Console.WriteLine(html);
        }

        return true;
    }

    private AlignmentPlaces? Places(ParseResult parsed, string folder)
    {
        string? run = Path.GetDirectoryName(Path.GetDirectoryName(Path.GetFullPath(Path.TrimEndingDirectorySeparator(folder))));
        var found = run is not null && File.Exists(new RunFolder(run).EffectiveRecipe) ? InRun(new RunFolder(run), ModelName.FromPath(folder)) : null;
        string?[] named = [parsed.GetValue(_target), parsed.GetValue(_source), parsed.GetValue(_targetRepresented), parsed.GetValue(_sourceRepresented)];
        return found is null && named.Any(n => n is null)
            ? named.All(n => n is null) ? null : throw new UsageException("To show this alignment name all of --target, --source, --target-represented and --source-represented.")
            : new(named[0] ?? found!.Target, named[1] ?? found!.Source, named[2] ?? found!.TargetRepresented, named[3] ?? found!.SourceRepresented);
    }

    private static AlignmentPlaces? InRun(RunFolder run, string name)
    {
        var recipe = RecipeReader.Read(run.EffectiveRecipe);
        var source = recipe.Sources.FirstOrDefault(s => s.Name == name);
        return source is null ? null : new(recipe.Target, source.Files, run.Represent(recipe.Target), run.Represent(source.Name));
    }

    private static IEnumerable<AlignmentView> Views(AlignmentPlaces places, string folder, Manifest manifest)
    {
        var target = TokenizerFolder.Load(places.Target);
        var source = TokenizerFolder.Load(places.Source);
        // Which positions belong together does not depend on the map or the projection: only rows do, and they are stored.
        bool isBoundary = manifest.Options.GetProperty("alignment").GetString() == "boundary";
        var sourceFiles = new RepresentationFiles(places.SourceRepresented);
        var projection = sourceFiles.ProjectedOnto is null ? null : VocabularyProjection.ToSelf(target.Vocabulary.Count);
        var targetFiles = new RepresentationFiles(places.TargetRepresented);
        IDocumentAligner aligner = isBoundary ? new BoundaryAligner(target, source, projection, ConversationProjection.Create(target, targetFiles, source, sourceFiles)) : new MinEditAligner(target, source, null, MethodSettings.Default);
        return targetFiles.Read().Zip(sourceFiles.Read(), AlignedFiles.Read(folder))
            .Select(d => AlignmentView.Create(
                FormattableString.Invariant($"document {d.First.Id}: {ModelName.FromPath(places.Target)} (above) and {ModelName.FromPath(places.Source)} (below)"),
                d.First, d.Second, aligner.Links(d.First, d.Second), d.Third, target, source, Shown));
    }

    private sealed record AlignmentPlaces(string Target, string Source, string TargetRepresented, string SourceRepresented);
}
