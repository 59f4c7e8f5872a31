// A picture in float to the bytes of a texture, in one pass.
#include "common.h"

namespace {

const int64_t CHUNK = 1 << 14;  // pixels of one task

// trunc(clamp(value * scale + 128, 0, 255)); the product is rounded before the sum, as in PyTorch,
// so the compiler must not make one operation of the two. NaN becomes 0.
OPS_INLINE vi byte_of(vf value, vf scale) {
    vf product = value * scale;
#if defined(__x86_64__)
    __asm__("" : "+v"(product));
#elif defined(__aarch64__)
    __asm__("" : "+w"(product));
#endif
    vf shifted = product + 128.0f;
    shifted = select(shifted > splat(0), shifted, vf{});
    shifted = select(shifted < splat(255), shifted, splat(255));
    return __builtin_convertvector(shifted, vi);
}

}  // namespace

// rgba [pixels] with red in the lowest byte, from planes [channels][pixels]; channels: 1 (grey), 3
// or 4, whose fourth is alpha, which scale does not act on.
OPS_API int le_rgba8(const float *planes, uint32_t *rgba, int64_t channels, int64_t pixels,
                     float scale, int64_t threads) {
    parallel_for((pixels + CHUNK - 1) / CHUNK, threads, [&](int64_t task) {
        const int64_t end = (task + 1) * CHUNK < pixels ? (task + 1) * CHUNK : pixels;
        for (int64_t i = task * CHUNK; i < end; i += VL) {
            const int64_t count = end - i < VL ? end - i : (int64_t)VL;
            vi bytes[4] = {};
            for (int64_t c = 0; c < channels; c++) {
                const float *from = planes + c * pixels + i;
                vf value = count == VL ? load(from) : load_part(from, count);
                bytes[c] = byte_of(value, splat(c == 3 ? 127.5f : scale));
            }
            if (channels == 1) bytes[1] = bytes[2] = bytes[0];
            if (channels < 4) bytes[3] = vi{} + 255;
            vi word = bytes[0] | bytes[1] << 8 | bytes[2] << 16 | bytes[3] << 24;
            std::memcpy(rgba + i, &word, count * sizeof(uint32_t));
        }
    });
    return OPS_OK;
}
