// VL planes of memory side by side in the lanes of vectors.
#pragma once

#include "transpose.h"

namespace {

struct Planes {
    const float *from[VL];
    float *to[VL];
    int64_t used;  // lanes; the others repeat the last plane, and nothing is written for them
    vf bias;       // what gather adds

    // Planes first, first + 1, ... of x and y, which hold `planes` of in and of out floats.
    Planes(const float *x, int64_t in, float *y, int64_t out, const float *b, int64_t first,
           int64_t planes, int64_t channels) {
        used = planes - first < VL ? planes - first : VL;
        bias = vf{};
        for (int64_t i = 0; i < VL; i++) {
            int64_t plane = first + (i < used ? i : used - 1);
            from[i] = x + plane * in;
            to[i] = y + plane * out;
            if (b) bias[i] = b[plane % channels];
        }
    }

    // row[k] = the pixels at offset + k, plus bias, for k < count.
    void gather(int64_t offset, int64_t count, float *row) const {
        vf block[VL];
        if (count < VL) {
            for (int i = 0; i < VL; i++) block[i] = load_part(from[i] + offset, count);
            transpose(block);
            for (int64_t k = 0; k < count; k++) store(row + k * VL, block[k] + bias);
            return;
        }
        for (int64_t start = 0; start < count; start += VL) {
            // The last block overlaps the one before instead of reaching past the end.
            int64_t k0 = start + VL > count ? count - VL : start;
#pragma GCC unroll 16
            for (int i = 0; i < VL; i++) block[i] = load(from[i] + offset + k0);
            transpose(block);
#pragma GCC unroll 16
            for (int k = 0; k < VL; k++) store(row + (k0 + k) * VL, block[k] + bias);
        }
    }

    // The pixels at offset + k = row[k], for k < count.
    void scatter(const float *row, int64_t count, int64_t offset) const {
        vf block[VL];
        if (count < VL) {
            for (int64_t k = 0; k < VL; k++) block[k] = k < count ? load(row + k * VL) : vf{};
            transpose(block);
            for (int64_t i = 0; i < used; i++) store_part(to[i] + offset, block[i], count);
            return;
        }
        for (int64_t start = 0; start < count; start += VL) {
            int64_t k0 = start + VL > count ? count - VL : start;
#pragma GCC unroll 16
            for (int k = 0; k < VL; k++) block[k] = load(row + (k0 + k) * VL);
            transpose(block);
            if (used == VL) {
#pragma GCC unroll 16
                for (int i = 0; i < VL; i++) store(to[i] + offset + k0, block[i]);
            } else {
                for (int64_t i = 0; i < used; i++) store(to[i] + offset + k0, block[i]);
            }
        }
    }

    // Fetch pixels into the cache that are about to be read, or written: these are more streams
    // than the processor can follow by itself.
    void expect_read(int64_t offset, int64_t count) const {
        for (int64_t i = 0; i < used; i++) {
            const float *p = from[i] + offset, *end = p + count;
            for (; p < end; p += 16) __builtin_prefetch(p, 0, 2);
            __builtin_prefetch(end - 1, 0, 2);
        }
    }
    void expect_write(int64_t offset, int64_t count) const {
        for (int64_t i = 0; i < used; i++) {
            const float *p = to[i] + offset, *end = p + count;
            for (; p < end; p += 16) __builtin_prefetch(p, 1, 2);
            __builtin_prefetch(end - 1, 1, 2);
        }
    }
};

}  // namespace
