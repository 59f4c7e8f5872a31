// Convolution as one matrix product: 1x1, and 3x3 of small pictures (nine shifted copies of them).
//
// A lane is an output pixel. The input is copied into panels of NR pixels first, its style applied:
// rows of a picture lie a power of two apart, which the caches and the page table take badly.
#include "modulated_conv2d.h"

namespace {

const int64_t GROUP = 64;  // output channels of one task
const int64_t PAIR = 2;    // panels of one task: weights are read once for both

struct Shape {
    int64_t taps;    // 1 or 9
    int64_t pixels;  // of the output
    int64_t plane;   // floats between two panels
    int64_t first;   // first pixel of those computed together
    int64_t panels;
};

// Copies one tap of one channel: lanes are output pixels from shape.first on.
void copy_tap(const Sample &s, const Shape &shape, int64_t channel, int64_t tap, float *v) {
    const ModulatedConv &c = *s.conv;
    const int64_t side = shape.taps == 9 ? 3 : 1;
    const int64_t dy = tap / side - c.padding, dx = tap % side - c.padding;
    const float style = s.styles[channel];
    const float *plane = s.x + channel * c.h * c.w;
    float *to = v + (channel * shape.taps + tap) * NR;
    int64_t end = shape.panels * NR;
    if (end > shape.pixels - shape.first) end = shape.pixels - shape.first;
    for (int64_t lane = 0; lane < end;) {
        // As many pixels as lie in one row of the output and in one panel.
        const int64_t y = (shape.first + lane) / c.ow + dy, x = (shape.first + lane) % c.ow;
        int64_t run = NR - lane % NR;
        if (run > c.ow - x) run = c.ow - x;
        if (run > end - lane) run = end - lane;
        float *row = to + lane / NR * shape.plane + lane % NR;
        for (int64_t i = 0; i < run; i++) {
            const int64_t from = x + dx + i;
            const bool inside = y >= 0 && y < c.h && from >= 0 && from < c.w;
            row[i] = inside ? plane[y * c.w + from] * style : 0;
        }
        lane += run;
    }
}

// copy_tap where lanes and pixels of the input are the same, in their order.
void copy_pixels(const Sample &s, const Shape &shape, int64_t channel, float *v) {
    const vf style = splat(s.styles[channel]);
    const float *plane = s.x + channel * shape.pixels + shape.first;
    const int64_t pixels = shape.pixels - shape.first;
    for (int64_t panel = 0; panel < shape.panels; panel++) {
        const float *from = plane + panel * NR;
        float *to = v + panel * shape.plane + channel * NR;
        const int64_t count = pixels - panel * NR;
        for (int64_t i = 0; i < NR; i += VL) {
            if (count >= i + VL) {
                store(to + i, load(from + i) * style);
            } else {
                store(to + i, count > i ? load_part(from + i, count - i) * style : vf{});
            }
        }
    }
}

int outputs(const Sample &s, const Shape &shape, int64_t group, int64_t pair, const float *v) {
    const ModulatedConv &c = *s.conv;
    const int64_t first = group * GROUP;
    const int64_t channels = c.cout - first < GROUP ? c.cout - first : GROUP;
    const int64_t blocks = (channels + MR - 1) / MR, depth = c.cin * shape.taps;
    const int64_t panels = shape.panels - pair * PAIR < PAIR ? shape.panels - pair * PAIR : PAIR;
    float *sums = static_cast<float *>(scratch(PAIR * GROUP * NR * sizeof(float)));
    if (!sums) return OPS_NO_MEMORY;
    for (int64_t block = 0; block < blocks; block++)
        for (int64_t p = 0; p < panels; p++) {
            const float *weight = c.weight + (first / MR + block) * depth * MR;
            const float *from = v + (pair * PAIR + p) * shape.plane;
            multiply_block(weight, from, depth, sums + (p * GROUP + block * MR) * NR,
                           weight + depth * MR, from + PAIR * shape.plane + block * depth * 16);
        }
    for (int64_t channel = 0; channel < channels; channel++) {
        const Finish finish(s, first + channel);
        for (int64_t p = 0; p < panels; p++) {
            const int64_t at = shape.first + (pair * PAIR + p) * NR;
            const int64_t count = shape.pixels - at < NR ? shape.pixels - at : (int64_t)NR;
            finish.run(sums + (p * GROUP + channel) * NR, s.noise ? s.noise + at : nullptr,
                       s.out + (first + channel) * shape.pixels + at, count);
        }
    }
    return OPS_OK;
}

}  // namespace

int run_gemm(const Sample &s) {
    const ModulatedConv &c = *s.conv;
    Shape shape;
    shape.taps = c.kind == KIND_DIRECT ? 9 : 1;
    shape.pixels = c.oh * c.ow;
    shape.plane = plane_stride(c.cin * shape.taps);
    const int64_t all_panels = (shape.pixels + NR - 1) / NR;
    int64_t at_once = BLOCK_FLOATS / shape.plane / PAIR * PAIR;
    if (at_once < PAIR) at_once = PAIR;
    if (at_once > all_panels) at_once = all_panels;
    float *v = workspace(at_once * shape.plane);
    if (!v) return OPS_NO_MEMORY;
    int error = OPS_OK;
    for (int64_t panel = 0; panel < all_panels; panel += at_once) {
        shape.first = panel * NR;
        shape.panels = all_panels - panel < at_once ? all_panels - panel : at_once;
        const int64_t share = 8;  // channels of one task
        parallel_for((c.cin + share - 1) / share, c.threads, [&](int64_t task) {
            int64_t end = (task + 1) * share < c.cin ? (task + 1) * share : c.cin;
            for (int64_t i = task * share; i < end; i++) {
                if (shape.taps == 1 && c.padding == 0) {
                    copy_pixels(s, shape, i, v);
                } else {
                    for (int64_t tap = 0; tap < shape.taps; tap++) copy_tap(s, shape, i, tap, v);
                }
            }
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
