// Threads that wait for tasks. Plain pthreads: no OpenMP run time to ship, or to collide with the
// one PyTorch brings.
#include "common.h"

#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#if defined(OPS_OLD_GLIBC)
// glibc 2.34 moved these from libpthread to libc and gave them a new version; the old names are
// still there, and are all that keeps this library from running where glibc is older.
#if defined(__aarch64__)
#define OLD_NAME(function) __asm__(".symver " #function "," #function "@GLIBC_2.17")
#else
#define OLD_NAME(function) __asm__(".symver " #function "," #function "@GLIBC_2.2.5")
#endif
OLD_NAME(pthread_create);
OLD_NAME(pthread_detach);
OLD_NAME(pthread_mutex_trylock);
#endif

namespace {

const int64_t MAX_WORKERS = 255;
const int SPINS = 2000;  // about 50 us: longer than what lies between two kernels of one layer
const int64_t YIELDING_NS = 1000000;  // then as long as small operators of others take

struct Job {
    void (*fn)(void *, int64_t);
    void *context;
    int64_t tasks;
    int64_t next;  // atomic: the first task nobody has taken
};

pthread_mutex_t one_job = PTHREAD_MUTEX_INITIALIZER;  // held by whose tasks run
pthread_mutex_t state = PTHREAD_MUTEX_INITIALIZER;    // of everything below
pthread_cond_t work_has_come = PTHREAD_COND_INITIALIZER;
pthread_cond_t work_is_done = PTHREAD_COND_INITIALIZER;
Job job;
uint64_t generation;  // of job; also read without the lock while spinning
int64_t places;       // workers that may still join; 0 once the caller found no task left
int64_t running;      // workers that have joined and not finished; also read without the lock
int64_t workers;      // started so far
pid_t owner;          // a forked child has the variables but not the threads

void take_tasks() {
    for (;;) {
        int64_t task = __atomic_fetch_add(&job.next, 1, __ATOMIC_RELAXED);
        if (task >= job.tasks) return;
        job.fn(job.context, task);
    }
}

void pause_briefly() {
#if defined(__x86_64__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("yield");
#endif
}

int64_t now_ns() {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

// Waits for another generation than `seen`, but not for long: waking a thread takes longer than
// many a kernel. Gives way to whoever else wants the processor.
void wait_awake(uint64_t seen) {
    for (int i = 0; i < SPINS; i++) {
        if (__atomic_load_n(&generation, __ATOMIC_ACQUIRE) != seen) return;
        pause_briefly();
    }
    const int64_t end = now_ns() + YIELDING_NS;
    while (__atomic_load_n(&generation, __ATOMIC_ACQUIRE) == seen && now_ns() < end) {
        sched_yield();
        for (int i = 0; i < 20; i++) pause_briefly();
    }
}

void *work(void *) {
    uint64_t seen = 0;
    for (;;) {
        wait_awake(seen);
        pthread_mutex_lock(&state);
        while (generation == seen) pthread_cond_wait(&work_has_come, &state);
        seen = generation;
        bool joins = places > 0;
        if (joins) {
            places--;
            __atomic_add_fetch(&running, 1, __ATOMIC_RELAXED);
        }
        pthread_mutex_unlock(&state);
        if (!joins) continue;
        take_tasks();
        pthread_mutex_lock(&state);
        if (__atomic_sub_fetch(&running, 1, __ATOMIC_RELEASE) == 0)
            pthread_cond_signal(&work_is_done);
        pthread_mutex_unlock(&state);
    }
    return nullptr;
}

// Starts workers until there are `wanted`, or the system gives no more.
void start_workers(int64_t wanted) {
    pthread_t thread;
    while (workers < wanted && pthread_create(&thread, nullptr, work, nullptr) == 0) {
        pthread_detach(thread);
        workers++;
    }
}

void forget_threads_of_parent() {
    pid_t self = getpid();
    if (owner == self) return;
    owner = self;
    state = PTHREAD_MUTEX_INITIALIZER;
    work_has_come = PTHREAD_COND_INITIALIZER;
    work_is_done = PTHREAD_COND_INITIALIZER;
    workers = places = running = 0;
}

struct Scratch {
    void *memory = nullptr;
    size_t bytes = 0;
};
__thread Scratch own_scratch;

}  // namespace

void run_tasks(int64_t tasks, int64_t threads, void (*fn)(void *, int64_t), void *context) {
    if (threads > MAX_WORKERS) threads = MAX_WORKERS;
    if (threads > tasks) threads = tasks;
    // Another thread's tasks are running: the cores are busy, so these run here.
    if (threads <= 1 || pthread_mutex_trylock(&one_job) != 0) {
        for (int64_t task = 0; task < tasks; task++) fn(context, task);
        return;
    }
    forget_threads_of_parent();
    start_workers(threads - 1);
    pthread_mutex_lock(&state);
    job = {fn, context, tasks, 0};
    places = threads - 1;
    __atomic_store_n(&generation, generation + 1, __ATOMIC_RELEASE);
    pthread_cond_broadcast(&work_has_come);
    pthread_mutex_unlock(&state);
    take_tasks();
    // Workers that have not woken yet are not waited for: on a busy machine that takes long.
    pthread_mutex_lock(&state);
    places = 0;
    pthread_mutex_unlock(&state);
    for (int i = 0; i < SPINS && __atomic_load_n(&running, __ATOMIC_ACQUIRE) != 0; i++)
        pause_briefly();
    pthread_mutex_lock(&state);
    while (running != 0) pthread_cond_wait(&work_is_done, &state);
    pthread_mutex_unlock(&state);
    pthread_mutex_unlock(&one_job);
}

void *scratch(size_t bytes) {
    if (own_scratch.bytes < bytes) {
        free(own_scratch.memory);
        own_scratch = Scratch();
        if (posix_memalign(&own_scratch.memory, 64, bytes) != 0) return nullptr;
        own_scratch.bytes = bytes;
    }
    return own_scratch.memory;
}
