// Thread counts of torch and the peak memory of the process belong to everybody in it.
[assembly: Xunit.v3.Parallelization(Mode = Xunit.Sdk.ParallelMode.None)]
