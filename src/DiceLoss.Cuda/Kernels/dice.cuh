// What the kernels share: what they are specialised by, the description of a problem, and in files of their own all else, in the order of their need.
//
// A specialisation is a list of macros:
//   CHANNELS     C, where the logits of a voxel stay in registers; 0: any number, read again for each use
//   LOGITS       element type of logits and gradient: the numbers of DiceLoss.ElementType, below
//   TARGETS      element type of labels or maps
//   WEIGHTS      element type of voxel weights, or NONE
//   MAPS         0: labels (N, *spatial); 1: maps (N, C, *spatial)
//   MINIMUM      1: p and t meet in the lesser of them (maps only)
//   ACTIVATION   1 softmax, 2 two classes from one channel, 3 sigmoid, 4 none: the numbers of DiceLoss.Activation
//   EXPONENT     e, 1 or 2; 0: any, given at run time
//   TERM         voxel term: 0 none, 1 cross-entropy, 2 smoothed cross-entropy, 3 focal: the numbers of DiceLoss.VoxelTerm
//   HARD         hard prediction: 0 none, 1 argmax, 2 threshold: the numbers of DiceLoss.HardPrediction
//   CONTIGUOUS   1: the voxels of a channel lie next to each other, in all tensors
//   WIDE         1: and groups of VECTOR voxels are aligned, so that one load takes them all
//   GENERAL      1: told at run time as well: which of the integers (TARGETS is INT64) or floating-point numbers (FLOAT64) targets are; which, if any,
//                weights are (WEIGHTS is FLOAT64); whether p and t meet in the lesser of them; which hard prediction is counted (HARD is 1), if any is
//
// No other headers are included than these: NVRTC has none. Nothing here depends on the size of the grid.

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
#define NONE (-1)

#define SOFTMAX 1
#define TWO_CLASSES 2
#define SIGMOID 3
#define COMPETES (ACTIVATION == SOFTMAX || ACTIVATION == TWO_CLASSES)
#define HAS_LOG (TERM != 0)
#define HAS_UNIFORM (TERM == 2)
#define HAS_FOCAL (TERM == 3)
#define HAS_WEIGHTS (WEIGHTS != NONE)
#define TAKES_MINIMUM (GENERAL ? problem.minimum != 0 : MINIMUM)
#define COUNTS_MOST_PROBABLE (GENERAL ? problem.hard == 1 : HARD == 1)

#define WARP 32

// Warps that share voxels, each with its part of the channels, so that logits and sums stay in registers: more than one only where a thread
// cannot hold all channels. Where none stay, it is the host that knows how many.
#define IN_REGISTERS (CHANNELS > 0)
#define MOST_CHANNELS 16
#if IN_REGISTERS
#define PARTS ((CHANNELS + MOST_CHANNELS - 1) / MOST_CHANNELS)
#define SHARES (PARTS > 1)
#define WARPS (SHARES ? PARTS : 4)
#define NEEDS_BLOCKS (SHARES && PARTS <= 8 && !(LOGITS == FLOAT64 && MAPS)) // which would have too few registers
#define BLOCKS_AT_ONCE (16 / PARTS)
#else
#define PARTS (1 << problem.log2_parts)
#define SHARES 1
#define WARPS 16
#define NEEDS_BLOCKS (LOGITS != FLOAT64)
#define BLOCKS_AT_ONCE 2
#endif
#define BLOCK (WARPS * WARP)

// Parts wait for each other, and a multiprocessor needs other blocks to go on with.
#if NEEDS_BLOCKS
#define BOUNDS __launch_bounds__(BLOCK, BLOCKS_AT_ONCE)
#else
#define BOUNDS __launch_bounds__(BLOCK)
#endif

// Voxels that one thread takes next to each other: 16 bytes of logits, whether they can be loaded at once or not. Half of them where many channels have
// to stay in registers, or in the cache for the next use.
#define IS_FEW (IN_REGISTERS && CHANNELS <= 8)
#if LOGITS == FLOAT64
typedef double real;
#define VECTOR (IS_FEW ? 2 : 1)
#else
typedef float real;
#define VECTOR (LOGITS == FLOAT32 ? (IS_FEW ? 4 : 2) : (IS_FEW ? 8 : 4))
#endif

// What samples are cut into: TRIPS groups for each place of a block. Sums stay in the type that is computed in over a stretch of two tiles.
#define TRIPS 8
#define PLACES (WARPS / PARTS * WARP)
#define TILE (PLACES * VECTOR * TRIPS)
#define STRETCH (2 * TILE)

#define MAX_RANK 8
#define NO_CLASS (-1)
#define NOT_COUNTED (IN_REGISTERS ? -1024 : -1 << 30) // less than any label, counted from the first class of a thread
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
    int log2_parts; // where CHANNELS is 0
    int type_of_targets, type_of_weights, minimum, hard; // where GENERAL is 1
};

// What is wrong with targets; the smallest place is the first in memory order.
struct Found {
    u64 values, value_place;   // of labels or maps: how many, and ((sample * channels + channel) * voxels + voxel) of the first
    u64 weights, weight_place; // of voxel weights
    i64 value, weight;         // the first of each: an integer, or the bits of a double
};

// Channels and classes: all, and those of a thread, which are the same but for parts.
#if IN_REGISTERS
#define CHANNEL_COUNT CHANNELS
#define OWN_CHANNELS ((CHANNELS + PARTS - 1) / PARTS)
#define UNROLL _Pragma("unroll")
#else
#define CHANNEL_COUNT problem.channels
#define OWN_CHANNELS ((problem.channels + PARTS - 1) >> problem.log2_parts)
#if CONTIGUOUS
#define UNROLL _Pragma("unroll 4") // so many loads on their way
#else
#define UNROLL _Pragma("unroll 1")
#endif
#endif
#define UNROLL_VECTOR _Pragma("unroll")
#if ACTIVATION == TWO_CLASSES
#define CLASS_COUNT 2
#define OWN_CLASSES 2
#else
#define CLASS_COUNT CHANNEL_COUNT
#define OWN_CLASSES OWN_CHANNELS
#endif

// The part of a thread, its place among those of its part, and its first class. The last part begins earlier than where the one before it ends, if
// need be: what both have is not its own. Of any number of channels that can be so for several.
#if IN_REGISTERS
#define PART (int)(threadIdx.x / WARP)
#define PLACE (SHARES ? threadIdx.x % WARP : threadIdx.x)
#define FIRST_CLASS (SHARES ? (PART < PARTS - 1 ? PART * OWN_CLASSES : CLASS_COUNT - OWN_CLASSES) : 0)
#define IS_OWN(j) (!SHARES || (j) >= PARTS * OWN_CLASSES - CLASS_COUNT || PART < PARTS - 1)
#define WARP_OF(part) (part)
#else
#define PART (int)(threadIdx.x / WARP % PARTS)
#define PLACE ((threadIdx.x / WARP >> problem.log2_parts) * WARP + threadIdx.x % WARP)
#define FIRST_CLASS (PART * OWN_CLASSES < CLASS_COUNT - OWN_CLASSES ? PART * OWN_CLASSES : CLASS_COUNT - OWN_CLASSES)
#define IS_OWN(j) (FIRST_CLASS + (j) >= PART * OWN_CLASSES)
#define WARP_OF(part) ((int)(threadIdx.x / WARP) - PART + (part)) // the one with the same voxels
#endif

#include "elements.cuh"
#include "loads.cuh"
#include "fetching.cuh"
#include "targets.cuh"
#include "mathematics.cuh"
#include "softmax.cuh"
