namespace DiceLoss.Fuzz;

/// <summary>Executes inputs once, and prints what they end in.</summary>
internal static class Replay
{
    /// <summary>Gives inputs to a target.</summary>
    /// <param name="target">Which.</param>
    /// <param name="inputs">What each is called, and its bytes.</param>
    /// <param name="output">Where findings are printed, and how many there are of how many inputs.</param>
    /// <returns>How many have ended in an exception.</returns>
    public static int Run(Target target, IEnumerable<(string Name, byte[] Bytes)> inputs, TextWriter output)
    {
        int count = 0, found = 0;
        foreach ((string name, byte[] bytes) in inputs)
        {
            count++;
            try
            {
                target.Execute(bytes);
            }
            catch (Exception finding)
            {
                output.WriteLine($"{name}: {finding}");
                found++;
            }
        }

        output.WriteLine($"{count} inputs, {found} findings");
        return found;
    }
}
