using System.Text.Json.Nodes;
using FuseSharp.Tokenizers;
using FuseSharp.Tokenizers.Files;
using FuseSharp.Tokenizers.Training;

namespace FuseSharp.Testing;

/// <summary>A copy of a model's folder that differs from it a little.</summary>
public static class ModelCopy
{
    /// <summary>Makes the copy. A model without a tokenizer, as the goldens are, gets one of 256 bytes and a special token.</summary>
    /// <param name="model">Folder that is copied.</param>
    /// <param name="folder">Where the copy goes; made.</param>
    /// <param name="settings">A JSON object: keys of config.json that get another value; null for none.</param>
    /// <returns><paramref name="folder"/>.</returns>
    public static string Make(string model, string folder, string? settings = null)
    {
        Directory.CreateDirectory(folder);
        foreach (string file in Directory.GetFiles(model))
        {
            File.Copy(file, Path.Combine(folder, Path.GetFileName(file)));
        }

        if (!File.Exists(Path.Combine(folder, "tokenizer.json")))
        {
            TokenizerFolder.Save(TokenizerTrainer.Train(["ab"], new TokenizerTrainOptions { Family = TokenizerFamily.ByteLevel, VocabularySize = 257 }), folder);
        }

        if (settings is not null)
        {
            Change(Path.Combine(folder, "config.json"), settings);
        }

        return folder;
    }

    private static void Change(string file, string settings)
    {
        var config = JsonNode.Parse(File.ReadAllText(file))!.AsObject();
        foreach (var (key, value) in JsonNode.Parse(settings)!.AsObject())
        {
            config[key] = value?.DeepClone();
        }

        File.WriteAllText(file, config.ToJsonString());
    }
}
