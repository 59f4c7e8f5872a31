// One tile of filtered_lrelu: rows of x go in, and through four passes rows of y come out.
#pragma once

#include "filtered_lrelu.h"
#include "planes.h"

namespace {

class Tile {
  public:
    // Planes group * VL, ... and the outputs of x and y.
    Tile(const Call &call, int64_t group, Axis x, Axis y)
        : call(call), s(call.shape), ax(x), ay(y), group(group),
          planes(call.x, s.in_w * s.in_h, call.y, s.out_w * s.out_h, call.bias, group * VL,
                 s.planes, s.channels) {
        wide_w = ax.groups * s.up_x * VL;
        wide_rows = ay.taps;
        narrow_w = ax.outs * VL;
        narrow_rows = s.taps_dy;
        mid_w = ax.ts * VL;
        mid_groups = s.rank_d ? 1 : ceil_div(s.taps_dy, s.up_y) + 1;
        rows_at_once = larger(s.rank_u * ay.taps, larger(s.rank_d, 1) * s.taps_dy);
    }

    // Returns whether there was memory for it.
    bool run() {
        char *memory = static_cast<char *>(scratch(place(nullptr)));
        if (!memory) return false;
        place(memory);
        std::memset(gathered, 0, ax.samples() * VL * sizeof(float));
        std::memset(words, 0, s.up_y * ax.ts * sizeof(Word));
        const Activation act = {splat(s.slope), splat(s.clamp)};
        const int64_t taps = s.rank_u * ay.taps;
        int64_t next_row = ay.m0, next_out = 0;
        for (int64_t m = ay.m0; m < ay.m0 + ay.groups; m++) {
            for (; next_row < m + ay.taps; next_row++) read_row(next_row);
            for (int64_t r = 0; r < s.rank_u; r++)
                for (int64_t l = 0; l < ay.taps; l++)
                    rows[r * ay.taps + l] = wide_row(m + l, r) + ax.skip * VL;
            const int64_t first = s.pad_y + s.up_y * (m - 1) + 1;
            if (call.mode == USE_MASK)
                for (int64_t p = 0; p < s.up_y; p++) read_words(first + p, words + p * ax.ts);
            const int64_t n = (m - ay.m0) * s.up_y;
            for (int64_t p = 0; p < s.up_y; p += call.phases_at_once)
                call.rows_up(rows, call.uy + p * taps, taps, ax.ts, mid_row(n + p), mid_w,
                             words + p * ax.ts, ax.ts, act);
            for (int64_t p = 0; p < s.up_y; p++) {
                const int64_t i = first + p - ay.t0;
                if (i < 0 || i >= ay.ts) continue;
                narrow_down(i, mid_row(n + p));
                if (call.mode == SAVE_MASK) write_words(first + p, words + p * ax.ts);
                if (next_out * s.down_y + s.taps_dy == i + 1) write_row(next_out++);
            }
        }
        return true;
    }

  private:
    const Call &call;
    const Shape &s;
    const Axis ax, ay;
    const int64_t group;
    const Planes planes;
    int64_t wide_w, wide_rows, mid_w, mid_groups, narrow_w, narrow_rows;  // of a row, of the ring
    int64_t rows_at_once;
    float *gathered;      // a row of x, with zeros where x ends
    float *wide;          // ring of rows, upsampled across
    float *mid;           // the rows of one group, or of a ring of them, upsampled and activated
    float *narrow;        // ring of rows, downsampled across
    float *out;           // a row of y
    Word *words;          // the mask of mid
    const float **rows;   // what a vertical filter reads

    // Lays out the scratch memory from base on; returns its size.
    size_t place(char *base) {
        size_t used = 0;
        auto take = [&](size_t bytes) {
            size_t offset = used;
            used += (bytes + 63) / 64 * 64;
            return base ? base + offset : nullptr;
        };
        auto floats = [&](int64_t n) { return reinterpret_cast<float *>(take(n * sizeof(float))); };
        gathered = floats(ax.samples() * VL);
        wide = floats(wide_rows * s.rank_u * wide_w);
        mid = floats(mid_groups * s.up_y * mid_w);
        narrow = floats(narrow_rows * s.rank_d * narrow_w);
        out = floats(narrow_w);
        words = reinterpret_cast<Word *>(take(s.up_y * ax.ts * sizeof(Word)));
        rows = reinterpret_cast<const float **>(take(rows_at_once * sizeof(float *)));
        return used;
    }

    float *wide_row(int64_t row, int64_t r) const {
        return wide + ((row - ay.m0) % wide_rows * s.rank_u + r) * wide_w;
    }
    // Row n of mid, counted from the first of the first group.
    float *mid_row(int64_t n) const {
        return mid + (n / s.up_y % mid_groups * s.up_y + n % s.up_y) * mid_w;
    }
    float *narrow_row(int64_t i, int64_t r) const {
        return narrow + (i % narrow_rows * s.rank_d + r) * narrow_w;
    }

    // Row `row` of x -> wide.
    void read_row(int64_t row) {
        const int64_t from = larger(ax.m0, 0), to = smaller(ax.m0 + ax.samples(), s.in_w);
        if (row < 0 || row >= s.in_h || from >= to) {
            std::memset(wide_row(row, 0), 0, s.rank_u * wide_w * sizeof(float));
            return;
        }
        if (row + 1 < s.in_h) planes.expect_read((row + 1) * s.in_w + from, to - from);
        planes.gather(row * s.in_w + from, to - from, gathered + (from - ax.m0) * VL);
        for (int64_t r = 0; r < s.rank_u; r++)
            call.across_up(gathered, call.ux + r * s.up_x * call.taps_ux, call.taps_ux, s.up_x,
                           ax.groups, wide_row(row, r));
    }

    // One row of mid -> narrow row i.
    void narrow_down(int64_t i, const float *row) {
        for (int64_t r = 0; r < s.rank_d; r++)
            call.across_down(row, call.dx + r * s.taps_dx, s.taps_dx, s.down_x, ax.outs,
                             narrow_row(i, r));
    }

    // narrow, or mid -> row y of this tile's outputs.
    void write_row(int64_t y) {
        const int64_t offset = (ay.out0 + y) * s.out_w + ax.out0;
        if (y + 1 < ay.outs) planes.expect_write(offset + s.out_w, ax.outs);
        for (int64_t k = 0; k < s.taps_dy; k++) {
            if (!s.rank_d) rows[k] = mid_row(ay.skip + y * s.down_y + k);
            for (int64_t r = 0; r < s.rank_d; r++)
                rows[r * s.taps_dy + k] = narrow_row(y * s.down_y + k, r);
        }
        if (s.rank_d)
            call.rows_down(rows, call.dy, s.rank_d * s.taps_dy, ax.outs, out);
        else
            call.folded(rows, call.dx, s.taps_dy / 2, ax.outs, out);
        planes.scatter(out, ax.outs, offset);
    }

    Word *mask_row(int64_t t) const { return call.mask + (group * s.mid_h + t) * s.mid_w; }

    void read_words(int64_t t, Word *row) const {
        if (t < ay.left || t >= ay.right) return;
        std::memcpy(row + (ax.left - ax.t0), mask_row(t) + ax.left,
                    (ax.right - ax.left) * sizeof(Word));
    }

    // Only what is this tile's own: neighbours see some samples of mid too.
    void write_words(int64_t t, const Word *row) const {
        if (t < ay.own0 || t >= ay.own1) return;
        std::memcpy(mask_row(t) + ax.own0, row + (ax.own0 - ax.t0),
                    (ax.own1 - ax.own0) * sizeof(Word));
    }
};

}  // namespace
