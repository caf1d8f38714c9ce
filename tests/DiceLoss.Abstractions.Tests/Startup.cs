using System.Runtime.CompilerServices;
using DiceLoss.Testing;

namespace DiceLoss.Abstractions.Tests;

internal static class Startup
{
    [ModuleInitializer]
    public static void Initialize() => ChildProcess.RunIfChild(typeof(Startup).Assembly);
}
