// What the kernels share: element types, the description of a problem, loads, and the mathematics of one voxel.
//
// A specialisation is a list of macros:
//   CHANNELS     C, up to 16, whose logits then stay in registers; 0: any number, read again for each use and added up in another order
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

#define BLOCK 128
#define WARP 32
#define WARPS (BLOCK / WARP)

// Voxels that one thread takes next to each other: 16 bytes of logits, whether they can be loaded at once or not.
// Less where many channels have to stay in registers.
#if LOGITS == FLOAT64
typedef double real;
#define VECTOR (CHANNELS > 8 ? 1 : 2)
#else
typedef float real;
#define VECTOR (CHANNELS > 8 ? 2 : 4)
#endif

// Voxels of a block whose sums stay in the type that is computed in: every thread takes TRIPS groups.
#define TRIPS 8
#define TILE (BLOCK * VECTOR * TRIPS)

#define MAX_RANK 8
#define NO_CLASS (-1)
#define NOT_COUNTED (-2)

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

#if CHANNELS
#define CHANNEL_COUNT CHANNELS
#define UNROLL _Pragma("unroll")
#else
#define CHANNEL_COUNT problem.channels
#define UNROLL _Pragma("unroll 1")
#endif
#define UNROLL_VECTOR _Pragma("unroll")
#if ACTIVATION == TWO_CLASSES
#define CLASS_COUNT 2
#else
#define CLASS_COUNT CHANNEL_COUNT
#endif

// ---- elements ----

#ifndef EMULATED
static __device__ __forceinline__ float float_of_half(u16 bits) { float x; asm("cvt.f32.f16 %0, %1;" : "=f"(x) : "h"(bits)); return x; }
static __device__ __forceinline__ u16 half_of_float(float x) { u16 bits; asm("cvt.rn.f16.f32 %0, %1;" : "=h"(bits) : "f"(x)); return bits; }
static __device__ __forceinline__ float exp2_of(float x) { float y; asm("ex2.approx.ftz.f32 %0, %1;" : "=f"(y) : "f"(x)); return y; }
#endif

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
#if CONTIGUOUS
    return voxel;
#else
    i64 offset = 0;
    for (int d = layout.rank - 1; d >= 0; d--) {
        i64 rest = voxel / layout.length[d];
        offset += (voxel - rest * layout.length[d]) * layout.stride[d];
        voxel = rest;
    }
    return offset;
#endif
}

// As many elements as one load can take.
template <class T, int COUNT> struct alignas(sizeof(T) * COUNT < 16 ? sizeof(T) * COUNT : 16) Pack { T element[COUNT]; };

// The elements of a group of voxels in one channel; those behind the last voxel are 0.
template <int TYPE> static __device__ __forceinline__ void load_group(
    const void* tensor, const Layout& layout, i64 first, i64 voxel, i64 voxels, typename Stored<TYPE>::type (&stored)[VECTOR])
{
    typedef typename Stored<TYPE>::type type;
    const type* place = (const type*)tensor + first;
#if WIDE
    Pack<type, VECTOR> pack = *(const Pack<type, VECTOR>*)(place + (voxel < voxels ? voxel : 0));
    UNROLL_VECTOR for (int v = 0; v < VECTOR; v++) stored[v] = pack.element[v];
#else
    UNROLL_VECTOR for (int v = 0; v < VECTOR; v++) stored[v] = voxel + v < voxels ? place[offset_of(layout, voxel + v)] : (type)0;
#endif
}

static __device__ __forceinline__ void load_logits(const Problem& problem, i64 sample, int channel, i64 voxel, real (&x)[VECTOR])
{
    typename Stored<LOGITS>::type stored[VECTOR];
    load_group<LOGITS>(problem.logits, problem.of_logits, sample * problem.of_logits.sample + channel * problem.of_logits.channel, voxel, problem.voxels, stored);
    UNROLL_VECTOR for (int v = 0; v < VECTOR; v++) x[v] = (real)number_of<LOGITS>(stored[v]);
}

// ---- targets ----

static __device__ __forceinline__ void report(u64* count, u64* place, i64 at)
{
    atomicAdd(count, (u64)1);
    atomicMin(place, (u64)at);
}

// What is compared with the logits of a group of voxels: labels and weights. A voxel that does not count has no label and no weight.
struct Group {
    int label[VECTOR];    // class, NO_CLASS or NOT_COUNTED
    real weight[VECTOR];
};

#if MAPS
// The targets of a group for one channel; NOT_COUNTED where there is none.
static __device__ __forceinline__ void load_map(const Problem& problem, i64 sample, int channel, i64 voxel, real (&t)[VECTOR], Found* found)
{
    typename Stored<TARGETS>::type stored[VECTOR];
    load_group<TARGETS>(problem.targets, problem.of_targets, sample * problem.of_targets.sample + channel * problem.of_targets.channel, voxel, problem.voxels, stored);
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

// With a place to report to, everything is checked.
static __device__ __forceinline__ void load_group_of(const Problem& problem, i64 sample, i64 voxel, Group& group, Found* found)
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
    load_group<TARGETS>(problem.targets, problem.of_targets, sample * problem.of_targets.sample, voxel, problem.voxels, stored);
    UNROLL_VECTOR for (int v = 0; v < VECTOR; v++) {
        i64 label = (i64)stored[v];
        bool is_ignored = label == problem.ignore_label, is_known = label >= 0 && label < (i64)problem.first_label + CLASS_COUNT;
        bool exists = voxel + v < problem.voxels;
        if (found && exists && !is_ignored && !is_known) report(&found->values, &found->value_place, sample * problem.voxels + voxel + v);
        group.label[v] = exists && is_known && !is_ignored ? (int)label - problem.first_label : NOT_COUNTED;
    }
#endif
#if HAS_WEIGHTS
    typename Stored<WEIGHTS>::type stored_weights[VECTOR];
    load_group<WEIGHTS>(problem.weights, problem.of_weights, sample * problem.of_weights.sample, voxel, problem.voxels, stored_weights);
    UNROLL_VECTOR for (int v = 0; v < VECTOR; v++) {
        real weight = (real)number_of<WEIGHTS>(stored_weights[v]);
        bool is_valid = weight >= 0 && weight - weight == 0;
        if (found && !is_valid && voxel + v < problem.voxels) report(&found->weights, &found->weight_place, sample * problem.voxels + voxel + v);
        if (!is_valid || weight == 0) group.label[v] = NOT_COUNTED;
        group.weight[v] = group.label[v] == NOT_COUNTED ? 0 : weight;
    }
#else
    UNROLL_VECTOR for (int v = 0; v < VECTOR; v++) group.weight[v] = group.label[v] == NOT_COUNTED ? 0 : 1;
#endif
}

// The targets of a group for one class, 0 or 1 for labels. The one map of two classes is that of the second.
static __device__ __forceinline__ void load_targets(
    const Problem& problem, i64 sample, int k, i64 voxel, const Group& group, real (&t)[VECTOR], Found* found)
{
#if MAPS
    load_map(problem, sample, ACTIVATION == TWO_CLASSES ? 0 : k, voxel, t, found);
    UNROLL_VECTOR for (int v = 0; v < VECTOR; v++) if (ACTIVATION == TWO_CLASSES && k == 0 && t[v] >= 0) t[v] = 1 - t[v];
#else
    UNROLL_VECTOR for (int v = 0; v < VECTOR; v++) t[v] = group.label[v] == k ? 1 : 0;
#endif
}

// ---- mathematics ----

static __device__ __forceinline__ real larger(real a, real b) { return a > b ? a : b; }
static __device__ __forceinline__ real lesser(real a, real b) { return a < b ? a : b; }

// exp(-x) for x >= 0: in float within 2^-21 of the result, and of x times 2^-24.
static __device__ __forceinline__ real exp_of_negated(real x)
{
#if LOGITS == FLOAT64
    return exp(-x);
#else
    return exp2_of(x * -1.4426950408889634f);
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
