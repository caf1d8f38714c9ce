// What is fetched in advance.
//
// Logits and labels of the voxels that a thread takes next are on their way while it works on those that it has. They go to a place in shared
// memory that no other thread looks at; registers would do, if there were enough.
#define SIZE_OF_LOGIT (LOGITS == FLOAT64 ? 8 : LOGITS == FLOAT32 ? 4 : 2)
#define SIZE_OF_TARGET (TARGETS == INT64 ? 8 : TARGETS == INT32 ? 4 : TARGETS == INT16 ? 2 : 1)
#define SIZE_OF_REAL (LOGITS == FLOAT64 ? 8 : 4)
#if IN_REGISTERS
#define CHANNELS_OF_PART ((CHANNELS + PARTS - 1) / PARTS)
#else
#define CHANNELS_OF_PART 0
#endif
#define BYTES_OF_VOXEL (CHANNELS_OF_PART * SIZE_OF_LOGIT + SIZE_OF_TARGET + SHARES * TOLD * SIZE_OF_REAL)
#define BYTES_OF_WARP ((CHANNELS_OF_PART * (3 + HAS_LOG + HAS_UNIFORM + HAS_FOCAL + 2 * (HARD > 0)) + 1) * 8) // sums, or less for coefficients
#define MOST_SHARED_BYTES 49152
#if (defined(EMULATED) || __CUDA_ARCH__ >= 800) && WIDE && IN_REGISTERS && ACTIVATION == SOFTMAX && !MAPS && \
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
        shared_address(&fetched.targets[threadIdx.x * VECTOR]), place_of_targets(problem, sample, 0, voxel));
#endif
#endif
}

static __device__ __forceinline__ void wait_for_fetched()
{
#if FETCHES
    wait_for_copies();
#endif
}
