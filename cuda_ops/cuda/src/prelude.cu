// What every kernel needs and CUDA C++ keeps in headers, which NVRTC does not bring along.
// kernels.py puts this text before each kernel file; the tests' emulator brings its own version of
// everything between #if and #endif, in which every access to memory is checked.

struct Half {
    unsigned short bits;  // IEEE 754 binary16
};

#if !defined(EMULATED)

typedef float* SharedFloats;

// The block's shared memory, as many bytes as the launch asked for. All shared memory is this one.
__device__ __forceinline__ SharedFloats shared_floats() {
    extern __shared__ __align__(16) float memory[];
    return memory;
}

template <class T>
__device__ __forceinline__ T load(const T* address) {
    return *address;
}

template <class T>
__device__ __forceinline__ void store(T* address, T value) {
    *address = value;
}

__device__ __forceinline__ float to_float(Half value) {
    float wide;
    asm("cvt.f32.f16 %0, %1;" : "=f"(wide) : "h"(value.bits));
    return wide;
}

__device__ __forceinline__ void narrow(float value, Half& result) {
    asm("cvt.rn.f16.f32 %0, %1;" : "=h"(result.bits) : "f"(value));
}

// Defines one exported kernel, a statement over its only argument `args`, passed by value. One block
// per multiprocessor is enough to compile for: shared memory is what limits how many there are.
#define KERNEL(name, Args, threads, ...)                                              \
    extern "C" __global__ void __launch_bounds__(threads, 1) name(const Args args) { \
        __VA_ARGS__;                                                                  \
    }

#endif

__device__ __forceinline__ float to_float(float value) { return value; }

__device__ __forceinline__ void narrow(float value, float& result) { result = value; }

// Rounds a float to T, to nearest even.
template <class T>
__device__ __forceinline__ T from_float(float value) {
    T result;
    narrow(value, result);
    return result;
}

// The elements of one tensor of four dimensions, in elements, not bytes.
struct Strides {
    int n, c, y, x;
};

__device__ __forceinline__ int floor_div(int a, int b) { return (a >= 0 ? a : a - b + 1) / b; }
