// 3x3 convolution by Winograd's F(4x4, 3x3) (arXiv 1509.09308): 36 products for 16 pixels, not 144.
//
// A tile is 4x4 output pixels and sees 6x6 of the input. A lane is a tile; tiles are numbered along
// rows and lanes run over the ends of rows, so that only the last lanes of a picture idle.
#include "conv_rows.h"
#include "modulated_conv2d.h"
#include "winograd.h"

namespace {

using Axis = winograd::Same;
const int TILE = Axis::MADE, SEEN = Axis::SEEN, POINTS = SEEN * SEEN;

struct Shape {
    int64_t tiles_x, tiles;
    int64_t plane;       // floats between two planes of transformed input
    int64_t panels;      // of NR tiles, computed together
    int64_t first;       // first tile of these
};

// Transforms one input channel of the tiles in `shape` into v [panel][point][cin][NR].
int input_channel(const Sample &s, const Shape &shape, int64_t channel, float *v) {
    const ModulatedConv &c = *s.conv;
    const int64_t tiles_x = shape.tiles_x;
    const int64_t first_row = shape.first / tiles_x;
    int64_t last = shape.first + shape.panels * NR - 1;
    if (last >= shape.tiles) last = shape.tiles - 1;
    const int64_t rows = last / tiles_x - first_row + 1;  // of tiles
    const int64_t across = round_up(tiles_x + 1, VL);
    // Rows of the input, transformed along x, as [row mod 4][point][row div 4, tile]: all lanes of
    // a load then lie side by side also where they run over the end of a row.
    const int64_t length = rows * tiles_x + shape.panels * NR + tiles_x + across;
    const int64_t line_floats = TILE * across + TILE * VL;
    float *memory = static_cast<float *>(
        scratch((line_floats + TILE * across + TILE * SEEN * length) * sizeof(float)));
    if (!memory) return OPS_NO_MEMORY;
    float *line = memory, *apart = line + line_floats, *along_x = apart + TILE * across;

    std::memset(line, 0, line_floats * sizeof(float));
    const float style = s.styles[channel];
    const float *plane = s.x + channel * c.h * c.w;
    for (int64_t i = 0; i < TILE * rows + SEEN - TILE; i++) {
        float *row_out = along_x + (i % TILE) * SEEN * length + (i / TILE) * tiles_x;
        const int64_t y = TILE * first_row + i - c.padding;
        if (y < 0 || y >= c.h) {
            for (int p = 0; p < SEEN; p++)
                std::memset(row_out + p * length, 0, tiles_x * sizeof(float));
            continue;
        }
        for (int64_t x = 0; x < c.w; x++) line[c.padding + x] = plane[y * c.w + x] * style;
        for (int64_t t = 0; t < across; t += VL) {
            vf four[TILE];
            take_apart<TILE>(line + TILE * t, four);
            for (int j = 0; j < TILE; j++) store(apart + j * across + t, four[j]);
        }
        for (int64_t t = 0; t < tiles_x; t += VL) {
            vf d[SEEN], points[SEEN];
            for (int j = 0; j < TILE; j++) d[j] = load(apart + j * across + t);
            d[4] = load(apart + t + 1);
            d[5] = load(apart + across + t + 1);
            Axis::input(d, points);
            for (int p = 0; p < SEEN; p++) store(row_out + p * length + t, points[p]);
        }
    }

    const int64_t offset = shape.first - first_row * tiles_x;
    for (int64_t lane = 0; lane < shape.panels * NR; lane += VL) {
        float *to = v + lane / NR * POINTS * shape.plane + channel * NR + lane % NR;
        const int64_t then = lane + VL;  // written next: fetched, or each store waits for its line
        const float *next = v + then / NR * POINTS * shape.plane + channel * NR + then % NR;
        const float *from = along_x + offset + lane;
        for (int p = 0; p < SEEN; p++) {
            vf d[SEEN], points[SEEN];
            for (int j = 0; j < SEEN; j++)
                d[j] = load(from + ((j % TILE) * SEEN + p) * length + j / TILE * tiles_x);
            Axis::input(d, points);
            for (int q = 0; q < SEEN; q++) {
                store(to + (q * SEEN + p) * shape.plane, points[q]);
                __builtin_prefetch(next + (q * SEEN + p) * shape.plane, 1);
            }
        }
    }
    return OPS_OK;
}

// Finishes one output channel of VL tiles from sums, whose planes are `plane` floats apart.
void output_lanes(const Sample &s, const Shape &shape, const Finish &finish, int64_t channel,
                  int64_t tile, const float *sums, int64_t plane) {
    const ModulatedConv &c = *s.conv;
    vf rows[TILE][SEEN];
    for (int p = 0; p < SEEN; p++) {
        vf column[SEEN], four[TILE];
        for (int q = 0; q < SEEN; q++) column[q] = load(sums + (q * SEEN + p) * plane);
        Axis::output(column, four);
        for (int i = 0; i < TILE; i++) rows[i][p] = four[i];
    }
    float pixels[TILE][TILE * VL];
    for (int i = 0; i < TILE; i++) {
        vf four[TILE];
        Axis::output(rows[i], four);
        put_together<TILE>(four, pixels[i]);
    }
    int64_t end = tile + VL < shape.tiles ? tile + VL : shape.tiles;
    for (int64_t lane = 0; tile < end;) {  // once per row of tiles that these lanes meet
        const int64_t ty = tile / shape.tiles_x, tx = tile % shape.tiles_x;
        int64_t run = shape.tiles_x - tx < end - tile ? shape.tiles_x - tx : end - tile;
        const int64_t x = TILE * tx;
        const int64_t count = TILE * run < c.ow - x ? TILE * run : c.ow - x;
        for (int i = 0; i < TILE && TILE * ty + i < c.oh; i++) {
            const int64_t at = (TILE * ty + i) * c.ow + x;
            finish.run(pixels[i] + TILE * lane, s.noise ? s.noise + at : nullptr,
                       s.out + channel * c.oh * c.ow + at, count);
        }
        tile += run;
        lane += run;
    }
}

const int64_t GROUP = 32;  // output channels of one task
const int64_t PAIR = 2;    // panels of one task: weights are read once for both

int outputs(const Sample &s, const Shape &shape, int64_t group, int64_t pair, const float *v) {
    const ModulatedConv &c = *s.conv;
    const int64_t first_channel = group * GROUP;
    const int64_t channels = c.cout - first_channel < GROUP ? c.cout - first_channel : GROUP;
    const int64_t blocks = (channels + MR - 1) / MR, all_blocks = (c.cout + MR - 1) / MR;
    const int64_t panels = shape.panels - pair * PAIR < PAIR ? shape.panels - pair * PAIR : PAIR;
    const int64_t plane = GROUP * NR + 48, depth = c.cin * MR;
    float *sums = static_cast<float *>(scratch(PAIR * POINTS * plane * sizeof(float)));
    if (!sums) return OPS_NO_MEMORY;
    for (int64_t point = 0; point < POINTS; point++) {
        const float *weight = c.weight + (point * all_blocks + first_channel / MR) * depth;
        const float *from = v + (pair * PAIR * POINTS + point) * shape.plane;
        for (int64_t block = 0; block < blocks; block++) {
            const int64_t step = block + 1 < blocks ? block + 1 : all_blocks;
            for (int64_t p = 0; p < panels; p++) {
                const int64_t other = p * POINTS * shape.plane;
                multiply_block(weight + block * depth, from + other, c.cin,
                               sums + (p * POINTS + point) * plane + block * MR * NR,
                               weight + step * depth,
                               from + other + shape.plane + block * c.cin * 16);
            }
        }
    }
    for (int64_t channel = 0; channel < channels; channel++) {
        const Finish finish(s, first_channel + channel);
        for (int64_t p = 0; p < panels; p++)
            for (int64_t lane = 0; lane < NR; lane += VL) {
                int64_t tile = shape.first + (pair * PAIR + p) * NR + lane;
                if (tile < shape.tiles)
                    output_lanes(s, shape, finish, first_channel + channel, tile,
                                 sums + p * POINTS * plane + channel * NR + lane, plane);
            }
    }
    return OPS_OK;
}

}  // namespace

int run_winograd(const Sample &s) {
    const ModulatedConv &c = *s.conv;
    Shape shape;
    shape.tiles_x = (c.ow + TILE - 1) / TILE;
    shape.tiles = shape.tiles_x * ((c.oh + TILE - 1) / TILE);
    shape.plane = plane_stride(c.cin);
    const int64_t all_panels = (shape.tiles + NR - 1) / NR;
    int64_t at_once = BLOCK_FLOATS / (POINTS * shape.plane) / PAIR * PAIR;
    if (at_once < PAIR) at_once = PAIR;
    if (at_once > all_panels) at_once = all_panels;
    float *v = workspace(at_once * POINTS * shape.plane);
    if (!v) return OPS_NO_MEMORY;
    int error = OPS_OK;  // written by any task, always the same value
    for (int64_t panel = 0; panel < all_panels; panel += at_once) {
        shape.first = panel * NR;
        shape.panels = all_panels - panel < at_once ? all_panels - panel : at_once;
        const int64_t share = 8;  // channels of one task: their writes meet in the same lines
        parallel_for((c.cin + share - 1) / share, c.threads, [&](int64_t task) {
            int64_t end = (task + 1) * share < c.cin ? (task + 1) * share : c.cin;
            for (int64_t i = task * share; i < end; i++)
                if (input_channel(s, shape, i, v)) __atomic_store_n(&error, OPS_NO_MEMORY, 0);
        });
        const int64_t pairs = (shape.panels + PAIR - 1) / PAIR;
        parallel_for((c.cout + GROUP - 1) / GROUP * pairs, c.threads, [&](int64_t task) {
            if (outputs(s, shape, task / pairs, task % pairs, v))
                __atomic_store_n(&error, OPS_NO_MEMORY, 0);
        });
        if (error) return error;
    }
    return OPS_OK;
}
