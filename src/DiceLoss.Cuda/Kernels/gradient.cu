// Backward. Reads logits and targets, of up to 256 channels once, and writes the gradient by the logits once.
//
//   grid: any number of blocks of BLOCK threads; a block takes one tile of a sample after the other.
//   coefficients: [sample, or one for all][term of COEFFICIENTS][class], derivatives of the loss by the sums.
//   upstream: the factor of the gradient, a scalar, or one per sample, or one per sample and class, read here, where it lies.
//   made_for: the factor that the gradient is there for already, if any; where the two are equal, nothing is done.

#define TOLD (4 + HAS_LOG)

#include "dice.cuh"

// What parts tell each other behind what the softmax needs.
enum { MEAN = MOST_PROBABLE + 1, TOTAL_OF_TERM };

enum {
    BY_INTERSECTION, BY_PREDICTION_MASS,
#if HAS_LOG
    BY_LOG_LOSS,
#endif
#if HAS_UNIFORM
    BY_UNIFORM_LOG_LOSS,
#endif
#if HAS_LOG && !COMPETES
    BY_COMPLEMENT_LOG_LOSS,
#endif
#if HAS_FOCAL
    BY_FOCAL_LOSS,
#endif
#if HAS_FOCAL && !COMPETES
    BY_COMPLEMENT_FOCAL_LOSS,
#endif
    COEFFICIENTS
};

struct Upstream {
    const void* numbers; // none: 1
    i64 sample, by_class;
    int type;
};

static __device__ double factor_of(const Upstream& upstream, i64 sample, int k)
{
    if (!upstream.numbers) return 1;
    const i64 at = sample * upstream.sample + k * upstream.by_class;
    switch (upstream.type) {
    case FLOAT64: return ((const double*)upstream.numbers)[at];
    case FLOAT16: return float_of_half(((const u16*)upstream.numbers)[at]);
    case BFLOAT16: return __uint_as_float((u32)((const u16*)upstream.numbers)[at] << 16);
    default: return ((const float*)upstream.numbers)[at];
    }
}

// Whether a sample has been given the same factors before; one that is no number equals none.
static __device__ bool is_made(const Upstream& made_for, const Upstream& upstream, i64 sample, int classes)
{
    if (!made_for.numbers) return false;
    const int count = made_for.by_class || upstream.by_class ? classes : 1;
    for (int k = 0; k < count; k++) if (!(factor_of(made_for, sample, k) == factor_of(upstream, sample, k))) return false;
    return true;
}

static __device__ __forceinline__ void store_gradient(const Problem& problem, Logit* place, const Layout& layout, i64 voxel, const real (&g)[VECTOR])
{
#if WIDE && (LOGITS == FLOAT16 || LOGITS == BFLOAT16)
    Pack<u32, VECTOR / 2> pack;
    UNROLL_VECTOR for (int v = 0; v < VECTOR; v += 2) pack.element[v / 2] = pair_of(g[v], g[v + 1]);
    *(Pack<u32, VECTOR / 2>*)place = pack;
#elif WIDE
    Pack<Logit, VECTOR> pack;
    UNROLL_VECTOR for (int v = 0; v < VECTOR; v++) store_logit(&pack.element[v], g[v]);
    *(Pack<Logit, VECTOR>*)place = pack;
#else
    UNROLL_VECTOR for (int v = 0; v < VECTOR; v++) if (voxel + v < problem.voxels) store_logit(place + (CONTIGUOUS ? v : offset_of(layout, voxel + v)), g[v]);
#endif
}

// Coefficients of a class, read from shared memory or, for any number of channels, from the workspace.
#define COEFFICIENT(which, k) coefficient[(k) * COEFFICIENTS + (which)]

// u, the derivative by the probability of a class.
static __device__ __forceinline__ real by_probability(const Problem& problem, const real* coefficient, int k, real w, real t, real p)
{
    const real of_mass = COEFFICIENT(BY_PREDICTION_MASS, k) * slope_of(p, problem.exponent);
#if MAPS
    const real step = TAKES_MINIMUM ? (p < t ? real(1) : p == t ? real(0.5) : real(0)) : t;
    return t >= 0 ? w * (COEFFICIENT(BY_INTERSECTION, k) * step + of_mass) : 0;
#else
    const real u = t > 0 ? of_mass + COEFFICIENT(BY_INTERSECTION, k) : of_mass;
    return HAS_WEIGHTS ? w * u : u;
#endif
}

// The same for a group of voxels, less a shift of each.
template <bool ANEW = false> static __device__ __forceinline__ void by_probability(
    const Problem& problem, const real* coefficient, int k, const Group& group, const real (&t)[VECTOR], const real (&p)[VECTOR], const real (&shift)[VECTOR],
    real (&u)[VECTOR])
{
#if PAIRS_OF_LABELS
    real with[VECTOR], without[VECTOR], less[VECTOR];
    UNROLL_VECTOR for (int v = 0; v < VECTOR; v++) {
        with[v] = by_probability(problem, coefficient, k, group.weight[v], 1, p[v]);
        without[v] = by_probability(problem, coefficient, k, group.weight[v], 0, p[v]);
        less[v] = -shift[v];
    }
    add_selected<ANEW>(group, k, with, without, less, u);
#else
    UNROLL_VECTOR for (int v = 0; v < VECTOR; v++) u[v] = by_probability(problem, coefficient, k, group.weight[v], t[v], p[v]) - shift[v];
#endif
}

#if HAS_LOG && COMPETES
// h: what -log p of a class counts in the gradient, t (C + F phi), times the weight; and D, which a softmax has apart: many small ones beside a large h
// would be rounded by it.
static __device__ __forceinline__ real by_log_loss(const Problem& problem, const real* coefficient, int k, real w, real t, real p, real q)
{
    real h = COEFFICIENT(BY_LOG_LOSS, k);
#if HAS_FOCAL
    if (t > 0) h += COEFFICIENT(BY_FOCAL_LOSS, k) * focus_of_gradient(p, q, (real)problem.focal_gamma);
#endif
    h *= t;
#if HAS_UNIFORM && ACTIVATION != SOFTMAX
    h += COEFFICIENT(BY_UNIFORM_LOG_LOSS, k);
#endif
    return w * h;
}
#endif

// Whether the voxel term of a voxel is that of its label alone, so that one class has a part in the gradient of its own.
#define TERM_IS_OF_LABEL (HAS_LOG && !HAS_UNIFORM && ACTIVATION == SOFTMAX && !MAPS)
#if TERM_IS_OF_LABEL
// h of the labels that are classes of this thread, else 0; and times what is missing from their probability to 1.
static __device__ __forceinline__ void of_labels(
    const Problem& problem, const real* coefficient, const Group& group, const Softmax& softmax, const real (&x)[VECTOR], real (&h)[VECTOR], real (&hq)[VECTOR])
{
    UNROLL_VECTOR for (int v = 0; v < VECTOR; v++) {
        const int label = label_of(group, v);
        const bool is_own = (u32)label < (u32)OWN_CLASSES && IS_OWN(label);
        const real p = power_of_logit(x[v], softmax.largest[v], true) * softmax.scale[v];
        const real q = FIRST_CLASS + label == softmax.most[v] ? softmax.powers[v] * softmax.scale[v] : 1 - p;
        h[v] = is_own ? by_log_loss(problem, coefficient, label, group.weight[v], 1, p, q) : 0;
        hq[v] = is_own ? h[v] * q : 0;
    }
}
#endif

#if ACTIVATION == SOFTMAX
static __device__ __forceinline__ void probability_of_class(const Problem& problem, i64 sample, int j, i64 voxel, const Softmax& softmax, real (&p)[VECTOR])
{
    power_of_class(problem, sample, j, voxel, softmax, p);
    UNROLL_VECTOR for (int v = 0; v < VECTOR; v++) p[v] *= softmax.scale[v];
}
#endif

extern "C" __global__ void BOUNDS
dice_gradient(
    const Problem problem, const double* coefficients, i64 coefficient_stride, const Upstream upstream, const Upstream made_for, void* gradient, const Layout of_gradient,
    real* workspace, Found* found)
{
    const int thread = threadIdx.x;
#if IN_REGISTERS
    alignas(16) __shared__ real coefficient[COEFFICIENTS * CLASS_COUNT];
    __shared__ Fetched fetched;
    __shared__ Told told;
    static_assert(sizeof(coefficient) + sizeof(fetched) + TELLS * sizeof(told) <= MOST_SHARED_BYTES);
#else
    Fetched fetched;
    __shared__ Told told;
    static_assert(sizeof(told) <= MOST_SHARED_BYTES);
    real* const coefficient = workspace + (i64)blockIdx.x * COEFFICIENTS * CLASS_COUNT;
#endif
    const i64 tiles = (problem.voxels + TILE - 1) / TILE;
    i64 sample_of_coefficients = -1;
#if HAS_UNIFORM && ACTIVATION == SOFTMAX
    double uniform = 0; // sum D
#endif
    for (i64 work = blockIdx.x; work < problem.samples * tiles; work += gridDim.x) {
        const i64 sample = work / tiles, tile = (work - sample * tiles) * TILE;
        if (sample != sample_of_coefficients) {
            if (is_made(made_for, upstream, sample, CLASS_COUNT)) continue;

            // The factor is applied here, in double, before anything is rounded.
            __syncthreads();
            for (int i = thread; i < COEFFICIENTS * CLASS_COUNT; i += BLOCK) {
                const int which = i / CLASS_COUNT, k = i - which * CLASS_COUNT;
                double number = factor_of(upstream, sample, k) * coefficients[sample * coefficient_stride + i];
                if (which == BY_PREDICTION_MASS) number *= problem.exponent;
                COEFFICIENT(which, k) = (real)number;
            }
            sample_of_coefficients = sample;
            __syncthreads();
#if HAS_UNIFORM && ACTIVATION == SOFTMAX
            uniform = 0;
            for (int k = 0; k < CLASS_COUNT; k++) uniform += COEFFICIENT(BY_UNIFORM_LOG_LOSS, k);
#endif
        }

        fetch(problem, sample, tile + PLACE * VECTOR, fetched);
        for (int trip = 0; trip < TRIPS; trip++) {
            const i64 voxel = tile + ((i64)trip * PLACES + PLACE) * VECTOR;
            if (!SHARES && voxel >= problem.voxels) continue;
            const i64 next = trip < TRIPS - 1 ? voxel + PLACES * VECTOR : problem.voxels;
            Group group;
            wait_for_fetched();
            load_group_of(problem, sample, voxel, fetched, group, found);
            Logit* place = place_of((Logit*)gradient, of_gradient, sample, FIRST_CLASS, voxel, problem.voxels);
            const real* const own = coefficient + FIRST_CLASS * COEFFICIENTS;
            const int own_channels = OWN_CHANNELS;
            Elements<TARGETS> map = place_of_targets(problem, sample, FIRST_CLASS, voxel);
            bool any_wrong = false;
#if ACTIVATION == SOFTMAX
            Softmax softmax;
#if TERM_IS_OF_LABEL
            real x_of_label[VECTOR];
            load_logits_of_labels(problem, sample, voxel, group, fetched, x_of_label);
#endif
            make_softmax(problem, true, HAS_LOG, sample, voxel, next, fetched, group, softmax, told);

            // g_k = p_k (v_k - sum_j p_j v_j), v relative to u of the most probable class if that has half of the probability or more; and
            // of the voxel term p_k (sum h - h_k) - h_k (1 - p_k) + p_k sum D - D_k. Both sums cancel otherwise where one class is nearly certain.
            real shift[VECTOR], mean[VECTOR], total[VECTOR], t[VECTOR];
            UNROLL_VECTOR for (int v = 0; v < VECTOR; v++) shift[v] = mean[v] = total[v] = 0;
#if TERM_IS_OF_LABEL
            real hq[VECTOR];
            of_labels(problem, own, group, softmax, x_of_label, total, hq);
#endif
            UNROLL_VECTOR for (int v = 0; v < VECTOR; v++) {
#if MAPS
                t[v] = load_target(problem, sample, softmax.most[v], voxel + v, any_wrong);
#else
                t[v] = label_of(group, v) + FIRST_CLASS == softmax.most[v];
#endif
                shift[v] = by_probability(problem, coefficient, softmax.most[v], group.weight[v], t[v], softmax.scale[v]);
            }
            UNROLL_VECTOR for (int v = 0; v < VECTOR; v++) if (!(softmax.scale[v] >= real(0.5))) shift[v] = 0;
            UNROLL for (int j = 0; j < own_channels; j++) {
                real p[VECTOR], u[VECTOR];
                probability_of_class(problem, sample, j, voxel, softmax, p);
                load_next_targets(problem, group, j, map, voxel, t, any_wrong);
                by_probability(problem, own, j, group, t, p, shift, u);
                UNROLL_VECTOR for (int v = 0; v < VECTOR; v++) {
                    mean[v] += p[v] * u[v];
#if HAS_LOG && !TERM_IS_OF_LABEL
                    const real q = FIRST_CLASS + j == softmax.most[v] ? softmax.powers[v] * softmax.scale[v] : 1 - p[v];
                    total[v] += IS_OWN(j) ? by_log_loss(problem, own, j, group.weight[v], t[v], p[v], q) : 0;
#endif
                }
            }
#if SHARES
            tell(told, MEAN, mean);
            if (HAS_LOG) tell(told, TOTAL_OF_TERM, total);
            __syncthreads();
            listen_to_all(problem, told, MEAN, mean);
            if (HAS_LOG) listen_to_all(problem, told, TOTAL_OF_TERM, total);
#endif
#if TERM_IS_OF_LABEL
            // Of the label total - h is 0, of the others h.
            real of_label[VECTOR], of_others[VECTOR];
            UNROLL_VECTOR for (int v = 0; v < VECTOR; v++) {
                of_label[v] = -mean[v];
                of_others[v] = total[v] - mean[v];
                hq[v] = -hq[v];
            }
#endif
            map = place_of_targets(problem, sample, FIRST_CLASS, voxel);
            UNROLL for (int j = 0; j < own_channels; j++, place += of_gradient.channel) {
                real p[VECTOR], u[VECTOR], g[VECTOR];
                probability_of_class(problem, sample, j, voxel, softmax, p);
                load_next_targets(problem, group, j, map, voxel, t, any_wrong);
                by_probability<SHARES>(problem, own, j, group, t, p, shift, u);
#if TERM_IS_OF_LABEL
                real rest[VECTOR];
                add_selected<SHARES>(group, j, of_label, of_others, u, rest);
                UNROLL_VECTOR for (int v = 0; v < VECTOR; v++) g[v] = p[v] * rest[v];
                add_to_labels<SHARES>(group, j, hq, g);
#endif
                UNROLL_VECTOR for (int v = 0; v < VECTOR; v++) {
#if !TERM_IS_OF_LABEL
                    g[v] = p[v] * (u[v] - mean[v]);
#endif
#if HAS_LOG && !TERM_IS_OF_LABEL
                    const real q = FIRST_CLASS + j == softmax.most[v] ? softmax.powers[v] * softmax.scale[v] : 1 - p[v];
                    const real h = by_log_loss(problem, own, j, group.weight[v], t[v], p[v], q);
                    g[v] += p[v] * (total[v] - h) - h * q;
#if HAS_UNIFORM
                    g[v] += group.weight[v] * (p[v] * (real)uniform - COEFFICIENT(BY_UNIFORM_LOG_LOSS, FIRST_CLASS + j));
#endif
#endif
                    if (!counts(group, v)) g[v] = 0; // selected: the factor may be infinite
                }
                if (IS_OWN(j) && (!SHARES || voxel < problem.voxels)) store_gradient(problem, place, of_gradient, voxel, g);
            }
#elif ACTIVATION == TWO_CLASSES
            // g = (u_1 - u_0) p_1 p_0, and of the voxel term h_0 p_1 - h_1 p_0.
            real x[VECTOR], g[VECTOR], t0[VECTOR], t1[VECTOR];
            load_logits(problem, sample, 0, voxel, x);
            load_next_targets(problem, group, 0, map, voxel, t0, any_wrong);
            load_next_targets(problem, group, 1, map, voxel, t1, any_wrong);
            UNROLL_VECTOR for (int v = 0; v < VECTOR; v++) {
                const real most = x[v] > 0 ? x[v] : 0, z = exp_of_negated(most - x[v] + most), bigger = reciprocal_of(1 + z), smaller = z * bigger;
                const real p1 = x[v] >= 0 ? bigger : smaller, p0 = x[v] >= 0 ? smaller : bigger, w = group.weight[v];
                const real u1 = by_probability(problem, coefficient, 1, w, t1[v], p1), u0 = by_probability(problem, coefficient, 0, w, t0[v], p0);
                g[v] = (u1 - u0) * p1 * p0;
#if HAS_LOG
                g[v] += by_log_loss(problem, coefficient, 0, w, t0[v], p0, p1) * p1 - by_log_loss(problem, coefficient, 1, w, t1[v], p1, p0) * p0;
#endif
                if (!counts(group, v)) g[v] = 0;
            }
            store_gradient(problem, place, of_gradient, voxel, g);
#else
            // g_k = u_k dp_k/dx_k, and of the voxel term (1 - t) h' p - t h q.
            const Logit* logits = place_of_logits(problem, sample, FIRST_CLASS, voxel);
            UNROLL for (int j = 0; j < own_channels; j++, place += of_gradient.channel) {
                real x[VECTOR], g[VECTOR], t[VECTOR];
                load_next_logits(problem, logits, voxel, x);
                load_next_targets(problem, group, j, map, voxel, t, any_wrong);
                UNROLL_VECTOR for (int v = 0; v < VECTOR; v++) {
                    const real w = group.weight[v];
#if ACTIVATION == SIGMOID
                    const real z = exp_of_negated(x[v] < 0 ? -x[v] : x[v]), bigger = reciprocal_of(1 + z), smaller = z * bigger;
                    const real p = x[v] >= 0 ? bigger : smaller, q = x[v] >= 0 ? smaller : bigger;
                    g[v] = by_probability(problem, own, j, w, t[v], p) * p * q;
#if HAS_LOG
                    real h = COEFFICIENT(BY_LOG_LOSS, FIRST_CLASS + j), complement = COEFFICIENT(BY_COMPLEMENT_LOG_LOSS, FIRST_CLASS + j);
#if HAS_FOCAL
                    h += COEFFICIENT(BY_FOCAL_LOSS, FIRST_CLASS + j) * focus_of_gradient(p, q, (real)problem.focal_gamma);
                    complement += COEFFICIENT(BY_COMPLEMENT_FOCAL_LOSS, FIRST_CLASS + j) * focus_of_gradient(q, p, (real)problem.focal_gamma);
#endif
                    g[v] += w * ((1 - t[v]) * complement * p - t[v] * h * q);
#endif
#else
                    g[v] = by_probability(problem, own, j, w, t[v], x[v]);
#endif
                    if (!counts(group, v) || t[v] < 0) g[v] = 0;
                }
                if (IS_OWN(j) && (!SHARES || voxel < problem.voxels)) store_gradient(problem, place, of_gradient, voxel, g);
            }
#endif
        }
    }
}
