return DiceLoss.Cuda.Conformance.CommandLine.Run(args, Console.Out, Console.Error);
