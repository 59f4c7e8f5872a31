// Weights as the kernels read them: transformed once per model, [point][channel panel][cin][MR].
#include "modulated_conv2d.h"

namespace {

typedef float Weights[9][MR];  // 3x3 weights of MR output channels and one input channel

// Three weights along one axis to their values at the points of the transform.
OPS_INLINE void at_points(int64_t kind, const float *w0, const float *w1, const float *w2,
                          float (*values)[MR]) {
    for (int i = 0; i < MR; i++) {
        const float a = w0[i], b = w1[i], c = w2[i];
        if (kind == KIND_WINOGRAD) {
            const float half_c = 0.5f * c, odd_a = 0.70710678f * b, odd_b = 1.41421356f * b;
            values[0][i] = a;
            values[1][i] = (a + half_c + odd_a) / -1.5f;
            values[2][i] = (a + half_c - odd_a) / -1.5f;
            values[3][i] = (a + 2 * c + odd_b) / 6;
            values[4][i] = (a + 2 * c - odd_b) / 6;
            values[5][i] = c;
        } else if (kind == KIND_UP4) {
            values[0][i] = a;
            values[1][i] = (a + c) / 2;
            values[2][i] = (a - c) / 2;
            values[3][i] = (a + 2 * c) / 6;
            values[4][i] = c;
            values[5][i] = values[6][i] = values[7][i] = values[8][i] = b;
        } else if (kind == KIND_UP2) {
            values[0][i] = a;
            values[1][i] = a + c;
            values[2][i] = c;
            values[3][i] = values[4][i] = b;
        } else {
            values[0][i] = a;
            values[1][i] = b;
            values[2][i] = c;
        }
    }
}

}  // namespace

// Writes prepared [points][ceil(cout / MR)][cin][MR] (KIND_DIRECT: [..][cin * 9][MR]) and norms
// [cout][cin] from weight [cout][cin][taps][taps]. points is the number along one axis.
OPS_API int le_modulated_conv2d_prepare(const float *weight, float *prepared, float *norms,
                                        int64_t cout, int64_t cin, int64_t taps, int64_t kind,
                                        int64_t points, int64_t threads) {
    const int64_t panels = (cout + MR - 1) / MR, area = taps * taps;
    parallel_for(panels, threads, [&](int64_t panel) {
        for (int64_t k = 0; k < cin; k++) {
            Weights w = {};
            for (int64_t i = 0; i < MR && panel * MR + i < cout; i++) {
                const float *from = weight + ((panel * MR + i) * cin + k) * area;
                float sum = 0;
                for (int64_t t = 0; t < area; t++) {
                    w[t][i] = from[t];
                    sum += from[t] * from[t];
                }
                norms[(panel * MR + i) * cin + k] = sum;
            }
            if (kind == KIND_1X1 || kind == KIND_DIRECT) {
                std::memcpy(prepared + (panel * cin + k) * area * MR, w, area * MR * sizeof(float));
                continue;
            }
            float along_x[3][9][MR], both[9][MR];
            for (int y = 0; y < 3; y++)
                at_points(kind, w[3 * y], w[3 * y + 1], w[3 * y + 2], along_x[y]);
            for (int64_t p = 0; p < points; p++) {
                at_points(kind, along_x[0][p], along_x[1][p], along_x[2][p], both);
                for (int64_t q = 0; q < points; q++)
                    std::memcpy(prepared + (((q * points + p) * panels + panel) * cin + k) * MR,
                                both[q], MR * sizeof(float));
            }
        }
    });
    return OPS_OK;
}
