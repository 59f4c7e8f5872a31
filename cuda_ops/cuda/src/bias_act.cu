// act(x * scale + noise + b) * gain, clamped; and what a gradient is multiplied by on its way back.

enum { LINEAR = 0, RELU = 1, LRELU = 2 };
constexpr float LARGEST = 3.40282347e38f;  // the largest finite float

// Tensors are visited in the order of their memory, which is the same for x, y and out. An element
// at index i there belongs to channel (i / channel_step) % channels, to pixel
// (i / pixel_step) % pixels and to sample i / sample_size.
struct BiasActArgs {
    const void* x;       // forward: the input; gradient: that of the result
    const void* y;       // gradient only: the forward's result
    const float* scale;  // [samples, channels] or null = 1
    const float* noise;  // [pixels] or [samples, pixels] or null = 0
    const void* b;       // [channels] of x's type or null = 0
    void* out;
    int count;
    int channels, channel_step;
    int pixels, pixel_step;
    int sample_size;
    int noise_stride;  // elements of noise from sample to sample; 0 = one for all
    int act;
    float alpha, gain;
    float clamp;     // infinity = none
    int vectorised;  // whether x, y and out are aligned to four elements
};

template <class T>
struct alignas(4 * sizeof(T)) Four {
    T at[4];
};

template <class T>
__device__ __forceinline__ float bias_act_one(const BiasActArgs& p, float v, int i) {
    const int channel = i / p.channel_step % p.channels;
    const int sample = i / p.sample_size;
    if (p.scale) v *= load(p.scale + sample * p.channels + channel);
    if (p.noise) v += load(p.noise + sample * p.noise_stride + i / p.pixel_step % p.pixels);
    if (p.b) v += to_float(load(static_cast<const T*>(p.b) + channel));
    // Comparisons are written so that NaN takes the path on which it stays NaN.
    if (p.act == RELU) v = v < 0 ? 0 : v;
    if (p.act == LRELU) v = v > 0 ? v : v * p.alpha;
    v *= p.gain;
    return v > p.clamp ? p.clamp : v < -p.clamp ? -p.clamp : v;
}

// The result tells the sign of what was activated and whether it was clamped, so that the input
// need not be kept. Needs alpha >= 0.
template <class T>
__device__ __forceinline__ float bias_act_gradient_one(const BiasActArgs& p, float dy, float y) {
    const float clamp = to_float(from_float<T>(p.clamp));
    const float activated = p.gain < 0 ? -y : y;
    float factor = p.gain;
    if (p.act == RELU && activated <= 0) factor = 0;
    if (p.act == LRELU && !(activated > 0)) factor *= p.alpha;
    if (p.clamp <= LARGEST && !(fabsf(y) < clamp)) return 0;
    return dy * factor;
}

template <class T, bool GRADIENT>
__device__ __forceinline__ T bias_act_element(const BiasActArgs& p, T x, T y, int i) {
    if (GRADIENT) return from_float<T>(bias_act_gradient_one<T>(p, to_float(x), to_float(y)));
    return from_float<T>(bias_act_one<T>(p, to_float(x), i));
}

template <class T, bool GRADIENT>
__device__ void bias_act(const BiasActArgs& p) {
    const T* x = static_cast<const T*>(p.x);
    const T* y = GRADIENT ? static_cast<const T*>(p.y) : x;
    T* out = static_cast<T*>(p.out);
    const long long start = (blockIdx.x * static_cast<long long>(blockDim.x) + threadIdx.x) * 4;
    const long long step = static_cast<long long>(gridDim.x) * blockDim.x * 4;
    for (long long next = start; next < p.count; next += step) {
        const int i = static_cast<int>(next);
        if (p.vectorised && next + 4 <= p.count) {
            const Four<T> xs = load(reinterpret_cast<const Four<T>*>(x + i));
            const Four<T> ys = load(reinterpret_cast<const Four<T>*>(y + i));
            Four<T> result;
#pragma unroll
            for (int k = 0; k < 4; k++)
                result.at[k] = bias_act_element<T, GRADIENT>(p, xs.at[k], ys.at[k], i + k);
            store(reinterpret_cast<Four<T>*>(out + i), result);
        } else {
            for (int k = i; k < p.count && k < i + 4; k++)
                store(out + k, bias_act_element<T, GRADIENT>(p, load(x + k), load(y + k), k));
        }
    }
}
