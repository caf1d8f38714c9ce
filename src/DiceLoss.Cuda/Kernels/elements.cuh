// Element types: what is stored, and the number it stands for.

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

// Elements of a tensor. Where their type is told at run time, each is what it stands for, an integer or a double; of none each is 1.
#if GENERAL
// Called: inlined, it would be most of the kernel.
template <class NUMBER> static __device__ __noinline__ NUMBER element_of(const void* tensor, int stored, i64 i)
{
    switch (stored) {
    case FLOAT32: return (NUMBER)((const float*)tensor)[i];
    case FLOAT64: return (NUMBER)((const double*)tensor)[i];
    case FLOAT16: return (NUMBER)number_of<FLOAT16>(((const u16*)tensor)[i]);
    case BFLOAT16: return (NUMBER)number_of<BFLOAT16>(((const u16*)tensor)[i]);
    case INT8: return (NUMBER)((const signed char*)tensor)[i];
    case UINT8: return (NUMBER)((const unsigned char*)tensor)[i];
    case INT16: return (NUMBER)((const short*)tensor)[i];
    case INT32: return (NUMBER)((const int*)tensor)[i];
    case INT64: return (NUMBER)((const i64*)tensor)[i];
    default: return 1;
    }
}

template <int TYPE> struct Elements {
    const void* tensor;
    int stored;
    i64 first;

    __device__ __forceinline__ auto operator[](i64 i) const { return element_of<typename Stored<TYPE>::type>(tensor, stored, first + i); }
    __device__ __forceinline__ Elements operator+(i64 count) const { return {tensor, stored, first + count}; }
    __device__ __forceinline__ void operator+=(i64 count) { first += count; }
};

template <int TYPE> static __device__ __forceinline__ Elements<TYPE> elements_of(const void* tensor, int stored) { return {tensor, stored, 0}; }
#else
template <int TYPE> using Elements = const typename Stored<TYPE>::type*;

template <int TYPE> static __device__ __forceinline__ Elements<TYPE> elements_of(const void* tensor, int) { return (Elements<TYPE>)tensor; }
#endif

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
