// Runs kernels on the processor, one thread of a block after the other, so that what a device leaves undefined becomes visible.
//
// Each thread of a block is a fiber: it runs until it waits at a barrier, for an exchange among its warp, or has ended. Blocks run one after
// the other. With a seed, blocks come in another order, and so do the threads every time all have had their turn: what depends on an order
// that no barrier imposes changes from seed to seed. Shared memory holds no numbers (all bits set) when a block begins.
//
// A launch fails, and says why, where threads wait at different barriers, where they wait for each other, where an exchange names a lane that
// does not take part, where memory is touched that is not the device's, and where a load or store is not aligned (the libraries trap).
#include "simt.hpp"
#include "engine.hpp"

#include <csetjmp>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <memory>
#include <mutex>
#include <numeric>
#include <sys/mman.h>
#include <ucontext.h>
#include <vector>

namespace simt {
namespace {

constexpr unsigned Warp = 32, StackBytes = 128 << 10;
enum class State : uint8_t { Ready, AtBarrier, InExchange, Ended };

struct Fiber {
    dim3 index;
    unsigned lane, warp;
    State state = State::Ended;
    int line = 0;
    unsigned mask = 0, partner = 0, bytes = 0;
    char sent[8];
    void* received = nullptr;
    bool is_begun = false;
    jmp_buf at;
    ucontext_t context;
    void* stack = nullptr;

    Fiber() { stack = mmap(nullptr, StackBytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0); }
    ~Fiber() { munmap(stack, StackBytes); }
};

// One launch at a time: the shared memory of a library is there once.
std::mutex launching;
std::vector<std::unique_ptr<Fiber>> fibers;
std::vector<unsigned> order;
Engine engine_of_kernels;
const Kernel* kernel;
void** kernel_arguments;
Fiber* running;
unsigned threads, alive;
uint64_t random_state;
jmp_buf scheduler;
sigjmp_buf failed;
char report[400];
int failure;
thread_local volatile bool runs_kernels;

uint64_t random_below(uint64_t limit)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return random_state % limit;
}

[[noreturn]] void fail(const char* what, int code = 719)
{
    failure = code;
    snprintf(report, sizeof report, "%s: block %u, thread %u, line %d: %s", kernel->name, engine_of_kernels.block.x, running ? running->index.x : 0, running ? running->line : 0, what);
    siglongjmp(failed, 1);
}

void leave_fiber()
{
    if (!_setjmp(running->at)) _longjmp(scheduler, 1);
}

// Lets all go on when the last has arrived; whether it has.
bool open_barrier()
{
    unsigned waiting = 0;
    int line = 0;
    for (unsigned i = 0; i < threads; i++) waiting += fibers[i]->state == State::AtBarrier;
    if (waiting < alive || waiting == 0) return false;
    for (unsigned i = 0; i < threads; i++) {
        Fiber& fiber = *fibers[i];
        if (fiber.state != State::AtBarrier) continue;
        if (line != 0 && fiber.line != line) fail("threads wait at different barriers");
        line = fiber.line;
        fiber.state = State::Ready;
    }
    return true;
}

void wait_for_block(int line)
{
    running->line = line;
    running->state = State::AtBarrier;
    leave_fiber();
}

void exchange(unsigned mask, unsigned partner, int line, const void* mine, void* theirs, unsigned bytes)
{
    Fiber& self = *running;
    self.line = line;
    self.mask = mask;
    self.partner = partner;
    self.bytes = bytes;
    self.received = theirs;
    memcpy(self.sent, mine, bytes);
    self.state = State::InExchange;
    if (!(mask >> self.lane & 1)) fail("a lane exchanges without being in the mask");
    if (partner >= Warp || !(mask >> partner & 1)) fail("an exchange with a lane outside of the mask");

    Fiber* lanes[Warp];
    for (unsigned lane = 0; lane < Warp; lane++) {
        if (!(mask >> lane & 1)) continue;
        const unsigned thread = self.warp * Warp + lane;
        if (thread >= threads || fibers[thread]->state == State::Ended) fail("an exchange with a lane that has ended");
        lanes[lane] = fibers[thread].get();
        if (lanes[lane]->state == State::InExchange) continue;
        leave_fiber();
        return;
    }

    for (unsigned lane = 0; lane < Warp; lane++) {
        if (!(mask >> lane & 1)) continue;
        Fiber& fiber = *lanes[lane];
        if (fiber.mask != mask || fiber.line != line || fiber.bytes != bytes) fail("lanes of a warp are in different exchanges");
        memcpy(fiber.received, lanes[fiber.partner]->sent, bytes);
        fiber.state = State::Ready;
    }
}

void run_fiber()
{
    for (;;) {
        kernel->run(&engine_of_kernels, kernel_arguments);
        running->state = State::Ended;
        alive--;
        leave_fiber();
    }
}

void go_on(Fiber& fiber)
{
    running = &fiber;
    engine_of_kernels.thread = fiber.index;
    if (_setjmp(scheduler)) return;
    if (fiber.is_begun) _longjmp(fiber.at, 1);
    fiber.is_begun = true;
    getcontext(&fiber.context);
    fiber.context.uc_stack.ss_sp = fiber.stack;
    fiber.context.uc_stack.ss_size = StackBytes;
    fiber.context.uc_link = nullptr;
    makecontext(&fiber.context, run_fiber, 0);
    setcontext(&fiber.context);
}

// Lets every thread that can go on do so until it waits, or those of one warp alone, or all but those.
bool go_round(unsigned warp, bool is_of_warp)
{
    bool has_moved = false;
    for (unsigned i : order) {
        if (fibers[i]->state != State::Ready || (fibers[i]->warp == warp) != is_of_warp) continue;
        go_on(*fibers[i]);
        has_moved = true;
    }
    return has_moved;
}

// From barrier to barrier another warp is the slowest: it goes on when no other can, so that the others are as far ahead of it as barriers let them.
void run_block()
{
    if (kernel->shared_begin) memset(kernel->shared_begin, 0xFF, kernel->shared_end - kernel->shared_begin);
    alive = threads;
    for (unsigned i = 0; i < threads; i++) fibers[i]->state = State::Ready;
    const unsigned warps = (threads + Warp - 1) / Warp;
    const auto any_warp = [=] { return random_state != 0 ? (unsigned)random_below(warps) : warps; };
    unsigned slowest = any_warp();
    while (alive > 0) {
        for (unsigned i = threads - 1; random_state != 0 && i > 0; i--) std::swap(order[i], order[random_below(i + 1)]);
        if (!go_round(slowest, false) && !go_round(slowest, true)) fail("threads wait for each other");
        if (open_barrier()) slowest = any_warp();
    }
}

struct sigaction before_segv, before_bus, before_ill;

// Faults of other threads, and of this one outside of kernels, are none of ours.
void on_fault(int signal, siginfo_t* info, void* context)
{
    if (runs_kernels) {
        char what[80];
        snprintf(what, sizeof what, signal == SIGILL ? "not aligned" : "touches %p, which is not the device's", info->si_addr);
        fail(what, signal == SIGILL ? 716 : 700);
    }
    struct sigaction& before = signal == SIGSEGV ? before_segv : signal == SIGBUS ? before_bus : before_ill;
    if (before.sa_flags & SA_SIGINFO) {
        before.sa_sigaction(signal, info, context);
    } else if (before.sa_handler != SIG_DFL && before.sa_handler != SIG_IGN) {
        before.sa_handler(signal);
    } else {
        sigaction(signal, &before, nullptr);
    }
}

void catch_faults()
{
    struct sigaction action = {};
    action.sa_sigaction = on_fault;
    action.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER;
    sigaction(SIGSEGV, &action, &before_segv);
    sigaction(SIGBUS, &action, &before_bus);
    sigaction(SIGILL, &action, &before_ill);
}

} // namespace

int launch(const Kernel& which, void** arguments, dim3 grid, dim3 block_size, uint64_t seed, std::string& why_not)
{
    std::lock_guard<std::mutex> lock(launching);
    kernel = &which;
    kernel_arguments = arguments;
    threads = block_size.x;
    random_state = seed;
    engine_of_kernels = {{0, 0, 0}, {0, 0, 0}, block_size, grid, wait_for_block, exchange};
    order.resize(threads);
    while (fibers.size() < threads) fibers.push_back(std::make_unique<Fiber>());
    for (unsigned i = 0; i < threads; i++) {
        order[i] = i;
        fibers[i]->index = {i, 0, 0};
        fibers[i]->lane = i % Warp;
        fibers[i]->warp = i / Warp;
    }

    catch_faults();
    const bool has_failed = sigsetjmp(failed, 1) != 0;
    runs_kernels = !has_failed;
    if (!has_failed) {
        // A stride that has no divisor in common with the number of blocks visits each once.
        const uint64_t blocks = grid.x;
        uint64_t stride = seed == 0 ? 1 : random_below(blocks) + 1, block = seed == 0 ? 0 : random_below(blocks);
        while (std::gcd(stride, blocks) != 1) stride++;
        for (uint64_t i = 0; i < blocks; i++, block = (block + stride) % blocks) {
            engine_of_kernels.block = {(unsigned)block, 0, 0};
            run_block();
        }
    } else {
        why_not = report;
        fibers.clear(); // whatever they were doing
    }
    runs_kernels = false;
    running = nullptr;
    sigaction(SIGSEGV, &before_segv, nullptr);
    sigaction(SIGBUS, &before_bus, nullptr);
    sigaction(SIGILL, &before_ill, nullptr);
    return has_failed ? failure : 0;
}

} // namespace simt
