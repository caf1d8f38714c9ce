// What CUDA C++ has beyond C++, for kernels that g++ compiles (-include simt.hpp) and the processor runs. See simt.cpp for how.
//
// A kernel library holds one .cu file and, behind it, SIMT_EXPORT(name) for each of its kernels. It is self-contained but for the engine,
// whose address it is given with each launch: no symbol of it need be visible to whoever loads it.
#pragma once
#define EMULATED 1

// No header is included: kernels are compiled by the thousand, and the standard library's headers alone would take longer than they do.
extern "C" {
double exp(double);
double log(double);
float logf(float);
float exp2f(float);
double fmax(double, double);
float fmaxf(float, float);
float fmaf(float, float, float);
}

struct dim3 { unsigned x, y, z; };

namespace simt {

// What the running thread sees, and what it can ask for. A request does not return before it is granted.
struct Engine {
    dim3 thread, block, block_size, grid;
    void (*wait_for_block)(int line);
    void (*exchange)(unsigned mask, unsigned partner, int line, const void* mine, void* theirs, unsigned bytes);
};

// What a library tells of a kernel.
struct Kernel {
    const char* name;
    void (*run)(Engine*, void** arguments); // as one thread
    char *shared_begin, *shared_end;        // all that is __shared__ in the library
    const unsigned long* argument_sizes;    // bytes of each, and 0 behind the last
};

[[maybe_unused]] static Engine* engine; // of this library alone

template <class To, class From> To bits_as(From from)
{
    static_assert(sizeof(To) == sizeof(From));
    To to;
    __builtin_memcpy(&to, &from, sizeof(To));
    return to;
}

template <class T> T exchange(unsigned mask, T mine, unsigned partner, int line)
{
    T theirs;
    engine->exchange(mask, partner, line, &mine, &theirs, sizeof(T));
    return theirs;
}

template <int...> struct Places {};

template <class... A, int... I> void call(void (*kernel)(A...), void** arguments, Places<I...>) { kernel(*(A*)arguments[I]...); }

template <class... A> void call(void (*kernel)(A...), void** arguments) { call(kernel, arguments, Places<__integer_pack(sizeof...(A))...>()); }

template <class... A> const unsigned long* sizes_of(void (*)(A...))
{
    static const unsigned long sizes[] = {sizeof(A)..., 0};
    return sizes;
}

} // namespace simt

extern "C" {
extern char __start_shared[] __attribute__((weak, visibility("hidden")));
extern char __stop_shared[] __attribute__((weak, visibility("hidden")));
}

#define SIMT_EXPORT(kernel) \
    extern "C" simt::Kernel emulated_##kernel; \
    simt::Kernel emulated_##kernel = { \
        #kernel, [](simt::Engine* engine, void** arguments) { simt::engine = engine; copies_of_threads[threadIdx.x].count = 0; simt::call(kernel, arguments); }, __start_shared, __stop_shared, simt::sizes_of(kernel)};

#define __global__
#define __device__
#define __host__
#define __forceinline__ inline
#define __noinline__
#define __launch_bounds__(...)
#define __shared__ static __attribute__((section("shared")))

#define threadIdx (simt::engine->thread)
#define blockIdx (simt::engine->block)
#define blockDim (simt::engine->block_size)
#define gridDim (simt::engine->grid)

// A barrier is known by its line.
#define __syncthreads() simt::engine->wait_for_block(__LINE__)
#define __syncwarp() ((void)simt::exchange(~0u, 0, threadIdx.x % 32, __LINE__))
#define __shfl_xor_sync(mask, value, step) simt::exchange((mask), (value), threadIdx.x % 32 ^ (unsigned)(step), __LINE__)

// One thread runs at a time.
template <class T> T atomicAdd(T* place, T addend) { T before = *place; *place += addend; return before; }
template <class T> T atomicMin(T* place, T other) { T before = *place; if (other < before) *place = other; return before; }

inline float __uint_as_float(unsigned bits) { return simt::bits_as<float>(bits); }
inline unsigned __float_as_uint(float x) { return simt::bits_as<unsigned>(x); }
inline unsigned __byte_perm(unsigned a, unsigned b, unsigned selector)
{
    const unsigned long long bytes = a | (unsigned long long)b << 32;
    unsigned chosen = 0;
    for (int i = 0; i < 4; i++) chosen |= (unsigned)(bytes >> 8 * (selector >> 4 * i & 7) & 0xFF) << 8 * i;
    return chosen;
}
inline long long __double_as_longlong(double x) { return simt::bits_as<long long>(x); }

// What elements.cuh has in the device's own assembly.
inline float float_of_half(unsigned short bits) { return (float)simt::bits_as<_Float16>(bits); }
inline unsigned short half_of_float(float x) { return simt::bits_as<unsigned short>((_Float16)x); }
inline unsigned larger_halves(unsigned a, unsigned b)
{
    const float lower = fmaxf(float_of_half((unsigned short)a), float_of_half((unsigned short)b)), upper = fmaxf(float_of_half(a >> 16), float_of_half(b >> 16));
    return half_of_float(lower) | (unsigned)half_of_float(upper) << 16;
}
inline unsigned larger_brains(unsigned a, unsigned b)
{
    const float lower = fmaxf(__uint_as_float(a << 16), __uint_as_float(b << 16)), upper = fmaxf(__uint_as_float(a & 0xFFFF0000), __uint_as_float(b & 0xFFFF0000));
    return __float_as_uint(lower) >> 16 | (__float_as_uint(upper) & 0xFFFF0000);
}
inline float exp2_of(float x) { return exp2f(x); }
inline float reciprocal_of(float x) { return 1 / x; }

// A copy is made when it is waited for, no earlier: by each thread for its own.
struct Copies { void* to[256]; const void* from[256]; int bytes[256]; int count; };
inline Copies copies_of_threads[1024];

inline char* shared_address(void* place) { return (char*)place; }

template <int BYTES> void copy_async(void* to, const void* from)
{
    Copies& copies = copies_of_threads[threadIdx.x];
    copies.to[copies.count] = to;
    copies.from[copies.count] = from;
    copies.bytes[copies.count++] = BYTES;
}

inline void wait_for_copies()
{
    Copies& copies = copies_of_threads[threadIdx.x];
    for (int i = 0; i < copies.count; i++) __builtin_memcpy(copies.to[i], copies.from[i], copies.bytes[i]);
    copies.count = 0;
}
