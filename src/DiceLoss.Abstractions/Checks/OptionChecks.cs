namespace DiceLoss.Checks;

/// <summary>The checks of options that need to know the number of classes, or that concern several options at once.</summary>
internal static class OptionChecks
{
    /// <summary>Checks that options name classes that there are, and do not contradict each other.</summary>
    public static void FitClasses(DiceOptions options, int classes)
    {
        OnePerClass(options.ClassWeights, nameof(DiceOptions.ClassWeights), "weights", classes, nameof(options));
        OnePerClass(options.ClassGammas, nameof(DiceOptions.ClassGammas), "exponents", classes, nameof(options));
        KnownClasses(options.IncludedClasses, nameof(DiceOptions.IncludedClasses), classes, nameof(options));

        if (options.ClassPooling != ClassPooling.None && (options.Reduction == DiceReduction.PerClass || options.ClassGammas is not null))
        {
            throw new ArgumentException(
                $"With {nameof(ClassPooling)}.{options.ClassPooling} the classes have one score together; "
                + $"{nameof(DiceReduction)}.{nameof(DiceReduction.PerClass)} and {nameof(DiceOptions.ClassGammas)} need one for each.", nameof(options));
        }

        if (options.CrossEntropy is { } crossEntropy) Fits(crossEntropy, options, classes);
        if (options.Focal is { } focal) Fits(focal, options, classes);
        if (options.Intersection == IntersectionForm.Minimum && options.Exponent != 1)
        {
            throw new ArgumentException(
                $"{nameof(IntersectionForm)}.{nameof(IntersectionForm.Minimum)} is for exponent 1; the exponent is {options.Exponent}. Its counterpart for 2 is "
                + $"{nameof(IntersectionForm.Product)}.", nameof(options));
        }

        if (options.HardPrediction == HardPrediction.Argmax && classes == 1)
        {
            throw new ArgumentException(
                $"{nameof(HardPrediction)}.{nameof(HardPrediction.Argmax)} needs two classes or more; for one, {nameof(HardPrediction.Threshold)}.", nameof(options));
        }

        if (options.Form != LossForm.Complement && (options.Gamma != 1 || options.ClassGammas is not null))
        {
            throw new ArgumentException(
                $"{nameof(DiceOptions.Gamma)} belongs to {nameof(LossForm)}.{nameof(LossForm.Complement)}; the form is {options.Form}.", nameof(options));
        }
    }

    /// <summary>Checks what depends on the activation that <see cref="Activation.Auto"/> stands for.</summary>
    public static void FitsActivation(DiceOptions options, Activation activation)
    {
        if (options.CrossEntropy?.PositiveWeight is not null && activation == Activation.Softmax)
        {
            throw new ArgumentException(
                $"{nameof(CrossEntropy)}.{nameof(CrossEntropy.PositiveWeight)} is for {nameof(Activation)}.{nameof(Activation.TwoClassSigmoid)} and "
                + $"{nameof(Activation.Sigmoid)}; the activation is {activation}.", nameof(options));
        }
    }

    /// <summary>Checks that the activation makes so many classes.</summary>
    public static void MakesClasses(DiceOptions options, int classes)
    {
        Activation activation = options.Activation;
        if ((activation == Activation.Softmax && classes == 1) || (activation == Activation.TwoClassSigmoid && classes != 2))
        {
            throw new ArgumentException($"{nameof(Activation)}.{activation} makes {(classes == 1 ? "two classes or more" : "two classes")}; there are {classes}.", nameof(options));
        }
    }

    /// <summary>Checks that the classes of a set, if there is one, exist.</summary>
    public static void KnownClasses(ClassSet? chosen, string name, int classes, string argument)
    {
        if (chosen?.Largest >= classes)
        {
            throw new ArgumentException($"{name} is {chosen}, but there are {classes} classes, 0 to {classes - 1}.", argument);
        }
    }

    private static void Fits(CrossEntropy crossEntropy, DiceOptions options, int classes)
    {
        FitsReduction(options, nameof(DiceOptions.CrossEntropy));
        OnePerClass(crossEntropy.ClassWeights, $"{nameof(CrossEntropy)}.{nameof(CrossEntropy.ClassWeights)}", "weights", classes, nameof(options));
        bool isBinary = options.Activation == Activation.Sigmoid;
        if (crossEntropy.PositiveWeight is not null && !isBinary && (classes != 2 || crossEntropy.ClassWeights is not null))
        {
            throw new ArgumentException(
                $"{nameof(CrossEntropy)}.{nameof(CrossEntropy.PositiveWeight)} is for one channel with two classes, without "
                + $"{nameof(CrossEntropy.ClassWeights)}, or for {nameof(Activation)}.{nameof(Activation.Sigmoid)}; there are {classes} classes.", nameof(options));
        }

        if (crossEntropy.LabelSmoothing > 0 && (isBinary || options.Focal is not null))
        {
            throw new ArgumentException(
                $"{nameof(CrossEntropy)}.{nameof(CrossEntropy.LabelSmoothing)} spreads over classes that compete, without {nameof(DiceOptions.Focal)}; the activation is "
                + $"{options.Activation}.", nameof(options));
        }
    }

    private static void Fits(Focal focal, DiceOptions options, int classes)
    {
        FitsReduction(options, nameof(DiceOptions.Focal));
        OnePerClass(focal.ClassWeights, $"{nameof(Focal)}.{nameof(Focal.ClassWeights)}", "weights", classes, nameof(options));
        KnownClasses(focal.IncludedClasses, $"{nameof(Focal)}.{nameof(Focal.IncludedClasses)}", classes, nameof(options));
    }

    // What is one number for all classes, made of logarithms of probabilities.
    private static void FitsReduction(DiceOptions options, string term)
    {
        if (options.Reduction == DiceReduction.PerClass)
        {
            throw new ArgumentException(
                $"{term} is one number for all classes; there is none for {nameof(DiceReduction)}.{nameof(DiceReduction.PerClass)}.", nameof(options));
        }

        if (options.Activation == Activation.None)
        {
            throw new ArgumentException($"{term} needs logits; the activation is {options.Activation}.", nameof(options));
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
