// Where voxels lie, and how a group of them is read.

// Elements from voxel 0 of a channel.
static __device__ __forceinline__ i64 offset_of(const Layout& layout, i64 voxel)
{
    i64 offset = 0;
    _Pragma("unroll 1") for (int d = layout.rank - 1; d > 0; d--) {
        const i64 rest = voxel / layout.length[d];
        offset += (voxel - rest * layout.length[d]) * layout.stride[d];
        voxel = rest;
    }
    return offset + voxel * layout.stride[0]; // most tensors have one such dimension: a division takes as long as all else
}

// Whether a thread whose first voxel exists has no other.
#define ALL_EXIST (WIDE && !SHARES)

// As many elements as one load can take.
template <class T, int COUNT> struct alignas(sizeof(T) * COUNT < 16 ? sizeof(T) * COUNT : 16) Pack { T element[COUNT]; };

// Where a group of voxels lies in a channel: its first voxel, if they lie next to each other and it exists, or else voxel 0. From channel to
// channel this moves by the stride.
template <class ELEMENTS> static __device__ __forceinline__ ELEMENTS place_of(
    ELEMENTS elements, const Layout& layout, i64 sample, int channel, i64 voxel, i64 voxels)
{
    return elements + (sample * layout.sample + channel * layout.channel + (CONTIGUOUS && voxel < voxels ? voxel : 0));
}

// The elements of a group of voxels at its place in a channel; those behind the last voxel are 0.
template <class ELEMENTS, class T> static __device__ __forceinline__ void load_group(
    ELEMENTS place, const Layout& layout, i64 voxel, i64 voxels, T (&stored)[VECTOR])
{
#if WIDE
    Pack<T, VECTOR> pack = *(const Pack<T, VECTOR>*)place;
    UNROLL_VECTOR for (int v = 0; v < VECTOR; v++) stored[v] = pack.element[v];
#else
    UNROLL_VECTOR for (int v = 0; v < VECTOR; v++) stored[v] = voxel + v < voxels ? place[CONTIGUOUS ? v : offset_of(layout, voxel + v)] : (T)0;
#endif
}

typedef Stored<LOGITS>::type Logit;
typedef Stored<TARGETS>::type Target;

static __device__ __forceinline__ const Logit* place_of_logits(const Problem& problem, i64 sample, int channel, i64 voxel)
{
    return place_of((const Logit*)problem.logits, problem.of_logits, sample, channel, voxel, problem.voxels);
}

static __device__ __forceinline__ Elements<TARGETS> targets_of(const Problem& problem) { return elements_of<TARGETS>(problem.targets, problem.type_of_targets); }

static __device__ __forceinline__ Elements<TARGETS> place_of_targets(const Problem& problem, i64 sample, int channel, i64 voxel)
{
    return place_of(targets_of(problem), problem.of_targets, sample, channel, voxel, problem.voxels);
}

#if HAS_WEIGHTS
static __device__ __forceinline__ Elements<WEIGHTS> weights_of(const Problem& problem) { return elements_of<WEIGHTS>(problem.weights, problem.type_of_weights); }
#endif

// Of a number and none the number.
static __device__ __forceinline__ real larger(real a, real b) { return LOGITS == FLOAT64 ? (real)fmax(a, b) : (real)fmaxf((float)a, (float)b); }

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
    load_group(place, problem.of_logits, voxel, problem.voxels, stored);
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

// The same as numbers, from a place that goes on to the next channel.
static __device__ __forceinline__ void load_next_logits(const Problem& problem, const Logit*& place, i64 voxel, real (&x)[VECTOR])
{
    const Logits logits = load_logits(problem, place, voxel);
    UNROLL_VECTOR for (int v = 0; v < VECTOR; v++) x[v] = number_of(logits, v);
    place += problem.of_logits.channel;
}

static __device__ __forceinline__ void load_logits(const Problem& problem, i64 sample, int channel, i64 voxel, real (&x)[VECTOR])
{
    const Logit* place = place_of_logits(problem, sample, channel, voxel);
    load_next_logits(problem, place, voxel, x);
}
