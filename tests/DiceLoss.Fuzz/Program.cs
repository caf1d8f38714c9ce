return DiceLoss.Fuzz.CommandLine.Run(args, Console.Out, Console.Error);
