// 3x3 convolution that doubles the size, filter included, by Toom and Cook's multiplication.
//
// Along one axis, an input sample x[i] adds w[a] x[i] to the sample 2i + a of a line that the
// filter then runs over. The even samples of that line are the product of polynomials x and
// (w0, w2), the odd ones are x w1. M inputs have M + 1 even and M odd samples, found from as many
// products: 81 for 4x4 inputs in the plane, where counting taps gives 144 and a filter folded into
// the weights 576. The 2M + 1 samples go through the filter where they are, and what reaches over
// the end of the tile (4 of them) is added to the next tile.
//
// A tile is M x M input pixels and completes 2M x 2M output pixels, from -2 on. A lane is a tile;
// every row of tiles begins in lane 0.
#include "conv_rows.h"
#include "modulated_conv2d.h"

namespace {

const int TAPS = 4, REACH = TAPS;  // samples that a tile adds to the next one

template <int M> struct Tile;

template <> struct Tile<4> {
    enum { POINTS = 9, INPUTS = 7 };
    // Which of the INPUTS the product at each point takes.
    static constexpr int input_of[POINTS] = {0, 4, 5, 6, 3, 0, 1, 2, 3};

    // Values of x0 + x1 z + x2 z^2 + x3 z^3 at 0, 1, -1, 2, infinity; and the samples themselves.
    static OPS_INLINE void inputs(const vf *x, vf *v) {
        vf even = x[0] + x[2], odd = x[1] + x[3];
        for (int i = 0; i < 4; i++) v[i] = x[i];
        v[4] = even + odd;
        v[5] = even - odd;
        v[6] = x[0] + 4 * x[2] + 2 * (x[1] + 4 * x[3]);
    }
    // Products to samples. The weights carry factors 1, 1/2, 1/2, 1/6, 1.
    static OPS_INLINE void samples(const vf *p, vf *y) {
        vf e2 = p[1] + p[2] - p[0] - p[4], both = p[1] - p[2];  // both = e1 + e3
        vf e3 = p[3] - p[0] * (1 / 6.0f) - e2 * (2 / 3.0f) - p[4] * (8 / 3.0f) - both * (1 / 3.0f);
        y[0] = p[0];
        y[1] = p[5];
        y[2] = both - e3;
        y[3] = p[6];
        y[4] = e2;
        y[5] = p[7];
        y[6] = e3;
        y[7] = p[8];
        y[8] = p[4];
    }
};

template <> struct Tile<2> {
    enum { POINTS = 5, INPUTS = 3 };
    static constexpr int input_of[POINTS] = {0, 2, 1, 0, 1};

    // Values of x0 + x1 z at 0, infinity, 1.
    static OPS_INLINE void inputs(const vf *x, vf *v) {
        v[0] = x[0];
        v[1] = x[1];
        v[2] = x[0] + x[1];
    }
    static OPS_INLINE void samples(const vf *p, vf *y) {
        y[0] = p[0];
        y[1] = p[3];
        y[2] = p[1] - p[0] - p[2];
        y[3] = p[4];
        y[4] = p[2];
    }
};

constexpr int Tile<4>::input_of[];
constexpr int Tile<2>::input_of[];

struct Shape {
    int64_t tiles_x, tiles_y;
    int64_t across;     // tiles_x in whole vectors
    int64_t plane;      // floats between two planes of transformed input
    int64_t first_row;  // of tiles: those computed together
    int64_t rows;
    int64_t group;      // output channels of one task
    float *v;           // [panel][INPUTS^2][cin][NR]
    float *carry;       // [cout][REACH][POINTS][across], what a row of tiles adds to the next
};

template <int M> struct Up {
    typedef Tile<M> T;
    enum {
        POINTS = T::POINTS,
        INPUTS = T::INPUTS,
        DONE = 2 * M,          // samples of a line that a tile completes
        PAIR = 2,               // panels of one task: weights are read once for both
        GROUP = M == 4 ? 16 : 32,
        SUMS = GROUP * NR + 48,  // floats between two planes of sums
    };
    const Sample &s;
    const ModulatedConv &c;
    const Shape &shape;
    vf fir_x[TAPS], fir_y[TAPS];

    Up(const Sample &sample, const Shape &block) : s(sample), c(*sample.conv), shape(block) {
        for (int i = 0; i < TAPS; i++) {
            fir_x[i] = splat(c.fir_x[i] * c.fir_gain);
            fir_y[i] = splat(c.fir_y[i] * c.fir_gain);
        }
    }

    // Products at the points of a line to DONE + REACH filtered samples.
    OPS_INLINE void line(const vf *points, const vf *fir, vf *z) const {
        vf y[2 * M + 1];
        T::samples(points, y);
        for (int q = 0; q < DONE + REACH; q++) {
            vf sum = {};
            for (int i = 0; i < TAPS; i++)
                if (q - i >= 0 && q - i <= 2 * M) sum += fir[i] * y[q - i];
            z[q] = sum;
        }
    }

    int input_channel(int64_t channel) const {
        const int64_t width = M * shape.across;
        float *lines = static_cast<float *>(scratch(M * width * sizeof(float)));
        if (!lines) return OPS_NO_MEMORY;
        std::memset(lines, 0, M * width * sizeof(float));
        const float style = s.styles[channel];
        for (int64_t row = 0; row < shape.rows; row++) {
            for (int i = 0; i < M; i++) {
                const int64_t y = M * (shape.first_row + row) + i;
                if (y >= c.h) {
                    std::memset(lines + i * width, 0, width * sizeof(float));
                    continue;
                }
                const float *from = s.x + (channel * c.h + y) * c.w;
                for (int64_t x = 0; x < c.w; x++) lines[i * width + x] = from[x] * style;
            }
            for (int64_t t = 0; t < shape.across; t += VL) {
                vf along_x[INPUTS][M];
                for (int i = 0; i < M; i++) {
                    vf x[M], v[INPUTS];
                    take_apart<M>(lines + i * width + M * t, x);
                    T::inputs(x, v);
                    for (int p = 0; p < INPUTS; p++) along_x[p][i] = v[p];
                }
                const int64_t lane = row * shape.across + t;
                float *to = shape.v + lane / NR * INPUTS * INPUTS * shape.plane + channel * NR +
                            lane % NR;
                const int64_t then = lane + VL;  // written next, and fetched for that
                const float *next = shape.v + then / NR * INPUTS * INPUTS * shape.plane +
                                    channel * NR + then % NR;
                for (int p = 0; p < INPUTS; p++) {
                    vf v[INPUTS];
                    T::inputs(along_x[p], v);
                    for (int q = 0; q < INPUTS; q++) {
                        store(to + (q * INPUTS + p) * shape.plane, v[q]);
                        __builtin_prefetch(next + (q * INPUTS + p) * shape.plane, 1);
                    }
                }
            }
        }
        return OPS_OK;
    }

    // Filters `count` rows along x and finishes them: output rows y0, y0 + 1, ...; tiles t to
    // t + VL of their row. edges [count][REACH] holds what the tile to the left reaches over with.
    template <int COUNT>
    OPS_INLINE void finish_rows(const vf (*rows)[POINTS], int64_t y0, int64_t t, int64_t channel,
                                const Finish &finish, float (*edges)[REACH]) const {
        const int64_t x0 = DONE * t - 2;
        const int64_t skip = x0 < 0 ? -x0 : 0;
        int64_t end = DONE * VL + 2;  // two of the last lane's reach; the next lanes overwrite them
        if (end > c.ow - x0) end = c.ow - x0;
        for (int r = 0; r < COUNT; r++) {
            const int64_t y = y0 + r;
            if (y < 0 || y >= c.oh) continue;
            vf z[DONE + REACH];
            line(rows[r], fir_x, z);
            for (int j = 0; j < REACH; j++) {
                const float left = t == 0 ? 0 : edges[r][j];
                edges[r][j] = z[DONE + j][VL - 1];
                z[j] += one_lane_later(z[DONE + j], left);
            }
            if (end <= skip) continue;
            float pixels[DONE * VL + 2];
            put_together<DONE>(z, pixels);
            pixels[DONE * VL] = edges[r][0];
            pixels[DONE * VL + 1] = edges[r][1];
            const int64_t at = y * c.ow + x0 + skip;
            finish.run(pixels + skip, s.noise ? s.noise + at : nullptr,
                       s.out + channel * c.oh * c.ow + at, end - skip);
        }
    }

    // One output channel of VL tiles from sums, whose planes are SUMS floats apart.
    void output_lanes(int64_t channel, int64_t lane, const Finish &finish, const float *sums,
                      float (*edges)[REACH]) const {
        const int64_t row = shape.first_row + lane / shape.across, t = lane % shape.across;
        float *carry = shape.carry + channel * REACH * POINTS * shape.across + t;
        vf rows[DONE][POINTS];
        for (int p = 0; p < POINTS; p++) {
            vf column[POINTS], z[DONE + REACH];
            for (int q = 0; q < POINTS; q++) column[q] = load(sums + (q * POINTS + p) * SUMS);
            line(column, fir_y, z);
            for (int j = 0; j < REACH; j++) {
                float *above = carry + (j * POINTS + p) * shape.across;
                if (row > 0) z[j] += load(above);
                store(above, z[DONE + j]);
            }
            for (int r = 0; r < DONE; r++) rows[r][p] = z[r];
        }
        finish_rows<DONE>(rows, DONE * row - 2, t, channel, finish, edges);
    }

    // The last two rows of the picture are what the last row of tiles reaches over with.
    void last_rows(int64_t channel, const Finish &finish) const {
        const float *carry = shape.carry + channel * REACH * POINTS * shape.across;
        float edges[2][REACH];
        for (int64_t t = 0; t < shape.across; t += VL) {
            vf rows[2][POINTS];
            for (int r = 0; r < 2; r++)
                for (int p = 0; p < POINTS; p++)
                    rows[r][p] = load(carry + (r * POINTS + p) * shape.across + t);
            finish_rows<2>(rows, DONE * shape.tiles_y - 2, t, channel, finish, edges);
        }
    }

    // Which plane of inputs the product at a point of the plane takes.
    static int64_t input_at(int point) {
        point = point < POINTS * POINTS ? point : 0;
        return T::input_of[point / POINTS] * INPUTS + T::input_of[point % POINTS];
    }

    int outputs(int64_t group) const {
        const int64_t first = group * shape.group;
        const int64_t channels = c.cout - first < shape.group ? c.cout - first : shape.group;
        const int64_t blocks = (channels + MR - 1) / MR, all_blocks = (c.cout + MR - 1) / MR;
        const int64_t lanes = shape.rows * shape.across, all_panels = (lanes + NR - 1) / NR;
        const int64_t depth = c.cin * MR, edge_floats = GROUP * DONE * REACH;
        float *sums = static_cast<float *>(
            scratch((PAIR * POINTS * POINTS * SUMS + edge_floats) * sizeof(float)));
        if (!sums) return OPS_NO_MEMORY;
        auto edges = reinterpret_cast<float(*)[DONE][REACH]>(sums + PAIR * POINTS * POINTS * SUMS);
        for (int64_t panel = 0; panel < all_panels; panel += PAIR) {
            const int64_t panels = all_panels - panel < PAIR ? all_panels - panel : (int64_t)PAIR;
            const float *v = shape.v + panel * INPUTS * INPUTS * shape.plane;
            for (int point = 0; point < POINTS * POINTS; point++) {
                const float *from = v + input_at(point) * shape.plane;
                const float *next = v + input_at(point + 1) * shape.plane;
                const float *weight = c.weight + (point * all_blocks + first / MR) * depth;
                for (int64_t block = 0; block < blocks; block++) {
                    const int64_t step = block + 1 < blocks ? block + 1 : all_blocks;
                    for (int64_t i = 0; i < panels; i++) {
                        const int64_t other = i * INPUTS * INPUTS * shape.plane;
                        multiply_block(
                            weight + block * depth, from + other, c.cin,
                            sums + (i * POINTS * POINTS + point) * SUMS + block * MR * NR,
                            weight + step * depth, next + other + block * c.cin * 16);
                    }
                }
            }
            for (int64_t channel = 0; channel < channels; channel++) {
                const Finish finish(s, first + channel);
                for (int64_t i = 0; i < panels; i++)
                    for (int64_t l = 0; l < NR; l += VL) {
                        const int64_t lane = (panel + i) * NR + l;
                        if (lane < lanes)
                            output_lanes(first + channel, lane, finish,
                                         sums + i * POINTS * POINTS * SUMS + channel * NR + l,
                                         edges[channel]);
                    }
            }
        }
        if (shape.first_row + shape.rows == shape.tiles_y)
            for (int64_t channel = 0; channel < channels; channel++)
                last_rows(first + channel, Finish(s, first + channel));
        return OPS_OK;
    }
};

template <int M> int run_up(const Sample &s) {
    typedef Up<M> U;
    const ModulatedConv &c = *s.conv;
    Shape shape;
    shape.tiles_x = (c.w + M - 1) / M;
    shape.tiles_y = (c.h + M - 1) / M;
    shape.across = round_up(shape.tiles_x, VL);
    shape.plane = plane_stride(c.cin);
    shape.group = c.cout >= 4 * U::GROUP ? (int64_t)U::GROUP : 8;
    const int64_t inputs = U::INPUTS * U::INPUTS;
    const int64_t step = (U::PAIR * NR + shape.across - 1) / shape.across;  // rows that fill panels
    int64_t rows = BLOCK_FLOATS / (inputs * c.cin * shape.across) / step * step;
    if (rows < step) rows = step;
    if (rows > shape.tiles_y) rows = shape.tiles_y;
    const int64_t panels = (rows * shape.across + NR - 1) / NR;
    const int64_t v_floats = panels * inputs * shape.plane;
    shape.v = workspace(v_floats + c.cout * REACH * U::POINTS * shape.across);
    if (!shape.v) return OPS_NO_MEMORY;
    shape.carry = shape.v + v_floats;
    int error = OPS_OK;
    for (shape.first_row = 0; shape.first_row < shape.tiles_y; shape.first_row += rows) {
        const int64_t left = shape.tiles_y - shape.first_row;
        shape.rows = left < rows ? left : rows;
        const U up(s, shape);
        const int64_t share = 8;  // channels of one task: their writes meet in the same lines
        parallel_for((c.cin + share - 1) / share, c.threads, [&](int64_t task) {
            int64_t end = (task + 1) * share < c.cin ? (task + 1) * share : c.cin;
            for (int64_t i = task * share; i < end; i++)
                if (up.input_channel(i)) __atomic_store_n(&error, OPS_NO_MEMORY, 0);
        });
        parallel_for((c.cout + shape.group - 1) / shape.group, c.threads, [&](int64_t task) {
            if (up.outputs(task)) __atomic_store_n(&error, OPS_NO_MEMORY, 0);
        });
        if (error) return error;
    }
    return OPS_OK;
}

}  // namespace

int run_up2(const Sample &s) { return run_up<2>(s); }
int run_up4(const Sample &s) { return run_up<4>(s); }
