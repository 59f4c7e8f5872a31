// Runs CUDA C++ on a CPU: one fibre per thread, blocks one after the other, every access checked.
//
// The kernels' own text is compiled after this header, by a plain C++17 compiler. Threads run in a
// new random order between any two barriers and blocks in a random order, so that results that
// depend on an order change. Found and reported, the first of a launch as its error:
//   - threads of a block waiting at different barriers, or ending while others wait
//   - shared memory: beyond what the launch asked for, read before written, and two threads at
//     one word between two barriers of which one writes
//   - global memory, once the host has said what there is (allow): outside of it, a write to what
//     is read-only, misaligned, and a second write to what this launch has written already
// Not covered: warps, atomics, asynchronous copies, races between blocks that only read and write.
#pragma once
#define EMULATED 1

#include <ucontext.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <map>
#include <random>
#include <string>
#include <unordered_set>
#include <vector>

#define __global__
#define __device__
#define __forceinline__ inline
#define __syncthreads() emulator::barrier(__LINE__)
#define threadIdx (emulator::running().index)
#define blockIdx (emulator::block->index)
#define blockDim (emulator::block->threads_per_block)
#define gridDim (emulator::block->blocks_per_grid)

struct Half;

namespace emulator {

// All static: libraries that are loaded one after the other share nothing.
constexpr size_t STACK_BYTES = 64 * 1024;
constexpr unsigned MOST_SHARED_BYTES = 48 * 1024;  // what a kernel may have without asking

struct Index {
    unsigned x, y, z;
};

struct Thread {
    ucontext_t context;
    Index index;
    bool done;
    int waits_at;  // line of the barrier
};

// One word of shared memory: who touched it since the last barrier.
struct Word {
    bool written_once = false, read_by_many = false;
    unsigned write_phase = 0, read_phase = 0;
    int writer = -1, reader = -1;
};

struct Block {
    Index index, threads_per_block, blocks_per_grid;
    std::vector<Thread> threads;
    size_t current = 0;
    unsigned phase = 1;
    std::vector<float> shared;
    std::vector<Word> words;
    ucontext_t scheduler;
    void (*entry)(const void*);
    const void* args;
};

struct Region {
    uintptr_t end;
    bool writable;
};

static Block* block = nullptr;
static std::string error;
static std::map<uintptr_t, Region> regions;  // by first address; none = nothing is checked
static std::unordered_set<uintptr_t> written;
static std::mt19937 dice;

static Thread& running() { return block->threads[block->current]; }

static void report(const char* format, long long a = 0, long long b = 0, long long c = 0) {
    if (!error.empty()) return;
    char text[200];
    snprintf(text, sizeof text, format, a, b, c);
    error = text;
}

static void barrier(int line) {
    Thread& thread = running();
    thread.waits_at = line;
    swapcontext(&thread.context, &block->scheduler);
}

static void run_thread() {
    block->entry(block->args);
    running().done = true;
    swapcontext(&running().context, &block->scheduler);
}

// ---- memory

static bool may_access(const void* pointer, size_t bytes, size_t alignment, bool write) {
    const uintptr_t at = reinterpret_cast<uintptr_t>(pointer);
    if (at % alignment) return report("misaligned global access of %lld bytes", bytes), false;
    if (regions.empty()) return true;
    auto next = regions.upper_bound(at);
    if (next == regions.begin()) return report("global access outside of all tensors"), false;
    const auto& [begin, region] = *std::prev(next);
    if (at + bytes > region.end)
        return report("global access %lld bytes past a tensor's start of %lld bytes", at - begin,
                      region.end - begin), false;
    if (write && !region.writable) return report("global write to an input"), false;
    if (write && !written.insert(at).second) return report("a second global write"), false;
    return true;
}

static void touch_shared(long long at, bool write) {
    Word& word = block->words[at];
    const int me = static_cast<int>(block->current);
    const bool written_now = word.write_phase == block->phase;
    const bool read_now = word.read_phase == block->phase;
    const char* wrong = nullptr;
    if (write) {
        if (written_now && word.writer != me) wrong = "shared race: two writes of word %lld";
        if (read_now && (word.reader != me || word.read_by_many))
            wrong = "shared race: word %lld is written while it is read";
        word.write_phase = block->phase;
        word.writer = me;
        word.written_once = true;
    } else {
        if (!word.written_once) wrong = "shared word %lld is read before it is written";
        if (written_now && word.writer != me)
            wrong = "shared race: word %lld is read while it is written";
        word.read_by_many = read_now && (word.read_by_many || word.reader != me);
        word.read_phase = block->phase;
        word.reader = me;
    }
    if (wrong) report(wrong, at);
}

static bool in_shared(long long at, bool write) {
    if (at < 0 || at >= static_cast<long long>(block->shared.size()))
        return report("shared word %lld of %lld", at, block->shared.size()), false;
    touch_shared(at, write);
    return true;
}

struct SharedFloat {
    long long at;
    operator float() const { return in_shared(at, false) ? block->shared[at] : NAN; }
    void operator=(float value) const {
        if (in_shared(at, true)) block->shared[at] = value;
    }
    void operator=(const SharedFloat& other) const { *this = static_cast<float>(other); }
};

struct SharedPointer {
    long long at;
    SharedFloat operator[](long long i) const { return {at + i}; }
    SharedPointer operator+(long long i) const { return {at + i}; }
};

// ---- launches

struct Kernel {
    void (*entry)(const void* args);
    unsigned threads;
};

static std::map<std::string, Kernel>& kernels() {
    static std::map<std::string, Kernel> all;
    return all;
}

static void run_block(std::vector<char>& stacks) {
    const size_t count = block->threads.size();
    std::fill(block->words.begin(), block->words.end(), Word());
    std::fill(block->shared.begin(), block->shared.end(), NAN);
    for (size_t i = 0; i < count; i++) {
        Thread& thread = block->threads[i];
        thread.index = {static_cast<unsigned>(i), 0, 0};
        thread.done = false;
        getcontext(&thread.context);
        thread.context.uc_stack.ss_sp = &stacks[i * STACK_BYTES];
        thread.context.uc_stack.ss_size = STACK_BYTES;
        thread.context.uc_link = nullptr;
        makecontext(&thread.context, run_thread, 0);
    }
    std::vector<size_t> order(count);
    for (size_t i = 0; i < count; i++) order[i] = i;
    for (bool waiting = true; waiting && error.empty(); block->phase++) {
        std::shuffle(order.begin(), order.end(), dice);
        for (size_t i : order) {
            block->current = i;
            swapcontext(&block->scheduler, &running().context);
        }
        const Thread& first = block->threads[0];
        for (const Thread& thread : block->threads) {
            if (thread.done != first.done)
                report("divergent barrier: some threads end while others wait at line %lld",
                       thread.done ? first.waits_at : thread.waits_at);
            else if (!thread.done && thread.waits_at != first.waits_at)
                report("divergent barrier: threads wait at lines %lld and %lld", thread.waits_at,
                       first.waits_at);
        }
        waiting = !first.done;
    }
}

// Returns what was wrong; empty = nothing.
static std::string launch(const std::string& name, unsigned blocks, unsigned threads,
                          unsigned shared_bytes, const void* args) {
    const auto found = kernels().find(name);
    if (found == kernels().end()) return "no kernel of this name";
    const Kernel kernel = found->second;
    if (threads != kernel.threads) return "compiled for another number of threads";
    if (blocks == 0 || blocks > 0x7fffffffu) return "no such grid";
    if (shared_bytes > MOST_SHARED_BYTES) return "too much shared memory";
    Block state;
    state.threads_per_block = {threads, 1, 1};
    state.blocks_per_grid = {blocks, 1, 1};
    state.threads.resize(threads);
    state.shared.resize(shared_bytes / 4);
    state.words.resize(shared_bytes / 4);
    state.entry = kernel.entry;
    state.args = args;
    block = &state;
    error.clear();
    written.clear();
    static std::vector<char> stacks(1024 * STACK_BYTES);
    std::vector<unsigned> order(blocks);
    for (unsigned i = 0; i < blocks; i++) order[i] = i;
    std::shuffle(order.begin(), order.end(), dice);
    for (unsigned i : order) {
        state.index = {i, 0, 0};
        run_block(stacks);
        if (!error.empty()) break;
    }
    block = nullptr;
    return error;
}

}  // namespace emulator

// ---- what prelude.cu leaves to this header

typedef emulator::SharedPointer SharedFloats;

inline SharedFloats shared_floats() { return {0}; }

template <class T>
inline T load(const T* address) {
    if (!emulator::may_access(address, sizeof(T), alignof(T), false)) return T();
    return *address;
}

template <class T>
inline void store(T* address, T value) {
    if (emulator::may_access(address, sizeof(T), alignof(T), true)) *address = value;
}

// The compiler's own binary16, which rounds to nearest even as a GPU does. Half is completed later.
template <class H>
inline float to_float(H value) {
    static_assert(sizeof(H) == 2, "float has a function of its own");
    _Float16 number;
    memcpy(&number, &value, 2);
    return static_cast<float>(number);
}

template <class H>
inline void narrow(float value, H& result) {
    static_assert(sizeof(H) == 2, "float has a function of its own");
    const _Float16 number = static_cast<_Float16>(value);
    memcpy(&result, &number, 2);
}

#define KERNEL(name, Args, threads, ...)                                     \
    static void name(const void* bytes) {                                    \
        const Args args = *static_cast<const Args*>(bytes);                  \
        __VA_ARGS__;                                                         \
    }                                                                        \
    static const bool name##_listed =                                        \
        (emulator::kernels()[#name] = {&name, threads}, true);
