// 3x3 convolutions of a batch for training, also to half the size and, transposed, to twice the
// size. The gradient of each with respect to its input is another one of them.
#include "conv2d.h"

namespace {

#if VL == 8
const int MT = 6;  // tiles whose sums stay in registers, two vectors of outputs each
#else
const int MT = 12;
#endif
const int64_t TASK_FLOATS = 3 << 16;  // of transformed tiles: what the second cache holds

// weight -> prepared [point][block of outputs][cin][VL].
template <class Axis> void prepare(const Conv2d &c, float *prepared) {
    const int POINTS = Axis::POINTS;
    const int64_t blocks = blocks_of(c.cout);
    parallel_for(blocks, c.threads, [&](int64_t block) {
        for (int64_t i = 0; i < c.cin; i++) {
            float taps[9][VL] = {};
            for (int64_t lane = 0; lane < VL && block * VL + lane < c.cout; lane++) {
                const float *from = c.weight + (block * VL + lane) * c.step_out + i * c.step_in;
                for (int t = 0; t < 9; t++) taps[t][lane] = from[c.flip ? 8 - t : t];
            }
            vf along_x[3][POINTS];
            for (int row = 0; row < 3; row++) {
                vf w[3] = {load(taps[3 * row]), load(taps[3 * row + 1]), load(taps[3 * row + 2])};
                Axis::weights(w, along_x[row]);
            }
            for (int p = 0; p < POINTS; p++) {
                vf w[3] = {along_x[0][p], along_x[1][p], along_x[2][p]}, points[POINTS];
                Axis::weights(w, points);
                for (int q = 0; q < POINTS; q++)
                    store(prepared + (((q * POINTS + p) * blocks + block) * c.cin + i) * VL,
                          points[q]);
            }
        }
    });
}

// sums [NV][tiles][VL] of MT tiles = v [block of inputs][tiles][VL] x weights [NV][cin][VL].
template <int NV>
void multiply(const float *v, int64_t block_step, const float *weights, int64_t cin, float *sums) {
    vf sum[MT][NV] = {};
    for (int64_t first = 0; first < cin; first += VL) {
        const int64_t lanes = cin - first < VL ? cin - first : VL;
        const float *from = v + first / VL * block_step;
        for (int64_t i = 0; i < lanes; i++) {
            vf w[NV];
#pragma GCC unroll 2
            for (int j = 0; j < NV; j++) w[j] = load(weights + (j * cin + first + i) * VL);
#pragma GCC unroll 12
            for (int t = 0; t < MT; t++)
#pragma GCC unroll 2
                for (int j = 0; j < NV; j++) sum[t][j] += from[t * VL + i] * w[j];
        }
    }
#pragma GCC unroll 12
    for (int t = 0; t < MT; t++)
#pragma GCC unroll 2
        for (int j = 0; j < NV; j++) store(sums + j * block_step + t * VL, sum[t][j]);
}

// Turns the sums of one line and VL outputs into pixels.
template <class Axis>
void finish_line(const Conv2d &c, const Lines &lines, int64_t line, int64_t block,
                 const float *sums, int64_t stride, float *rows) {
    const int POINTS = Axis::POINTS, MADE = Axis::MADE;
    const int64_t across = MADE * lines.tiles_x * VL;
    for (int64_t tile = 0; tile < lines.tiles_x; tile++) {
        vf along_y[MADE][POINTS];
        for (int p = 0; p < POINTS; p++) {
            vf column[POINTS], made[MADE];
#pragma GCC unroll 9
            for (int q = 0; q < POINTS; q++)
                column[q] = load(sums + (q * POINTS + p) * stride + tile * VL);
            Axis::output(column, made);
#pragma GCC unroll 8
            for (int i = 0; i < MADE; i++) along_y[i][p] = made[i];
        }
        for (int i = 0; i < MADE; i++) {
            vf made[MADE];
            Axis::output(along_y[i], made);
#pragma GCC unroll 8
            for (int j = 0; j < MADE; j++)
                store(rows + i * across + (MADE * tile + j) * VL, made[j]);
        }
    }
    const int64_t sample = line / lines.tiles_y, y = line % lines.tiles_y * MADE;
    float *out = c.y + sample * c.cout * c.oh * c.ow;
    const Planes planes(c.x, 0, out, c.oh * c.ow, nullptr, block * VL, c.cout, 1);
    for (int64_t i = 0; i < MADE && y + i < c.oh; i++)
        planes.scatter(rows + i * across, c.ow, (y + i) * c.ow);
}

template <class Axis>
int run_lines(const Conv2d &c, const Lines &lines, int64_t first, int64_t last,
              const float *prepared) {
    const int POINTS = Axis::POINTS * Axis::POINTS;
    // Before the picture: its padding, or the input that the first doubled pixel shares.
    const int64_t padding = c.kind == CONV_DOUBLING ? 1 : c.padding;
    const int64_t tiles = (last - first) * lines.tiles_x, room = (tiles + MT - 1) / MT * MT;
    const int64_t in_blocks = blocks_of(c.cin), out_blocks = blocks_of(c.cout);
    const int64_t v_stride = point_stride(in_blocks, room), sum_stride = point_stride(2, room);
    const int64_t made = Axis::MADE * Axis::MADE * lines.tiles_x * VL;
    const int64_t seen = line_floats<Inputs<Axis>>(lines.tiles_x);
    float *v = static_cast<float *>(scratch(
        (POINTS * (v_stride + sum_stride) + (seen > made ? seen : made)) * sizeof(float)));
    if (!v) return OPS_NO_MEMORY;
    float *sums = v + POINTS * v_stride, *memory = sums + POINTS * sum_stride;
    for (int64_t block = 0; block < in_blocks; block++) {
        for (int64_t line = first; line < last; line++)
            transform_line<Inputs<Axis>>(
                c.x + line / lines.tiles_y * c.cin * c.h * c.w, c.cin, c.h, c.w, padding,
                block * VL, line % lines.tiles_y, lines.tiles_x, memory,
                v + (block * room + (line - first) * lines.tiles_x) * VL, v_stride);
        for (int p = 0; p < POINTS; p++)
            std::memset(v + p * v_stride + (block * room + tiles) * VL, 0,
                        (room - tiles) * VL * sizeof(float));
    }
    for (int64_t block = 0; block < out_blocks; block += 2) {
        const int64_t two = out_blocks - block < 2 ? 1 : 2;
        for (int p = 0; p < POINTS; p++) {
            const float *weights = prepared + (p * out_blocks + block) * c.cin * VL;
            for (int64_t tile = 0; tile < room; tile += MT) {
                const float *from = v + p * v_stride + tile * VL;
                float *to = sums + p * sum_stride + tile * VL;
                if (two == 2)
                    multiply<2>(from, room * VL, weights, c.cin, to);
                else
                    multiply<1>(from, room * VL, weights, c.cin, to);
            }
        }
        for (int64_t j = 0; j < two; j++)
            for (int64_t line = first; line < last; line++)
                finish_line<Axis>(c, lines, line, block + j,
                            sums + (j * room + (line - first) * lines.tiles_x) * VL, sum_stride,
                            memory);
    }
    return OPS_OK;
}

template <class Axis> int run(const Conv2d &c) {
    const int64_t POINTS = Axis::POINTS * Axis::POINTS;
    const Lines lines(c.n, c.oh, c.ow, Axis::MADE);
    float *prepared = workspace(POINTS * blocks_of(c.cout) * VL * c.cin);
    if (!prepared) return OPS_NO_MEMORY;
    prepare<Axis>(c, prepared);
    const int64_t tile_floats = POINTS * (blocks_of(c.cin) + 2) * VL;
    int64_t share = TASK_FLOATS / tile_floats / lines.tiles_x;  // lines of one task
    if (share < 1) share = 1;
    int error = OPS_OK;  // written by any task, always the same value
    parallel_for((lines.all + share - 1) / share, c.threads, [&](int64_t task) {
        const int64_t last = (task + 1) * share < lines.all ? (task + 1) * share : lines.all;
        if (run_lines<Axis>(c, lines, task * share, last, prepared))
            __atomic_store_n(&error, OPS_NO_MEMORY, 0);
    });
    return error;
}

}  // namespace

OPS_API int le_conv2d(const Conv2d *conv) {
    switch (conv->kind) {
        case CONV_HALVING: return run<winograd::Halving>(*conv);
        case CONV_DOUBLING: return run<winograd::Doubling>(*conv);
        default: return run<winograd::Same>(*conv);
    }
}
