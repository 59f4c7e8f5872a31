// Bias, upsampling filter, leaky ReLU with gain and clamp, downsampling filter, in one pass over
// tiles that stay in the caches; and the same with the activation's derivative in its place.
//
// VL planes (samples times channels) go together, one in each lane of a vector, so that every
// filter tap is one multiply-add of full, aligned vectors, whatever the width and the factors.
// Each tile streams its rows through four one-dimensional filters:
//
//   x --across--> wide --down the rows, activation--> mid --across--> narrow --down the rows--> y
//
// A filter that is not separable comes as a sum of separable ones: then `wide` and `narrow` exist
// once per term, and the vertical filters add the terms up. One that is the same upwards and
// downwards can also come folded: then mid is kept, and goes to y in one pass.
#include "filtered_lrelu_tile.h"

#include <stdlib.h>

namespace {

const int64_t TILE_WIDTH = 72;   // outputs: the rows of a tile fit L2, its edges are computed twice
const int64_t TILE_HEIGHT = 32;  // outputs at least, where the height is cut
const int64_t TASKS = 16;        // wanted, so that several threads have something to do

// [rank, taps] in the order of convolution, or if flipped of correlation -> [rank, taps] in that of
// correlation, times gain.
float tap(const float *f, int64_t rank, int64_t taps, int64_t j, bool flip, float gain) {
    return gain * f[rank * taps + (flip ? j : taps - 1 - j)];
}

// Sorts the taps of an upsampling filter by phase; what a phase lacks is 0.
void sort_phases(const float *f, int64_t rank, int64_t taps, int64_t up, bool flip, float gain,
                 float *phases, int64_t phase_stride, int64_t rank_stride) {
    int64_t per_phase = ceil_div(taps, up);
    for (int64_t p = 0; p < up; p++)
        for (int64_t r = 0; r < rank; r++)
            for (int64_t l = 0; l < per_phase; l++) {
                int64_t j = up - 1 - p + up * l;
                phases[p * phase_stride + r * rank_stride + l] =
                    j < taps ? tap(f, r, taps, j, flip, gain) : 0;
            }
}

void sort_taps(const float *f, int64_t rank, int64_t taps, bool flip, float *sorted) {
    for (int64_t r = 0; r < rank; r++)
        for (int64_t j = 0; j < taps; j++) sorted[r * taps + j] = tap(f, r, taps, j, flip, 1);
}

template <int P, int TAPS> RowsUp rows_up_of(MaskMode mode) {
    return mode == NO_MASK     ? rows_up<P, TAPS, NO_MASK>
           : mode == SAVE_MASK ? rows_up<P, TAPS, SAVE_MASK>
                               : rows_up<P, TAPS, USE_MASK>;
}

void choose_passes(Call *call) {
    const Shape &s = call->shape;
    const bool six_x = call->taps_ux == 6, six_y = s.rank_u * call->taps_uy == 6;
    const int64_t taps_d = s.rank_d * s.taps_dy;
    call->across_up = s.up_x == 1   ? (six_x ? across_up<1, 6> : across_up<1, 0>)
                      : s.up_x == 2 ? (six_x ? across_up<2, 6> : across_up<2, 0>)
                      : s.up_x == 4 ? (six_x ? across_up<4, 6> : across_up<4, 0>)
                                    : across_up_any;
    call->phases_at_once = s.up_y == 2 || s.up_y == 4 ? s.up_y : 1;
    call->rows_up = call->phases_at_once == 4
                        ? (six_y ? rows_up_of<4, 6>(call->mode) : rows_up_of<4, 0>(call->mode))
                    : call->phases_at_once == 2
                        ? (six_y ? rows_up_of<2, 6>(call->mode) : rows_up_of<2, 0>(call->mode))
                        : rows_up_of<1, 0>(call->mode);
    call->across_down = s.down_x == 2 && s.taps_dx == 12   ? across_down<2, 12>
                        : s.down_x == 4 && s.taps_dx == 24 ? across_down<4, 24>
                                                           : across_down<0, 0>;
    call->folded = folded<2, 12>;
    call->rows_down = taps_d == 12 ? rows_down<12> : taps_d == 24 ? rows_down<24> : rows_down<0>;
}

bool run_tiles(const Call &call, int64_t threads) {
    const Shape &s = call.shape;
    const int64_t groups = ceil_div(s.planes, VL);
    const int64_t tile_w = ceil_div(s.out_w, ceil_div(s.out_w, TILE_WIDTH));
    const int64_t tiles_x = ceil_div(s.out_w, tile_w);
    const int64_t cuts_y = smaller(ceil_div(TASKS, groups * tiles_x), ceil_div(s.out_h, TILE_HEIGHT));
    const int64_t tile_h = ceil_div(s.out_h, cuts_y);
    const int64_t tiles_y = ceil_div(s.out_h, tile_h), tiles = tiles_x * tiles_y;
    int failed = 0;
    parallel_for(groups * tiles, threads, [&](int64_t task) {
        const int64_t x0 = task % tiles_x * tile_w, y0 = task / tiles_x % tiles_y * tile_h;
        const Axis x(x0, smaller(x0 + tile_w, s.out_w), s.out_w, s.up_x, s.down_x, s.taps_ux,
                     s.taps_dx, s.pad_x, s.offset_x, s.mid_w);
        const Axis y(y0, smaller(y0 + tile_h, s.out_h), s.out_h, s.up_y, s.down_y, s.taps_uy,
                     s.taps_dy, s.pad_y, s.offset_y, s.mid_h);
        if (!Tile(call, task / tiles, x, y).run()) __atomic_store_n(&failed, 1, __ATOMIC_RELAXED);
    });
    return !failed;
}

}  // namespace

// x: [planes, in_h, in_w]; bias: [channels] or null; y: [planes, out_h, out_w]; filters: [rank,
// taps]; fd_x if rank_d is 0: [taps_dy, taps_dx], for down_x 2, 12 taps_dx and an even taps_dy, with
// its rows the same from the last to the first; flip: they are in the order of correlation, else of convolution; mask: 4 bytes for every
// 16 planes (the last perhaps fewer) and sample of mid. mode: 0 activation, 1 activation that also
// writes the mask, 2 the derivative that the mask tells, which makes y linear in x.
OPS_API int le_filtered_lrelu(const float *x, const float *bias, float *y, const float *fu_x,
                              const float *fu_y, const float *fd_x, const float *fd_y, void *mask,
                              const le_filtered_lrelu_shape *shape, int64_t flip, int64_t mode,
                              int64_t threads) {
    Call call = {};
    const Shape &s = call.shape = *shape;
    if (s.planes == 0) return OPS_OK;
    call.x = x;
    call.bias = bias;
    call.y = y;
    call.mask = static_cast<Word *>(mask);
    call.mode = static_cast<MaskMode>(mode);
    call.taps_ux = ceil_div(s.taps_ux, s.up_x);
    call.taps_uy = ceil_div(s.taps_uy, s.up_y);
    const int64_t sizes[4] = {s.rank_u * s.up_x * call.taps_ux, s.rank_u * s.up_y * call.taps_uy,
                              (s.rank_d ? s.rank_d : s.taps_dy) * s.taps_dx,
                              s.rank_d * s.taps_dy};
    float *taps = static_cast<float *>(
        malloc((sizes[0] + sizes[1] + sizes[2] + sizes[3]) * sizeof(float)));
    if (!taps) return OPS_NO_MEMORY;
    call.ux = taps;
    call.uy = call.ux + sizes[0];
    call.dx = call.uy + sizes[1];
    call.dy = call.dx + sizes[2];
    // The activation lets a factor above 0 through, so the gain before it is as good as behind.
    sort_phases(fu_x, s.rank_u, s.taps_ux, s.up_x, flip, 1, call.ux, call.taps_ux,
                s.up_x * call.taps_ux);
    sort_phases(fu_y, s.rank_u, s.taps_uy, s.up_y, flip, s.gain, call.uy,
                s.rank_u * call.taps_uy, call.taps_uy);
    sort_taps(fd_x, s.rank_d ? s.rank_d : s.taps_dy, s.taps_dx, flip, call.dx);
    sort_taps(fd_y, s.rank_d, s.taps_dy, flip, call.dy);
    choose_passes(&call);
    const bool done = run_tiles(call, threads);
    free(taps);
    return done ? OPS_OK : OPS_NO_MEMORY;
}
