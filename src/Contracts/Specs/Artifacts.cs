namespace Pipeline.Contracts;

/// <summary>A target as a deployment has it: a built-in one, or one like it with other memory.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Like">The built-in target whose compiler and emulator it has.</param>
/// <param name="FlashBytes">Bytes of flash; null: the built-in one's.</param>
/// <param name="RamBytes">Bytes of RAM; null: the built-in one's.</param>
public sealed record TargetSpec(string Name, string Like, long? FlashBytes = null, long? RamBytes = null);

/// <summary>What was measured on an artifact: a model version built for a target and run there, emulated, on recordings.</summary>
public sealed record ArtifactReport
{
    /// <summary>The target.</summary>
    public required string Target { get; init; }

    /// <summary>Share of the clips that the float model classifies rightly, in [0, 1].</summary>
    public required double AccuracyFloat { get; init; }

    /// <summary>Share of the clips that the int8 model classifies rightly, in [0, 1]; ties go to the first class.</summary>
    public required double AccuracyInt8 { get; init; }

    /// <summary>Bytes of flash that code and constants take; on Linux the size of the program's file.</summary>
    public required long FlashBytes { get; init; }

    /// <summary>Bytes of RAM: activations, one second of sound and, on a microcontroller, the stack.</summary>
    public required long RamBytes { get; init; }

    /// <summary>Instructions from PCM to logits, the mean over the clips, counted by the emulator. No cycles: nothing here models a pipeline.</summary>
    public required long InstructionsPerInference { get; init; }

    /// <summary>Clips whose quantised features or outputs on the target differ in any byte from the integer interpreter's.</summary>
    public required int Mismatches { get; init; }

    /// <summary>The first of those clips in the order of names; null where there is none.</summary>
    public string? FirstMismatch { get; init; }

    /// <summary>Clips run.</summary>
    public required int Clips { get; init; }

    /// <summary>Prefix of the artifact's blobs, without the slash at the end.</summary>
    public required string Path { get; init; }
}

/// <summary>A file of an artifact.</summary>
/// <param name="Name">Its name, after the artifact's prefix.</param>
/// <param name="Bytes">Its size.</param>
/// <param name="Sha256">Hash of its bytes, 64 hex digits.</param>
public sealed record ArtifactFile(string Name, long Bytes, string Sha256);

/// <summary>What an artifact is: written last, so that an artifact with a manifest is whole. Its bytes are what a signature covers.</summary>
public sealed record ArtifactManifest
{
    /// <summary>The version of this record's form.</summary>
    public const int CurrentFormat = 1;

    /// <summary>The name of its file, after the artifact's prefix.</summary>
    public const string FileName = "manifest.json";

    /// <summary>The form it was written in.</summary>
    public int Format { get; init; } = CurrentFormat;

    /// <summary>The registered model's name.</summary>
    public required string Model { get; init; }

    /// <summary>Its version.</summary>
    public required long Version { get; init; }

    /// <summary>What the version is.</summary>
    public required ModelDescription Description { get; init; }

    /// <summary>What was measured.</summary>
    public required ArtifactReport Report { get; init; }

    /// <summary>The file that a board gets.</summary>
    public required string Program { get; init; }

    /// <summary>The file that runs the model on recordings under emulation.</summary>
    public required string Harness { get; init; }

    /// <summary>All files, by name.</summary>
    public required IReadOnlyList<ArtifactFile> Files { get; init; }
}

/// <summary>The release that a fleet's devices of one target run.</summary>
/// <param name="Fleet">The fleet.</param>
/// <param name="Target">The target.</param>
/// <param name="Model">The registered model's name.</param>
/// <param name="Version">Its version.</param>
/// <param name="Path">Prefix of the release's files in the fleet's store, without the slash at the end.</param>
public sealed record FleetRelease(string Fleet, string Target, string Model, long Version, string Path);
