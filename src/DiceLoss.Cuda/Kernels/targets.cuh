// Targets: labels or maps, and weights; checked as they are read, compared with classes.

static __device__ __forceinline__ void report(u64* count, u64* place, i64 at)
{
    atomicAdd(count, (u64)1);
    atomicMin(place, (u64)at);
}

// Labels of two voxels in one register, each in the bits of a float16, so that one instruction compares both with a class.
#define PAIRS_OF_LABELS (IN_REGISTERS && !MAPS && LOGITS != FLOAT64)
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
static __device__ __forceinline__ bool take_classes(const Target* place, Group& group)
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

// A voxel that does not count.
static __device__ __forceinline__ void leave_out(Group& group, int v)
{
    set_label(group, v, NOT_COUNTED);
    group.weight[v] = 0;
}

#if MAPS
// The target that an element of a map stands for; NOT_COUNTED where it is none. What is none and not ignored either is wrong.
static __device__ __forceinline__ real target_of(const Problem& problem, Target stored, bool& any_wrong)
{
    const auto number = number_of<TARGETS>(stored);
    const bool is_ignored = TARGETS >= INT8 ? (i64)number == problem.ignore_label : number == (double)problem.ignore_label;
    const bool is_valid = TARGETS >= INT8 ? number == 0 || number == 1 : number >= 0 && number <= 1;
    any_wrong |= !is_ignored && !is_valid;
    return is_valid && !is_ignored ? (real)number : (real)NOT_COUNTED;
}

// The targets of a group in one channel, from a place that goes on to the next.
static __device__ __forceinline__ void load_next_map(const Problem& problem, Elements<TARGETS>& place, i64 voxel, real (&t)[VECTOR], bool& any_wrong)
{
    Target stored[VECTOR];
    load_group(place, problem.of_targets, voxel, problem.voxels, stored);
    UNROLL_VECTOR for (int v = 0; v < VECTOR; v++) t[v] = target_of(problem, stored[v], any_wrong);
    place += problem.of_targets.channel;
}

// The target of a voxel of a group, or of voxel 0 if it does not exist.
static __device__ __forceinline__ real load_target(const Problem& problem, i64 sample, int channel, i64 voxel, bool& any_wrong)
{
    const i64 at = voxel < problem.voxels ? voxel : 0;
    return target_of(problem, place_of_targets(problem, sample, channel, 0)[CONTIGUOUS ? at : offset_of(problem.of_targets, at)], any_wrong);
}

// Reports what is wrong in the maps of a group, each part its own. They are read once more: it happens once.
static __device__ __forceinline__ void report_maps(const Problem& problem, i64 sample, i64 voxel, Found* found)
{
    _Pragma("unroll 1") for (int j = 0; j < OWN_CHANNELS; j++) {
        if (!IS_OWN(j)) continue;
        _Pragma("unroll 1") for (int v = 0; v < VECTOR && voxel + v < problem.voxels; v++) {
            bool is_wrong = false;
            load_target(problem, sample, FIRST_CLASS + j, voxel + v, is_wrong);
            if (is_wrong) report(&found->values, &found->value_place, (sample * problem.channels + FIRST_CLASS + j) * problem.voxels + voxel + v);
        }
    }
}
#endif

// With a place to report to, everything is checked: of labels and weights by the first of the parts of a voxel.
static __device__ __forceinline__ void load_group_of(const Problem& problem, i64 sample, i64 voxel, const Fetched& fetched, Group& group, Found* found)
{
    group.all_count = true;
#if MAPS
    UNROLL_VECTOR for (int v = 0; v < VECTOR; v++) set_label(group, v, voxel + v < problem.voxels ? NO_CLASS : NOT_COUNTED);
#if COMPETES
    // What does not count for one class counts for none.
    Elements<TARGETS> map = place_of_targets(problem, sample, FIRST_CLASS, voxel);
    bool any_wrong = false;
    UNROLL for (int j = 0; j < OWN_CHANNELS; j++) {
        real t[VECTOR];
        load_next_map(problem, map, voxel, t, any_wrong);
        UNROLL_VECTOR for (int v = 0; v < VECTOR; v++) if (t[v] < 0) set_label(group, v, NOT_COUNTED);
    }
    if (found && any_wrong) report_maps(problem, sample, voxel, found);
#endif
#else
#if FETCHES_TARGETS
    const Target* const place = &fetched.targets[threadIdx.x * VECTOR];
#else
    const Elements<TARGETS> place = place_of_targets(problem, sample, 0, voxel);
#endif
    const int first = COMPETES ? 0 : problem.first_label; // of the labels that are classes
    const u32 known = first + CLASS_COUNT;                // and how many labels are known; what is none of them need not be ignored
    const u32 ignored = (u64)problem.ignore_label < known ? (u32)problem.ignore_label : known;
#if QUADS_OF_LABELS
    if (ignored < known || (SHARES && voxel >= problem.voxels) || !take_classes(place, group))
#endif
    {
        Target stored[VECTOR];
        load_group(place, problem.of_targets, voxel, problem.voxels, stored);
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
    load_group(place_of(weights_of(problem), problem.of_weights, sample, 0, voxel, problem.voxels), problem.of_weights, voxel, problem.voxels, stored_weights);
    UNROLL_VECTOR for (int v = 0; v < VECTOR; v++) {
        const auto number = number_of<WEIGHTS>(stored_weights[v]);
        const real weight = (real)number;
        const bool is_valid = number >= 0 && weight - weight == 0; // less than 0 may round to it
        if (found && FIRST_CLASS == 0 && !is_valid && voxel + v < problem.voxels) report(&found->weights, &found->weight_place, sample * problem.voxels + voxel + v);
        if (!is_valid || weight == 0) set_label(group, v, NOT_COUNTED);
        group.weight[v] = counts(group, v) ? weight : 0;
    }
#else
    UNROLL_VECTOR for (int v = 0; v < VECTOR; v++) group.weight[v] = counts(group, v) ? 1 : 0;
#endif
}

// The targets of a group for one class of the thread after the other: labels compared with it, or what the maps have, from a place that goes on to the next.
// The one map of two classes is that of the second.
static __device__ __forceinline__ void load_next_targets(
    const Problem& problem, const Group& group, int j, Elements<TARGETS>& map, i64 voxel, real (&t)[VECTOR], bool& any_wrong)
{
#if MAPS && ACTIVATION == TWO_CLASSES
    const Elements<TARGETS> only = map;
    load_next_map(problem, map, voxel, t, any_wrong);
    map = only;
    UNROLL_VECTOR for (int v = 0; v < VECTOR; v++) if (j == 0 && t[v] >= 0) t[v] = 1 - t[v];
#elif MAPS
    load_next_map(problem, map, voxel, t, any_wrong);
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
