// Forward. Logits (N, C, *spatial) and targets are read, of up to 256 channels once; probabilities, one-hot targets and losses of voxels are never written.
//
//   grid: any number of blocks of BLOCK threads. Samples are cut into segments, segments into tiles, by the shape alone; a block takes one
//   segment after the other. The same voxels go to the same lane whatever the grid, so the sums have the same bits.
//   sums of a stretch: per thread in registers, then in double per warp, then per segment. Of any number of channels a few classes at a time, and at
//   once to those of the segment.
//   partials: [segment][term * K + class], and last the weight of the voxels that count. Of any number of channels a segment has a row for each group
//   of warps that share voxels.

#define TOLD (2 + (HARD == 1)) // what the softmax needs, the most probable class if it is looked for

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

// The sums that a thread makes at a time: terms of its classes, and the weight of the voxels that count; or terms of so many classes that a lane has
// one of the totals at most.
#if IN_REGISTERS
#define CLASSES_AT_ONCE OWN_CLASSES
#define NUMBERS (OWN_CLASSES * TERMS + 1)
#else
#define CLASSES_AT_ONCE (GENERAL ? 2 : WARP / TERMS) // five times as many make five times as much code, and save a shuffle in four
#define NUMBERS (CLASSES_AT_ONCE * TERMS)
#endif
#define NUMBERS_OF_LANE ((NUMBERS + WARP - 1) / WARP)
#define UNROLL_NUMBERS _Pragma("unroll")

// Adds up numbers over the lanes of a warp, and leaves to each lane its share of the totals. From step to step a lane is concerned with half as
// many: it hands the other half to the lane that keeps that.
struct Shares {
    int first, count; // which numbers the lane has got; none where another has the same
};

static __device__ __forceinline__ Shares shares_of(int lane)
{
    Shares shares = {0, NUMBERS};
    UNROLL_NUMBERS for (int step = WARP / 2, n = NUMBERS; step > 0; step /= 2, n = (n + 1) / 2) {
        const int half = (n + 1) / 2;
        const bool is_upper = lane & step;
        if (n == 1) {
            if (is_upper) shares.count = 0;
        } else if (is_upper) {
            shares.first += half;
            shares.count = shares.count > half ? shares.count - half : 0;
        } else {
            shares.count = shares.count < half ? shares.count : half;
        }
    }
    return shares;
}

template <int STEP, int COUNT> static __device__ __forceinline__ void add_up(real (&x)[NUMBERS], int lane)
{
    constexpr int HALF = (COUNT + 1) / 2;
    const bool is_upper = lane & STEP;
    UNROLL_NUMBERS for (int i = 0; i < HALF; i++) {
        const real lower = x[i], upper = HALF + i < COUNT ? x[HALF + i] : 0;
        const bool keeps_upper = COUNT > 1 && is_upper, hands_upper = COUNT > 1 && !is_upper;
        x[i] = (keeps_upper ? upper : lower) + __shfl_xor_sync(~0u, hands_upper ? upper : lower, STEP);
    }
    if constexpr (STEP > 1) add_up<STEP / 2, HALF>(x, lane);
}

#if !IN_REGISTERS
static __device__ __forceinline__ real warp_sum(real x)
{
    for (int step = WARP / 2; step > 0; step /= 2) x += __shfl_xor_sync(~0u, x, step);
    return x;
}
#endif

#if ACTIVATION == SOFTMAX && IN_REGISTERS
// The probabilities of voxels that do not count become 0, even where they are no numbers.
static __device__ __forceinline__ void leave_out(const Group& group, Softmax& softmax)
{
    if (group.all_count) return;
    UNROLL_VECTOR for (int v = 0; v < VECTOR; v++) {
        if (counts(group, v)) continue;
        softmax.scale[v] = 0;
        UNROLL for (int j = 0; j < OWN_CHANNELS; j++) softmax.power[j][v] = 0;
    }
}
#endif

#if HARD == 1 && !COMPETES
// The channel with the largest logit, the first of several; -1 where no logit is a number.
static __device__ __forceinline__ void find_largest(const Problem& problem, i64 sample, i64 voxel, Told& told, int (&predicted)[VECTOR])
{
    real largest[VECTOR];
    UNROLL_VECTOR for (int v = 0; v < VECTOR; v++) {
        largest[v] = 0;
        predicted[v] = -1;
    }
    const Logit* place = place_of_logits(problem, sample, FIRST_CLASS, voxel);
    UNROLL for (int j = 0; j < OWN_CHANNELS; j++) {
        real x[VECTOR];
        load_next_logits(problem, place, voxel, x);
        UNROLL_VECTOR for (int v = 0; v < VECTOR; v++) {
            if (!(x[v] == x[v] && (predicted[v] < 0 || x[v] > largest[v]))) continue;
            predicted[v] = FIRST_CLASS + j;
            largest[v] = x[v];
        }
    }
#if SHARES
    real channel[VECTOR];
    UNROLL_VECTOR for (int v = 0; v < VECTOR; v++) channel[v] = (real)predicted[v];
    tell(told, LARGEST_LOGIT, largest);
    tell(told, MOST_PROBABLE, channel);
    __syncthreads();
    UNROLL_VECTOR for (int v = 0; v < VECTOR; v++) predicted[v] = -1;
    UNROLL for (int part = 0; part < PARTS; part++) {
        real x[VECTOR];
        listen(problem, told, LARGEST_LOGIT, part, x);
        listen(problem, told, MOST_PROBABLE, part, channel);
        UNROLL_VECTOR for (int v = 0; v < VECTOR; v++) {
            if (!(channel[v] >= 0 && (predicted[v] < 0 || x[v] > largest[v]))) continue;
            predicted[v] = (int)channel[v];
            largest[v] = x[v];
        }
    }
    __syncthreads();
#endif
}
#endif

// What voxels add to the sums of their labels, once they know their loss: numbers of the voxel, the first of them times a factor.
#define OF_LABELS (ACTIVATION == SOFTMAX && !MAPS ? 2 + HAS_LOG + HAS_FOCAL : 0)
enum { OF_INTERSECTION, OF_MASS, OF_LOG_LOSS, OF_FOCAL_LOSS, MOST_OF_LABELS };
struct Addends { real number[MOST_OF_LABELS][VECTOR], factor[VECTOR]; };

#if OF_LABELS
// Where a thread has many classes, a voxel finds the sums of its label in shared memory, instead of every class its voxels by comparing.
#define FINDS_CLASSES (FETCHES && PAIRS_OF_LABELS && !SHARES && CHANNELS > 8 && \
    BLOCK * VECTOR * BYTES_OF_VOXEL + WARPS * BYTES_OF_WARP + 64 + (CHANNELS + 1) * BLOCK * OF_LABELS * SIZE_OF_REAL <= MOST_SHARED_BYTES)
#define NEEDS_LOGITS_OF_LABELS (FINDS_CLASSES || HAS_LOG)

// The logarithms are those of the powers of all classes together.
static __device__ __forceinline__ void make_addends(
    const Problem& problem, const Group& group, const Softmax& softmax, const real (&log_sum)[VECTOR], const real (&x)[VECTOR], Addends& addends)
{
    UNROLL_VECTOR for (int v = 0; v < VECTOR; v++) {
        const real w = HAS_WEIGHTS ? group.weight[v] : 1, power = power_of_logit(x[v], softmax.largest[v], HAS_LOG);
        addends.number[OF_INTERSECTION][v] = power;
        addends.factor[v] = w * softmax.scale[v];
        addends.number[OF_MASS][v] = w;
#if HAS_LOG
        const real loss = softmax.largest[v] - x[v] + log_sum[v];
        addends.number[OF_LOG_LOSS][v] = w * loss;
#if HAS_FOCAL
        addends.number[OF_FOCAL_LOSS][v] = w * focus_of(1 - power * softmax.scale[v], (real)problem.focal_gamma) * loss;
#endif
#endif
    }
}

#if FINDS_CLASSES
struct OfLabel { real sum[OF_LABELS]; };
typedef OfLabel OfLabels[CLASS_COUNT + 1][BLOCK]; // of each thread, and last what does not count

static __device__ __forceinline__ void add_labels(const Group& group, const Addends& addends, OfLabels& of_labels)
{
    UNROLL_VECTOR for (int v = 0; v < VECTOR; v++) {
        OfLabel& of_label = of_labels[counts(group, v) ? label_of(group, v) : CLASS_COUNT][threadIdx.x];
        OfLabel sums = of_label;
        sums.sum[OF_INTERSECTION] += addends.number[OF_INTERSECTION][v] * addends.factor[v];
        UNROLL for (int i = OF_MASS; i < OF_LABELS; i++) sums.sum[i] += addends.number[i][v];
        of_label = sums;
    }
}
#endif
#endif

// What a group adds to the terms of one class: the probabilities are powers times scales.
static __device__ __forceinline__ void add_class(
    const Problem& problem, const Group& group, int j, const int (&predicted)[VECTOR], const real (&power_)[VECTOR], const real (&scale_)[VECTOR],
    const real (&t_)[VECTOR], const real (&log_loss)[VECTOR], const real (&complement)[VECTOR], const Addends* addends, real* sum)
{
#if COMPETES
    const real gamma = (real)problem.focal_gamma;
#else
    const real gamma = larger((real)problem.focal_gamma, real(1e-20)); // 0 times an infinite logarithm would be no number
#endif
    real power[VECTOR], scale[VECTOR], weight[VECTOR], one[VECTOR];
    UNROLL_VECTOR for (int v = 0; v < VECTOR; v++) {
        // Selected, not multiplied: what does not count changes nothing, even where it is no number.
        // What is known already: a softmax in registers is made so, and what does not count has no label.
        const bool is_counted = counts(group, v) && (!MAPS || t_[v] >= 0);
        const real w = weight[v] = HAS_WEIGHTS ? (is_counted ? group.weight[v] : 0) : 1, t = is_counted || !MAPS ? t_[v] : 0, wt = w * t;
        power[v] = is_counted || (ACTIVATION == SOFTMAX && IN_REGISTERS) ? power_[v] : 0;
        scale[v] = w * scale_[v];
        one[v] = 1;
        const real p = power[v] * scale_[v];
        sum[PREDICTION_MASS] += w * power_of(p, problem.exponent);
#if MAPS
        sum[INTERSECTION] += w * (TAKES_MINIMUM ? (t < p ? t : p) : p * t);
        sum[LABEL_MASS] += w * power_of(t, problem.exponent);
#endif
#if OF_VOXELS
        sum[VOXEL_MASS] += is_counted ? w : 0;
#endif
#if HAS_LOG && !OF_LABELS
        sum[LOG_LOSS] += wt > 0 ? wt * log_loss[v] : 0;
#endif
#if HAS_UNIFORM
        sum[UNIFORM_LOG_LOSS] += is_counted && w > 0 ? w * log_loss[v] : 0;
#endif
#if HAS_LOG && !COMPETES
        const real rest = is_counted ? w * (1 - t) : 0;
        sum[COMPLEMENT_LOG_LOSS] += rest > 0 ? rest * complement[v] : 0;
#endif
#if HAS_FOCAL && COMPETES && !OF_LABELS
        sum[FOCAL_LOSS] += wt > 0 ? wt * focus_of(1 - p, gamma) * log_loss[v] : 0;
#elif HAS_FOCAL && !COMPETES
        sum[FOCAL_LOSS] += wt > 0 ? wt * exp_of_negated(gamma * complement[v]) * log_loss[v] : 0;
        sum[COMPLEMENT_FOCAL_LOSS] += rest > 0 ? rest * exp_of_negated(gamma * log_loss[v]) * complement[v] : 0;
#endif
#if HARD
        const real hit = is_counted && (COUNTS_MOST_PROBABLE ? predicted[v] == FIRST_CLASS + j : p > real(0.5)) ? w : 0;
        sum[HARD_INTERSECTION] += hit * t;
        sum[HARD_PREDICTION_MASS] += hit;
#endif
    }
#if !MAPS && !FINDS_CLASSES
    add_labels(group, j, power, scale, sum[INTERSECTION]);
    add_labels(group, j, weight, one, sum[LABEL_MASS]);
#if OF_LABELS && HAS_LOG
    add_labels(group, j, addends->number[OF_LOG_LOSS], one, sum[LOG_LOSS]);
#endif
#if OF_LABELS && HAS_FOCAL
    add_labels(group, j, addends->number[OF_FOCAL_LOSS], one, sum[FOCAL_LOSS]);
#endif
#endif
}

// Whether every voxel that counts counts for a class: then its weight is among those of the labels already.
#define MASS_IS_OF_LABELS (IN_REGISTERS && COMPETES && !MAPS)

extern "C" __global__ void BOUNDS
dice_sums(const Problem problem, double* partials, Found* found)
{
    const int thread = threadIdx.x, lane = thread % WARP, warp = thread / WARP;
    const int count = TERMS * CLASS_COUNT + 1;

    // The sums of each warp over the segment, in double.
#if IN_REGISTERS
    __shared__ double of_warps[WARPS][NUMBERS];
    __shared__ Fetched fetched;
    __shared__ Told told;
    constexpr int SHARED_BYTES = sizeof(of_warps) + sizeof(fetched) + TELLS * sizeof(told);
#if FINDS_CLASSES
    __shared__ OfLabels of_labels;
    UNROLL for (int k = 0; k <= CLASS_COUNT; k++) of_labels[k][thread] = {};
    static_assert(SHARED_BYTES + sizeof(of_labels) <= MOST_SHARED_BYTES);
#endif
    static_assert(SHARED_BYTES <= MOST_SHARED_BYTES);
    const Shares shares = shares_of(lane);
    double own[NUMBERS_OF_LANE];
#else
    Fetched fetched;
    __shared__ Told told;
    static_assert(sizeof(told) <= MOST_SHARED_BYTES);
    const Shares shares = shares_of(lane);
    const int rows = WARPS / PARTS;
#endif

    for (i64 segment = blockIdx.x; segment < problem.samples * problem.segments_per_sample; segment += gridDim.x) {
        const i64 sample = segment / problem.segments_per_sample;
        const i64 first = (segment - sample * problem.segments_per_sample) * problem.tiles_per_segment * TILE;
        const i64 end = first + problem.tiles_per_segment * TILE < problem.voxels ? first + problem.tiles_per_segment * TILE : problem.voxels;
#if IN_REGISTERS
        UNROLL for (int i = 0; i < NUMBERS_OF_LANE; i++) own[i] = 0;
#else
        double* const of_segment = partials + segment * rows * count;
        double* const own = of_segment + warp / PARTS * count;
        for (int i = thread; i < rows * count; i += BLOCK) of_segment[i] = 0;
        __syncthreads();
#endif

        fetch(problem, sample, first + PLACE * VECTOR < end ? first + PLACE * VECTOR : problem.voxels, fetched);
        for (i64 stretch = first; stretch < end; stretch += STRETCH) {
#if IN_REGISTERS
            real sums[NUMBERS];
            UNROLL for (int i = 0; i < NUMBERS; i++) sums[i] = 0;
            real& voxel_mass = sums[NUMBERS - 1];
#else
            real voxel_mass = 0;
#endif
            for (int trip = 0; trip < STRETCH / (PLACES * VECTOR) && stretch + trip * PLACES * VECTOR < end; trip++) {
                const i64 voxel = stretch + (trip * PLACES + PLACE) * VECTOR;
#if !SHARES
                if (voxel >= end) continue;
#endif
                const i64 next = voxel + PLACES * VECTOR < end ? voxel + PLACES * VECTOR : problem.voxels;
                Group group;
                wait_for_fetched();
                load_group_of(problem, sample, voxel, fetched, group, found);

                real p[VECTOR], scale[VECTOR], t[VECTOR], log_loss[VECTOR], complement[VECTOR];
                UNROLL_VECTOR for (int v = 0; v < VECTOR; v++) scale[v] = 1;
                int predicted[VECTOR];
                Addends addends;
#if ACTIVATION == SOFTMAX
                Softmax softmax;
#if NEEDS_LOGITS_OF_LABELS
                real x_of_label[VECTOR];
                load_logits_of_labels(problem, sample, voxel, group, fetched, x_of_label);
#endif
                make_softmax(problem, HARD == 1, false, sample, voxel, next, fetched, group, softmax, told);
#if IN_REGISTERS
                leave_out(group, softmax);
#endif
                real log_sum[VECTOR];
                UNROLL_VECTOR for (int v = 0; v < VECTOR; v++) {
                    scale[v] = IN_REGISTERS || counts(group, v) ? softmax.scale[v] : 0; // or no number would be left of a power of 0
                    log_sum[v] = HAS_LOG ? log_of(softmax.powers[v]) : 0;
                    predicted[v] = softmax.powers[v] == softmax.powers[v] ? softmax.most[v] : -1;
                }
#if NEEDS_LOGITS_OF_LABELS
                make_addends(problem, group, softmax, log_sum, x_of_label, addends);
#endif
#if FINDS_CLASSES
                add_labels(group, addends, of_labels);
#endif
#elif ACTIVATION == TWO_CLASSES
                // The softmax over (0, x), which subtracts the larger one.
                real x[VECTOR], smaller[VECTOR], bigger[VECTOR], log_sum[VECTOR];
                load_logits(problem, sample, 0, voxel, x);
                UNROLL_VECTOR for (int v = 0; v < VECTOR; v++) {
                    const real most = x[v] > 0 ? x[v] : 0, z = exp_of_negated(most - x[v] + most);
                    bigger[v] = reciprocal_of(1 + z);
                    smaller[v] = z * bigger[v];
                    log_sum[v] = HAS_LOG ? log_of(1 + z) : 0;
                    predicted[v] = z == z ? x[v] > 0 : -1;
                }
#elif HARD == 1
                find_largest(problem, sample, voxel, told, predicted);
#endif
#if !MASS_IS_OF_LABELS
                if (FIRST_CLASS == 0) UNROLL_VECTOR for (int v = 0; v < VECTOR; v++) voxel_mass += group.weight[v];
#endif
                const Logit* place = place_of_logits(problem, sample, FIRST_CLASS, voxel);
                Elements<TARGETS> map = place_of_targets(problem, sample, FIRST_CLASS, voxel);
                bool any_wrong = false;
                const int own_classes = OWN_CLASSES;
                for (int first_at_once = 0; first_at_once < own_classes; first_at_once += CLASSES_AT_ONCE) {
#if !IN_REGISTERS
                    real sums[NUMBERS];
                    UNROLL_NUMBERS for (int i = 0; i < NUMBERS; i++) sums[i] = 0;
#endif
                    UNROLL_NUMBERS for (int i = 0; i < CLASSES_AT_ONCE; i++) {
#if IN_REGISTERS
                        const int j = i;
#else
                        // Behind the last class that one again, which goes nowhere.
                        const int j = first_at_once + i < own_classes ? first_at_once + i : own_classes - 1;
                        place = place_of_logits(problem, sample, FIRST_CLASS + j, voxel);
                        map = place_of_targets(problem, sample, FIRST_CLASS + j, voxel);
#endif
                        load_next_targets(problem, group, j, map, voxel, t, any_wrong);
#if ACTIVATION == SOFTMAX
                        power_of_class(problem, sample, j, voxel, softmax, p);
#if HAS_UNIFORM || (HAS_LOG && !OF_LABELS)
                        real x[VECTOR];
                        load_next_logits(problem, place, voxel, x);
                        UNROLL_VECTOR for (int v = 0; v < VECTOR; v++) log_loss[v] = softmax.largest[v] - x[v] + log_sum[v];
#endif
#elif ACTIVATION == TWO_CLASSES
                        UNROLL_VECTOR for (int v = 0; v < VECTOR; v++) {
                            p[v] = (j == 1) == (x[v] >= 0) ? bigger[v] : smaller[v];
                            const real most = x[v] > 0 ? x[v] : 0;
                            log_loss[v] = (j == 1 ? most - x[v] : most) + log_sum[v];
                        }
#elif ACTIVATION == SIGMOID
                        real x[VECTOR];
                        load_next_logits(problem, place, voxel, x);
                        UNROLL_VECTOR for (int v = 0; v < VECTOR; v++) {
                            const real z = exp_of_negated(x[v] < 0 ? -x[v] : x[v]), bigger = reciprocal_of(1 + z);
                            p[v] = x[v] >= 0 ? bigger : z * bigger;
                            const real log_sum = HAS_LOG ? log_of(1 + z) : 0;
                            log_loss[v] = (x[v] < 0 ? -x[v] : 0) + log_sum;
                            complement[v] = (x[v] > 0 ? x[v] : 0) + log_sum;
                        }
#elif ACTIVATION != SOFTMAX
                        load_next_logits(problem, place, voxel, p);
#endif
                        add_class(problem, group, j, predicted, p, scale, t, log_loss, complement, &addends, sums + i * TERMS);
                    }
#if !IN_REGISTERS
                    add_up<WARP / 2, NUMBERS>(sums, lane);
                    const int j = first_at_once + shares.first / TERMS, term = shares.first % TERMS;
                    if (shares.count > 0 && j < own_classes && IS_OWN(j)) own[term * CLASS_COUNT + FIRST_CLASS + j] += (double)sums[0];
#endif
                }
#if OF_VOXELS
                if (any_wrong) report_maps(problem, sample, voxel, found);
#endif
            }
#if FINDS_CLASSES
            UNROLL for (int k = 0; k < CLASS_COUNT; k++) {
                const OfLabel of_label = of_labels[k][thread];
                sums[k * TERMS + INTERSECTION] = of_label.sum[OF_INTERSECTION];
                sums[k * TERMS + LABEL_MASS] = of_label.sum[OF_MASS];
#if HAS_LOG
                sums[k * TERMS + LOG_LOSS] = of_label.sum[OF_LOG_LOSS];
#endif
#if HAS_FOCAL
                sums[k * TERMS + FOCAL_LOSS] = of_label.sum[OF_FOCAL_LOSS];
#endif
                of_labels[k][thread] = {};
            }
#endif
#if MASS_IS_OF_LABELS
            UNROLL for (int j = 0; j < OWN_CLASSES; j++) voxel_mass += IS_OWN(j) ? sums[j * TERMS + LABEL_MASS] : 0;
#endif
#if IN_REGISTERS
            add_up<WARP / 2, NUMBERS>(sums, lane);
            UNROLL for (int i = 0; i < NUMBERS_OF_LANE; i++) own[i] += (double)sums[i];
#else
            const real mass = warp_sum(voxel_mass);
            if (lane == 0 && FIRST_CLASS == 0) own[count - 1] += (double)mass;
#endif
        }

#if IN_REGISTERS
        UNROLL for (int i = 0; i < NUMBERS_OF_LANE; i++) if (i < shares.count) of_warps[warp][shares.first + i] = own[i];

        // Warps in order, or each its classes.
        __syncthreads();
        for (int i = thread; i < count; i += BLOCK) {
            double total = 0;
            const int term = i / CLASS_COUNT, k = i - term * CLASS_COUNT, part = k / OWN_CLASSES;
            const int first_of_part = !SHARES || part < PARTS - 1 ? part * OWN_CLASSES : CLASS_COUNT - OWN_CLASSES;
            const int number = term < TERMS ? (k - first_of_part) * TERMS + term : NUMBERS - 1;
            const bool is_of_part = SHARES && term < TERMS;
            for (int w = is_of_part ? part : 0; w < (is_of_part ? part + 1 : WARPS); w++) total += of_warps[w][number];
            partials[segment * count + i] = total;
        }
        __syncthreads();
#endif
    }
}
