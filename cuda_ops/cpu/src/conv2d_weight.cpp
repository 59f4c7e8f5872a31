// The gradient of a 3x3 convolution with respect to its weights, by the transpose of its algorithm:
// 36 products of a tile of the input and one of the gradient instead of 144, or 81 when halving.
#include "conv2d.h"

namespace {

#if VL == 16
const int MR = 8;  // outputs whose sums stay in registers, two vectors of inputs each
#else
const int MR = 4;
#endif
const int64_t BLOCK_FLOATS = 3 << 17;  // of transformed tiles at once

// sums [MR][..., NV vectors] += u [tiles][VL], MR lanes of it, x v [NV][tiles][VL].
template <int NV>
void multiply(const float *u, const float *v, int64_t tiles, float *sums, int64_t row) {
    vf sum[MR][NV];
#pragma GCC unroll 8
    for (int i = 0; i < MR; i++)
#pragma GCC unroll 2
        for (int j = 0; j < NV; j++) sum[i][j] = load(sums + i * row + j * VL);
    for (int64_t t = 0; t < tiles; t++) {
        vf lanes[NV];
#pragma GCC unroll 2
        for (int j = 0; j < NV; j++) lanes[j] = load(v + (j * tiles + t) * VL);
#pragma GCC unroll 8
        for (int i = 0; i < MR; i++)
#pragma GCC unroll 2
            for (int j = 0; j < NV; j++) sum[i][j] += u[t * VL + i] * lanes[j];
    }
#pragma GCC unroll 8
    for (int i = 0; i < MR; i++)
#pragma GCC unroll 2
        for (int j = 0; j < NV; j++) store(sums + i * row + j * VL, sum[i][j]);
}

// The weights of one output from sums [point][cout][cin, rounded up].
template <class Axis>
void finish(const float *sums, int64_t stride, int64_t cin, int64_t step, float *weight) {
    const int POINTS = Axis::POINTS;
    for (int64_t first = 0; first < cin; first += VL) {
        vf along_y[3][POINTS];
        for (int p = 0; p < POINTS; p++) {
            vf column[POINTS], three[3];
            for (int q = 0; q < POINTS; q++)
                column[q] = load(sums + (q * POINTS + p) * stride + first);
            Axis::weights_transposed(column, three);
            for (int i = 0; i < 3; i++) along_y[i][p] = three[i];
        }
        for (int i = 0; i < 3; i++) {
            vf three[3];
            Axis::weights_transposed(along_y[i], three);
            for (int j = 0; j < 3; j++)
                for (int64_t lane = 0; lane < VL && first + lane < cin; lane++)
                    weight[(first + lane) * step + 3 * i + j] = three[j][lane];
        }
    }
}

template <class Axis> int run(const Conv2d &c, float *to) {
    const int POINTS = Axis::POINTS * Axis::POINTS;
    const Lines lines(c.n, c.oh, c.ow, Axis::MADE);
    const int64_t in_blocks = blocks_of(c.cin), out_blocks = blocks_of(c.cout);
    const int64_t blocks = in_blocks + out_blocks;
    int64_t share = BLOCK_FLOATS / (POINTS * blocks * VL) / lines.tiles_x;  // lines at once
    if (share < 1) share = 1;
    if (share > lines.all) share = lines.all;
    const int64_t most = share * lines.tiles_x;
    const int64_t row = in_blocks * VL, sum_stride = out_blocks * VL * row;
    const int64_t v_most = point_stride(in_blocks, most), u_most = point_stride(out_blocks, most);
    float *sums = workspace(POINTS * (sum_stride + v_most + u_most));
    if (!sums) return OPS_NO_MEMORY;
    std::memset(sums, 0, POINTS * sum_stride * sizeof(float));
    float *v = sums + POINTS * sum_stride, *u = v + POINTS * v_most;
    int error = OPS_OK;  // written by any task, always the same value
    for (int64_t first = 0; first < lines.all; first += share) {
        const int64_t count = lines.all - first < share ? lines.all - first : share;
        const int64_t tiles = count * lines.tiles_x;
        parallel_for(blocks * count, c.threads, [&](int64_t task) {
            const int64_t a = line_floats<Inputs<Axis>>(lines.tiles_x);
            const int64_t b = line_floats<Gradients<Axis>>(lines.tiles_x);
            float *memory = static_cast<float *>(scratch((a > b ? a : b) * sizeof(float)));
            if (!memory) {
                __atomic_store_n(&error, OPS_NO_MEMORY, 0);
                return;
            }
            const int64_t block = task / count, at = task % count;
            const int64_t sample = (first + at) / lines.tiles_y, y = (first + at) % lines.tiles_y;
            if (block < in_blocks)
                transform_line<Inputs<Axis>>(
                    c.x + sample * c.cin * c.h * c.w, c.cin, c.h, c.w, c.padding, block * VL, y,
                    lines.tiles_x, memory, v + (block * tiles + at * lines.tiles_x) * VL, v_most);
            else
                transform_line<Gradients<Axis>>(
                    c.y + sample * c.cout * c.oh * c.ow, c.cout, c.oh, c.ow, 0,
                    (block - in_blocks) * VL, y, lines.tiles_x, memory,
                    u + ((block - in_blocks) * tiles + at * lines.tiles_x) * VL, u_most);
        });
        if (error) return error;
        parallel_for(POINTS, c.threads, [&](int64_t point) {
            for (int64_t o = 0; o < c.cout; o += MR) {
                const float *gradient = u + point * u_most + o / VL * tiles * VL + o % VL;
                for (int64_t block = 0; block < in_blocks; block += 2) {
                    const float *from = v + point * v_most + block * tiles * VL;
                    float *at = sums + point * sum_stride + o * row + block * VL;
                    if (in_blocks - block > 1)
                        multiply<2>(gradient, from, tiles, at, row);
                    else
                        multiply<1>(gradient, from, tiles, at, row);
                }
            }
        });
    }
    parallel_for(c.cout, c.threads, [&](int64_t o) {
        finish<Axis>(sums + o * row, sum_stride, c.cin, c.step_in, to + o * c.step_out);
    });
    return OPS_OK;
}

}  // namespace

// Of `conv`: x [n, cin, h, w], y the gradient [n, cout, oh, ow]. to: laid out as conv.weight would
// be; there is no kernel for doubling, whose gradient is that of halving with its sides exchanged.
OPS_API int le_conv2d_weight(const Conv2d *conv, float *to) {
    return conv->kind == CONV_HALVING ? run<winograd::Halving>(*conv, to)
                                      : run<winograd::Same>(*conv, to);
}
