// The softmax of a group of voxels, by one thread or by several that share it.

// What the threads that share a voxel tell each other: TOLD numbers, the first ones those of the softmax, and of maps which voxels do not count. Each
// has its place, and is told again only after a barrier that all who have listened come to.
enum { LARGEST_LOGIT, SUM_OF_POWERS, MOST_PROBABLE };
#ifndef TOLD
#define TOLD 1 // a kernel that makes no softmax
#endif
#define TELLS (SHARES && (ACTIVATION == SOFTMAX || HARD == 1))
struct alignas(16) Told {
    real number[TOLD][WARPS][WARP * VECTOR];
#if MAPS
    u32 left_out[WARPS][WARP]; // voxel by voxel a bit
#endif
};

#if SHARES
static __device__ __forceinline__ void tell(Told& told, int which, const real (&x)[VECTOR])
{
    UNROLL_VECTOR for (int v = 0; v < VECTOR; v++) told.number[which][threadIdx.x / WARP][threadIdx.x % WARP * VECTOR + v] = x[v];
}

static __device__ __forceinline__ void listen(const Problem& problem, const Told& told, int which, int part, real (&x)[VECTOR])
{
    UNROLL_VECTOR for (int v = 0; v < VECTOR; v++) x[v] = told.number[which][WARP_OF(part)][threadIdx.x % WARP * VECTOR + v];
}

// The sum of what all have told, in order.
static __device__ __forceinline__ void listen_to_all(const Problem& problem, const Told& told, int which, real (&sum)[VECTOR])
{
    listen(problem, told, which, 0, sum);
    UNROLL for (int part = 1; part < PARTS; part++) {
        real x[VECTOR];
        listen(problem, told, which, part, x);
        UNROLL_VECTOR for (int v = 0; v < VECTOR; v++) sum[v] += x[v];
    }
}

#if MAPS
static __device__ __forceinline__ void tell_left_out(Told& told, const Group& group)
{
    u32 left_out = 0;
    UNROLL_VECTOR for (int v = 0; v < VECTOR; v++) left_out |= (u32)!counts(group, v) << v;
    told.left_out[threadIdx.x / WARP][threadIdx.x % WARP] = left_out;
}

// What does not count for one part counts for none.
static __device__ __forceinline__ void listen_to_left_out(const Problem& problem, const Told& told, Group& group)
{
    u32 left_out = 0;
    UNROLL for (int part = 0; part < PARTS; part++) left_out |= told.left_out[WARP_OF(part)][threadIdx.x % WARP];
    UNROLL_VECTOR for (int v = 0; v < VECTOR; v++) if (left_out >> v & 1) leave_out(group, v);
}
#endif
#endif

#if ACTIVATION == SOFTMAX
// The softmax of a group of voxels: the powers exp(x - largest) of the classes of this thread, and what it takes to make probabilities of them.
struct Softmax {
    real largest[VECTOR]; // of the logits
    int most[VECTOR];     // the class that has it, the first of several
    real powers[VECTOR];  // those of all classes together, or of all but that one; no number where a logit is none
    real scale[VECTOR];   // what powers are multiplied with: the probability of that class
#if IN_REGISTERS
    real power[OWN_CHANNELS][VECTOR];
#endif
};

// The powers of the group in one class of this thread; 0 where the class is not its own.
static __device__ __forceinline__ void power_of_class(const Problem& problem, i64 sample, int j, i64 voxel, const Softmax& softmax, real (&power)[VECTOR])
{
#if IN_REGISTERS
    UNROLL_VECTOR for (int v = 0; v < VECTOR; v++) power[v] = softmax.power[j][v];
#else
    real x[VECTOR];
    load_logits(problem, sample, FIRST_CLASS + j, voxel, x);
    UNROLL_VECTOR for (int v = 0; v < VECTOR; v++) power[v] = IS_OWN(j) ? exp_of_negated(softmax.largest[v] - x[v]) : 0;
#endif
}

// finds_most: the most probable class is looked for.
// is_apart: and its power, which is 1, not added to the others.
// next_voxel: what is fetched once the logits have been read.
// group: of maps, what counts for this part becomes what counts for all.
// told: where parts of a voxel tell each other.
static __device__ __forceinline__ void make_softmax(
    const Problem& problem, bool finds_most, bool is_apart, i64 sample, i64 voxel, i64 next_voxel, Fetched& fetched, Group& group, Softmax& softmax, Told& told)
{
    real (&largest)[VECTOR] = softmax.largest, (&powers)[VECTOR] = softmax.powers;
    int (&most)[VECTOR] = softmax.most;
    int part_of_most[VECTOR];
    const Logit* place = place_of_logits(problem, sample, FIRST_CLASS, voxel);
    const int own_channels = OWN_CHANNELS;
#if IN_REGISTERS
    Logits logits[OWN_CHANNELS];
#endif
    Logits greatest = least();
#if !IN_REGISTERS
    UNROLL_VECTOR for (int v = 0; v < VECTOR; v++) most[v] = 0;
#endif
    UNROLL for (int j = 0; j < own_channels; j++) {
#if FETCHES
        Logits x = load_logits(problem, &fetched.logits[j][threadIdx.x * VECTOR], voxel);
#else
        Logits x = load_logits(problem, place, voxel);
        place += problem.of_logits.channel;
#endif
#if IN_REGISTERS
        if (!IS_OWN(j)) x = least();
        logits[j] = x;
#else
        if (finds_most) UNROLL_VECTOR for (int v = 0; v < VECTOR; v++) if (number_of(x, v) > number_of(greatest, v)) most[v] = j;
#endif
        greatest = IN_REGISTERS && j == 0 ? x : larger(greatest, x);
    }
    UNROLL_VECTOR for (int v = 0; v < VECTOR; v++) {
        largest[v] = number_of(greatest, v);
        part_of_most[v] = 0;
    }

    fetch(problem, sample, next_voxel, fetched);

#if SHARES
    tell(told, LARGEST_LOGIT, largest);
#if MAPS
    tell_left_out(told, group);
#endif
    __syncthreads();
#if MAPS
    listen_to_left_out(problem, told, group);
#endif
    listen(problem, told, LARGEST_LOGIT, 0, largest);
    UNROLL for (int part = 1; part < PARTS; part++) {
        real x[VECTOR];
        listen(problem, told, LARGEST_LOGIT, part, x);
        UNROLL_VECTOR for (int v = 0; v < VECTOR; v++) {
            if (x[v] > largest[v]) part_of_most[v] = part;
            largest[v] = larger(x[v], largest[v]);
        }
    }
#endif

#if IN_REGISTERS
    if (finds_most) {
        UNROLL_VECTOR for (int v = 0; v < VECTOR; v++) most[v] = 0;
        UNROLL for (int j = own_channels - 1; j >= 0; j--) {
            UNROLL_VECTOR for (int v = 0; v < VECTOR; v++) if (number_of(logits[j], v) == largest[v]) most[v] = j;
        }
    }
#endif

    // Where the largest of all is not finite, there is no number.
    UNROLL_VECTOR for (int v = 0; v < VECTOR; v++) powers[v] = is_apart ? largest[v] - largest[v] : 0;
    UNROLL for (int j = 0; j < own_channels; j++) {
#if IN_REGISTERS
        const Logits x = logits[j];
#else
        const Logits x = IS_OWN(j) ? load_logits(problem, place_of_logits(problem, sample, FIRST_CLASS + j, voxel), voxel) : least();
#endif
        UNROLL_VECTOR for (int v = 0; v < VECTOR; v++) {
            const real number = number_of(x, v), power = power_of_logit(number, largest[v], is_apart || HAS_LOG || !IN_REGISTERS);
#if IN_REGISTERS
            softmax.power[j][v] = power;
#endif
            if (is_apart && j == most[v] && (!SHARES || PART == part_of_most[v])) continue;
            powers[v] = IN_REGISTERS && !is_apart && j == 0 ? power : powers[v] + power;
        }
    }
#if SHARES
    tell(told, SUM_OF_POWERS, powers);
    if (finds_most) UNROLL_VECTOR for (int v = 0; v < VECTOR; v++) if (PART == part_of_most[v]) told.number[MOST_PROBABLE][WARP_OF(0)][threadIdx.x % WARP * VECTOR + v] = (real)(FIRST_CLASS + most[v]);
    __syncthreads();
    listen_to_all(problem, told, SUM_OF_POWERS, powers);
    if (finds_most) UNROLL_VECTOR for (int v = 0; v < VECTOR; v++) most[v] = (int)told.number[MOST_PROBABLE][WARP_OF(0)][threadIdx.x % WARP * VECTOR + v];
#endif
    UNROLL_VECTOR for (int v = 0; v < VECTOR; v++) softmax.scale[v] = reciprocal_of(is_apart ? 1 + powers[v] : powers[v]);
}
#endif
