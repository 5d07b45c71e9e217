using System.IO.Compression;
using System.Text;
using Apache.Arrow;
using Apache.Arrow.Ipc;
using Apache.Arrow.Types;
using FuseSharp.Storage.Texts;
using ParquetSharp.Arrow;

namespace FuseSharp.Fuzz;

/// <summary>Files of texts and tables.</summary>
internal static class TextTargets
{
    private const string Lines = "{\"text\": \"First document.\", \"n\": NaN}\n{\"meta\": {\"text\": \"x\"}, \"text\": \"äöü \\ud83d\\ude00\"}\n";
    private const string Table = "id,text\n1,First document.\n2,\"Second, with \"\"quotes\"\"\nand a line\"\n";

    // xz of {"text": "a"}: there is no writer here.
    private const string Xz = "/Td6WFoAAATm1rRGAgAhARYAAAB0L+Wj4ABiAERdAD2IioaUiBPg84ckqO/S2gm6TBomN+rUdjBCL3dB7ct7ALbLrrIKhHADC0KIocciwYXUdxwPcpuR0ysGzyv5yH4M+rQAAIJIBe7xMQtbAAFgY27uwJEftvN9AQAAAAAEWVo=";

    public static IReadOnlyList<FuzzTarget> All { get; } =
    [
        Texts("jsonl", InputKind.Json, "a.jsonl", Encoding.UTF8.GetBytes(Lines)),
        Texts("json", InputKind.Json, "a.json", Encoding.UTF8.GetBytes("[" + Lines.TrimEnd().Replace("\n", ",", StringComparison.Ordinal) + "]")),
        Texts("csv", InputKind.Lines, "a.csv", Encoding.UTF8.GetBytes(Table)),
        Texts("gz", InputKind.Binary, "a.jsonl.gz", Packed(s => new GZipStream(s, CompressionLevel.Fastest, leaveOpen: true))),
        Texts("zst", InputKind.Binary, "a.jsonl.zst", Packed(s => new ZstdSharp.CompressionStream(s, leaveOpen: true))),
        Texts("bz2", InputKind.Binary, "a.jsonl.bz2", Packed(s => SharpCompress.Compressors.BZip2.BZip2Stream.Create(s, SharpCompress.Compressors.CompressionMode.Compress, false, true, false))),
        Texts("xz", InputKind.Binary, "a.jsonl.xz", Convert.FromBase64String(Xz)),
        Texts("parquet", InputKind.Binary, "a.parquet", Parquet()),
        FuzzTargets.File("parquet-rows", InputKind.Binary, "a.parquet", [Parquet()], p => FuzzTargets.Exhaust(ParquetTexts.Rows(p))),
        Texts("arrow", InputKind.Binary, "a.arrow", Arrow(isFile: false), Arrow(isFile: true)),
        FuzzTargets.File("arrow-rows", InputKind.Binary, "a.arrow", [Arrow(isFile: false), Arrow(isFile: true)], p => FuzzTargets.Exhaust(ArrowTexts.Rows(p))),
    ];

    private static FuzzTarget Texts(string name, InputKind kind, string file, params byte[][] seeds)
        => FuzzTargets.File(name, kind, file, seeds, p => FuzzTargets.Exhaust(TextFiles.ReadWithErrors([p], "text", false)));

    private static byte[] Packed(Func<Stream, Stream> pack)
    {
        using var bytes = new MemoryStream();
        using (var stream = pack(bytes))
        {
            stream.Write(Encoding.UTF8.GetBytes(Lines));
        }

        return bytes.ToArray();
    }

    private static RecordBatch Batch()
    {
        var lists = new ListArray.Builder(Int32Type.Default);
        var numbers = (Int32Array.Builder)lists.ValueBuilder;
        lists.Append();
        numbers.Append(1).Append(2);
        lists.AppendNull();
        lists.Append();
        numbers.Append(3);
        var views = new StringViewArray.Builder().Append("short").AppendNull().Append("a text of more than twelve bytes").Build();
        var structure = new StructType([new Field("x", Int16Type.Default, true)]);
        var inner = new StructArray(structure, 3, [new Int16Array.Builder().Append(1).Append(2).Append(3).Build()], ArrowBuffer.Empty, 0);
        var dictionary = new DictionaryArray(new DictionaryType(Int8Type.Default, StringType.Default, false), new Int8Array.Builder().Append(1).Append(0).Append(1).Build(), new StringArray.Builder().Append("a").Append("b").Build());
        return new RecordBatch.Builder()
            .Append("text", true, new StringArray.Builder().Append("First document.").AppendNull().Append("Third").Build())
            .Append("list", true, lists.Build())
            .Append("view", true, views)
            .Append("structure", true, inner)
            .Append("dictionary", true, dictionary)
            .Append("flag", true, new BooleanArray.Builder().Append(true).AppendNull().Append(false).Build())
            .Build();
    }

    private static byte[] Arrow(bool isFile)
    {
        using var bytes = new MemoryStream();
        using var batch = Batch();
        using (var writer = isFile ? new ArrowFileWriter(bytes, batch.Schema, leaveOpen: true) : new ArrowStreamWriter(bytes, batch.Schema, leaveOpen: true))
        {
            writer.WriteRecordBatch(batch);
            writer.WriteEnd();
        }

        return bytes.ToArray();
    }

    private static byte[] Parquet()
    {
        string path = Path.GetTempFileName();
        var batch = new RecordBatch.Builder()
            .Append("text", true, new StringArray.Builder().Append("First document.").AppendNull().Append("Third").Build())
            .Append("number", true, new DoubleArray.Builder().Append(1).Append(double.NaN).AppendNull().Build())
            .Build();
        using (var writer = new FileWriter(path, batch.Schema))
        {
            writer.WriteRecordBatch(batch);
            writer.Close();
        }

        byte[] bytes = File.ReadAllBytes(path);
        File.Delete(path);
        return bytes;
    }
}
