using Pipeline.Contracts;
using Pipeline.FeatureStore.Datasets;
using Pipeline.FeatureStore.Shards;
using Pipeline.Storage.Blobs;

namespace Pipeline.FeatureStore.Tests;

public sealed class DataLicenceTests
{
    [Fact]
    public void Known_corpora_have_their_licences_and_only_two_of_them_and_synthesised_speech_are_for_everything()
    {
        Dictionary<Corpus, DataLicence> known = Enum.GetValues<Corpus>().ToDictionary(
            static corpus => corpus, static corpus => Assert.Single(DataLicences.Of(new CorpusData { Corpus = corpus, Path = "" })));
        Assert.All(known.Values, static licence => Assert.NotEmpty(licence.Terms));
        Assert.Equal([Corpus.Fsdd], known.Where(static k => !k.Value.NonCommercial).Select(static k => k.Key));
        Assert.Equal("iemocap", known[Corpus.Iemocap].Data);
        Assert.Equal([new DataLicence("speechCommands", "CC BY 4.0", false)], DataLicences.Of(new SpeechCommandsData { Path = "" }));
        Assert.False(Assert.Single(DataLicences.Of(new SynthData())).NonCommercial);
    }

    [Theory]
    [InlineData("CC BY-NC 4.0", true)]
    [InlineData("CC-BY-NC-SA", true)]
    [InlineData("for non commercial use", true)]
    [InlineData("Free for Research", true)]
    [InlineData("CC BY-SA 4.0", false)]
    [InlineData("NCSA", false)]
    [InlineData("bought from the announcer", false)]
    public void Terms_say_whether_they_keep_a_model_from_commercial_use(string terms, bool nonCommercial) => Assert.Equal(
        [new DataLicence("mine", terms, nonCommercial)], DataLicences.Of(new FolderData { Path = "", Name = "mine", Licence = terms }));

    [Fact]
    public void A_stated_licence_stands_in_place_of_the_known_one_and_a_mix_lists_each_source_once()
    {
        CorpusData emodb = new() { Corpus = Corpus.Emodb, Path = "" };
        Assert.Equal([new DataLicence("emodb", "bought", false)], DataLicences.Of(emodb with { Licence = "bought" }));
        MixData mix = new() { Train = emodb, Validation = emodb, Test = new FolderData { Path = "" } };
        Assert.Equal(["emodb", "folder"], DataLicences.Of(mix).Select(static licence => licence.Data));
    }

    [Fact]
    public async Task A_plan_and_its_manifest_list_the_licences_and_another_statement_makes_no_other_set()
    {
        using var folder = new TemporaryFolder();
        SpeechCommandsData data = TinyData.Write(folder["data"]);
        FeatureSetPlan plan = await TinyData.Plan(data, null), bought = await TinyData.Plan(data with { Licence = "bought" }, null);
        Assert.Equal(plan.Id, bought.Id);
        DirectoryBlobStore blobs = new(folder["blobs"]);
        using (FeatureSet set = await Sets.BuildAsync(blobs, plan))
        {
            Assert.Equal([new DataLicence("speechCommands", "CC BY 4.0", false)], set.Manifest.Licences);
        }

        Assert.Equal("bought", (await FeatureSetManifest.FindAsync(blobs, bought, CancellationToken.None))!.Licences[0].Terms);
        using FeatureSet again = await FeatureSet.OpenAsync(blobs, FeatureSetManifest.BlobKey(plan.Id), CancellationToken.None);
        Assert.Equal("bought", again.Manifest.Licences[0].Terms);
    }

    [Fact]
    public async Task A_manifest_that_is_deleted_while_its_licences_are_written_does_not_come_back()
    {
        using var folder = new TemporaryFolder();
        SpeechCommandsData data = TinyData.Write(folder["data"]);
        FeatureSetPlan plan = await TinyData.Plan(data, null), bought = await TinyData.Plan(data with { Licence = "bought" }, null);
        DirectoryBlobStore inner = new(folder["blobs"]);
        (await Sets.BuildAsync(inner, plan)).Dispose();
        FarBlobs blobs = new(inner) { Meanwhile = key => inner.DeleteAsync(key, default) };
        Assert.Null(await FeatureSetManifest.FindAsync(blobs, bought, default));
        Assert.Null(await inner.TryGetAsync(FeatureSetManifest.BlobKey(plan.Id), default));

        // One that another rewrites meanwhile is looked at again.
        (await Sets.BuildAsync(inner, plan)).Dispose();
        int left = 3;
        blobs.Meanwhile = async key => await (left-- > 0 ? inner.PutAsync(key, (await inner.TryGetAsync(key, default))!, default) : Task.CompletedTask);
        Assert.Equal("bought", (await FeatureSetManifest.FindAsync(blobs, bought, default))!.Licences[0].Terms);
        Assert.True(left < 0);
    }
}
