using static global::TorchSharp.torch;

namespace DiceLoss.TorchSharp;

/// <summary>
/// A loss as a module, called with logits and labels. <c>torch.nn.DiceLoss</c>, <c>JaccardLoss</c>, <c>TverskyLoss</c>,
/// <c>FocalTverskyLoss</c> and <c>GeneralizedDiceLoss</c> make it; they differ in <see cref="Options"/> alone.
/// </summary>
/// <remarks>
/// With class weights it has one buffer, <c>weight</c>, of shape (K), which is saved, loaded and moved like any other; without, it has
/// no state. The loss reads the weights from a copy in double in main memory, which conversions of the module do not round and which
/// follows <c>load</c> and <c>load_state_dict</c>, of this module or of one that contains it.
/// </remarks>
public sealed class DiceLossModule : nn.Module<Tensor, Tensor, Tensor>
{
    private const string WeightName = "weight";

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
        register_buffer(WeightName, buffer);
        _weights = new HostWeights(values, buffer);
    }

    /// <summary>What is computed, with the class weights as they are now.</summary>
    public DiceOptions Options
    {
        get
        {
            if (_weights is null) return _options;
            RefreshWeights();
            return ReferenceEquals(_weights.Values, _options.ClassWeights) ? _options : _options with { ClassWeights = _weights.Values };
        }
    }

    /// <summary>Computes the loss.</summary>
    /// <param name="input1">
    /// Logits (N, C, *spatial) of float32, float64, float16 or bfloat16, dense, any strides. Not modified; must not be changed before the
    /// backward pass either.
    /// </param>
    /// <param name="input2">
    /// Labels (N, *spatial) of int8, uint8, int16, int32 or int64 on the logits' device. Not modified; must not be changed before the
    /// backward pass either.
    /// </param>
    /// <returns>
    /// The loss on the logits' device, of shape (), one per sample (N) or one per class (N, K); float64 for float64 logits, otherwise
    /// float32.
    /// </returns>
    /// <exception cref="ArgumentNullException">An argument is <see langword="null"/>.</exception>
    /// <exception cref="ArgumentException">Types, shapes, devices or layouts do not fit; the message names what was found and what is accepted.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A label is neither a class nor the ignored label, or a loaded weight is negative or not finite.</exception>
    /// <exception cref="ObjectDisposedException">A tensor is disposed.</exception>
    /// <exception cref="NotSupportedException">No provider takes tensors of this device and type; the message says why.</exception>
    /// <exception cref="InvalidOperationException">An earlier backward pass has failed; this call was not made.</exception>
    public override Tensor forward(Tensor input1, Tensor input2) => TensorDice.Loss(input1, input2, Options);

    /// <inheritdoc/>
    public override Dictionary<string, Tensor> state_dict(Dictionary<string, Tensor>? destination = null, string? prefix = null)
    {
        // Loading, here or in a module that contains this one, asks for the state and writes to it.
        _stateWasHandedOut = true;
        return base.state_dict(destination, prefix);
    }

    /// <summary>
    /// As <c>DiceLoss(weight: null, ignore_channel: -1, ...)</c>: the options that every loss has, then those that are not at their default.
    /// </summary>
    /// <returns>The module in words.</returns>
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

    private Tensor Buffer() => get_buffer(WeightName)!;
}
