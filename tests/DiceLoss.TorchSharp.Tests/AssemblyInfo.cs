// Providers, deferred failures and the random numbers of libtorch belong to the process.
[assembly: Xunit.v3.Parallelization(Mode = Xunit.Sdk.ParallelMode.None)]
