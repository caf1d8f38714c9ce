using System.Runtime.CompilerServices;

namespace DiceLoss.Testing.Tests;

internal static class Startup
{
    [ModuleInitializer]
    public static void Initialize() => ChildProcess.RunIfChild(typeof(Startup).Assembly);
}
