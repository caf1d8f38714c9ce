// From the sums of the segments to those of the samples, in order, so that they have the same bits; and what was found among the targets.
//
//   grid: enough threads for samples * count, one for each sum.
//   partials: [segment][count] of every sample; sums: [sample][count].

#include "dice.cuh"

extern "C" __global__ void __launch_bounds__(BLOCK)
dice_collect(const Problem problem, const double* partials, Sum* sums, int count, Found* found)
{
    const i64 i = (i64)blockIdx.x * BLOCK + threadIdx.x;
    if (i < problem.samples * count) {
        const i64 sample = i / count, which = i - sample * count;
        Sum sum = {0, 0};
        for (i64 segment = 0; segment < problem.segments_per_sample; segment++) {
            add_to(sum, partials[(sample * problem.segments_per_sample + segment) * count + which]);
        }
        sums[i] = sum;
    }

    // Places become values.
    if (i != 0) return;
    if (found->values > 0) {
        const i64 channels = MAPS ? problem.channels : 1;
        const i64 row = (i64)found->value_place / problem.voxels, voxel = (i64)found->value_place - row * problem.voxels;
        const i64 sample = row / channels, channel = row - sample * channels;
        const i64 offset = sample * problem.of_targets.sample + channel * problem.of_targets.channel + offset_of(problem.of_targets, voxel);
        const auto number = number_of<TARGETS>(((const Stored<TARGETS>::type*)problem.targets)[offset]);
        found->value = TARGETS >= INT8 ? (i64)number : __double_as_longlong((double)number);
    }
#if HAS_WEIGHTS
    if (found->weights > 0) {
        const i64 sample = (i64)found->weight_place / problem.voxels, voxel = (i64)found->weight_place - sample * problem.voxels;
        const i64 offset = sample * problem.of_weights.sample + offset_of(problem.of_weights, voxel);
        found->weight = __double_as_longlong((double)number_of<WEIGHTS>(((const Stored<WEIGHTS>::type*)problem.weights)[offset]));
    }
#endif
}
