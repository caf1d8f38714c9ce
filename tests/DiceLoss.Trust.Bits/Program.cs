using System.Runtime.CompilerServices;
using DiceLoss.Cpu;
using DiceLoss.Testing;
using DiceLoss.Trust.Bits;

// The first line says what computes, every other one the hashes of a problem. Whoever started the program compares.
Console.WriteLine($"{CpuProvider.Shared.SimdLevel} {(RuntimeFeature.IsDynamicCodeCompiled ? "JIT" : "AOT")}");
foreach (Case what in BitProblems.All)
{
    using var problem = new BitProblem(what);
    Console.WriteLine(problem.Hashes(CpuProvider.Shared));
}
