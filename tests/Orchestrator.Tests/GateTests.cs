using Pipeline.Contracts;
using Pipeline.Orchestrator.Promotions;

namespace Pipeline.Orchestrator.Tests;

public sealed class GateTests
{
    public static TheoryData<string, double?, double?, string?> Bounds => new()
    {
        { "accuracyInt8", 0.89, null, null },
        { "accuracyInt8", 0.9, null, "accuracyInt8 on cortex-m4 is 0.8900, asked for at least 0.9000" },
        { "int8Drop", null, 0.01, null },
        { "int8Drop", null, 0.009, "int8Drop on cortex-m4 is 0.0100, asked for at most 0.0090" },
        { "flashBytes", null, 100, null },
        { "flashBytes", null, 99, "flashBytes on cortex-m4 is 100, asked for at most 99" },
        { "ramBytes", 10, 199, "ramBytes on cortex-m4 is 200, asked for at most 199" },
        { "instructionsPerInference", 3001, 9000, "instructionsPerInference on cortex-m4 is 3000, asked for at least 3001" },
    };

    [Theory]
    [MemberData(nameof(Bounds))]
    public void A_gate_holds_up_to_its_bound_and_says_what_was_measured_beyond_it(string name, double? min, double? max, string? failure) =>
        Assert.Equal(failure is null ? [] : [failure], Gates.Failures([new Gate(name, min, max)], [Report()]));

    [Fact]
    public void A_mismatch_never_passes_and_every_failure_of_every_target_is_told()
    {
        ArtifactReport[] artifacts = [Report() with { Mismatches = 1 }, Report() with { Target = "pi-aarch64", FlashBytes = 5 }];
        Assert.Equal(["mismatches on cortex-m4 is 1, asked for at most 0"], Gates.Failures([], artifacts));
        Assert.Equal(
            ["mismatches on cortex-m4 is 1, asked for at most 0", "flashBytes on cortex-m4 is 100, asked for at most 4", "flashBytes on pi-aarch64 is 5, asked for at most 4"],
            Gates.Failures([new Gate("flashBytes", null, 4)], artifacts));
    }

    private static ArtifactReport Report() => new()
    {
        Target = "cortex-m4",
        AccuracyFloat = 0.90,
        AccuracyInt8 = 0.89,
        FlashBytes = 100,
        RamBytes = 200,
        InstructionsPerInference = 3000,
        Mismatches = 0,
        Clips = 10,
        Path = "artifacts/kws/1/cortex-m4",
    };
}
