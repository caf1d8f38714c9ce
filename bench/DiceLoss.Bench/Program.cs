return DiceLoss.Bench.CommandLine.Run(args, Console.Out, Console.Error);
