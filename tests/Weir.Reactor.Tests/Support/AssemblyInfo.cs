// Descriptors, CPU time and allocations are counted for the whole process: one test at a time.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
