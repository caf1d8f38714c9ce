using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace BrainSegmentation.Network;

/// <summary>
/// A 3D U-Net of three levels. On the way down each level is two convolutions and a max pooling; on the way up, nearest-neighbour
/// upsampling, the skip connection, and two convolutions. (N, 1, D, H, W) to (N, classes, D, H, W); D, H, W are multiples of 4.
/// </summary>
internal sealed class UNet : Module<Tensor, Tensor>
{
    private readonly Module<Tensor, Tensor> _fine;
    private readonly Module<Tensor, Tensor> _middle;
    private readonly Module<Tensor, Tensor> _coarse;
    private readonly Module<Tensor, Tensor> _middleUp;
    private readonly Module<Tensor, Tensor> _fineUp;
    private readonly Conv3d _head;

    public UNet(long classes, long width = 8)
        : base(nameof(UNet))
    {
        _fine = Block(1, width);
        _middle = Block(width, 2 * width);
        _coarse = Block(2 * width, 4 * width);
        _middleUp = Block(4 * width + 2 * width, 2 * width);
        _fineUp = Block(2 * width + width, width);
        _head = Conv3d(width, classes, kernel_size: 1L);
        RegisterComponents();
    }

    /// <summary>How many numbers are trained.</summary>
    public long ParameterCount => parameters().Sum(p => p.numel());

    public override Tensor forward(Tensor input)
    {
        using Tensor fine = _fine.call(input);
        using Tensor middle = Down(fine, _middle);
        using Tensor coarse = Down(middle, _coarse);
        using Tensor middleUp = Up(coarse, middle, _middleUp);
        using Tensor fineUp = Up(middleUp, fine, _fineUp);
        return _head.call(fineUp);
    }

    private static Tensor Down(Tensor finer, Module<Tensor, Tensor> block)
    {
        using Tensor pooled = functional.max_pool3d(finer, kernel_size: [2, 2, 2]);
        return block.call(pooled);
    }

    private static Tensor Up(Tensor coarser, Tensor skip, Module<Tensor, Tensor> block)
    {
        using Tensor larger = functional.interpolate(coarser, scale_factor: [2, 2, 2], mode: InterpolationMode.Nearest);
        using Tensor both = cat([larger, skip], dim: 1);
        return block.call(both);
    }

    private static Sequential Block(long from, long to) => Sequential(
        Conv3d(from, to, kernel_size: 3L, padding: 1L), InstanceNorm3d(to, affine: true), LeakyReLU(0.01, inplace: true),
        Conv3d(to, to, kernel_size: 3L, padding: 1L), InstanceNorm3d(to, affine: true), LeakyReLU(0.01, inplace: true));
}
