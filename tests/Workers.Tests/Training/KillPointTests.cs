using Pipeline.Contracts;
using Pipeline.Storage.Blobs;
using Pipeline.Workers.Training;
using static Pipeline.Workers.Tests.Training.SmallTrials;

namespace Pipeline.Workers.Tests.Training;

/// <summary>
/// A trial whose owners die at random points, each taken over by the next from what was last accepted, ends in the bits of one that was left alone. The
/// points: before any batch of any split, before and after any write of a blob, before and after any report of an epoch.
/// </summary>
public sealed class KillPointTests : IDisposable
{
    private const int Epochs = 4;

    /// <summary>Points that an owner passes at most: it dies at a random one of them, or not at all.</summary>
    private const int Points = 60;

    private readonly TemporaryBlobs _blobs = new();

    public void Dispose() => _blobs.Dispose();

    [Theory]
    [InlineData("bc-resnet", OptimizerKind.Sgd, 1)]
    [InlineData("bc-resnet", OptimizerKind.Adam, 2)]
    [InlineData("ds-cnn", OptimizerKind.AdamW, 1)]
    [InlineData("tc-resnet", OptimizerKind.NovoGrad, 2)]
    [InlineData("edge-rnn", OptimizerKind.Sgd, 1)]
    [InlineData("tinyml-lstm", OptimizerKind.Adam, 1)]
    [InlineData("kwt", OptimizerKind.AdamW, 1)]
    public async Task Killed_at_random_points_a_trial_ends_in_the_same_bits(string model, OptimizerKind optimizer, int threads)
    {
        for (int round = 0; round < 3; round++)
        {
            StableRandom random = StableRandom.For(31, model, round);
            TrialSpec spec = Draw(Spec(model, optimizer, Epochs, number: round, seed: (ulong)round) with { Resources = new ResourceSpec { Threads = threads } }, random);
            TrialResult expected = await new TrialRunner(_blobs.Store).RunAsync(spec, Data(spec), null, new HeardTrial(), CancellationToken.None);
            using TemporaryBlobs store = new();
            (TrialResult result, int kills) = await RunToTheEndAsync(spec, store.Store, random);
            string told = $"round {round} of {model}, {kills} kills, {spec.Train}";
            Assert.True(expected.WeightsSha256 == result.WeightsSha256, told);
            Assert.Equal(expected.Metrics, result.Metrics);
            Assert.Equal(expected.Confusion, result.Confusion);
            Assert.Equal(expected.Epochs, result.Epochs);
        }
    }

    [Fact]
    public async Task The_same_trial_beside_itself_ends_in_the_same_bits()
    {
        TrialSpec spec = Spec("bc-resnet", OptimizerKind.Sgd, 2);
        string[] hashes = new string[4];
        await Parallel.ForAsync(0, hashes.Length, async (i, token) =>
        {
            using TemporaryBlobs store = new();
            hashes[i] = (await new TrialRunner(store.Store).RunAsync(spec, Data(spec), null, new HeardTrial(), token)).WeightsSha256;
        });
        Assert.Single(hashes.Distinct());
    }

    /// <summary>Any recipe will do.</summary>
    private static TrialSpec Draw(TrialSpec spec, StableRandom random)
    {
        TrainSpec train = random.NextInt(2) == 0 ? spec.Train : Rich(spec.Train);
        return spec with { Train = train with { Keep = (KeepEpoch)random.NextInt(2), BatchSize = 8 + random.NextInt(20) } };
    }

    private static async Task<(TrialResult Result, int Kills)> RunToTheEndAsync(TrialSpec spec, IBlobStore store, StableRandom random)
    {
        Checkpoint? accepted = null;
        for (int kills = 0; ; kills++)
        {
            using Mortal owner = new(store, random.NextInt(Points));
            try
            {
                SyntheticData data = Data(spec, (_, _, _) => owner.Pass());
                return (await new TrialRunner(owner).RunAsync(spec, data, accepted, owner, owner.Token), kills);
            }
            catch (OperationCanceledException)
            {
                accepted = owner.Accepted ?? accepted;
            }
        }
    }

    /// <summary>An owner that dies at a point: from there on nothing that it does is heard or stored.</summary>
    private sealed class Mortal(IBlobStore store, int point) : ITrialObserver, IBlobStore, IDisposable
    {
        private readonly CancellationTokenSource _death = new();
        private int _passed;

        public Checkpoint? Accepted { get; private set; }

        public CancellationToken Token => _death.Token;

        public DiskRoom? Room => store.Room;

        public void Pass()
        {
            if (_passed++ >= point)
            {
                _death.Cancel();
                _death.Token.ThrowIfCancellationRequested();
            }
        }

        public void EpochEnded(EpochReport report)
        {
            Pass();
            Accepted = report.Checkpoint;
            Pass();
        }

        public void Log(string line)
        {
        }

        public Task<bool> TryReplaceAsync(string key, string version, ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken) =>
            store.TryReplaceAsync(key, version, bytes, cancellationToken);

        public Task PutFileAsync(string key, Func<string, CancellationToken, Task> write, CancellationToken cancellationToken) => store.PutFileAsync(key, write, cancellationToken);

        public Task<byte[]?> TryGetAsync(string key, CancellationToken cancellationToken) => store.TryGetAsync(key, cancellationToken);

        public Task<string?> TryGetFileAsync(string key, CancellationToken cancellationToken) => store.TryGetFileAsync(key, cancellationToken);

        public Task<string?> TryGetLocalFileAsync(string key, CancellationToken cancellationToken) => store.TryGetLocalFileAsync(key, cancellationToken);

        public Task<BlobRange?> TryGetRangeAsync(string key, long offset, int count, CancellationToken cancellationToken) =>
            store.TryGetRangeAsync(key, offset, count, cancellationToken);

        public Task<IReadOnlyList<string>> ListAsync(string prefix, CancellationToken cancellationToken) => store.ListAsync(prefix, cancellationToken);

        public async Task PutAsync(string key, ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
        {
            Pass();
            await store.PutAsync(key, bytes, cancellationToken);
            Pass();
        }

        public async Task<bool> TryCreateAsync(string key, ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
        {
            Pass();
            bool created = await store.TryCreateAsync(key, bytes, cancellationToken);
            Pass();
            return created;
        }

        public async Task DeleteAsync(string key, CancellationToken cancellationToken)
        {
            Pass();
            await store.DeleteAsync(key, cancellationToken);
            Pass();
        }

        public void Dispose() => _death.Dispose();
    }
}
