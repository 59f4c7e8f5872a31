// What the kernels of 3x3 convolutions in training share: their arguments, and tiles of pictures
// with channels in lanes.
//
// Unlike the modulated convolution for inference, a lane is a channel: the tiles of all samples of
// a batch then follow one another, however small the pictures, and the gradient of the weights is
// the same product with its sides changed.
#pragma once

#include "planes.h"
#include "winograd.h"

// Everything is float32 and contiguous.
struct Conv2d {
    const float *x;       // [n, cin, h, w]
    const float *weight;  // of output o, input i and tap t: weight[o step_out + i step_in + t]
    float *y;             // [n, cout, oh, ow]
    int64_t n, cin, cout, h, w, oh, ow;
    int64_t padding;      // 0 to 2 zeros around x; 0 when halving or doubling
    int64_t kind;         // of enum Conv2dKind
    int64_t step_out, step_in;
    int64_t flip;         // taps in reverse order
    int64_t threads;
};

enum Conv2dKind { CONV_SAME = 0, CONV_HALVING = 1, CONV_DOUBLING = 2 };

// Memory of the calling thread that stays from call to call; null if there is none.
float *workspace(int64_t floats);

namespace {

// A row of tiles of one sample is a line; lines of all samples are numbered through.
struct Lines {
    int64_t tiles_x, tiles_y, all;

    Lines(int64_t n, int64_t oh, int64_t ow, int64_t made)
        : tiles_x((ow + made - 1) / made), tiles_y((oh + made - 1) / made), all(n * tiles_y) {}
};

OPS_INLINE int64_t blocks_of(int64_t channels) { return (channels + VL - 1) / VL; }

// Floats from one point to the next; a power of two would put all of them into one set of caches.
OPS_INLINE int64_t point_stride(int64_t blocks, int64_t tiles) { return blocks * tiles * VL + 48; }

// How a transform reads a line of tiles: SEEN inputs or gradients to POINTS products.
template <class Axis> struct Inputs {
    enum { SEEN = Axis::SEEN, STEP = Axis::STEP, POINTS = Axis::POINTS };
    static OPS_INLINE void run(const vf *seen, vf *points) { Axis::input(seen, points); }
};
template <class Axis> struct Gradients {
    enum { SEEN = Axis::MADE, STEP = Axis::MADE, POINTS = Axis::POINTS };
    static OPS_INLINE void run(const vf *seen, vf *points) { Axis::output_transposed(seen, points); }
};

template <class Transform> int64_t line_floats(int64_t tiles_x) {
    const int64_t across = Transform::STEP * tiles_x + Transform::SEEN - Transform::STEP;
    return (Transform::SEEN + Transform::POINTS) * across * VL;
}

// Transforms the tiles of one line for VL channels: to[point * stride + tile * VL].
//
// x: the sample, [channels, h, w]; its first pixel lies `padding` rows and columns into the first
// tile. memory: line_floats of them.
template <class Transform>
void transform_line(const float *x, int64_t channels, int64_t h, int64_t w, int64_t padding,
                    int64_t first_channel, int64_t row_of_tiles, int64_t tiles_x, float *memory,
                    float *to, int64_t stride) {
    const int SEEN = Transform::SEEN, STEP = Transform::STEP, POINTS = Transform::POINTS;
    const int64_t across = STEP * tiles_x + SEEN - STEP, line = across * VL;
    const int64_t count = w < across - padding ? w : across - padding;
    float *rows = memory, *along_y = memory + SEEN * line;
    const Planes planes(x, h * w, nullptr, 0, nullptr, first_channel, channels, 1);
    for (int64_t i = 0; i < SEEN; i++) {
        const int64_t y = STEP * row_of_tiles + i - padding;
        float *row = rows + i * line;
        if (y < 0 || y >= h || count <= 0) {
            std::memset(row, 0, line * sizeof(float));
            continue;
        }
        std::memset(row, 0, padding * VL * sizeof(float));
        planes.gather(y * w, count, row + padding * VL);
        float *rest = row + (padding + count) * VL;
        std::memset(rest, 0, (row + line - rest) * sizeof(float));
    }
    for (int64_t k = 0; k < line; k += VL) {
        vf seen[SEEN], points[POINTS];
#pragma GCC unroll 9
        for (int i = 0; i < SEEN; i++) seen[i] = load(rows + i * line + k);
        Transform::run(seen, points);
#pragma GCC unroll 9
        for (int q = 0; q < POINTS; q++) store(along_y + q * line + k, points[q]);
    }
    for (int64_t tile = 0; tile < tiles_x; tile++) {
        for (int q = 0; q < POINTS; q++) {
            const float *from = along_y + q * line + STEP * tile * VL;
            vf seen[SEEN], points[POINTS];
#pragma GCC unroll 9
            for (int i = 0; i < SEEN; i++) seen[i] = load(from + i * VL);
            Transform::run(seen, points);
#pragma GCC unroll 9
            for (int p = 0; p < POINTS; p++)
                store(to + (q * POINTS + p) * stride + tile * VL, points[p]);
        }
    }
}

}  // namespace
