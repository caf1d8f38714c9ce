using DiceLoss.Testing;
using DiceLoss.Trust;

ChildProcess.RunIfChild(typeof(FigureList).Assembly);
return CommandLine.Run(args, FigureList.All, Console.Out, Console.Error);
