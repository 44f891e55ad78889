namespace Pipeline.FeatureStore.Parquet;

/// <summary>A shard's footer: Parquet's <c>FileMetaData</c> (parquet.thrift of Apache Parquet).</summary>
internal sealed record ParquetFooter(int TensorBytes, IReadOnlyList<string> Columns, long Rows, IReadOnlyList<RowGroup> Groups, IReadOnlyDictionary<string, string> Metadata)
{
    private const int Required = 0;
    private const int Utf8 = 0;

    public static byte[] ToBytes(int tensorBytes, IReadOnlyList<RowGroup> groups, IReadOnlyList<KeyValuePair<string, string>> metadata)
    {
        var w = new ThriftWriter();
        w.I32(1, 2);
        string[] names = ["shard", ShardSchema.Tensor, .. ShardSchema.Labels.Select(static column => column.Name)];
        w.StructList(2, names, name => WriteSchema(w, name, tensorBytes));
        w.I64(3, groups.Sum(static group => group.Rows));
        w.StructList(4, groups, group => WriteGroup(w, group));
        w.StructList(5, metadata, pair =>
        {
            w.Text(1, pair.Key);
            w.Text(2, pair.Value);
        });
        w.Text(6, ShardSchema.CreatedBy);
        w.StructList(7, names[1..], _ => w.Struct(1, static () => { }));
        w.Stop();
        return w.Bytes.ToArray();
    }

    /// <exception cref="FormatException">The bytes are no footer.</exception>
    /// <exception cref="OverflowException">A number does not fit.</exception>
    public static ParquetFooter Parse(ReadOnlySpan<byte> bytes)
    {
        var r = new ThriftReader(bytes);
        (int tensorBytes, long rows) = (0, 0);
        List<string> columns = [];
        List<RowGroup> groups = [];
        var metadata = new Dictionary<string, string>();
        for (int field = 0; r.Field(ref field, out ThriftType type);)
        {
            switch (field)
            {
                case 2:
                    int elements = r.ListCount(type, ThriftType.Struct);
                    for (int i = 0; i < elements; i++)
                    {
                        (string name, int length) = ParseSchema(ref r);
                        columns.Add(name);
                        tensorBytes = name == ShardSchema.Tensor ? length : tensorBytes;
                    }

                    break;
                case 3:
                    rows = r.Int64(type);
                    break;
                case 4:
                    int count = r.ListCount(type, ThriftType.Struct);
                    for (int i = 0; i < count; i++)
                    {
                        groups.Add(ParseGroup(ref r));
                    }

                    break;
                case 5:
                    int pairs = r.ListCount(type, ThriftType.Struct);
                    for (int i = 0; i < pairs; i++)
                    {
                        (string key, string value) = ParsePair(ref r);
                        metadata[key] = value;
                    }

                    break;
                default:
                    r.Skip(type);
                    break;
            }
        }

        return new(tensorBytes, columns, rows, groups, metadata);
    }

    private static void WriteSchema(ThriftWriter w, string name, int tensorBytes)
    {
        LabelColumn? label = ShardSchema.Labels.FirstOrDefault(column => column.Name == name);
        if (name != ShardSchema.Tensor && label is null)
        {
            w.Text(4, name);
            w.I32(5, ShardSchema.Labels.Count + 1);
            return;
        }

        w.I32(1, (int)(label?.Type ?? ParquetType.FixedLenByteArray));
        if (label is null)
        {
            w.I32(2, tensorBytes);
        }

        w.I32(3, Required);
        w.Text(4, name);
        if (label?.Text is not null)
        {
            w.I32(6, Utf8);
        }
    }

    private static void WriteGroup(ThriftWriter w, RowGroup group)
    {
        long bytes = group.Columns.Sum(static column => column.TotalBytes);
        w.StructList(1, group.Columns, column => WriteColumn(w, column));
        w.I64(2, bytes);
        w.I64(3, group.Rows);
    }

    private static void WriteColumn(ThriftWriter w, ColumnChunk column)
    {
        w.I64(2, column.DictionaryPageOffset ?? column.DataPageOffset);
        w.Struct(3, () =>
        {
            w.I32(1, (int)column.Type);
            w.I32List(2, [.. column.Encodings.Select(static encoding => (int)encoding)]);
            w.TextList(3, column.Name);
            w.I32(4, (int)column.Codec);
            w.I64(5, column.Values);
            w.I64(6, column.TotalBytes);
            w.I64(7, column.TotalBytes);
            w.I64(9, column.DataPageOffset);
            if (column.DictionaryPageOffset is { } dictionary)
            {
                w.I64(11, dictionary);
            }

            w.Struct(12, () =>
            {
                w.I64(3, 0);
                if (column.Max is not null)
                {
                    w.Binary(5, column.Max);
                    w.Binary(6, column.Min);
                }
            });
        });
    }

    private static (string Name, int Length) ParseSchema(ref ThriftReader r)
    {
        (string name, int length) = ("", 0);
        for (int field = 0; r.Field(ref field, out ThriftType type);)
        {
            switch (field)
            {
                case 2:
                    length = r.Int32(type);
                    break;
                case 4:
                    name = r.Text(type);
                    break;
                default:
                    r.Skip(type);
                    break;
            }
        }

        return (name, length);
    }

    private static (string Key, string Value) ParsePair(ref ThriftReader r)
    {
        (string key, string value) = ("", "");
        for (int field = 0; r.Field(ref field, out ThriftType type);)
        {
            switch (field)
            {
                case 1:
                    key = r.Text(type);
                    break;
                case 2:
                    value = r.Text(type);
                    break;
                default:
                    r.Skip(type);
                    break;
            }
        }

        return (key, value);
    }

    private static RowGroup ParseGroup(ref ThriftReader r)
    {
        long rows = 0;
        List<ColumnChunk> columns = [];
        for (int field = 0; r.Field(ref field, out ThriftType type);)
        {
            switch (field)
            {
                case 1:
                    int count = r.ListCount(type, ThriftType.Struct);
                    for (int i = 0; i < count; i++)
                    {
                        columns.Add(ParseColumn(ref r));
                    }

                    break;
                case 3:
                    rows = r.Int64(type);
                    break;
                default:
                    r.Skip(type);
                    break;
            }
        }

        return new(rows, columns);
    }

    private static ColumnChunk ParseColumn(ref ThriftReader r)
    {
        ColumnChunk? chunk = null;
        for (int field = 0; r.Field(ref field, out ThriftType type);)
        {
            if (field == 3)
            {
                ThriftReader.Expect(type, ThriftType.Struct);
                chunk = ParseColumnMetadata(ref r);
            }
            else
            {
                r.Skip(type);
            }
        }

        return chunk ?? throw new FormatException("a column has no metadata");
    }

    private static ColumnChunk ParseColumnMetadata(ref ThriftReader r)
    {
        var chunk = new ColumnChunk("", default, ParquetCodec.Uncompressed, 0, 0, null, 0, [], null, null);
        for (int field = 0; r.Field(ref field, out ThriftType type);)
        {
            switch (field)
            {
                case 1:
                    chunk = chunk with { Type = (ParquetType)r.Int32(type) };
                    break;
                case 3:
                    int parts = r.ListCount(type, ThriftType.Binary);
                    for (int i = 0; i < parts; i++)
                    {
                        chunk = chunk with { Name = chunk.Name + (i == 0 ? "" : ".") + r.TextItem() };
                    }

                    break;
                case 4:
                    chunk = chunk with { Codec = (ParquetCodec)r.Int32(type) };
                    break;
                case 5:
                    chunk = chunk with { Values = r.Int64(type) };
                    break;
                case 7:
                    chunk = chunk with { TotalBytes = r.Int64(type) };
                    break;
                case 9:
                    chunk = chunk with { DataPageOffset = r.Int64(type) };
                    break;
                case 11:
                    chunk = chunk with { DictionaryPageOffset = r.Int64(type) };
                    break;
                default:
                    r.Skip(type);
                    break;
            }
        }

        return chunk;
    }
}
