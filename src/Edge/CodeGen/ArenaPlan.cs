using System.Collections.Immutable;
using Pipeline.Contracts;
using Pipeline.Models.Quantization;

namespace Pipeline.Edge.CodeGen;

/// <summary>
/// Where every activation and every operator's scratch memory lies in one static arena. Two that are alive at the same time never overlap, except
/// an operator's output that lies on its input because the operator may work in place.
/// </summary>
internal sealed record ArenaPlan(ImmutableArray<int> TensorOffsets, ImmutableArray<int> ScratchOffsets, int FrontEndScratchOffset, int Size)
{
    /// <summary>Every block begins at a multiple of this: kernels read words of 4 bytes.</summary>
    private const int Alignment = 4;

    /// <summary>Orders tried beside that of sizes: some hundred milliseconds for the models of the zoo, and no smaller plan was found with more.</summary>
    private const int Attempts = 200;

    /// <summary>Plans the arena: block after block at the lowest offset that is free throughout its life, in the best of many orders.</summary>
    /// <param name="graph">The model.</param>
    /// <param name="frontEndScratch">Bytes that the front end needs while it makes the input.</param>
    public static ArenaPlan Of(QuantizedGraph graph, int frontEndScratch)
    {
        ImmutableArray<int> lastUses = graph.LastUses();
        var made = new int[graph.Tensors.Length];
        made[0] = -1;
        for (int i = 0; i < graph.Operators.Length; i++)
        {
            made[graph.Operators[i].Output] = i;
        }

        Block[] tensors = [.. graph.Tensors.Select((t, i) => new Block(t.Size, made[i], lastUses[i]))];
        Block[] scratch = [.. graph.Operators.Select((o, i) => new Block(Kernels.ScratchBytes(graph, o), i, i))];
        var frontEnd = new Block(frontEndScratch, -1, -1);
        for (int i = 0; i < graph.Operators.Length; i++)
        {
            QuantizedOperator op = graph.Operators[i];
            int shared = op.Inputs.FirstOrDefault(t => lastUses[t] == i && Kernels.MayOverlap(graph, op, t), -1);
            tensors[op.Output].Under = shared >= 0 ? tensors[shared] : null;
        }

        Place([.. tensors, .. scratch, frontEnd]);
        return new ArenaPlan(
            [.. tensors.Select(b => b.Offset)],
            [.. scratch.Select(b => b.Offset)],
            frontEnd.Offset,
            tensors.Concat(scratch).Append(frontEnd).Max(b => b.End));
    }

    /// <summary>The end of the memory that one operator and its tensors use.</summary>
    public int EndAt(QuantizedGraph graph, int step)
    {
        QuantizedOperator op = graph.Operators[step];
        return op.Inputs.Append(op.Output).Select(t => TensorOffsets[t] + graph.Tensors[t].Size).Append(ScratchOffsets[step] + Kernels.ScratchBytes(graph, op)).Max();
    }

    /// <summary>Tries the order of sizes, then orders near it, and keeps the first of the smallest plans.</summary>
    private static void Place(Block[] blocks)
    {
        int least = Place([.. blocks.OrderByDescending(b => b.Size).ThenBy(b => b.First)], int.MaxValue);
        int[] best = [.. blocks.Select(b => b.Offset)];
        for (int attempt = 0; attempt < Attempts; attempt++)
        {
            var random = StableRandom.For(0, "arena", attempt);
            int size = Place([.. blocks.OrderByDescending(b => b.Size * random.NextDouble(0.25, 1))], least);
            if (size < least)
            {
                least = size;
                best = [.. blocks.Select(b => b.Offset)];
            }
        }

        for (int i = 0; i < blocks.Length; i++)
        {
            blocks[i].Offset = best[i];
        }
    }

    /// <summary>Places blocks in an order and returns the end of the last, or gives up where it is not below a limit.</summary>
    private static int Place(Block[] blocks, int limit)
    {
        int end = 0;
        var placed = new List<Block>();
        foreach (Block block in blocks)
        {
            Block[] rivals = [.. placed.Where(b => b.First <= block.Last && block.First <= b.Last).OrderBy(b => b.Offset)];
            block.Offset = Overlapping(block, placed).FirstOrDefault(
                o => rivals.All(r => !r.Covers(o, block.Size) || (o == r.Offset && (block.Under == r || r.Under == block))), -1);
            if (block.Offset < 0)
            {
                block.Offset = LowestFree(rivals, block.Size);
            }

            end = Math.Max(end, block.End);
            if (end >= limit)
            {
                return limit;
            }

            placed.Add(block);
        }

        return end;
    }

    /// <summary>Offsets at which the block would share the place of the operator's other end.</summary>
    private static IEnumerable<int> Overlapping(Block block, List<Block> placed) =>
        placed.Where(b => block.Under == b || b.Under == block).Select(b => b.Offset);

    private static int LowestFree(Block[] rivals, int size)
    {
        int offset = 0;
        foreach (Block rival in rivals)
        {
            if (rival.Covers(offset, size))
            {
                offset = (rival.End + Alignment - 1) / Alignment * Alignment;
            }
        }

        return offset;
    }

    /// <summary>Memory alive from one step to another, both included.</summary>
    private sealed class Block(int size, int first, int last)
    {
        public int Size => size;

        public int First => first;

        public int Last => last;

        public int Offset { get; set; }

        public int End => Offset + Size;

        /// <summary>An input on whose place this output may lie.</summary>
        public Block? Under { get; set; }

        public bool Covers(int offset, int bytes) => offset < End && Offset < offset + bytes;
    }
}
