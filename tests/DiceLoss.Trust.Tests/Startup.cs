using System.Runtime.CompilerServices;
using DiceLoss.Testing;

namespace DiceLoss.Trust.Tests;

internal static class Startup
{
    [ModuleInitializer]
    public static void Initialize() => ChildProcess.RunIfChild(typeof(Startup).Assembly, typeof(FigureList).Assembly);
}
