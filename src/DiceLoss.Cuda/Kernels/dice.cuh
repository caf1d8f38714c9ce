// What the kernels share: element types, the description of a problem, loads, and the mathematics of one voxel.
//
// A specialisation is a list of macros:
//   CHANNELS     C, where the logits of a voxel stay in registers; 0: any number, read again for each use and added up in another order
//   LOGITS       element type of logits and gradient: the numbers of DiceLoss.ElementType, below
//   TARGETS      element type of labels or maps
//   WEIGHTS      element type of voxel weights; -1: none
//   MAPS         0: labels (N, *spatial); 1: maps (N, C, *spatial)
//   MINIMUM      1: p and t meet in the lesser of them (maps only)
//   ACTIVATION   1 softmax, 2 two classes from one channel, 3 sigmoid, 4 none: the numbers of DiceLoss.Activation
//   EXPONENT     e, 1 or 2; 0: any, given at run time
//   TERM         voxel term: 0 none, 1 cross-entropy, 2 smoothed cross-entropy, 3 focal: the numbers of DiceLoss.VoxelTerm
//   HARD         hard prediction: 0 none, 1 argmax, 2 threshold: the numbers of DiceLoss.HardPrediction
//   CONTIGUOUS   1: the voxels of a channel lie next to each other, in all tensors
//   WIDE         1: and groups of VECTOR voxels are aligned, so that one load takes them all
//
// No header is included: NVRTC has none. Nothing here depends on the size of the grid.

typedef long long i64;
typedef unsigned long long u64;
typedef unsigned int u32;
typedef unsigned short u16;

#define FLOAT32 0
#define FLOAT64 1
#define FLOAT16 2
#define BFLOAT16 3
#define INT8 4
#define UINT8 5
#define INT16 6
#define INT32 7
#define INT64 8

#define SOFTMAX 1
#define TWO_CLASSES 2
#define SIGMOID 3
#define COMPETES (ACTIVATION == SOFTMAX || ACTIVATION == TWO_CLASSES)
#define HAS_LOG (TERM != 0)
#define HAS_UNIFORM (TERM == 2)
#define HAS_FOCAL (TERM == 3)
#define HAS_WEIGHTS (WEIGHTS >= 0)

#define WARP 32

// Warps that share the voxels of a block, each with its part of the channels, so that all logits stay in registers: more than one only where
// a thread cannot hold all channels, which needs a softmax and labels.
#define MOST_CHANNELS 16
#define PARTS ((CHANNELS + MOST_CHANNELS - 1) / MOST_CHANNELS + (CHANNELS == 0))
#define WARPS (PARTS > 1 ? PARTS : 4)
#define BLOCK (WARPS * WARP)

// Parts wait for each other, and a multiprocessor needs other blocks to go on with.
#if PARTS > 1 && PARTS <= 8
#define BOUNDS __launch_bounds__(BLOCK, 16 / PARTS)
#else
#define BOUNDS __launch_bounds__(BLOCK)
#endif

// Voxels that one thread takes next to each other: 16 bytes of logits, whether they can be loaded at once or not. Less where many channels
// have to stay in registers.
#if LOGITS == FLOAT64
typedef double real;
#define VECTOR (CHANNELS > 8 ? 1 : 2)
#else
typedef float real;
#define VECTOR (CHANNELS == 0 ? 4 : CHANNELS > (LOGITS == FLOAT32 ? 8 : 16) ? 2 : LOGITS == FLOAT32 || CHANNELS > 8 ? 4 : 8)
#endif

// What samples are cut into: TRIPS groups for each place of a block. Sums stay in the type that is computed in over a stretch of two tiles.
#define TRIPS 8
#define PLACES (PARTS > 1 ? WARP : BLOCK)
#define TILE (PLACES * VECTOR * TRIPS)
#define STRETCH (2 * TILE)

#define MAX_RANK 8
#define NO_CLASS (-1)
#define NOT_COUNTED (-1 << 20) // less than any label, counted from the first class of a thread
#define INFINITE ((real)__uint_as_float(0x7F800000))

// Where the voxels of a tensor lie, in elements; dimensions that follow each other without a gap are one.
struct Layout {
    i64 sample, channel;
    i64 length[MAX_RANK], stride[MAX_RANK];
    int rank;
};

struct Problem {
    const void* logits;
    const void* targets;
    const void* weights;
    Layout of_logits, of_targets, of_weights;
    i64 samples, voxels;
    i64 segments_per_sample, tiles_per_segment;
    i64 ignore_label;
    double focal_gamma;
    int channels, exponent, first_label;
};

// What is wrong with targets; the smallest place is the first in memory order.
struct Found {
    u64 values, value_place;   // of labels or maps: how many, and ((sample * channels + channel) * voxels + voxel) of the first
    u64 weights, weight_place; // of voxel weights
    i64 value, weight;         // the first of each: an integer, or the bits of a double
};

// Channels and classes: all, and those of a thread, which are the same but for parts.
#if CHANNELS
#define CHANNEL_COUNT CHANNELS
#define OWN_CHANNELS ((CHANNELS + PARTS - 1) / PARTS)
#define UNROLL _Pragma("unroll")
#else
#define CHANNEL_COUNT problem.channels
#define OWN_CHANNELS problem.channels
#define UNROLL _Pragma("unroll 1")
#endif
#define UNROLL_VECTOR _Pragma("unroll")
#if ACTIVATION == TWO_CLASSES
#define CLASS_COUNT 2
#define OWN_CLASSES 2
#else
#define CLASS_COUNT CHANNEL_COUNT
#define OWN_CLASSES OWN_CHANNELS
#endif

// The first class of a thread. The last part begins earlier than where the one before it ends, if need be: what both have is not its own.
// And a thread's place among those of its part.
#define PART (int)(threadIdx.x / WARP)
#define FIRST_CLASS (PARTS > 1 ? (PART < PARTS - 1 ? PART * OWN_CLASSES : CLASS_COUNT - OWN_CLASSES) : 0)
#define IS_OWN(j) (PARTS == 1 || (j) >= PARTS * OWN_CLASSES - CLASS_COUNT || PART < PARTS - 1)
#define PLACE (PARTS > 1 ? threadIdx.x % WARP : threadIdx.x)

// ---- elements ----

#ifndef EMULATED
static __device__ __forceinline__ float float_of_half(u16 bits) { float x; asm("cvt.f32.f16 %0, %1;" : "=f"(x) : "h"(bits)); return x; }
static __device__ __forceinline__ u16 half_of_float(float x) { u16 bits; asm("cvt.rn.f16.f32 %0, %1;" : "=h"(bits) : "f"(x)); return bits; }
static __device__ __forceinline__ float exp2_of(float x) { float y; asm("ex2.approx.ftz.f32 %0, %1;" : "=f"(y) : "f"(x)); return y; }
static __device__ __forceinline__ float reciprocal_of(float x) { float y; asm("rcp.approx.ftz.f32 %0, %1;" : "=f"(y) : "f"(x)); return y; }
#endif
static __device__ __forceinline__ double reciprocal_of(double x) { return 1 / x; }

// The upper half of a float, rounded to nearest, ties to even.
static __device__ __forceinline__ u16 brain_of_float(float x)
{
    u32 bits = __float_as_uint(x);
    return x == x ? (u16)((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16) : (u16)0x7FC0;
}

template <int TYPE> struct Stored;
template <> struct Stored<FLOAT32> { typedef float type; };
template <> struct Stored<FLOAT64> { typedef double type; };
template <> struct Stored<FLOAT16> { typedef u16 type; };
template <> struct Stored<BFLOAT16> { typedef u16 type; };
template <> struct Stored<INT8> { typedef signed char type; };
template <> struct Stored<UINT8> { typedef unsigned char type; };
template <> struct Stored<INT16> { typedef short type; };
template <> struct Stored<INT32> { typedef int type; };
template <> struct Stored<INT64> { typedef i64 type; };

// The number an element stands for; of integers itself.
template <int TYPE> static __device__ __forceinline__ auto number_of(typename Stored<TYPE>::type stored)
{
    if constexpr (TYPE == FLOAT16) return float_of_half(stored);
    else if constexpr (TYPE == BFLOAT16) return __uint_as_float((u32)stored << 16);
    else return stored;
}

// Two elements of 16 bits next to each other.
static __device__ __forceinline__ u32 pair_of(real first, real second)
{
#if __CUDA_ARCH__ >= 800 && (LOGITS == FLOAT16 || LOGITS == BFLOAT16)
    u32 pair;
    if constexpr (LOGITS == FLOAT16) asm("cvt.rn.f16x2.f32 %0, %1, %2;" : "=r"(pair) : "f"(second), "f"(first));
    else asm("cvt.rn.bf16x2.f32 %0, %1, %2;" : "=r"(pair) : "f"(second), "f"(first));
    return pair;
#else
    if constexpr (LOGITS == FLOAT16) return half_of_float(first) | (u32)half_of_float(second) << 16;
    else return brain_of_float((float)first) | (u32)brain_of_float((float)second) << 16;
#endif
}

static __device__ __forceinline__ void store_logit(typename Stored<LOGITS>::type* place, real x)
{
    if constexpr (LOGITS == FLOAT16) *place = half_of_float(x);
    else if constexpr (LOGITS == BFLOAT16) *place = brain_of_float(x);
    else *place = x;
}

// ---- places ----

// Elements from voxel 0 of a channel.
static __device__ __forceinline__ i64 offset_of(const Layout& layout, i64 voxel)
{
    i64 offset = 0;
    for (int d = layout.rank - 1; d >= 0; d--) {
        i64 rest = voxel / layout.length[d];
        offset += (voxel - rest * layout.length[d]) * layout.stride[d];
        voxel = rest;
    }
    return offset;
}

// Whether a thread whose first voxel exists has no other.
#define ALL_EXIST (WIDE && CHANNELS && PARTS == 1)

// As many elements as one load can take.
template <class T, int COUNT> struct alignas(sizeof(T) * COUNT < 16 ? sizeof(T) * COUNT : 16) Pack { T element[COUNT]; };

// Where a group of voxels lies in a channel: its first voxel, if they lie next to each other and it exists, or else voxel 0. From channel to
// channel this moves by the stride.
template <int TYPE> static __device__ __forceinline__ auto place_of(const void* tensor, const Layout& layout, i64 sample, int channel, i64 voxel, i64 voxels)
{
    return (const typename Stored<TYPE>::type*)tensor + sample * layout.sample + channel * layout.channel + (CONTIGUOUS && voxel < voxels ? voxel : 0);
}

// The elements of a group of voxels at its place in a channel; those behind the last voxel are 0.
template <int TYPE> static __device__ __forceinline__ void load_group(
    const typename Stored<TYPE>::type* place, const Layout& layout, i64 voxel, i64 voxels, typename Stored<TYPE>::type (&stored)[VECTOR])
{
    typedef typename Stored<TYPE>::type type;
#if WIDE
    Pack<type, VECTOR> pack = *(const Pack<type, VECTOR>*)place;
    UNROLL_VECTOR for (int v = 0; v < VECTOR; v++) stored[v] = pack.element[v];
#else
    UNROLL_VECTOR for (int v = 0; v < VECTOR; v++) stored[v] = voxel + v < voxels ? place[CONTIGUOUS ? v : offset_of(layout, voxel + v)] : (type)0;
#endif
}

typedef Stored<LOGITS>::type Logit;

static __device__ __forceinline__ const Logit* place_of_logits(const Problem& problem, i64 sample, int channel, i64 voxel)
{
    return place_of<LOGITS>(problem.logits, problem.of_logits, sample, channel, voxel, problem.voxels);
}

static __device__ __forceinline__ void load_logits(const Problem& problem, const Logit* place, i64 voxel, real (&x)[VECTOR])
{
    Logit stored[VECTOR];
    load_group<LOGITS>(place, problem.of_logits, voxel, problem.voxels, stored);
    UNROLL_VECTOR for (int v = 0; v < VECTOR; v++) x[v] = (real)number_of<LOGITS>(stored[v]);
}

static __device__ __forceinline__ void load_logits(const Problem& problem, i64 sample, int channel, i64 voxel, real (&x)[VECTOR])
{
    load_logits(problem, place_of_logits(problem, sample, channel, voxel), voxel, x);
}

// ---- what is fetched in advance ----

// Logits and labels of the voxels that a thread takes next are on their way while it works on those that it has. They go to a place in shared
// memory that no other thread looks at; registers would do, if there were enough.
#define SIZE_OF_LOGIT (LOGITS == FLOAT64 ? 8 : LOGITS == FLOAT32 ? 4 : 2)
#define SIZE_OF_TARGET (TARGETS == INT64 ? 8 : TARGETS == INT32 ? 4 : TARGETS == INT16 ? 2 : 1)
#if (defined(EMULATED) || __CUDA_ARCH__ >= 800) && WIDE && CHANNELS && ACTIVATION == SOFTMAX && !MAPS && \
    (CHANNELS + PARTS - 1) / PARTS * BLOCK * VECTOR * SIZE_OF_LOGIT <= 32768
#define FETCHES 1
#define FETCHES_TARGETS (VECTOR * SIZE_OF_TARGET >= 4)
#else
#define FETCHES 0
#define FETCHES_TARGETS 0
#endif

struct alignas(16) Fetched {
#if FETCHES
    Logit logits[OWN_CHANNELS][BLOCK * VECTOR];
#endif
#if FETCHES_TARGETS
    Stored<TARGETS>::type targets[BLOCK * VECTOR];
#endif
};

#if FETCHES && !defined(EMULATED)
template <int BYTES> static __device__ __forceinline__ void copy_async(void* to, const void* from)
{
    constexpr int STEP = BYTES < 16 ? BYTES : 16;
    u32 place;
    asm("{ .reg .u64 all; cvta.to.shared.u64 all, %1; cvt.u32.u64 %0, all; }" : "=r"(place) : "l"(to));
    UNROLL_VECTOR for (int i = 0; i < BYTES; i += STEP) {
        asm volatile("cp.async.ca.shared.global [%0], [%1], %2;" : : "r"(place + i), "l"((const char*)from + i), "n"(STEP) : "memory");
    }
}

static __device__ __forceinline__ void wait_for_copies() { asm volatile("cp.async.wait_all;" : : : "memory"); }
#endif

// Begins to fetch a group, if the voxel exists; what has been fetched before must have been read.
static __device__ __forceinline__ void fetch(const Problem& problem, i64 sample, i64 voxel, Fetched& fetched)
{
#if FETCHES
    if (voxel >= problem.voxels) return;
    const Logit* place = place_of_logits(problem, sample, FIRST_CLASS, voxel);
    UNROLL for (int j = 0; j < OWN_CHANNELS; j++, place += problem.of_logits.channel) {
        copy_async<VECTOR * SIZE_OF_LOGIT>(&fetched.logits[j][threadIdx.x * VECTOR], place);
    }
#if FETCHES_TARGETS
    copy_async<VECTOR * SIZE_OF_TARGET>(
        &fetched.targets[threadIdx.x * VECTOR], place_of<TARGETS>(problem.targets, problem.of_targets, sample, 0, voxel, problem.voxels));
#endif
#endif
}

static __device__ __forceinline__ void wait_for_fetched()
{
#if FETCHES
    wait_for_copies();
#endif
}

// ---- targets ----

static __device__ __forceinline__ void report(u64* count, u64* place, i64 at)
{
    atomicAdd(count, (u64)1);
    atomicMin(place, (u64)at);
}

// What is compared with the logits of a group of voxels: labels and weights. A voxel that does not count has no label and no weight.
struct Group {
    int label[VECTOR];    // class, counted from the first of the thread, NO_CLASS or NOT_COUNTED
    real weight[VECTOR];
};

#if MAPS
// The targets of a group for one channel; NOT_COUNTED where there is none.
static __device__ __forceinline__ void load_map(const Problem& problem, i64 sample, int channel, i64 voxel, real (&t)[VECTOR], Found* found)
{
    typename Stored<TARGETS>::type stored[VECTOR];
    load_group<TARGETS>(place_of<TARGETS>(problem.targets, problem.of_targets, sample, channel, voxel, problem.voxels), problem.of_targets, voxel, problem.voxels, stored);
    UNROLL_VECTOR for (int v = 0; v < VECTOR; v++) {
        auto number = number_of<TARGETS>(stored[v]);
        bool is_ignored = TARGETS >= INT8 ? (i64)number == problem.ignore_label : number == (double)problem.ignore_label;
        bool is_valid = TARGETS >= INT8 ? number == 0 || number == 1 : number >= 0 && number <= 1;
        if (found && !is_ignored && !is_valid && voxel + v < problem.voxels) {
            report(&found->values, &found->value_place, (sample * problem.channels + channel) * problem.voxels + voxel + v);
        }
        t[v] = is_valid && !is_ignored ? (real)number : (real)NOT_COUNTED;
    }
}
#endif

// With a place to report to, everything is checked; of the parts of a voxel by the first.
static __device__ __forceinline__ void load_group_of(const Problem& problem, i64 sample, i64 voxel, const Fetched& fetched, Group& group, Found* found)
{
#if MAPS
    UNROLL_VECTOR for (int v = 0; v < VECTOR; v++) group.label[v] = voxel + v < problem.voxels ? NO_CLASS : NOT_COUNTED;
#if COMPETES
    // What does not count for one class counts for none.
    for (int c = 0; c < CHANNEL_COUNT; c++) {
        real t[VECTOR];
        load_map(problem, sample, c, voxel, t, found);
        UNROLL_VECTOR for (int v = 0; v < VECTOR; v++) if (t[v] < 0) group.label[v] = NOT_COUNTED;
    }
#endif
#else
    typename Stored<TARGETS>::type stored[VECTOR];
#if FETCHES_TARGETS
    load_group<TARGETS>(&fetched.targets[threadIdx.x * VECTOR], problem.of_targets, voxel, problem.voxels, stored);
#else
    load_group<TARGETS>(place_of<TARGETS>(problem.targets, problem.of_targets, sample, 0, voxel, problem.voxels), problem.of_targets, voxel, problem.voxels, stored);
#endif
    const int first = COMPETES ? 0 : problem.first_label; // of the labels that are classes
    const u32 known = first + CLASS_COUNT;                // and how many labels are known; what is none of them need not be ignored
    const u32 ignored = (u64)problem.ignore_label < known ? (u32)problem.ignore_label : known;
    u32 greatest = 0;
    UNROLL_VECTOR for (int v = 0; v < VECTOR; v++) {
        const u32 label = TARGETS == INT64 && (u64)stored[v] >> 32 ? ~0u : (u32)stored[v]; // what is negative is great
        const bool exists = ALL_EXIST || voxel + v < problem.voxels;
        greatest = label > greatest ? label : greatest;
        group.label[v] = exists && label < known && label != ignored ? (int)label - first - FIRST_CLASS : NOT_COUNTED;
    }
    if (found && FIRST_CLASS == 0 && greatest >= known) {
        for (int v = 0; v < VECTOR; v++) {
            const i64 label = stored[v];
            const bool is_wrong = (label < 0 || label >= known) && label != problem.ignore_label;
            if (is_wrong && voxel + v < problem.voxels) report(&found->values, &found->value_place, sample * problem.voxels + voxel + v);
        }
    }
#endif
#if HAS_WEIGHTS
    typename Stored<WEIGHTS>::type stored_weights[VECTOR];
    load_group<WEIGHTS>(place_of<WEIGHTS>(problem.weights, problem.of_weights, sample, 0, voxel, problem.voxels), problem.of_weights, voxel, problem.voxels, stored_weights);
    UNROLL_VECTOR for (int v = 0; v < VECTOR; v++) {
        real weight = (real)number_of<WEIGHTS>(stored_weights[v]);
        bool is_valid = weight >= 0 && weight - weight == 0;
        if (found && FIRST_CLASS == 0 && !is_valid && voxel + v < problem.voxels) report(&found->weights, &found->weight_place, sample * problem.voxels + voxel + v);
        if (!is_valid || weight == 0) group.label[v] = NOT_COUNTED;
        group.weight[v] = group.label[v] == NOT_COUNTED ? 0 : weight;
    }
#else
    UNROLL_VECTOR for (int v = 0; v < VECTOR; v++) group.weight[v] = group.label[v] == NOT_COUNTED ? 0 : 1;
#endif
}

// The targets of a group for one class of the thread, 0 or 1 for labels. The one map of two classes is that of the second.
static __device__ __forceinline__ void load_targets(
    const Problem& problem, i64 sample, int j, i64 voxel, const Group& group, real (&t)[VECTOR], Found* found)
{
#if MAPS
    load_map(problem, sample, ACTIVATION == TWO_CLASSES ? 0 : j, voxel, t, found);
    UNROLL_VECTOR for (int v = 0; v < VECTOR; v++) if (ACTIVATION == TWO_CLASSES && j == 0 && t[v] >= 0) t[v] = 1 - t[v];
#else
    UNROLL_VECTOR for (int v = 0; v < VECTOR; v++) t[v] = group.label[v] == j ? 1 : 0;
#endif
}

// ---- mathematics ----

// Of a number and none the number.
static __device__ __forceinline__ real larger(real a, real b) { return LOGITS == FLOAT64 ? (real)fmax(a, b) : (real)fmaxf((float)a, (float)b); }
static __device__ __forceinline__ real lesser(real a, real b) { return a < b ? a : b; }

#define LOG2_E real(1.4426950408889634)

// exp(-x) for x >= 0: in float within 2^-21 of the result, and of x times 2^-24.
static __device__ __forceinline__ real exp_of_negated(real x)
{
#if LOGITS == FLOAT64
    return exp(-x);
#else
    return exp2_of(x * -LOG2_E);
#endif
}

// exp(x - base) but for a factor near 1, which depends on the base alone: in one multiplication and addition, which numbers of float16 cannot make overflow.
static __device__ __forceinline__ real exp_from(real x, real base)
{
#if LOGITS == FLOAT16
    return exp2_of(fmaf(x, LOG2_E, base * -LOG2_E));
#else
    return exp_of_negated(base - x);
#endif
}

static __device__ __forceinline__ real log_of(real x)
{
#if LOGITS == FLOAT64
    return log(x);
#else
    return logf(x);
#endif
}

static __device__ __forceinline__ real power_of(real p, int exponent)
{
#if EXPONENT == 1
    return p;
#elif EXPONENT == 2
    return p * p;
#else
    real product = 1;
    for (; exponent > 0; exponent >>= 1, p *= p) if (exponent & 1) product *= p;
    return product;
#endif
}

// p^(e-1); that and e make the derivative of p^e.
static __device__ __forceinline__ real slope_of(real p, int exponent)
{
#if EXPONENT == 1
    return 1;
#elif EXPONENT == 2
    return p;
#else
    return power_of(p, exponent - 1);
#endif
}

// q^gamma for q in [0, 1]; 1 for gamma = 0.
static __device__ __forceinline__ real focus_of(real q, real gamma)
{
    return gamma == 0 ? 1 : q <= 0 ? 0 : exp_of_negated(gamma * larger(0, -log_of(q)));
}

// What -log p counts in the derivative of q^gamma (-log p) by the logit, as if it were cross-entropy: q^gamma (1 + gamma p (-log p) / q).
static __device__ __forceinline__ real focus_of_gradient(real p, real q, real gamma)
{
    // -log(1 - q) / q, for small q by its series: the quotient of two roundings is none.
    const real small = LOGITS == FLOAT64 ? (real)1 / 8192 : (real)1 / 64;
    real ratio = q > small ? -log_of(larger(p, LOGITS == FLOAT64 ? (real)1e-300 : (real)1e-37)) / q : 1 + q * (real(0.5) + q * (real(1) / 3 + q / 4));
    return focus_of(q, gamma) * (1 + gamma * p * ratio);
}

// A sum in two doubles, the second being what rounding takes from the first.
struct Sum { double value, compensation; };

static __device__ __forceinline__ void add_to(Sum& sum, double addend)
{
    double before = sum.value, after = before + addend, share = after - before;
    sum.value = after;
    sum.compensation += (before - (after - share)) + (addend - share);
}

// ---- softmax ----

// What the threads that share a voxel tell each other.
typedef real Told[PARTS][WARP * VECTOR];

#if PARTS > 1
static __device__ __forceinline__ void tell(Told& told, const real (&x)[VECTOR])
{
    UNROLL_VECTOR for (int v = 0; v < VECTOR; v++) told[threadIdx.x / WARP][PLACE * VECTOR + v] = x[v];
}

static __device__ __forceinline__ void listen(const Told& told, int part, real (&x)[VECTOR])
{
    UNROLL_VECTOR for (int v = 0; v < VECTOR; v++) x[v] = told[part][PLACE * VECTOR + v];
}

// The sum of what all have told, in order.
static __device__ __forceinline__ void listen_to_all(const Told& told, real (&sum)[VECTOR])
{
    listen(told, 0, sum);
    UNROLL for (int part = 1; part < PARTS; part++) {
        real x[VECTOR];
        listen(told, part, x);
        UNROLL_VECTOR for (int v = 0; v < VECTOR; v++) sum[v] += x[v];
    }
}
#endif

#if ACTIVATION == SOFTMAX
// The softmax of a group of voxels: the powers exp(x - largest) of the classes of this thread, and what it takes to make probabilities of them.
struct Softmax {
    real largest[VECTOR]; // of the logits
    int most[VECTOR];     // the class that has it, the first of several
    real powers[VECTOR];  // those of all classes together, or of all but that one; no number where a logit is none
    real scale[VECTOR];   // the probability of that class
    real share[VECTOR];   // what a power of this thread is multiplied with
#if CHANNELS
    real power[OWN_CHANNELS][VECTOR]; // relative to the largest logit of this thread
#endif
};

// The powers of the group in one class of this thread.
static __device__ __forceinline__ void power_of_class(const Problem& problem, i64 sample, int j, i64 voxel, const Softmax& softmax, real (&power)[VECTOR])
{
#if CHANNELS
    UNROLL_VECTOR for (int v = 0; v < VECTOR; v++) power[v] = softmax.power[j][v];
#else
    real x[VECTOR];
    load_logits(problem, sample, j, voxel, x);
    UNROLL_VECTOR for (int v = 0; v < VECTOR; v++) power[v] = exp_of_negated(softmax.largest[v] - x[v]);
#endif
}

#if PARTS > 1
// Parts have worked on their own so far.
static __device__ __forceinline__ void join_parts(bool is_apart, Softmax& softmax, Told* told)
{
    real own_largest[VECTOR], most[VECTOR], x[VECTOR], powers[VECTOR];
    int part_of_most[VECTOR];
    UNROLL_VECTOR for (int v = 0; v < VECTOR; v++) {
        own_largest[v] = softmax.largest[v];
        most[v] = (real)softmax.most[v];
        part_of_most[v] = 0;
    }
    tell(told[0], softmax.largest);
    tell(told[1], softmax.powers);
    tell(told[2], most);
    __syncthreads();
    listen(told[0], 0, softmax.largest);
    UNROLL for (int part = 1; part < PARTS; part++) {
        listen(told[0], part, x);
        UNROLL_VECTOR for (int v = 0; v < VECTOR; v++) {
            if (x[v] > softmax.largest[v]) part_of_most[v] = part;
            softmax.largest[v] = larger(x[v], softmax.largest[v]);
        }
    }
    UNROLL_VECTOR for (int v = 0; v < VECTOR; v++) softmax.powers[v] = 0;
    UNROLL for (int part = 0; part < PARTS; part++) {
        listen(told[0], part, x);
        listen(told[1], part, powers);
        UNROLL_VECTOR for (int v = 0; v < VECTOR; v++) {
            if (is_apart && part != part_of_most[v]) powers[v] += 1; // that of the most probable class there
            softmax.powers[v] += powers[v] * exp_of_negated(softmax.largest[v] - x[v]);
        }
    }
    UNROLL_VECTOR for (int v = 0; v < VECTOR; v++) {
        softmax.most[v] = (int)told[2][part_of_most[v]][PLACE * VECTOR + v];
        softmax.share[v] = exp_of_negated(softmax.largest[v] - own_largest[v]);
    }
}
#endif

// is_apart: the most probable class is looked for, and its power, which is 1, not added to the others.
// told: where parts of a voxel tell each other three things, and nobody reads any more.
// next_voxel: what is fetched once the logits have been read.
static __device__ __forceinline__ void make_softmax(
    const Problem& problem, bool is_apart, i64 sample, i64 voxel, i64 next_voxel, Fetched& fetched, Softmax& softmax, Told* told)
{
    real (&largest)[VECTOR] = softmax.largest, (&powers)[VECTOR] = softmax.powers;
    int (&most)[VECTOR] = softmax.most;
    const Logit* place = place_of_logits(problem, sample, FIRST_CLASS, voxel);
    UNROLL for (int j = 0; j < OWN_CHANNELS; j++) {
        real x[VECTOR];
#if FETCHES
        load_logits(problem, &fetched.logits[j][threadIdx.x * VECTOR], voxel, x);
#else
        load_logits(problem, place, voxel, x);
        place += problem.of_logits.channel;
#endif
        UNROLL_VECTOR for (int v = 0; v < VECTOR; v++) {
            if (!IS_OWN(j)) x[v] = -INFINITE;
#if CHANNELS
            softmax.power[j][v] = x[v];
#endif
            most[v] = j == 0 || (is_apart && x[v] > largest[v]) ? j : most[v];
            largest[v] = j == 0 ? x[v] : larger(x[v], largest[v]);
        }
    }

    fetch(problem, sample, next_voxel, fetched);

    // A factor that all powers of a voxel have in common changes no probability.
    const bool is_relative = PARTS == 1 && !is_apart && !HAS_LOG;

    // Where the largest of all is not finite, there is no number. A part may have nothing but -inf.
    real base[VECTOR];
    UNROLL_VECTOR for (int v = 0; v < VECTOR; v++) {
        base[v] = PARTS > 1 && largest[v] == -INFINITE ? 0 : largest[v];
        powers[v] = is_apart || PARTS > 1 ? base[v] - base[v] : 0;
    }
    UNROLL for (int j = 0; j < OWN_CHANNELS; j++) {
        real e[VECTOR];
#if CHANNELS
        UNROLL_VECTOR for (int v = 0; v < VECTOR; v++) {
            const real x = softmax.power[j][v];
            softmax.power[j][v] = is_relative ? exp_from(x, base[v]) : exp_of_negated(base[v] - x);
        }
#endif
        power_of_class(problem, sample, j, voxel, softmax, e);
        UNROLL_VECTOR for (int v = 0; v < VECTOR; v++) if (!is_apart || j != most[v]) powers[v] += e[v];
    }
    UNROLL_VECTOR for (int v = 0; v < VECTOR; v++) most[v] += FIRST_CLASS;

    UNROLL_VECTOR for (int v = 0; v < VECTOR; v++) softmax.share[v] = 1;
#if PARTS > 1
    join_parts(is_apart, softmax, told);
#endif
    UNROLL_VECTOR for (int v = 0; v < VECTOR; v++) {
        softmax.scale[v] = reciprocal_of(is_apart ? 1 + powers[v] : powers[v]);
        softmax.share[v] *= softmax.scale[v];
    }
}
#endif
