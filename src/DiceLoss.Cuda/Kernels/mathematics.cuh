// The mathematics of one voxel, and sums.

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
