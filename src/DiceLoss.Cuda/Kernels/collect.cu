// From the sums of the segments to those of the samples, in a fixed order, so that they have the same bits; and what was found among the targets.
//
//   grid: samples * count blocks of THREADS threads, one for each sum: one thread after the other would wait for thousands of loads in a row.
//   partials: [segment][count] of every sample, where each row of a segment is a segment here; sums: [sample][count].

#include "dice.cuh"

#define THREADS 128

extern "C" __global__ void __launch_bounds__(THREADS)
dice_collect(const Problem problem, const double* partials, Sum* sums, int count, Found* found)
{
    const int thread = threadIdx.x;
    const i64 sample = blockIdx.x / count, which = blockIdx.x - sample * count;
    const double* const first = partials + sample * problem.segments_per_sample * count + which;

    // Every thread adds up segments at equal distances; then half of the threads what the other half has, and so on.
    __shared__ Sum of_threads[THREADS];
    Sum sum = {0, 0};
    _Pragma("unroll 4") for (i64 segment = thread; segment < problem.segments_per_sample; segment += THREADS) add_to(sum, first[segment * count]);
    of_threads[thread] = sum;
    __syncthreads();
    for (int half = THREADS / 2; half > 0; half /= 2) {
        if (thread < half) {
            const Sum other = of_threads[thread + half];
            add_to(sum, other.value);
            sum.compensation += other.compensation;
            of_threads[thread] = sum;
        }
        __syncthreads();
    }
    if (thread != 0) return;
    sums[blockIdx.x] = sum;

    // Places become values.
    if (blockIdx.x != 0) return;
    if (found->values > 0) {
        const i64 channels = MAPS ? problem.channels : 1;
        const i64 row = (i64)found->value_place / problem.voxels, voxel = (i64)found->value_place - row * problem.voxels;
        const i64 sample = row / channels, channel = row - sample * channels;
        const i64 offset = sample * problem.of_targets.sample + channel * problem.of_targets.channel + offset_of(problem.of_targets, voxel);
        const auto number = number_of<TARGETS>(targets_of(problem)[offset]);
        found->value = TARGETS >= INT8 ? (i64)number : __double_as_longlong((double)number);
    }
#if HAS_WEIGHTS
    if (found->weights > 0) {
        const i64 sample = (i64)found->weight_place / problem.voxels, voxel = (i64)found->weight_place - sample * problem.voxels;
        const i64 offset = sample * problem.of_weights.sample + offset_of(problem.of_weights, voxel);
        found->weight = __double_as_longlong((double)number_of<WEIGHTS>(weights_of(problem)[offset]));
    }
#endif
}
