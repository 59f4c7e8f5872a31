// 1x1 convolution to at most four channels (ToRGB): the input is read once, in its own order.
#include "modulated_conv2d.h"

namespace {

const int64_t CHUNK = 1024;  // pixels of one task: sums of all channels stay in the first cache

template <int OUT>
OPS_INLINE void add_channels(const float *x, int64_t stride, int64_t count, int64_t left,
                             const float *weight, int64_t cin, float *sums) {
    // Four channels at a time, so that the sums are loaded and stored a quarter as often.
    for (int64_t i = 0; i < count; i += VL) {
        const int64_t lanes = count - i < VL ? count - i : (int64_t)VL;
        vf v[4] = {};
        for (int64_t k = 0; k < left; k++) {
            const float *from = x + k * stride + i;
            v[k] = lanes == VL ? load(from) : load_part(from, lanes);
        }
        for (int o = 0; o < OUT; o++) {
            vf sum = load(sums + o * CHUNK + i);
            for (int64_t k = 0; k < left; k++) sum += weight[o * cin + k] * v[k];
            store(sums + o * CHUNK + i, sum);
        }
    }
}

template <int OUT> int run(const Sample &s, const float *weight) {
    const ModulatedConv &c = *s.conv;
    const int64_t pixels = c.h * c.w;
    int error = OPS_OK;
    parallel_for((pixels + CHUNK - 1) / CHUNK, c.threads, [&](int64_t task) {
        const int64_t first = task * CHUNK;
        const int64_t count = pixels - first < CHUNK ? pixels - first : CHUNK;
        float *sums = static_cast<float *>(scratch(OUT * CHUNK * sizeof(float)));
        if (!sums) {
            __atomic_store_n(&error, OPS_NO_MEMORY, 0);
            return;
        }
        std::memset(sums, 0, OUT * CHUNK * sizeof(float));
        for (int64_t k = 0; k < c.cin; k += 4) {
            const float *x = s.x + k * pixels + first;
            if (c.cin - k >= 4) {
                add_channels<OUT>(x, pixels, count, 4, weight + k, c.cin, sums);
            } else {
                add_channels<OUT>(x, pixels, count, c.cin - k, weight + k, c.cin, sums);
            }
        }
        for (int o = 0; o < OUT; o++)
            Finish(s, o).run(sums + o * CHUNK, s.noise ? s.noise + first : nullptr,
                             s.out + o * pixels + first, count);
    });
    return error;
}

}  // namespace

int run_few(const Sample &s) {
    const ModulatedConv &c = *s.conv;
    float *weight = workspace(c.cout * c.cin);
    if (!weight) return OPS_NO_MEMORY;
    for (int64_t o = 0; o < c.cout; o++)
        for (int64_t i = 0; i < c.cin; i++)
            weight[o * c.cin + i] = c.weight[o * c.cin + i] * s.styles[i];
    switch (c.cout) {
        case 1: return run<1>(s, weight);
        case 2: return run<2>(s, weight);
        case 3: return run<3>(s, weight);
        default: return run<4>(s, weight);
    }
}
