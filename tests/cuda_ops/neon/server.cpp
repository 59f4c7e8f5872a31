// Runs in the emulator of another processor: calls functions of a library of kernels for the tests,
// which send arguments and memory over stdin and get the memory back over stdout (emulated.py).
//
// Every block of memory lies at a page that must not be touched: one side of it first, then, in a
// second call with the same contents, the other. What reads or writes outside of its tensors ends
// the process; what lets its results depend on anything else than them is told by the comparison.
#include <dlfcn.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

namespace {

struct Pointer {  // a pointer at `offset` of one block to the beginning of another
    int64_t block, offset, target;
};

struct Call {
    std::string name;
    std::vector<std::string> blocks;
    std::vector<Pointer> pointers;
    std::vector<int64_t> words, is_block;  // integers, and numbers of blocks
    std::vector<float> floats;
};

[[noreturn]] void fail(const char *what, const char *why) {
    fprintf(stderr, "%s: %s\n", what, why);
    exit(1);
}

void read(void *to, size_t bytes) {
    if (bytes && fread(to, 1, bytes, stdin) != bytes) exit(0);  // the tests are over
}

int64_t read_number() {
    int64_t number;
    read(&number, sizeof number);
    return number;
}

template <class List> void read_list(List &list) {
    list.resize(read_number());
    read(list.data(), list.size() * sizeof list[0]);
}

Call read_call() {
    Call call;
    read_list(call.name);
    call.blocks.resize(read_number());
    for (std::string &block : call.blocks) read_list(block);
    read_list(call.pointers);
    read_list(call.words);
    read_list(call.is_block);
    read_list(call.floats);
    return call;
}

struct Walled {
    char *pages, *content;
    size_t size;
};

Walled walled(const std::string &content, bool wall_behind) {
    const size_t page = sysconf(_SC_PAGESIZE);
    const size_t inside = (content.size() + page - 1) / page * page;
    Walled w;
    w.size = inside + 2 * page;
    void *memory = mmap(nullptr, w.size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) fail("mmap", "no memory");
    w.pages = static_cast<char *>(memory);
    if (inside && mprotect(w.pages + page, inside, PROT_READ | PROT_WRITE) != 0)
        fail("mprotect", "refused");
    w.content = w.pages + page + (wall_behind ? inside - content.size() : 0);
    memcpy(w.content, content.data(), content.size());
    return w;
}

// Integers and floats have registers of their own, and of the rest every one takes 8 bytes of the
// stack: with at most 8 floats, one call with many arguments is a call with any of them.
typedef int (*Any)(int64_t, int64_t, int64_t, int64_t, int64_t, int64_t, int64_t, int64_t, float,
                   float, float, float, float, float, float, float, int64_t, int64_t, int64_t,
                   int64_t, int64_t, int64_t, int64_t, int64_t, int64_t, int64_t, int64_t, int64_t,
                   int64_t, int64_t, int64_t, int64_t);

int64_t run(Any function, const Call &call, bool wall_behind, std::vector<std::string> &after) {
    std::vector<Walled> blocks;
    for (const std::string &block : call.blocks) blocks.push_back(walled(block, wall_behind));
    for (const Pointer &p : call.pointers)
        memcpy(blocks[p.block].content + p.offset, &blocks[p.target].content, sizeof(char *));
    int64_t w[24] = {};
    float f[8] = {};
    if (call.words.size() > 24 || call.floats.size() > 8) fail("call", "too many arguments");
    for (size_t i = 0; i < call.words.size(); i++)
        w[i] = call.is_block[i] ? reinterpret_cast<int64_t>(blocks[call.words[i]].content)
                                : call.words[i];
    for (size_t i = 0; i < call.floats.size(); i++) f[i] = call.floats[i];
    int64_t result = function(
        w[0], w[1], w[2], w[3], w[4], w[5], w[6], w[7], f[0], f[1], f[2], f[3], f[4], f[5], f[6],
        f[7], w[8], w[9], w[10], w[11], w[12], w[13], w[14], w[15], w[16], w[17], w[18], w[19],
        w[20], w[21], w[22], w[23]);
    for (const Pointer &p : call.pointers)  // addresses of this process mean nothing to the tests
        memcpy(blocks[p.block].content + p.offset, call.blocks[p.block].data() + p.offset, 8);
    for (const Walled &block : blocks) {
        const size_t size = call.blocks[after.size()].size();
        after.emplace_back(block.content, size);
        munmap(block.pages, block.size);
    }
    return result;
}

}  // namespace

int main(int, char **arguments) {
    void *library = dlopen(arguments[1], RTLD_NOW);
    if (!library) fail("dlopen", dlerror());
    for (;;) {
        const Call call = read_call();
        void *function = dlsym(library, call.name.c_str());
        if (!function) fail("dlsym", dlerror());
        std::vector<std::string> before, behind;
        int64_t result = run(reinterpret_cast<Any>(function), call, false, before);
        run(reinterpret_cast<Any>(function), call, true, behind);
        int64_t same = before == behind;
        fwrite(&result, sizeof result, 1, stdout);
        fwrite(&same, sizeof same, 1, stdout);
        for (const std::string &block : before) fwrite(block.data(), 1, block.size(), stdout);
        fflush(stdout);
    }
}
