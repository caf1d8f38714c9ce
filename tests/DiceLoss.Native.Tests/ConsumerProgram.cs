using System.Globalization;
using DiceLoss.Cuda.Emulator;

namespace DiceLoss.Native.Tests;

/// <summary>The C program of the folder <c>Consumer</c>, compiled against the published library.</summary>
internal static class ConsumerProgram
{
    private static readonly Lazy<string> s_program = new(Compile);

    /// <summary>Runs one part of it, which must end with success. Those for CUDA find an emulated driver and compiler.</summary>
    /// <returns>What it prints: the first word of each line, and what follows.</returns>
    public static Dictionary<string, string> Run(string part)
    {
        Assert.SkipWhen(PublishedLibrary.Missing is not null, PublishedLibrary.Missing ?? "");
        (int exit, string output) = part.StartsWith("cuda", StringComparison.Ordinal) ? RunEmulated(part) : CommandTool.Run(s_program.Value, part);
        Assert.True(exit == 0, $"consumer {part} ended with {exit}. {output}");
        return output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split(' ', 2)).ToDictionary(line => line[0], line => line[1]);
    }

    /// <summary>Numbers, as it prints them.</summary>
    public static double[] Numbers(string text) => [.. text.Split(' ').Select(number => double.Parse(number, CultureInfo.InvariantCulture))];

    private static (int Exit, string Output) RunEmulated(string part)
    {
        Assert.SkipWhen(EmulatedLibrary.Missing is not null, EmulatedLibrary.Missing ?? "");
        string kernels = Directory.CreateTempSubdirectory("diceloss-").FullName;
        try
        {
            return CommandTool.Run(
                "env", "DICELOSS_CUDA=" + EmulatedLibrary.Driver.Path, "DICELOSS_NVRTC=" + EmulatedLibrary.Nvrtc.Path, "DICELOSS_CUDA_CACHE=" + kernels, "TMPDIR=" + kernels,
                s_program.Value, part);
        }
        finally
        {
            Directory.Delete(kernels, recursive: true);
        }
    }

    private static string Compile()
    {
        string program = Path.Combine(AppContext.BaseDirectory, "consumer"), folder = PublishedLibrary.Folder;
        string[] sources = Directory.GetFiles(Path.Combine(AppContext.BaseDirectory, "Consumer"), "*.c");
        (int exit, string output) = CommandTool.Run(
            "gcc", ["-std=c11", "-Wall", "-Wextra", "-Wpedantic", "-Werror", "-O1", "-I", folder, .. sources, "-L", folder, "-ldiceloss", "-lpthread", "-Wl,-rpath," + folder, "-o", program]);
        Assert.True(exit == 0, output);
        return program;
    }
}
