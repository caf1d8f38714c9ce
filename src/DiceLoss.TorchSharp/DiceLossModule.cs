using System.Diagnostics.CodeAnalysis;
using static global::TorchSharp.torch;

namespace DiceLoss.TorchSharp;

/// <summary>
/// A loss as a module, called with logits and targets. <c>torch.nn.DiceLoss</c>, <c>JaccardLoss</c>, <c>TverskyLoss</c>,
/// <c>FocalTverskyLoss</c>, <c>GeneralizedDiceLoss</c>, <c>DiceCELoss</c> and <c>DiceFocalLoss</c> make it; they differ in
/// <see cref="Options"/> alone.
/// </summary>
/// <remarks>
/// With class weights it has one buffer, <c>weight</c>, of shape (K), which is saved, loaded and moved like any other; without them it has
/// no state. The loss reads the weights from a copy in double in main memory. Conversions of the module do not round this copy; <c>load</c>
/// and <c>load_state_dict</c>, of this module or of one that contains it, update it.
/// </remarks>
[SuppressMessage("Naming", "CA1707", Justification = "Named as TorchSharp names its functions.")]
public sealed class DiceLossModule : LossModule<Tensor>
{
    private readonly DiceOptions _options;
    private readonly HostWeights? _weights;
    private bool _stateWasHandedOut;

    internal DiceLossModule(string name, DiceOptions options, Tensor? weight)
        : base(name)
    {
        _options = options;
        if (options.ClassWeights is not { } values) return;

        Tensor buffer = (weight is null ? tensor(values.ToArray()) : weight.clone()).DetachFromDisposeScope();
        GC.KeepAlive(weight);
        register_buffer(HostWeights.Name, buffer);
        _weights = new HostWeights(values);
    }

    /// <summary>What is computed, with the current class weights.</summary>
    public DiceOptions Options
    {
        get
        {
            if (_weights is null) return _options;
            RefreshWeights();
            return ReferenceEquals(_weights.Values, _options.ClassWeights) ? _options : _options with { ClassWeights = _weights.Values };
        }
    }

    /// <inheritdoc/>
    public override Tensor forward(Tensor logits, Tensor targets, Tensor? voxel_weights, Tensor? annotated = null) =>
        TensorDice.Loss(logits, targets, Options, voxel_weights, annotated);

    /// <summary>Computes the loss and, in the same pass, counts the hard prediction; runs the module's hooks, as <c>call</c> does.</summary>
    /// <returns>
    /// The loss, as <c>call</c> returns it, and Dice and IoU of the hard prediction. The prediction is that of
    /// <see cref="DiceOptions.HardPrediction"/>; if this is <see cref="HardPrediction.None"/>, it is <see cref="HardPrediction.Argmax"/> for
    /// classes that compete and for labels of several channels without activation, otherwise <see cref="HardPrediction.Threshold"/>.
    /// </returns>
    /// <inheritdoc cref="LossModule{TLogits}.forward(TLogits, Tensor, Tensor, Tensor)" path="/*[self::param or self::exception]"/>
    public (Tensor loss, DiceMetrics metrics) loss_and_metrics(
        Tensor logits, Tensor targets, Tensor? voxel_weights = null, Tensor? annotated = null)
    {
        DiceMetrics? metrics = null;
        Tensor loss = WithHooks(logits, targets, (x, y) =>
        {
            (Tensor ofPass, metrics) = TensorDice.LossAndMetrics(x, y, Options, voxel_weights, annotated);
            return ofPass;
        });
        return (loss, metrics!);
    }

    /// <inheritdoc/>
    public override Dictionary<string, Tensor> state_dict(Dictionary<string, Tensor>? destination = null, string? prefix = null)
    {
        // Loading, here or in a module that contains this one, asks for the state and writes to it.
        _stateWasHandedOut = true;
        return base.state_dict(destination, prefix);
    }

    /// <summary>
    /// The module as text, such as <c>DiceLoss(weight: null, ignore_channel: -1, ...)</c>: the options that every loss has, then those that are not at their default.
    /// </summary>
    /// <returns>The text.</returns>
    public override string ToString() => $"{GetName()}({OptionText.Of(Options)})";

    /// <inheritdoc/>
    protected override void _toEpilog(ScalarType? dtype, global::TorchSharp.torch.Device? device, bool non_blocking)
    {
        if (_weights is not null) RefreshWeights();
        base._toEpilog(dtype, device, non_blocking);
        _weights?.Converted(Buffer());
    }

    // A buffer in main memory is looked at in every step; to look at one on a device means to wait for it, so only where it may have changed.
    private void RefreshWeights()
    {
        Tensor buffer = Buffer();
        bool isNear = buffer.device_type == global::TorchSharp.DeviceType.CPU;
        if (!isNear && !_stateWasHandedOut) return;
        _stateWasHandedOut = false;
        _weights!.Refresh(buffer);
    }

    private Tensor Buffer() => get_buffer(HostWeights.Name)!;
}
