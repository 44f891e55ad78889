using System.Reflection;
using System.Text.Json.Serialization;
using Pipeline.Contracts;
using Pipeline.Orchestrator.Sweeps;

namespace Pipeline.Orchestrator.Tests;

public sealed class RunParameterTests
{
    [Fact]
    public void A_run_lists_every_kind_of_augmentation_step_and_every_key_of_the_recipe()
    {
        AugmentStep[] steps =
        [
            new ShiftStep(100), new NoiseStep(0.1, 1), new GainStep(-6, 6, 0.5), new GaussianStep(10, 30, 0.5), new PolarityStep(0.5), new RollStep(2), new MaskStep(2, 3, 2, 20),
            new AmplitudeNoiseStep(0, 0.5, NoiseReference.Peak, 0.5), new TimeStretchStep(0.8, 1.25, 0.5), new PitchShiftStep(-4, 4, 0.5), new SpeedStep(0.9, 1.1, 0.5),
            new RoomStep(100, 300, -20, -6, 0.5), new MixStep(0, 20, 0.5),
        ];
        Assert.Equal(
            typeof(AugmentStep).GetCustomAttributes<JsonDerivedTypeAttribute>().Select(static a => a.DerivedType.Name).Order(StringComparer.Ordinal),
            steps.Select(static s => s.GetType().Name).Order(StringComparer.Ordinal));
        TrialSpec spec = HostFixture.Sweep().Trials[0].Spec with { Augment = new AugmentSpec { Steps = steps } };
        SortedDictionary<string, string> listed = RunParameters.Of(spec);
        Assert.All(["shiftMs", "noiseGain", "gainMaxDb", "gaussianMaxSnrDb", "polarityProbability", "rollFrames", "maskBands", "amplitudeNoiseMax", "stretchMinRate", "pitchMaxSemitones", "speedMaxRate", "roomMinDb", "mixMaxSnrDb"], name => Assert.Contains("augment." + name, listed.Keys));
        Assert.All(TrainKeys.All, key => Assert.Contains("train." + key.Name, listed.Keys));
    }
}
