namespace DiceLoss.Cpu.Operators;

/// <summary>Where the loops of a softmax have the derivatives by the probabilities from, as a tag. The bits are the same.</summary>
internal interface IDerivatives;

/// <summary>From rows, where the first loop leaves them.</summary>
internal readonly struct KeptDerivatives : IDerivatives;

/// <summary>Each loop makes them anew.</summary>
internal readonly struct RepeatedDerivatives : IDerivatives;
