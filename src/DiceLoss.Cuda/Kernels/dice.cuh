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
#define VECTOR (CHANNELS == 0 ? 4 : LOGITS == FLOAT32 ? (CHANNELS > 8 ? 2 : 4) : (CHANNELS > 8 ? 4 : 8))
#endif

// What samples are cut into: TRIPS groups for each place of a block. Sums stay in the type that is computed in over a stretch of two tiles.
#define TRIPS 8
#define PLACES (PARTS > 1 ? WARP : BLOCK)
#define TILE (PLACES * VECTOR * TRIPS)
#define STRETCH (2 * TILE)

#define MAX_RANK 8
#define NO_CLASS (-1)
#define NOT_COUNTED (-1024) // less than any label, counted from the first class of a thread
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
#if __CUDA_ARCH__ >= 800
static __device__ __forceinline__ u32 larger_halves(u32 a, u32 b) { u32 c; asm("max.f16x2 %0, %1, %2;" : "=r"(c) : "r"(a), "r"(b)); return c; }
static __device__ __forceinline__ u32 larger_brains(u32 a, u32 b) { u32 c; asm("max.bf16x2 %0, %1, %2;" : "=r"(c) : "r"(a), "r"(b)); return c; }
#endif
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

// Of a number and none the number.
static __device__ __forceinline__ real larger(real a, real b) { return LOGITS == FLOAT64 ? (real)fmax(a, b) : (real)fmaxf((float)a, (float)b); }
static __device__ __forceinline__ real lesser(real a, real b) { return a < b ? a : b; }

// The logits of a group in one channel; those of 16 bits two in a register, as they are stored, where two can be compared at once.
#define PAIRS_OF_LOGITS ((LOGITS == FLOAT16 || LOGITS == BFLOAT16) && WIDE && (defined(EMULATED) || __CUDA_ARCH__ >= 800))
#if PAIRS_OF_LOGITS
struct Logits { u32 pair[VECTOR / 2]; };

static __device__ __forceinline__ real number_of(const Logits& logits, int v) { return number_of<LOGITS>((u16)(logits.pair[v / 2] >> 16 * (v % 2))); }

static __device__ __forceinline__ Logits load_logits(const Problem& problem, const Logit* place, i64 voxel)
{
    const Pack<u32, VECTOR / 2> pack = *(const Pack<u32, VECTOR / 2>*)place;
    Logits logits;
    UNROLL_VECTOR for (int i = 0; i < VECTOR / 2; i++) logits.pair[i] = pack.element[i];
    return logits;
}

static __device__ __forceinline__ Logits least()
{
    Logits logits;
    UNROLL_VECTOR for (int i = 0; i < VECTOR / 2; i++) logits.pair[i] = LOGITS == FLOAT16 ? 0xFC00FC00 : 0xFF80FF80;
    return logits;
}

static __device__ __forceinline__ Logits larger(const Logits& a, const Logits& b)
{
    Logits c;
    UNROLL_VECTOR for (int i = 0; i < VECTOR / 2; i++) c.pair[i] = LOGITS == FLOAT16 ? larger_halves(a.pair[i], b.pair[i]) : larger_brains(a.pair[i], b.pair[i]);
    return c;
}
#else
struct Logits { real number[VECTOR]; };

static __device__ __forceinline__ real number_of(const Logits& logits, int v) { return logits.number[v]; }

static __device__ __forceinline__ Logits load_logits(const Problem& problem, const Logit* place, i64 voxel)
{
    Logit stored[VECTOR];
    Logits logits;
    load_group<LOGITS>(place, problem.of_logits, voxel, problem.voxels, stored);
    UNROLL_VECTOR for (int v = 0; v < VECTOR; v++) logits.number[v] = (real)number_of<LOGITS>(stored[v]);
    return logits;
}

static __device__ __forceinline__ Logits least()
{
    Logits logits;
    UNROLL_VECTOR for (int v = 0; v < VECTOR; v++) logits.number[v] = -INFINITE;
    return logits;
}

static __device__ __forceinline__ Logits larger(const Logits& a, const Logits& b)
{
    Logits c;
    UNROLL_VECTOR for (int v = 0; v < VECTOR; v++) c.number[v] = larger(a.number[v], b.number[v]);
    return c;
}
#endif

static __device__ __forceinline__ void load_logits(const Problem& problem, i64 sample, int channel, i64 voxel, real (&x)[VECTOR])
{
    const Logits logits = load_logits(problem, place_of_logits(problem, sample, channel, voxel), voxel);
    UNROLL_VECTOR for (int v = 0; v < VECTOR; v++) x[v] = number_of(logits, v);
}

// ---- what is fetched in advance ----

// Logits and labels of the voxels that a thread takes next are on their way while it works on those that it has. They go to a place in shared
// memory that no other thread looks at; registers would do, if there were enough.
#define SIZE_OF_LOGIT (LOGITS == FLOAT64 ? 8 : LOGITS == FLOAT32 ? 4 : 2)
#define SIZE_OF_TARGET (TARGETS == INT64 ? 8 : TARGETS == INT32 ? 4 : TARGETS == INT16 ? 2 : 1)
#define SIZE_OF_REAL (LOGITS == FLOAT64 ? 8 : 4)
#define CHANNELS_OF_PART ((CHANNELS + PARTS - 1) / PARTS)
#define BYTES_OF_VOXEL (CHANNELS_OF_PART * SIZE_OF_LOGIT + SIZE_OF_TARGET + (PARTS > 1) * TOLD * SIZE_OF_REAL)
#define BYTES_OF_WARP ((CHANNELS_OF_PART * (3 + HAS_LOG + HAS_UNIFORM + HAS_FOCAL + 2 * (HARD > 0)) + 1) * 8) // sums, or less for coefficients
#define MOST_SHARED_BYTES 49152
#if (defined(EMULATED) || __CUDA_ARCH__ >= 800) && WIDE && CHANNELS && ACTIVATION == SOFTMAX && !MAPS && \
    BLOCK * VECTOR * BYTES_OF_VOXEL + WARPS * BYTES_OF_WARP + 64 <= MOST_SHARED_BYTES
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
// Its address in shared memory.
static __device__ __forceinline__ u32 shared_address(const void* place)
{
    u32 address;
    asm("{ .reg .u64 all; cvta.to.shared.u64 all, %1; cvt.u32.u64 %0, all; }" : "=r"(address) : "l"(place));
    return address;
}

template <int BYTES> static __device__ __forceinline__ void copy_async(u32 to, const void* from)
{
    constexpr int STEP = BYTES < 16 ? BYTES : 16;
    UNROLL_VECTOR for (int i = 0; i < BYTES; i += STEP) {
        asm volatile("cp.async.ca.shared.global [%0], [%1], %2;" : : "r"(to + i), "l"((const char*)from + i), "n"(STEP) : "memory");
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
    const auto logits = shared_address(&fetched.logits[0][threadIdx.x * VECTOR]);
    UNROLL for (int j = 0; j < OWN_CHANNELS; j++, place += problem.of_logits.channel) {
        copy_async<VECTOR * SIZE_OF_LOGIT>(logits + j * sizeof(fetched.logits[0]), place);
    }
#if FETCHES_TARGETS
    copy_async<VECTOR * SIZE_OF_TARGET>(
        shared_address(&fetched.targets[threadIdx.x * VECTOR]), place_of<TARGETS>(problem.targets, problem.of_targets, sample, 0, voxel, problem.voxels));
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

// Labels of two voxels in one register, each in the bits of a float16, so that one instruction compares both with a class.
#define PAIRS_OF_LABELS (CHANNELS && !MAPS && LOGITS != FLOAT64)
#define NUMBER_OF_LABEL 0x6400 // 1024 and label 0; 0 stands for a voxel that does not count

// What is compared with the logits of a group of voxels: labels and weights. A voxel that does not count has no label and no weight.
// Labels are classes, counted from the first of the thread, NO_CLASS or NOT_COUNTED.
struct Group {
#if PAIRS_OF_LABELS
    u32 pair[VECTOR / 2] = {};
#else
    int label[VECTOR];
#endif
    real weight[VECTOR];
    bool all_count;
};

static __device__ __forceinline__ int label_of(const Group& group, int v)
{
#if PAIRS_OF_LABELS
    const u32 number = group.pair[v / 2] >> 16 * (v % 2) & 0xFFFF;
    return number ? (int)number - NUMBER_OF_LABEL : NOT_COUNTED;
#else
    return group.label[v];
#endif
}

static __device__ __forceinline__ bool counts(const Group& group, int v)
{
#if PAIRS_OF_LABELS
    return group.pair[v / 2] & 0xFFFFu << 16 * (v % 2);
#else
    return group.label[v] != NOT_COUNTED;
#endif
}

// a where the label is class j, or else b, and c: added under a condition, since an addition takes half of the time of a selection. ANEW: compared
// once more, where compilers would rather keep what comparisons have found, bit by bit.
template <bool ANEW = false> static __device__ __forceinline__ void add_selected(
    const Group& group, int j, const real (&a)[VECTOR], const real (&b)[VECTOR], const real (&c)[VECTOR], real (&sum)[VECTOR])
{
#if PAIRS_OF_LABELS && __CUDA_ARCH__ >= 530
    const u32 label = (NUMBER_OF_LABEL + j) * 0x10001;
    UNROLL_VECTOR for (int v = 0; v < VECTOR; v += 2) {
        if constexpr (ANEW) {
            asm("{ .reg .pred first, second; .reg .f32 x, y; setp.neu.f16x2 first|second, %2, %3; add.f32 x, %4, %6; add.f32 y, %7, %9;"
                "@first add.f32 x, %5, %6; @second add.f32 y, %8, %9; mov.f32 %0, x; mov.f32 %1, y; }"
                : "=f"(sum[v]), "=f"(sum[v + 1])
                : "r"(group.pair[v / 2]), "r"(label), "f"(a[v]), "f"(b[v]), "f"(c[v]), "f"(a[v + 1]), "f"(b[v + 1]), "f"(c[v + 1]));
        } else {
            asm("{ .reg .pred first, second; .reg .f32 x, y; setp.eq.f16x2 first|second, %2, %3; add.f32 x, %5, %6; add.f32 y, %8, %9;"
                "@first add.f32 x, %4, %6; @second add.f32 y, %7, %9; mov.f32 %0, x; mov.f32 %1, y; }"
                : "=f"(sum[v]), "=f"(sum[v + 1])
                : "r"(group.pair[v / 2]), "r"(label), "f"(a[v]), "f"(b[v]), "f"(c[v]), "f"(a[v + 1]), "f"(b[v + 1]), "f"(c[v + 1]));
        }
    }
#else
    UNROLL_VECTOR for (int v = 0; v < VECTOR; v++) sum[v] = (label_of(group, v) == j ? a[v] : b[v]) + c[v];
#endif
}

// To a sum, for each voxel that has class j for its label, the product of a and b. Compilers that see a condition here select, which takes
// twice as many instructions, or keep sums in local memory, to have the label for an index.
static __device__ __forceinline__ void add_labels(const Group& group, int j, const real (&a)[VECTOR], const real (&b)[VECTOR], real& sum)
{
#if PAIRS_OF_LABELS && __CUDA_ARCH__ >= 530
    const u32 label = (NUMBER_OF_LABEL + j) * 0x10001;
    UNROLL_VECTOR for (int v = 0; v < VECTOR; v += 2) {
        asm("{ .reg .pred first, second; setp.eq.f16x2 first|second, %1, %2; @first fma.rn.f32 %0, %3, %4, %0; @second fma.rn.f32 %0, %5, %6, %0; }"
            : "+f"(sum) : "r"(group.pair[v / 2]), "r"(label), "f"(a[v]), "f"(b[v]), "f"(a[v + 1]), "f"(b[v + 1]));
    }
#else
    UNROLL_VECTOR for (int v = 0; v < VECTOR; v++) if (label_of(group, v) == j) sum += a[v] * b[v];
#endif
}

// To the number of each voxel that has class j for its label, a.
template <bool ANEW = false> static __device__ __forceinline__ void add_to_labels(const Group& group, int j, const real (&a)[VECTOR], real (&number)[VECTOR])
{
#if PAIRS_OF_LABELS && __CUDA_ARCH__ >= 530
    const u32 label = (NUMBER_OF_LABEL + j) * 0x10001;
    UNROLL_VECTOR for (int v = 0; v < VECTOR; v += 2) {
        if constexpr (ANEW) {
            asm("{ .reg .pred first, second; setp.neu.f16x2 first|second, %2, %3; @!first add.f32 %0, %0, %4; @!second add.f32 %1, %1, %5; }"
                : "+f"(number[v]), "+f"(number[v + 1]) : "r"(group.pair[v / 2]), "r"(label), "f"(a[v]), "f"(a[v + 1]));
        } else {
            asm("{ .reg .pred first, second; setp.eq.f16x2 first|second, %2, %3; @first add.f32 %0, %0, %4; @second add.f32 %1, %1, %5; }"
                : "+f"(number[v]), "+f"(number[v + 1]) : "r"(group.pair[v / 2]), "r"(label), "f"(a[v]), "f"(a[v + 1]));
        }
    }
#else
    UNROLL_VECTOR for (int v = 0; v < VECTOR; v++) if (label_of(group, v) == j) number[v] += a[v];
#endif
}

static __device__ __forceinline__ void set_label(Group& group, int v, int label)
{
#if PAIRS_OF_LABELS
    const u32 number = label == NOT_COUNTED ? 0 : NUMBER_OF_LABEL + label;
    group.pair[v / 2] = v % 2 ? (group.pair[v / 2] & 0xFFFF) | number << 16 : (group.pair[v / 2] & 0xFFFF0000) | number;
#else
    group.label[v] = label;
#endif
    group.all_count &= label != NOT_COUNTED;
}

// Labels of one byte are taken four at a time, if all that are known count.
#define QUADS_OF_LABELS (PAIRS_OF_LABELS && COMPETES && WIDE && VECTOR >= 4 && SIZE_OF_TARGET == 1)
#if QUADS_OF_LABELS
// Whether all labels of a group are classes; then they are its labels.
static __device__ __forceinline__ bool take_classes(const Stored<TARGETS>::type* place, Group& group)
{
    constexpr u32 ALL = 0x01010101, KNOWN = TARGETS == INT8 && CLASS_COUNT > 128 ? 128 : CLASS_COUNT;
    const Pack<u32, VECTOR / 4> quads = *(const Pack<u32, VECTOR / 4>*)place;
    u32 too_large = 0; // the highest bit of each byte
    UNROLL_VECTOR for (int i = 0; i < VECTOR / 4; i++) {
        const u32 quad = quads.element[i], sum = (quad & 0x7F * ALL) + ((KNOWN > 128 ? 256 : 128) - KNOWN) * ALL;
        too_large |= KNOWN > 128 ? sum & quad : sum | quad;
        group.pair[2 * i] = __byte_perm(quad, NUMBER_OF_LABEL >> 8, 0x4140) - FIRST_CLASS * 0x10001;
        group.pair[2 * i + 1] = __byte_perm(quad, NUMBER_OF_LABEL >> 8, 0x4342) - FIRST_CLASS * 0x10001;
    }
    return !(too_large & 0x80 * ALL);
}
#endif

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
    group.all_count = true;
#if MAPS
    UNROLL_VECTOR for (int v = 0; v < VECTOR; v++) set_label(group, v, voxel + v < problem.voxels ? NO_CLASS : NOT_COUNTED);
#if COMPETES
    // What does not count for one class counts for none.
    for (int c = 0; c < CHANNEL_COUNT; c++) {
        real t[VECTOR];
        load_map(problem, sample, c, voxel, t, found);
        UNROLL_VECTOR for (int v = 0; v < VECTOR; v++) if (t[v] < 0) set_label(group, v, NOT_COUNTED);
    }
#endif
#else
#if FETCHES_TARGETS
    const auto* const place = &fetched.targets[threadIdx.x * VECTOR];
#else
    const auto* const place = place_of<TARGETS>(problem.targets, problem.of_targets, sample, 0, voxel, problem.voxels);
#endif
    const int first = COMPETES ? 0 : problem.first_label; // of the labels that are classes
    const u32 known = first + CLASS_COUNT;                // and how many labels are known; what is none of them need not be ignored
    const u32 ignored = (u64)problem.ignore_label < known ? (u32)problem.ignore_label : known;
#if QUADS_OF_LABELS
    if (ignored < known || (PARTS > 1 && voxel >= problem.voxels) || !take_classes(place, group))
#endif
    {
        typename Stored<TARGETS>::type stored[VECTOR];
        load_group<TARGETS>(place, problem.of_targets, voxel, problem.voxels, stored);
        u32 greatest = 0;
        UNROLL_VECTOR for (int v = 0; v < VECTOR; v++) {
            const u32 label = TARGETS == INT64 && (u64)stored[v] >> 32 ? ~0u : (u32)stored[v]; // what is negative is great
            const bool exists = ALL_EXIST || voxel + v < problem.voxels;
            greatest = label > greatest ? label : greatest;
            set_label(group, v, exists && label < known && label != ignored ? (int)label - first - FIRST_CLASS : NOT_COUNTED);
        }
        if (found && FIRST_CLASS == 0 && greatest >= known) {
            for (int v = 0; v < VECTOR; v++) {
                const i64 label = stored[v];
                const bool is_wrong = (label < 0 || label >= known) && label != problem.ignore_label;
                if (is_wrong && voxel + v < problem.voxels) report(&found->values, &found->value_place, sample * problem.voxels + voxel + v);
            }
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
        if (!is_valid || weight == 0) set_label(group, v, NOT_COUNTED);
        group.weight[v] = counts(group, v) ? weight : 0;
    }
#else
    UNROLL_VECTOR for (int v = 0; v < VECTOR; v++) group.weight[v] = counts(group, v) ? 1 : 0;
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
    UNROLL_VECTOR for (int v = 0; v < VECTOR; v++) t[v] = label_of(group, v) == j ? 1 : 0;
#endif
}

#if !MAPS
// The logits of the labels, if they are classes of this thread.
static __device__ __forceinline__ void load_logits_of_labels(const Problem& problem, i64 sample, i64 voxel, const Group& group, const Fetched& fetched, real (&x)[VECTOR])
{
    UNROLL_VECTOR for (int v = 0; v < VECTOR; v++) {
        const int label = label_of(group, v), j = (u32)label < (u32)OWN_CLASSES ? label : 0;
#if FETCHES
        const Logit logit = fetched.logits[j][threadIdx.x * VECTOR + v];
#else
        const i64 at = voxel + v < problem.voxels ? voxel + v : 0;
        const Logit logit = place_of_logits(problem, sample, FIRST_CLASS + j, 0)[CONTIGUOUS ? at : offset_of(problem.of_logits, at)];
#endif
        x[v] = (real)number_of<LOGITS>(logit);
    }
}
#endif

// ---- mathematics ----

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

// exp(x - largest), but for a factor near 1 which all powers of the voxel have in common, unless they are to be exact: it changes no probability.
static __device__ __forceinline__ real power_of_logit(real x, real largest, bool is_exact)
{
    return is_exact ? exp_of_negated(largest - x) : exp_from(x, largest);
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

// What the threads that share a voxel tell each other: TOLD things, the first ones those of the softmax. Each has its place, and is told
// again only after a barrier that all who have listened come to.
enum { LARGEST_LOGIT, SUM_OF_POWERS, MOST_PROBABLE };
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
    real scale[VECTOR];   // what powers are multiplied with: the probability of that class
#if CHANNELS
    real power[OWN_CHANNELS][VECTOR];
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

// finds_most: the most probable class is looked for.
// is_apart: and its power, which is 1, not added to the others.
// told: where parts of a voxel tell each other.
// next_voxel: what is fetched once the logits have been read.
static __device__ __forceinline__ void make_softmax(
    const Problem& problem, bool finds_most, bool is_apart, i64 sample, i64 voxel, i64 next_voxel, Fetched& fetched, Softmax& softmax, Told* told)
{
    real (&largest)[VECTOR] = softmax.largest, (&powers)[VECTOR] = softmax.powers;
    int (&most)[VECTOR] = softmax.most;
    int part_of_most[VECTOR];
    const Logit* place = place_of_logits(problem, sample, FIRST_CLASS, voxel);
#if CHANNELS
    Logits logits[OWN_CHANNELS];
#endif
    Logits greatest;
    UNROLL for (int j = 0; j < OWN_CHANNELS; j++) {
#if FETCHES
        Logits x = load_logits(problem, &fetched.logits[j][threadIdx.x * VECTOR], voxel);
#else
        Logits x = load_logits(problem, place, voxel);
        place += problem.of_logits.channel;
#endif
        if (!IS_OWN(j)) x = least();
#if CHANNELS
        logits[j] = x;
#endif
        if (!CHANNELS && finds_most) UNROLL_VECTOR for (int v = 0; v < VECTOR; v++) if (j == 0 || number_of(x, v) > number_of(greatest, v)) most[v] = j;
        greatest = j == 0 ? x : larger(greatest, x);
    }
    UNROLL_VECTOR for (int v = 0; v < VECTOR; v++) {
        largest[v] = number_of(greatest, v);
        part_of_most[v] = 0;
    }

    fetch(problem, sample, next_voxel, fetched);

#if PARTS > 1
    tell(told[LARGEST_LOGIT], largest);
    __syncthreads();
    listen(told[LARGEST_LOGIT], 0, largest);
    UNROLL for (int part = 1; part < PARTS; part++) {
        real x[VECTOR];
        listen(told[LARGEST_LOGIT], part, x);
        UNROLL_VECTOR for (int v = 0; v < VECTOR; v++) {
            if (x[v] > largest[v]) part_of_most[v] = part;
            largest[v] = larger(x[v], largest[v]);
        }
    }
#endif

#if CHANNELS
    if (finds_most) {
        UNROLL_VECTOR for (int v = 0; v < VECTOR; v++) most[v] = 0;
        UNROLL for (int j = OWN_CHANNELS - 1; j >= 0; j--) {
            UNROLL_VECTOR for (int v = 0; v < VECTOR; v++) if (number_of(logits[j], v) == largest[v]) most[v] = j;
        }
    }
#endif

    // Where the largest of all is not finite, there is no number.
    UNROLL_VECTOR for (int v = 0; v < VECTOR; v++) powers[v] = is_apart ? largest[v] - largest[v] : 0;
    UNROLL for (int j = 0; j < OWN_CHANNELS; j++) {
#if CHANNELS
        const Logits x = logits[j];
#else
        const Logits x = load_logits(problem, place_of_logits(problem, sample, j, voxel), voxel);
#endif
        UNROLL_VECTOR for (int v = 0; v < VECTOR; v++) {
            const real number = number_of(x, v), power = power_of_logit(number, largest[v], is_apart || HAS_LOG || !CHANNELS);
#if CHANNELS
            softmax.power[j][v] = power;
#endif
            if (is_apart && j == most[v] && (PARTS == 1 || PART == part_of_most[v])) continue;
            powers[v] = CHANNELS && !is_apart && j == 0 ? power : powers[v] + power;
        }
    }
#if PARTS > 1
    tell(told[SUM_OF_POWERS], powers);
    if (finds_most) UNROLL_VECTOR for (int v = 0; v < VECTOR; v++) if (PART == part_of_most[v]) told[MOST_PROBABLE][0][PLACE * VECTOR + v] = (real)(FIRST_CLASS + most[v]);
    __syncthreads();
    listen_to_all(told[SUM_OF_POWERS], powers);
    if (finds_most) UNROLL_VECTOR for (int v = 0; v < VECTOR; v++) most[v] = (int)told[MOST_PROBABLE][0][PLACE * VECTOR + v];
#endif
    UNROLL_VECTOR for (int v = 0; v < VECTOR; v++) softmax.scale[v] = reciprocal_of(is_apart ? 1 + powers[v] : powers[v]);
}
#endif
