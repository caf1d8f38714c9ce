using DiceLoss.Cuda.Tests.Emulator;
using DiceLoss.Testing;
using Xunit.Sdk;

namespace DiceLoss.Cuda.Tests;

/// <summary>Tests of the tests: mistakes that kernels may have, each of them noticed. Apart from all others, which a faulty kernel must not meet.</summary>
[CollectionDefinition(nameof(PlantedFaultTests), DisableParallelization = true)]
[Collection(nameof(PlantedFaultTests))]
public sealed class PlantedFaultTests
{
    private static readonly Fault[] s_faults =
    [
        new("warps are not waited for", "sums.cu", "// Warps in order, or each its classes.\n        __syncthreads();", "", nameof(ManySamples)),
        new("the next segment begins while sums are read", "sums.cu", "            partials[segment * count + i] = total;\n        }\n        __syncthreads();", "            partials[segment * count + i] = total;\n        }", nameof(ManyClasses)),
        new("a segment begins before its sums are 0", "sums.cu", "of_segment[i] = 0;\n        __syncthreads();", "of_segment[i] = 0;", nameof(ManySigmoids)),
        new("a part adds up what is another's", "sums.cu", "j < own_classes && IS_OWN(j)) own[", "j < own_classes) own[", nameof(ManyChannels)),
        new("the last class is added up again", "sums.cu", "shares.count > 0 && j < own_classes && IS_OWN(j)", "shares.count > 0 && IS_OWN(j)", nameof(ManyChannels)),
        new("a warp listens to those of other voxels", "dice.cuh", "#define WARP_OF(part) ((int)(threadIdx.x / WARP) - PART + (part))", "#define WARP_OF(part) (part)", nameof(AnyChannels)),
        new("coefficients change while they are used", "gradient.cu", "anything is rounded.\n            __syncthreads();", "anything is rounded.", nameof(ManySamples)),
        new("coefficients are used before they are there", "gradient.cu", "sample_of_coefficients = sample;\n            __syncthreads();", "sample_of_coefficients = sample;", nameof(ManySamples)),
        new("threads are not waited for", "collect.cu", "of_threads[thread] = sum;\n    __syncthreads();", "of_threads[thread] = sum;", nameof(ManySegments)),
        new("a barrier that part of a warp passes by", "sums.cu", "        // Warps in order, or each its classes.\n        __syncthreads();", "        if (lane < 16) __syncthreads();", nameof(ManySamples)),
        new("a lane is missing in the mask", "sums.cu", "(keeps_upper ? upper : lower) + __shfl_xor_sync(~0u,", "(keeps_upper ? upper : lower) + __shfl_xor_sync(0x7FFFFFFFu,", nameof(ManySamples)),
        new("neighbours are not added", "sums.cu", "if constexpr (STEP > 1) add_up", "if constexpr (STEP > 2) add_up", nameof(ManySamples)),
        new("lanes hand over what they keep", "sums.cu", "hands_upper = COUNT > 1 && !is_upper", "hands_upper = COUNT > 1 && is_upper", nameof(ManySamples)),
        new("the sums of warps are float", "sums.cu", "total += of_warps[w][number];", "total += (float)of_warps[w][number];", nameof(Float64)),
        new("parts do not wait for the largest logits of others", "softmax.cuh", "    tell_left_out(told, group);\n#endif\n    __syncthreads();", "    tell_left_out(told, group);\n#endif", nameof(Parts)),
        new("parts do not wait for the powers of others", "softmax.cuh", "(real)(FIRST_CLASS + most[v]);\n    __syncthreads();", "(real)(FIRST_CLASS + most[v]);", nameof(Parts)),
        new("nobody waits for what is fetched", "sums.cu", "                wait_for_fetched();\n", "", nameof(ManySamples)),
        new("what is fetched next takes the place of what has not been read", "sums.cu", "                wait_for_fetched();\n", "                wait_for_fetched();\n                fetch(problem, sample, next, fetched);\n                wait_for_fetched();\n", nameof(ManySamples)),
        new("parts do not wait for the mean", "gradient.cu", "tell(told, TOTAL_OF_TERM, total);\n            __syncthreads();", "tell(told, TOTAL_OF_TERM, total);", nameof(Parts)),
        new("a part sets its most probable class apart, although another has a more probable one", "softmax.cuh", "if (is_apart && j == most[v] && (!SHARES || PART == part_of_most[v])) continue;", "if (is_apart && j == most[v]) continue;", nameof(PartsWithLog)),
        new("the last part is believed to have the largest logit", "softmax.cuh", "largest[v] = larger(x[v], largest[v]);", "largest[v] = x[v];", nameof(ConfidentParts)),
        new("the classes that two parts have count twice", "softmax.cuh", "if (!IS_OWN(j)) x = least();", "", nameof(Parts)),
        new("what does not count for one part counts for others", "softmax.cuh", "#if MAPS\n    listen_to_left_out(problem, told, group);\n#endif", "", nameof(PartsOfMaps)),
        new("the weight of a voxel counts once for each part", "sums.cu", "if (FIRST_CLASS == 0) UNROLL_VECTOR", "UNROLL_VECTOR", nameof(PartsOfMaps)),
        new("a map that two parts have is reported twice", "targets.cuh", "if (!IS_OWN(j)) continue;", "", nameof(InvalidMapOfParts)),
        new("parts do not wait for the largest channels of others", "sums.cu", "tell(told, MOST_PROBABLE, channel);\n    __syncthreads();", "tell(told, MOST_PROBABLE, channel);", nameof(PartsOfSigmoids)),
        new("the largest channel of the next voxels is told while others still listen", "sums.cu", "largest[v] = x[v];\n        }\n    }\n    __syncthreads();", "largest[v] = x[v];\n        }\n    }", nameof(PartsOfSigmoids)),
        new("the last part is believed to have the largest channel", "sums.cu", "if (!(channel[v] >= 0 && (predicted[v] < 0 || x[v] > largest[v]))) continue;", "if (!(channel[v] >= 0)) continue;", nameof(PartsOfSigmoids)),
        new("the maps of the most probable classes are those of the first part", "gradient.cu", "load_target(problem, sample, softmax.most[v], voxel + v, any_wrong);", "load_target(problem, sample, softmax.most[v] % OWN_CLASSES, voxel + v, any_wrong);", nameof(ConfidentPartsOfMaps)),
        new("the first part is believed to have every label", "targets.cuh", "0x4140) - FIRST_CLASS * 0x10001;", "0x4140);", nameof(PartsOfHalves)),
        new("what is no class counts, where labels are taken by fours", "targets.cuh", "return !(too_large & 0x80 * ALL);", "return true;", nameof(Bytes)),
        new("an ignored class counts, where labels are taken by fours", "targets.cuh", "if (ignored < known || (SHARES", "if ((SHARES", nameof(IgnoredClass)),
        new("the sums of labels go on from stretch to stretch", "sums.cu", "of_label.sum[OF_FOCAL_LOSS];\n#endif\n                of_labels[k][thread] = {};", "of_label.sum[OF_FOCAL_LOSS];\n#endif", nameof(ManyClasses)),
        new("the logit of a label is read when the next are on their way", "sums.cu", "softmax, told);\n#if IN_REGISTERS\n                leave_out(group, softmax);\n", "softmax, told);\n#if IN_REGISTERS\n                leave_out(group, softmax);\n#if FINDS_CLASSES\n                wait_for_fetched();\n                load_logits_of_labels(problem, sample, voxel, group, fetched, x_of_label);\n#endif\n", nameof(ManyClasses)),
        new("a class that two parts have has its voxel term twice", "gradient.cu", "(u32)label < (u32)OWN_CLASSES && IS_OWN(label);", "(u32)label < (u32)OWN_CLASSES;", nameof(PartsWithLog)),
        new("what is missing to a probability near 1 is a difference", "gradient.cu", "const real q = FIRST_CLASS + label == softmax.most[v] ? softmax.powers[v] * softmax.scale[v] : 1 - p;", "const real q = 1 - p;", nameof(ConfidentWithLog)),
        new("what smoothing asks for is added up from sample to sample", "gradient.cu", "            uniform = 0;\n            for", "            for", nameof(SmoothedSamples)),
        new("what smoothing asks of all classes is missing", "gradient.cu", "p[v] * (real)uniform - COEFFICIENT(BY_UNIFORM_LOG_LOSS", "-COEFFICIENT(BY_UNIFORM_LOG_LOSS", nameof(SmoothedSamples)),
        new("the label has its loss twice", "gradient.cu", "of_label[v] = -mean[v];", "of_label[v] = total[v] - mean[v];", nameof(PartsWithLog)),
        new("every part counts an invalid label", "targets.cuh", "if (found && FIRST_CLASS == 0 && greatest >= known)", "if (found && greatest >= known)", nameof(InvalidOfParts)),
        new("partials are float", "sums.cu", "partials[segment * count + i] = total;", "partials[segment * count + i] = (float)total;", nameof(Float64)),
        new("segments are rounded to float", "collect.cu", "add_to(sum, first[segment * count]);", "add_to(sum, (float)first[segment * count]);", nameof(ManySegments)),
        new("no tail guard where voxels are read", "loads.cuh", "stored[v] = voxel + v < voxels ? place[CONTIGUOUS ? v : offset_of(layout, voxel + v)] : (T)0;", "stored[v] = place[CONTIGUOUS ? v : offset_of(layout, voxel + v)];", nameof(Tail)),
        new("no tail guard where a pack is read", "loads.cuh", "(CONTIGUOUS && voxel < voxels ? voxel : 0)", "(CONTIGUOUS ? voxel : 0)", nameof(TailOfPacks)),
        new("no tail guard where the gradient is written", "gradient.cu", "if (voxel + v < problem.voxels) store_logit(", "store_logit(", nameof(Tail)),
        new("voxels behind the last count", "targets.cuh", "set_label(group, v, exists && label < known", "set_label(group, v, label < known", nameof(Tail)),
        new("the last voxel is left out", "targets.cuh", "exists = ALL_EXIST || voxel + v < problem.voxels;", "exists = ALL_EXIST || voxel + v < problem.voxels - 1;", nameof(Tail)),
        new("coefficients are swapped", "gradient.cu", "BY_INTERSECTION, BY_PREDICTION_MASS,", "BY_PREDICTION_MASS, BY_INTERSECTION,", nameof(ManySamples)),
        new("labels of a single channel are off by one", "targets.cuh", "first = COMPETES ? 0 : problem.first_label;", "first = 0;", nameof(Foreground)),
        new("the greatest label is unknown", "targets.cuh", "known = first + CLASS_COUNT;", "known = first + CLASS_COUNT - 1;", nameof(ManySamples)),
        new("what does not count is multiplied, not selected", "sums.cu", "UNROLL for (int j = 0; j < OWN_CHANNELS; j++) softmax.power[j][v] = 0;\n    }\n}\n#endif", "}\n}\n#endif", nameof(IgnoredNaN)),
        new("what is no number is multiplied by 0", "sums.cu", "scale[v] = IN_REGISTERS || counts(group, v) ? softmax.scale[v] : 0;", "scale[v] = softmax.scale[v];", nameof(IgnoredNaNOfAnyChannels)),
        new("the gradient of what does not count is not 0", "gradient.cu", "FIRST_CLASS + j));\n#endif\n#endif\n                    if (!counts(group, v)) g[v] = 0; // selected", "FIRST_CLASS + j));\n#endif\n#endif", nameof(IgnoredNaN)),
        new("the exponent is that of the mass, not of its slope", "gradient.cu", "slope_of(p, problem.exponent)", "power_of(p, problem.exponent)", nameof(ManySamples)),
        new("the exponential overflows", "mathematics.cuh", "return exp_of_negated(base - x);", "return exp_of_negated(-x);", nameof(Confident)),
        new("strides are forgotten", "loads.cuh", "offset += (voxel - rest * layout.length[d]) * layout.stride[d];", "offset += voxel - rest * layout.length[d];", nameof(Strided)),
        new("the last invalid label is told instead of the first", "targets.cuh", "atomicMin(place, (u64)at);", "*place = (u64)at;", nameof(FirstInvalid)),
        new("the weight of what does not count is added up", "targets.cuh", "group.weight[v] = counts(group, v) ? weight : 0;", "group.weight[v] = weight;", nameof(Weighted)),
    ];

    private static readonly Dictionary<string, Action<IDiceProvider>> s_checks = new()
    {
        [nameof(ManySamples)] = ManySamples,
        [nameof(SmoothedSamples)] = SmoothedSamples,
        [nameof(ManyChannels)] = ManyChannels,
        [nameof(ManySigmoids)] = ManySigmoids,
        [nameof(AnyChannels)] = AnyChannels,
        [nameof(Parts)] = Parts,
        [nameof(PartsWithLog)] = PartsWithLog,
        [nameof(PartsOfMaps)] = PartsOfMaps,
        [nameof(PartsOfSigmoids)] = PartsOfSigmoids,
        [nameof(ConfidentPartsOfMaps)] = ConfidentPartsOfMaps,
        [nameof(InvalidMapOfParts)] = InvalidMapOfParts,
        [nameof(ConfidentWithLog)] = ConfidentWithLog,
        [nameof(PartsOfHalves)] = PartsOfHalves,
        [nameof(ConfidentParts)] = ConfidentParts,
        [nameof(Bytes)] = Bytes,
        [nameof(IgnoredClass)] = IgnoredClass,
        [nameof(ManyClasses)] = ManyClasses,
        [nameof(InvalidOfParts)] = InvalidOfParts,
        [nameof(ManySegments)] = ManySegments,
        [nameof(Float64)] = Float64,
        [nameof(Tail)] = Tail,
        [nameof(TailOfPacks)] = TailOfPacks,
        [nameof(Foreground)] = Foreground,
        [nameof(IgnoredNaN)] = IgnoredNaN,
        [nameof(IgnoredNaNOfAnyChannels)] = IgnoredNaNOfAnyChannels,
        [nameof(Confident)] = Confident,
        [nameof(Strided)] = Strided,
        [nameof(FirstInvalid)] = FirstInvalid,
        [nameof(Weighted)] = Weighted,
    };

    // By kernels for any number of channels.
    private static readonly string[] s_general = [nameof(AnyChannels), nameof(IgnoredNaNOfAnyChannels)];

    public static TheoryData<string> Faults => [.. s_faults.Select(fault => fault.ToString())];

    public static TheoryData<string> Checks => [.. s_checks.Keys];

    [Theory]
    [MemberData(nameof(Checks))]
    public void Check_KernelsAsTheyAre_Passes(string check)
    {
        using var provider = new EmulatedProvider(multiprocessors: 1, seed: 11, isGeneral: s_general.Contains(check));
        s_checks[check](provider);
    }

    [Theory]
    [MemberData(nameof(Faults))]
    public void Check_PlantedFault_IsNoticed(string name)
    {
        Fault fault = s_faults.Single(fault => fault.ToString() == name);
        using var provider = new EmulatedProvider(multiprocessors: 1, seed: 11, new EmulatedCompiler(fault.Plant), s_general.Contains(fault.Check));
        Exception? noticed = Record.Exception(() => s_checks[fault.Check](provider));

        // A comparison has failed, good labels were refused, or the device has reported something: not that the fault does not compile.
        Assert.True(noticed is XunitException or ArgumentOutOfRangeException || noticed?.InnerException is CudaException { CodeName: not "NVRTC_ERROR_COMPILATION" }, $"{fault}: {noticed?.Message ?? "nobody has noticed it"}");
    }

    // More samples than blocks, and several warps.
    private static void ManySamples(IDiceProvider provider) => Holds(provider, new Case { Shape = [37, 3, 700], Options = new DiceOptions { Reduction = DiceReduction.None } });

    private static void SmoothedSamples(IDiceProvider provider) => Holds(provider, new Case
    {
        Shape = [37, 3, 700],
        Options = new DiceOptions { Reduction = DiceReduction.None, CrossEntropy = new CrossEntropy { LabelSmoothing = 0.1 } },
    });

    // More than stay in registers.
    private static void ManyChannels(IDiceProvider provider) => Holds(provider, new Case { Shape = [37, 257, 50], LabelsType = ElementType.Int32 });

    private static void ManySigmoids(IDiceProvider provider) =>
        Holds(provider, new Case { Shape = [37, 257, 50], Options = new DiceOptions { Activation = Activation.Sigmoid } });

    // Four groups of four warps.
    private static void AnyChannels(IDiceProvider provider) => Holds(provider, new Case { Shape = [2, 35, 1100] });

    // Warps that share voxels, the last of which has a class less; several tiles, and confident voxels.
    private static void Parts(IDiceProvider provider) => Holds(provider, new Case { Shape = [2, 35, 1100], Margin = 4, Upstream = UpstreamKind.Scalar });

    private static void PartsWithLog(IDiceProvider provider) =>
        Holds(provider, new Case { Shape = [2, 35, 1100], Margin = 4, Options = new DiceOptions { CrossEntropy = new CrossEntropy() } });

    private static void ConfidentWithLog(IDiceProvider provider) => HoldsForEach(
        provider, new Case { Shape = [1, 4, 500], Margin = 16, IgnoredShare = 0, Spread = 0.5, Options = new DiceOptions { CrossEntropy = new CrossEntropy() } });

    private static void ConfidentPartsOfMaps(IDiceProvider provider) => HoldsForEach(
        provider, new Case { Shape = [1, 35, 500], Margin = 16, IgnoredShare = 0, Spread = 0.5, Targets = TargetKind.Maps, LabelsType = ElementType.UInt8 });

    // Each element of the gradient by itself, since those of confident voxels are small, down to what is lost beside the largest.
    private static void HoldsForEach(IDiceProvider provider, Case what)
    {
        using var run = new CaseRun(what);
        DiceResult result = run.Forward(provider);
        double[] expected = [.. run.Backward(ReferenceProvider.Shared, run.Forward(ReferenceProvider.Shared))], gradient = run.Backward(provider, result);
        double lost = 1e-8 * expected.Max(Math.Abs);
        for (int i = 0; i < gradient.Length; i++) Assert.Equal(expected[i], gradient[i], (Math.Abs(expected[i]) / 1000) + lost);
    }

    private static void PartsOfMaps(IDiceProvider provider) => Holds(provider, new Case
    {
        Shape = [2, 35, 600],
        Margin = 4,
        Targets = TargetKind.Maps,
        LabelsType = ElementType.UInt8,
        PartlyAnnotated = true,
        Options = new DiceOptions { IgnoreLabel = 255, Smooth = 0.1 },
    });

    private static void PartsOfSigmoids(IDiceProvider provider) => Holds(provider, new Case
    {
        Shape = [2, 35, 600],
        Targets = TargetKind.Maps,
        LabelsType = ElementType.UInt8,
        Options = new DiceOptions { Activation = Activation.Sigmoid, HardPrediction = HardPrediction.Argmax },
    });

    // Labels four at a time.
    private static void PartsOfHalves(IDiceProvider provider) =>
        Holds(provider, new Case { Shape = [2, 35, 1152], LogitsType = ElementType.Float16, LabelsType = ElementType.UInt8 });

    private static void ConfidentParts(IDiceProvider provider) => Holds(provider, new Case { Shape = [1, 35, 500], Spread = 300 });

    private static void Bytes(IDiceProvider provider) =>
        Holds(provider, new Case { Shape = [2, 3, 1024], LabelsType = ElementType.UInt8, IgnoredShare = 0.2, Options = new DiceOptions { IgnoreLabel = 255 } });

    private static void IgnoredClass(IDiceProvider provider) =>
        Holds(provider, new Case { Shape = [2, 3, 1024], LabelsType = ElementType.UInt8, Options = new DiceOptions { IgnoreLabel = 1 } });

    // More samples than blocks, of threads that find their classes in shared memory.
    private static void ManyClasses(IDiceProvider provider) => Holds(provider, new Case { Shape = [37, 12, 300], Options = new DiceOptions { Reduction = DiceReduction.None } });

    private static void InvalidOfParts(IDiceProvider provider)
    {
        using var run = new CaseRun(new Case { Shape = [1, 20, 300] }, editLabels: labels => labels.AsSpan(50, 2).Fill(99));
        var error = Assert.Throws<ArgumentOutOfRangeException>(() => run.Forward(provider));
        Assert.StartsWith("2 label(s)", error.Message, StringComparison.Ordinal);
    }

    // The channel is the one that two of the parts have.
    private static void InvalidMapOfParts(IDiceProvider provider)
    {
        foreach (Activation activation in (Activation[])[Activation.Softmax, Activation.Sigmoid])
        {
            var what = new Case { Shape = [1, 35, 300], Targets = TargetKind.Maps, LabelsType = ElementType.UInt8, Options = new DiceOptions { Activation = activation } };
            using var run = new CaseRun(what);
            long[] maps = run.Labels.Integers();
            maps.AsSpan((23 * 300) + 50, 2).Fill(99);
            run.Labels.Write(maps);
            var error = Assert.Throws<ArgumentOutOfRangeException>(() => run.Forward(provider));
            Assert.StartsWith("2 value(s)", error.Message, StringComparison.Ordinal);
        }
    }

    private static void ManySegments(IDiceProvider provider) => Holds(provider, new Case { Shape = [1, 2, 14000], LogitsType = ElementType.Float64 });

    private static void Float64(IDiceProvider provider) => Holds(provider, new Case { Shape = [1, 3, 900], LogitsType = ElementType.Float64 });

    private static void Tail(IDiceProvider provider)
    {
        for (int voxels = 1021; voxels <= 1023; voxels++) Holds(provider, new Case { Shape = [1, 3, voxels], IgnoredShare = 0, LabelsType = ElementType.UInt8 });
    }

    private static void TailOfPacks(IDiceProvider provider) => Holds(provider, new Case { Shape = [1, 17, 1000], LabelsType = ElementType.UInt8 });

    private static void Foreground(IDiceProvider provider) => Holds(provider, new Case { Shape = [1, 1, 500], Options = new DiceOptions { Activation = Activation.Sigmoid } });

    private static void Confident(IDiceProvider provider) => Holds(provider, new Case { Shape = [1, 4, 500], Spread = 300 });

    private static void Strided(IDiceProvider provider) => Holds(provider, new Case
    {
        Shape = [2, 3, 4, 5, 30],
        LogitsLayout = Layout.Permuted,
        GradientLayout = Layout.Permuted,
    });

    private static void Weighted(IDiceProvider provider) => Holds(provider, new Case
    {
        Shape = [2, 3, 500],
        WeightsType = ElementType.Float32,
        Options = new DiceOptions { Activation = Activation.Sigmoid },
    });

    private static void IgnoredNaN(IDiceProvider provider) => IgnoredNaN(provider, 3);

    private static void IgnoredNaNOfAnyChannels(IDiceProvider provider) => IgnoredNaN(provider, 35);

    private static void IgnoredNaN(IDiceProvider provider, int channels)
    {
        using var run = new CaseRun(
            new Case { Shape = [1, channels, 400], IgnoredShare = 0, Options = new DiceOptions { CrossEntropy = new CrossEntropy() } },
            logits => logits[77] = double.NaN,
            labels => labels[77] = -1);
        DiceResult result = run.Forward(provider);
        Assert.All(result.Losses.ToArray(), loss => Assert.True(double.IsFinite(loss)));
        double[] gradient = run.Backward(provider, result);
        Assert.All(gradient, element => Assert.True(double.IsFinite(element)));
        Assert.Equal(0, gradient[77]);
    }

    private static void FirstInvalid(IDiceProvider provider)
    {
        using var run = new CaseRun(new Case { Shape = [2, 3, 9000] }, editLabels: labels => labels.AsSpan(1234).Fill(9));
        var error = Assert.Throws<ArgumentOutOfRangeException>(() => run.Forward(provider));
        Assert.Contains("in sample 0 at voxel [1234].", error.Message, StringComparison.Ordinal);
    }

    private static void Holds(IDiceProvider provider, Case what) => Agreement.Holds(provider, ReferenceProvider.Shared, what, Placement.BeforeGuard);
}
