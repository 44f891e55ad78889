using System.Diagnostics;

namespace Pipeline.EndToEnd.Tests;

/// <summary>Each wrong input gets one clear message that names it, the right exit code, and leaves what is stored as it was.</summary>
public sealed class BadInputTests
{
    private static string FirstClip(Workspace workspace) => Directory.EnumerateFiles(workspace.PathOf("tones/low")).Order(StringComparer.Ordinal).First();

    [Fact]
    public void A_torn_wav_is_named_with_what_was_found_and_expected()
    {
        using var workspace = new Workspace();
        string clip = FirstClip(workspace);
        File.WriteAllBytes(clip, File.ReadAllBytes(clip)[..20_000]);
        Refused(workspace, 2, Path.GetFileName(clip), "torn");
    }

    [Fact]
    public void A_wav_of_another_rate_is_named_with_both_rates()
    {
        using var workspace = new Workspace();
        string clip = FirstClip(workspace);
        File.WriteAllBytes(clip, Workspace.Wav(new short[8000], sampleRate: 8000));
        Refused(workspace, 2, Path.GetFileName(clip), "8000", "16000");
    }

    [Fact]
    public void An_empty_class_folder_is_named()
    {
        using var workspace = new Workspace();
        Directory.CreateDirectory(workspace.PathOf("tones/nothing"));
        Refused(workspace, 2, "nothing");
    }

    [Fact]
    public void An_unknown_key_is_named_with_file_line_and_the_nearest_key()
    {
        using var workspace = new Workspace();
        workspace.Replace("sweep.yaml", "batchSize", "batchsize");
        Refused(workspace, 2, "sweep.yaml:7", "batchsize", "batchSize");
        Assert.False(Directory.Exists(workspace.PathOf(".pipeline/blobs/features")), "Nothing may be built from a file with a wrong key.");
    }

    [Fact]
    public void A_flipped_byte_in_a_shard_is_reported_and_never_trained_on()
    {
        using var workspace = new Workspace();
        Outcome built = workspace.Line.Run("features", "build", "tones");
        Assert.True(built.ExitCode == 0, built.ToString());
        string shard = workspace.FirstShard();
        byte[] bytes = File.ReadAllBytes(shard);
        bytes[bytes.Length / 2] ^= 4;
        File.WriteAllBytes(shard, bytes);
        Refused(workspace, 1, Path.GetFileName(shard));
        Assert.Equal(1, workspace.Line.Run("features", "verify", "tones").ExitCode);
    }

    /// <summary>The disk gets full at the first rows of the state, while shards are built, and while trials run.</summary>
    [Theory]
    [InlineData(150)]
    [InlineData(900)]
    [InlineData(1500)]
    public void A_full_disk_stops_the_sweep_with_a_message_and_room_made_lets_it_go_on(int kilobytes)
    {
        using var workspace = new Workspace();
        string state = workspace.PathOf(".pipeline");
        Directory.CreateDirectory(state);
        bool mounted = Mount("-t", "tmpfs", "-o", $"size={kilobytes}k", "tmpfs", state) == 0;
        TestTools.SkipIf(mounted ? null : "mounting a small file system needs root; without it nothing here can fill a disk");

        try
        {
            Refused(workspace, 1, "disk", ".pipeline");
            Assert.Equal(0, Mount("-o", "remount,size=200m", state));
            Outcome resumed = workspace.Line.Run("submit", "sweep.yaml", "--json");
            Assert.True(resumed.ExitCode == 0, resumed.ToString());
        }
        finally
        {
            Process.Start("umount", ["-l", state])!.WaitForExit();
        }
    }

    private static int Mount(params string[] arguments)
    {
        using Process mount = Process.Start(new ProcessStartInfo("mount", arguments) { RedirectStandardError = true, UseShellExecute = false })!;
        mount.WaitForExit();
        return mount.ExitCode;
    }

    private static void Refused(Workspace workspace, int exitCode, params string[] named)
    {
        Outcome refused = workspace.Line.Run("submit", "sweep.yaml");
        Assert.True(refused.ExitCode == exitCode, $"expected exit {exitCode}: {refused}");
        Assert.All(named, part => Assert.Contains(part, refused.Error, StringComparison.OrdinalIgnoreCase));
        Assert.DoesNotContain("   at ", refused.Error, StringComparison.Ordinal);
    }
}
