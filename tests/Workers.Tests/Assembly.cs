[assembly: TestFramework("Pipeline.Testing.SkippingTestFramework", "Pipeline.Testing")]

// The count of live tensors and libtorch's threads belong to the process: tests run one after another.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
