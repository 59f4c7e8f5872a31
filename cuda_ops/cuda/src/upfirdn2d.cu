// Upsample by inserting zeros, pad, correlate with a filter, keep every down-th pixel.
//
// Along one axis, with x stuffed to s (s[i * up] = x[i], else 0):
//     y[o] = sum over taps j of k[j] * s[o * down + j - pad]
// Only the taps that meet a sample are visited.

struct Upfirdn2dArgs {
    const void* x;
    const float* f;  // [taps_y, taps_x]
    void* y;
    Strides x_strides, y_strides;
    int n, c, in_h, in_w, out_h, out_w;
    int up_x, up_y, down_x, down_y;
    int pad_x, pad_y;  // before the first row and column; may be negative
    int taps_x, taps_y;
    int flip;           // 0 = convolve: taps are visited backwards
    int channels_last;  // which order of threads walks through memory
    float gain;
};

__device__ __forceinline__ float tap_2d(const Upfirdn2dArgs& p, int y, int x) {
    if (!p.flip) y = p.taps_y - 1 - y, x = p.taps_x - 1 - x;
    return load(p.f + y * p.taps_x + x) * p.gain;
}

// The taps first, first + up, ... below stop meet the samples sample, sample + 1, ...
struct Reach {
    int first, sample, stop;
};

__device__ __forceinline__ Reach reach(int o, int down, int pad, int up, int taps, int size) {
    const int start = o * down - pad;
    Reach r;
    r.sample = -floor_div(-start, up);
    if (r.sample < 0) r.sample = 0;
    r.first = r.sample * up - start;
    const int last = (size - 1) * up - start;  // the tap that meets the last sample
    r.stop = last + 1 < taps ? last + 1 : taps;
    return r;
}

// Any factors, filters and strides: one thread per pixel of the result.
template <class T>
__device__ void upfirdn2d(const Upfirdn2dArgs& p) {
    const int count = p.n * p.c * p.out_h * p.out_w;
    const long long first = blockIdx.x * static_cast<long long>(blockDim.x) + threadIdx.x;
    const long long step = static_cast<long long>(gridDim.x) * blockDim.x;
    for (long long next = first; next < count; next += step) {
        int rest = static_cast<int>(next), c = 0;
        if (p.channels_last) c = rest % p.c, rest /= p.c;
        const int ox = rest % p.out_w;
        rest /= p.out_w;
        const int oy = rest % p.out_h;
        rest /= p.out_h;
        if (!p.channels_last) c = rest % p.c, rest /= p.c;
        const int n = rest;
        const Reach rx = reach(ox, p.down_x, p.pad_x, p.up_x, p.taps_x, p.in_w);
        const Reach ry = reach(oy, p.down_y, p.pad_y, p.up_y, p.taps_y, p.in_h);
        const T* row = static_cast<const T*>(p.x) + n * p.x_strides.n + c * p.x_strides.c +
                       ry.sample * p.x_strides.y + rx.sample * p.x_strides.x;
        float sum = 0;
        for (int j = ry.first; j < ry.stop; j += p.up_y, row += p.x_strides.y) {
            const T* sample = row;
            for (int i = rx.first; i < rx.stop; i += p.up_x, sample += p.x_strides.x)
                sum += tap_2d(p, j, i) * to_float(load(sample));
        }
        store(static_cast<T*>(p.y) + n * p.y_strides.n + c * p.y_strides.c +
                  oy * p.y_strides.y + ox * p.y_strides.x,
              from_float<T>(sum));
    }
}

// The networks' filters, TAPS x TAPS with one factor for both axes, through shared memory. A block
// makes TILE_W x TILE_H pixels of TILE_C channels; a thread makes ROWS pixels one below the other,
// which share most of what they read. Lanes run along x, or along c in channels-last memory.
//
// Where UP > 1, tiles start at multiples of UP of the stuffed axis, so that the phase of every
// pixel is known to the compiler: pixel o is at o + shift, shift = (-pad) mod UP.
template <class T, int UP, int DOWN, int TAPS, int TILE_W, int TILE_H, int TILE_C>
struct ResampleTile {
    static constexpr int ROWS = 4;
    static constexpr int THREADS = TILE_W * TILE_H * TILE_C / ROWS;
    // Phase r > 0 starts one sample later than phase 0: one more sample where UP > 1.
    static constexpr int PHASE_TAPS = TAPS / UP;
    static constexpr int IN_W = ((TILE_W - 1) * DOWN) / UP + PHASE_TAPS + (UP > 1);
    static constexpr int IN_H = ((TILE_H - 1) * DOWN) / UP + PHASE_TAPS + (UP > 1);
    static constexpr int BYTES = IN_W * IN_H * TILE_C * 4;
    static_assert(UP == 1 || DOWN == 1, "phases are those of one factor");
    static_assert(TAPS % UP == 0 && TILE_W % UP == 0 && ROWS % UP == 0, "whole phases");

    static __device__ int shift(int pad) { return pad <= 0 ? -pad % UP : (UP - pad % UP) % UP; }

    static __device__ void run(const Upfirdn2dArgs& p) {
        const int shift_x = shift(p.pad_x), shift_y = shift(p.pad_y);
        const int tiles_x = (p.out_w + shift_x + TILE_W - 1) / TILE_W;
        const int tiles_y = (p.out_h + shift_y + TILE_H - 1) / TILE_H;
        const int groups = (p.c + TILE_C - 1) / TILE_C;
        int rest = blockIdx.x;
        const int tile_x = rest % tiles_x * TILE_W;
        rest /= tiles_x;
        const int tile_y = rest % tiles_y * TILE_H;
        rest /= tiles_y;
        const int first_c = rest % groups * TILE_C;
        const int n = rest / groups;
        SharedFloats in = shared_floats();
        fill(p, in, n, first_c, (tile_x * DOWN - shift_x - p.pad_x) / UP,
             (tile_y * DOWN - shift_y - p.pad_y) / UP);
        __syncthreads();

        const int c = threadIdx.x % TILE_C;
        const int x = threadIdx.x / TILE_C % TILE_W;
        const int y = threadIdx.x / TILE_C / TILE_W * ROWS;
        // Both phases of x take the same path with other taps: lanes alternate between them.
        const int phase_x = x % UP;
        const int at = x * DOWN / UP + (phase_x > 0);
        const int first_tap = (UP - phase_x) % UP;
        float sums[ROWS] = {};
#pragma unroll
        for (int i = 0; i < PHASE_TAPS; i++) {
            float taps[TAPS];
#pragma unroll
            for (int j = 0; j < TAPS; j++) taps[j] = tap_2d(p, j, first_tap + i * UP);
            column(in, ((y * DOWN / UP) * IN_W + at + i) * TILE_C + c, taps, sums);
        }
        const int ox = tile_x + x - shift_x;
        if (ox < 0 || ox >= p.out_w || first_c + c >= p.c) return;
        T* out = static_cast<T*>(p.y) + n * p.y_strides.n + (first_c + c) * p.y_strides.c +
                 ox * p.y_strides.x;
#pragma unroll
        for (int k = 0; k < ROWS; k++) {
            const int oy = tile_y + y + k - shift_y;
            if (oy >= 0 && oy < p.out_h) store(out + oy * p.y_strides.y, from_float<T>(sums[k]));
        }
    }

    static __device__ void fill(const Upfirdn2dArgs& p, SharedFloats in, int n, int first_c,
                                int from_x, int from_y) {
        const T* plane = static_cast<const T*>(p.x) + n * p.x_strides.n;
        for (int i = threadIdx.x; i < IN_W * IN_H * TILE_C; i += THREADS) {
            const int c = first_c + i % TILE_C;
            const int x = from_x + i / TILE_C % IN_W;
            const int y = from_y + i / TILE_C / IN_W;
            const bool inside = c < p.c && x >= 0 && x < p.in_w && y >= 0 && y < p.in_h;
            in[i] = inside ? to_float(load(plane + c * p.x_strides.c + y * p.x_strides.y +
                                           x * p.x_strides.x))
                           : 0.0f;
        }
    }

    // Adds what one column of the filter gives to ROWS pixels; `at` is the first pixel's sample.
    static __device__ __forceinline__ void column(SharedFloats in, int at,
                                                  const float (&taps)[TAPS], float (&sums)[ROWS]) {
        constexpr int REACH = ((ROWS - 1) * DOWN) / UP + PHASE_TAPS + (UP > 1);
        float samples[REACH];
#pragma unroll
        for (int i = 0; i < REACH; i++) samples[i] = in[at + i * IN_W * TILE_C];
#pragma unroll
        for (int k = 0; k < ROWS; k++) {
            const int phase = k % UP;
#pragma unroll
            for (int j = 0; j < PHASE_TAPS; j++)
                sums[k] += taps[(UP - phase) % UP + j * UP] *
                           samples[k * DOWN / UP + (phase > 0) + j];
        }
    }
};
