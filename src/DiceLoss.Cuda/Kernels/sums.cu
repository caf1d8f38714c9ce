// Forward. Logits (N, C, *spatial) and targets are read once; probabilities, one-hot targets and losses of voxels are never written.
//
//   grid: any number of blocks of BLOCK threads. Samples are cut into segments, segments into tiles, by the shape alone; a block takes one
//   segment after the other. The same voxels go to the same lane whatever the grid, so the sums have the same bits.
//   sums of a tile: per thread in registers (or, for any number of channels, per warp), then in double per warp, then per segment.
//   partials: [segment][term * K + class], and last the weight of the voxels that count.

#include "dice.cuh"

// The terms of a class, in the order in which the host reads them.
#define OF_VOXELS (MAPS && !COMPETES) // each class has its own voxels
enum {
    INTERSECTION, PREDICTION_MASS, LABEL_MASS,
#if OF_VOXELS
    VOXEL_MASS,
#endif
#if HAS_LOG
    LOG_LOSS,
#endif
#if HAS_UNIFORM
    UNIFORM_LOG_LOSS,
#endif
#if HAS_LOG && !COMPETES
    COMPLEMENT_LOG_LOSS,
#endif
#if HAS_FOCAL
    FOCAL_LOSS,
#endif
#if HAS_FOCAL && !COMPETES
    COMPLEMENT_FOCAL_LOSS,
#endif
#if HARD
    HARD_INTERSECTION, HARD_PREDICTION_MASS,
#endif
    TERMS
};

static __device__ __forceinline__ double warp_sum(double x)
{
    for (int step = WARP / 2; step > 0; step /= 2) x += __shfl_xor_sync(~0u, x, step);
    return x;
}

static __device__ __forceinline__ real warp_sum_of_group(real x)
{
    for (int step = WARP / 2; step > 0; step /= 2) x += __shfl_xor_sync(~0u, x, step);
    return x;
}

// What a group adds to the terms of one class.
static __device__ __forceinline__ void add_class(
    const Problem& problem, const Group& group, int k, const int (&predicted)[VECTOR], const real (&p_)[VECTOR], const real (&t_)[VECTOR],
    const real (&log_loss)[VECTOR], const real (&complement)[VECTOR], real (&sum)[TERMS])
{
    const real gamma = (real)problem.focal_gamma;
    UNROLL_VECTOR for (int v = 0; v < VECTOR; v++) {
        // Selected, not multiplied: what does not count changes nothing, even where it is no number.
        const bool counts = group.label[v] != NOT_COUNTED && t_[v] >= 0;
        const real p = counts ? p_[v] : 0, t = counts ? t_[v] : 0, w = counts ? group.weight[v] : 0, wt = w * t;
        sum[INTERSECTION] += w * (MINIMUM ? (t < p ? t : p) : p * t);
        sum[PREDICTION_MASS] += w * power_of(p, problem.exponent);
        sum[LABEL_MASS] += w * (MAPS ? power_of(t, problem.exponent) : t);
#if OF_VOXELS
        sum[VOXEL_MASS] += w;
#endif
#if HAS_LOG
        sum[LOG_LOSS] += wt > 0 ? wt * log_loss[v] : 0;
#endif
#if HAS_UNIFORM
        sum[UNIFORM_LOG_LOSS] += w > 0 ? w * log_loss[v] : 0;
#endif
#if HAS_LOG && !COMPETES
        const real rest = w * (1 - t);
        sum[COMPLEMENT_LOG_LOSS] += rest > 0 ? rest * complement[v] : 0;
#endif
#if HAS_FOCAL && COMPETES
        sum[FOCAL_LOSS] += wt > 0 ? wt * focus_of(1 - p, gamma) * log_loss[v] : 0;
#elif HAS_FOCAL
        sum[FOCAL_LOSS] += wt > 0 ? wt * exp_of_negated(gamma * complement[v]) * log_loss[v] : 0;
        sum[COMPLEMENT_FOCAL_LOSS] += rest > 0 ? rest * exp_of_negated(gamma * log_loss[v]) * complement[v] : 0;
#endif
#if HARD
        const real hit = (HARD == 1 ? predicted[v] == k : p > real(0.5)) ? w : 0;
        sum[HARD_INTERSECTION] += hit * t;
        sum[HARD_PREDICTION_MASS] += hit;
#endif
    }
}

// Where the sums of a thread or a warp go.
#if CHANNELS
#define SUM_OF_CLASS(k) sums[k]
#define BEGIN_CLASS(k)
#define END_CLASS(k)
#else
#define SUM_OF_CLASS(k) of_class
#define BEGIN_CLASS(k) real of_class[TERMS]; for (int term = 0; term < TERMS; term++) of_class[term] = 0;
#define END_CLASS(k) \
    for (int term = 0; term < TERMS; term++) { \
        const real total = warp_sum_of_group(of_class[term]); \
        if (lane == 0) own[term * CLASS_COUNT + k] += (double)total; \
    }
#endif

extern "C" __global__ void __launch_bounds__(BLOCK)
dice_sums(const Problem problem, double* partials, double* workspace, Found* found)
{
    const int thread = threadIdx.x, lane = thread % WARP, warp = thread / WARP;
    const int count = TERMS * CLASS_COUNT + 1;

    // The sums of each warp over the segment, in double.
#if CHANNELS
    __shared__ double shared_sums[WARPS * (TERMS * CLASS_COUNT + 1)];
    double* const of_warps = shared_sums;
#else
    double* const of_warps = workspace + (i64)blockIdx.x * WARPS * count;
#endif
    double* const own = of_warps + warp * count;

    for (i64 segment = blockIdx.x; segment < problem.samples * problem.segments_per_sample; segment += gridDim.x) {
        const i64 sample = segment / problem.segments_per_sample;
        const i64 first = (segment - sample * problem.segments_per_sample) * problem.tiles_per_segment * TILE;
        const i64 end = first + problem.tiles_per_segment * TILE < problem.voxels ? first + problem.tiles_per_segment * TILE : problem.voxels;
        for (int i = lane; i < count; i += WARP) own[i] = 0;
        __syncwarp();

        for (i64 tile = first; tile < end; tile += TILE) {
            real voxel_mass = 0;
#if CHANNELS
            real sums[CLASS_COUNT][TERMS];
            UNROLL for (int k = 0; k < CLASS_COUNT; k++) UNROLL for (int term = 0; term < TERMS; term++) sums[k][term] = 0;
#endif
            for (int trip = 0; trip < TRIPS; trip++) {
                const i64 voxel = tile + ((i64)trip * BLOCK + thread) * VECTOR;
#if CHANNELS
                if (voxel >= end) continue;
#endif
                Group group;
                load_group_of(problem, sample, voxel, group, found);
                UNROLL_VECTOR for (int v = 0; v < VECTOR; v++) voxel_mass += group.weight[v];

                real p[VECTOR], t[VECTOR], log_loss[VECTOR], complement[VECTOR];
                int predicted[VECTOR];
#if ACTIVATION == SOFTMAX
                // exp(x - largest), and what makes probabilities of it.
                real largest[VECTOR], sum[VECTOR];
#if CHANNELS
                real power[CHANNELS][VECTOR];
#endif
                UNROLL for (int k = 0; k < CHANNEL_COUNT; k++) {
                    real x[VECTOR];
                    load_logits(problem, sample, k, voxel, x);
                    UNROLL_VECTOR for (int v = 0; v < VECTOR; v++) {
#if CHANNELS
                        power[k][v] = x[v];
#endif
                        predicted[v] = k == 0 ? (x[v] == x[v] ? 0 : -1) : x[v] > largest[v] ? k : predicted[v];
                        largest[v] = k == 0 ? x[v] : larger(x[v], largest[v]);
                    }
                }
                UNROLL_VECTOR for (int v = 0; v < VECTOR; v++) sum[v] = 0;
                UNROLL for (int k = 0; k < CHANNEL_COUNT; k++) {
#if CHANNELS
                    UNROLL_VECTOR for (int v = 0; v < VECTOR; v++) {
                        power[k][v] = exp_of_negated(largest[v] - power[k][v]);
                        sum[v] += power[k][v];
                    }
#else
                    real x[VECTOR];
                    load_logits(problem, sample, k, voxel, x);
                    UNROLL_VECTOR for (int v = 0; v < VECTOR; v++) sum[v] += exp_of_negated(largest[v] - x[v]);
#endif
                }
                real scale[VECTOR], log_sum[VECTOR];
                UNROLL_VECTOR for (int v = 0; v < VECTOR; v++) {
                    scale[v] = 1 / sum[v];
                    log_sum[v] = HAS_LOG ? log_of(sum[v]) : 0;
                    if (!(sum[v] == sum[v])) predicted[v] = -1;
                }
#elif ACTIVATION == TWO_CLASSES
                // The softmax over (0, x), which subtracts the larger one.
                real x[VECTOR], smaller[VECTOR], bigger[VECTOR], log_sum[VECTOR];
                load_logits(problem, sample, 0, voxel, x);
                UNROLL_VECTOR for (int v = 0; v < VECTOR; v++) {
                    const real most = x[v] > 0 ? x[v] : 0, z = exp_of_negated(most - x[v] + most);
                    bigger[v] = 1 / (1 + z);
                    smaller[v] = z * bigger[v];
                    log_sum[v] = HAS_LOG ? log_of(1 + z) : 0;
                    predicted[v] = z == z ? x[v] > 0 : -1;
                }
#elif HARD == 1
                // The largest logit, the first of several.
                real most[VECTOR];
                UNROLL for (int k = 0; k < CHANNEL_COUNT; k++) {
                    real x[VECTOR];
                    load_logits(problem, sample, k, voxel, x);
                    UNROLL_VECTOR for (int v = 0; v < VECTOR; v++) {
                        const bool is_larger = k == 0 ? x[v] == x[v] : x[v] == x[v] && (predicted[v] < 0 || x[v] > most[v]);
                        if (k == 0) predicted[v] = -1;
                        predicted[v] = is_larger ? k : predicted[v];
                        most[v] = is_larger ? x[v] : most[v];
                    }
                }
#endif
                UNROLL for (int k = 0; k < CLASS_COUNT; k++) {
                    BEGIN_CLASS(k)
                    load_targets(problem, sample, k, voxel, group, t, COMPETES ? (Found*)0 : found);
#if ACTIVATION == SOFTMAX && CHANNELS
                    UNROLL_VECTOR for (int v = 0; v < VECTOR; v++) p[v] = power[k][v] * scale[v];
#endif
#if ACTIVATION == SOFTMAX && (HAS_LOG || !CHANNELS)
                    real x[VECTOR];
                    load_logits(problem, sample, k, voxel, x);
                    UNROLL_VECTOR for (int v = 0; v < VECTOR; v++) {
                        const real distance = largest[v] - x[v];
#if !CHANNELS
                        p[v] = exp_of_negated(distance) * scale[v];
#endif
                        log_loss[v] = distance + log_sum[v];
                    }
#elif ACTIVATION == TWO_CLASSES
                    UNROLL_VECTOR for (int v = 0; v < VECTOR; v++) {
                        p[v] = (k == 1) == (x[v] >= 0) ? bigger[v] : smaller[v];
                        const real most = x[v] > 0 ? x[v] : 0;
                        log_loss[v] = (k == 1 ? most - x[v] : most) + log_sum[v];
                    }
#elif ACTIVATION == SIGMOID
                    real x[VECTOR];
                    load_logits(problem, sample, k, voxel, x);
                    UNROLL_VECTOR for (int v = 0; v < VECTOR; v++) {
                        const real z = exp_of_negated(x[v] < 0 ? -x[v] : x[v]);
                        p[v] = x[v] >= 0 ? 1 / (1 + z) : z / (1 + z);
                        const real log_sum = HAS_LOG ? log_of(1 + z) : 0;
                        log_loss[v] = (x[v] < 0 ? -x[v] : 0) + log_sum;
                        complement[v] = (x[v] > 0 ? x[v] : 0) + log_sum;
                    }
#elif ACTIVATION != SOFTMAX
                    load_logits(problem, sample, k, voxel, p);
#endif
                    add_class(problem, group, k, predicted, p, t, log_loss, complement, SUM_OF_CLASS(k));
                    END_CLASS(k)
                }
            }
#if CHANNELS
            UNROLL for (int k = 0; k < CLASS_COUNT; k++) {
                UNROLL for (int term = 0; term < TERMS; term++) {
                    const double total = warp_sum((double)sums[k][term]);
                    if (lane == 0) own[term * CLASS_COUNT + k] += total;
                }
            }
#endif
            const double mass = warp_sum((double)voxel_mass);
            if (lane == 0) own[count - 1] += mass;
        }

        // Warps in order.
        __syncthreads();
        for (int i = thread; i < count; i += BLOCK) {
            double total = 0;
            for (int w = 0; w < WARPS; w++) total += of_warps[w * count + i];
            partials[segment * count + i] = total;
        }
        __syncthreads();
    }
}
