// Memory is measured over the whole process, so one file is read at a time.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
