using Xunit;

// The tests open and close descriptors by number, and count those of the process: one at a time.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
