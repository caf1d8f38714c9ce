using System.Runtime.CompilerServices;
using DiceLoss.Testing;

namespace DiceLoss.Cuda.Tests;

internal static class Startup
{
    [ModuleInitializer]
    public static void Initialize() => ChildProcess.RunIfChild(typeof(Startup).Assembly);
}
