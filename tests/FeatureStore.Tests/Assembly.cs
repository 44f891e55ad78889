[assembly: TestFramework("Pipeline.Testing.SkippingTestFramework", "Pipeline.Testing")]
