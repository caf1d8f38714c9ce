namespace DiceLoss.Checks;

/// <summary>The checks of options that need to know the number of classes, or that concern several options at once.</summary>
internal static class OptionChecks
{
    /// <summary>Checks that options name classes that there are, and do not contradict each other.</summary>
    public static void FitClasses(DiceOptions options, int classes, string argument)
    {
        OnePerClass(options.ClassWeights, nameof(DiceOptions.ClassWeights), "weights", classes, argument);
        OnePerClass(options.ClassGammas, nameof(DiceOptions.ClassGammas), "exponents", classes, argument);
        if (options.IncludedClasses is { } included && included.Largest >= classes)
        {
            throw new ArgumentException($"{nameof(DiceOptions.IncludedClasses)} is {included}, but there are {classes} classes, 0 to {classes - 1}.", argument);
        }

        if (options.ClassPooling != ClassPooling.None && (options.Reduction == DiceReduction.PerClass || options.ClassGammas is not null))
        {
            throw new ArgumentException(
                $"With {nameof(ClassPooling)}.{options.ClassPooling} the classes have one score together; "
                + $"{nameof(DiceReduction)}.{nameof(DiceReduction.PerClass)} and {nameof(DiceOptions.ClassGammas)} need one for each.", argument);
        }

        if (options.CrossEntropy is { } crossEntropy) Fits(crossEntropy, options, classes, argument);
        if (options.Form != LossForm.Complement && (options.Gamma != 1 || options.ClassGammas is not null))
        {
            throw new ArgumentException(
                $"{nameof(DiceOptions.Gamma)} belongs to {nameof(LossForm)}.{nameof(LossForm.Complement)}; the form is {options.Form}.", argument);
        }
    }

    private static void Fits(CrossEntropy crossEntropy, DiceOptions options, int classes, string argument)
    {
        OnePerClass(crossEntropy.ClassWeights, $"{nameof(CrossEntropy)}.{nameof(CrossEntropy.ClassWeights)}", "weights", classes, argument);
        if (options.Reduction == DiceReduction.PerClass)
        {
            throw new ArgumentException(
                $"{nameof(DiceOptions.CrossEntropy)} is one number for all classes; there is none for {nameof(DiceReduction)}.{nameof(DiceReduction.PerClass)}.", argument);
        }

        if (options.Activation is Activation.Sigmoid or Activation.None)
        {
            throw new ArgumentException(
                $"{nameof(DiceOptions.CrossEntropy)} needs {nameof(Activation)}.{nameof(Activation.Softmax)} or {nameof(Activation.TwoClassSigmoid)}; "
                + $"the activation is {options.Activation}.", argument);
        }

        if (crossEntropy.PositiveWeight is not null && (classes != 2 || options.Activation == Activation.Softmax || crossEntropy.ClassWeights is not null))
        {
            throw new ArgumentException(
                $"{nameof(CrossEntropy)}.{nameof(CrossEntropy.PositiveWeight)} is for one channel with two classes, without "
                + $"{nameof(CrossEntropy.ClassWeights)}; there are {classes} classes.", argument);
        }
    }

    private static void OnePerClass(ClassWeights? numbers, string name, string noun, int classes, string argument)
    {
        if (numbers is not null && numbers.Count != classes)
        {
            throw new ArgumentException($"{name} has {numbers.Count} {noun} for {classes} classes.", argument);
        }
    }
}
