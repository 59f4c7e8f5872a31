// What the kernels of 3x3 convolutions in training share: their arguments, and tiles of pictures
// with channels in lanes.
//
// Unlike the modulated convolution for inference, a lane is a channel: the tiles of all samples of
// a batch then follow one another, however small the pictures, and the gradient of the weights is
// the same product with its sides changed.
#pragma once

#include "planes.h"
#include "winograd.h"

// y = conv(x, weight); everything float32 and contiguous.
struct Conv2d {
    const float *x;       // [n, cin, h, w]
    const float *weight;  // of output o, input i and tap t: weight[o step_out + i step_in + t]
    float *y;             // [n, cout, oh, ow]
    int64_t n, cin, cout, h, w, oh, ow;
    int64_t padding;      // 0 to 2 zeros around x
    int64_t step_out, step_in;
    int64_t flip;         // taps in reverse order
    int64_t threads;
};

// Memory of the calling thread that stays from call to call; null if there is none.
float *workspace(int64_t floats);

namespace {

using winograd::POINTS;
using winograd::SEEN;
using winograd::TILE;

// A row of tiles of one sample is a line; lines of all samples are numbered through.
struct Lines {
    int64_t tiles_x, tiles_y, all;

    Lines(int64_t n, int64_t oh, int64_t ow)
        : tiles_x((ow + TILE - 1) / TILE), tiles_y((oh + TILE - 1) / TILE), all(n * tiles_y) {}
};

OPS_INLINE int64_t blocks_of(int64_t channels) { return (channels + VL - 1) / VL; }

// Floats from one point to the next; a power of two would put all of them into one set of caches.
OPS_INLINE int64_t point_stride(int64_t blocks, int64_t tiles) { return blocks * tiles * VL + 48; }

// Memory for transforming one line of `across` columns by tiles that see SIDE rows.
OPS_INLINE int64_t line_floats(int64_t tiles_x) { return 2 * SEEN * (TILE * tiles_x + 2) * VL; }

// Transforms the tiles of one line for VL channels: to[point * stride + tile * VL].
//
// SIDE: rows and columns that a tile sees. x: the sample, [channels, h, w]; its first pixel lies
// `padding` rows and columns into the first tile.
template <int SIDE, void (*TRANSFORM)(const vf *, vf *)>
void transform_line(const float *x, int64_t channels, int64_t h, int64_t w, int64_t padding,
                    int64_t first_channel, int64_t row_of_tiles, int64_t tiles_x, float *memory,
                    float *to, int64_t stride) {
    const int64_t across = TILE * tiles_x + SIDE - TILE;
    const int64_t count = w < across - padding ? w : across - padding;
    const int64_t line = across * VL;
    float *rows = memory, *along_y = memory + SIDE * line;
    const Planes planes(x, h * w, nullptr, 0, nullptr, first_channel, channels, 1);
    for (int64_t i = 0; i < SIDE; i++) {
        const int64_t y = TILE * row_of_tiles + i - padding;
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
        vf seen[SIDE], points[SEEN];
#pragma GCC unroll 6
        for (int i = 0; i < SIDE; i++) seen[i] = load(rows + i * line + k);
        TRANSFORM(seen, points);
#pragma GCC unroll 6
        for (int q = 0; q < SEEN; q++) store(along_y + q * line + k, points[q]);
    }
    for (int64_t tile = 0; tile < tiles_x; tile++) {
        for (int q = 0; q < SEEN; q++) {
            const float *from = along_y + q * line + TILE * tile * VL;
            vf seen[SIDE], points[SEEN];
#pragma GCC unroll 6
            for (int i = 0; i < SIDE; i++) seen[i] = load(from + i * VL);
            TRANSFORM(seen, points);
#pragma GCC unroll 6
            for (int p = 0; p < SEEN; p++)
                store(to + (q * SEEN + p) * stride + tile * VL, points[p]);
        }
    }
}

}  // namespace
