// Convolution with weights scaled per sample (arXiv 1912.04958, section 2.2), for inference.
//
// The weights are never scaled: the style multiplies the input as it is read, the demodulation the
// sums as they are finished, so that transformed weights serve every picture. Samples are computed
// one after the other and are therefore independent of the batch they are in.
#include "modulated_conv2d.h"

#include <cmath>
#include <cstdlib>

namespace {

struct Memory {
    float *floats = nullptr;
    int64_t count = 0;
};
__thread Memory own;
__thread Memory own_factors;

float *grown(Memory &memory, int64_t floats) {
    if (memory.count < floats) {
        free(memory.floats);
        memory = Memory();
        void *fresh = nullptr;
        if (posix_memalign(&fresh, 64, floats * sizeof(float)) != 0) return nullptr;
        memory.floats = static_cast<float *>(fresh);
        memory.count = floats;
    }
    return memory.floats;
}

// demod[o] = 1 / sqrt(sum over i of styles[i]^2 norms[o][i] + 1e-8); equation 3.
void demodulation(const ModulatedConv &c, const float *styles, float *squares, float *demod) {
    for (int64_t i = 0; i < c.cin; i++) squares[i] = styles[i] * styles[i];
    const int64_t rows = 64;
    parallel_for((c.cout + rows - 1) / rows, c.threads, [&](int64_t task) {
        int64_t end = (task + 1) * rows < c.cout ? (task + 1) * rows : c.cout;
        for (int64_t o = task * rows; o < end; o++) {
            const float *norms = c.norms + o * c.cin;
            vf sum = {};
            int64_t i = 0;
            for (; i + VL <= c.cin; i += VL) sum += load(squares + i) * load(norms + i);
            const int64_t rest = c.cin - i;
            if (rest > 0) sum += load_part(squares + i, rest) * load_part(norms + i, rest);
            demod[o] = 1 / std::sqrt(sum_lanes(sum) + 1e-8f);
        }
    });
}

int run(const Sample &s) {
    switch (s.conv->kind) {
        case KIND_WINOGRAD: return run_winograd(s);
        case KIND_UP2: return run_up2(s);
        case KIND_UP4: return run_up4(s);
        case KIND_FEW: return run_few(s);
        default: return run_gemm(s);
    }
}

}  // namespace

// Says how a layer is computed: plan = {kind, points along one axis, floats of the prepared
// weights}, kind -1 where there is no kernel for it. taps: along one axis. up: with a filter of 4.
OPS_API int le_modulated_conv2d_plan(int64_t cout, int64_t cin, int64_t taps, int64_t up,
                                     int64_t h, int64_t w, int64_t padding, int64_t demodulate,
                                     int64_t *plan) {
    const int64_t oh = h + 2 * padding - taps + 1, ow = w + 2 * padding - taps + 1;
    int64_t kind = -1, points = 1, products = taps * taps;
    if (up && taps == 3) {
        // Rows of tiles begin in lane 0: smaller tiles where larger ones would leave lanes idle.
        kind = w >= 4 * VL ? KIND_UP4 : KIND_UP2;
        points = kind == KIND_UP4 ? 9 : 5;
        products = points * points;
    } else if (!up && taps == 3) {
        kind = oh * ow <= 64 ? KIND_DIRECT : KIND_WINOGRAD;
        points = kind == KIND_DIRECT ? 1 : 6;
        if (kind == KIND_WINOGRAD) products = points * points;
    } else if (!up && taps == 1) {
        kind = cout <= 4 && !demodulate && padding == 0 ? KIND_FEW : KIND_1X1;
    }
    plan[0] = kind;
    plan[1] = points;
    plan[2] = products * round_up(cout, MR) * cin;
    return OPS_OK;
}

float *workspace(int64_t floats) { return grown(own, floats); }

OPS_API int le_modulated_conv2d(const ModulatedConv *conv) {
    const ModulatedConv &c = *conv;
    float *styles = grown(own_factors, 2 * c.cin + c.cout);
    if (!styles) return OPS_NO_MEMORY;
    float *squares = styles + c.cin, *demod = squares + c.cin;
    for (int64_t n = 0; n < c.n; n++) {
        const float *given = c.styles + n * c.cin;
        if (c.norms) {
            demodulation(c, given, squares, demod);
        } else {
            for (int64_t o = 0; o < c.cout; o++) demod[o] = 1;
        }
        for (int64_t i = 0; i < c.cin; i++) styles[i] = given[i] * c.input_gain;
        Sample s;
        s.conv = conv;
        s.x = c.x + n * c.cin * c.h * c.w;
        s.noise = c.noise ? c.noise + (c.noise_n == 1 ? 0 : n) * c.oh * c.ow : nullptr;
        s.out = c.out + n * c.cout * c.oh * c.ow;
        s.styles = styles;
        s.demod = demod;
        int error = run(s);
        if (error) return error;
    }
    return OPS_OK;
}
