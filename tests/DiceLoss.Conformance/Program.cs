return DiceLoss.Conformance.CommandLine.Run(args, Console.Out, Console.Error);
