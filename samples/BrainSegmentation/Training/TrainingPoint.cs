namespace BrainSegmentation.Training;

/// <summary>What is known after a step.</summary>
/// <param name="Step">How many steps are done.</param>
/// <param name="Loss">The loss of this step.</param>
/// <param name="StepTime">How long this step took.</param>
/// <param name="Validation">Mean foreground Dice on the validation side, in steps after which it was measured.</param>
internal readonly record struct TrainingPoint(int Step, double Loss, TimeSpan StepTime, double? Validation);
