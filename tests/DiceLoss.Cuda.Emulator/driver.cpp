// The entry points of libcuda.so.1 that DiceLoss and its checks call, with two devices that simt.cpp emulates. It is as strict as a driver may be:
//
// - What is given to a stream is done when somebody waits for it, no earlier, and arguments are copied when it is given.
// - Device memory is full of bytes with all bits set when it is allocated, ends near a page that cannot be touched, and the bytes between are
//   looked at when it is freed.
// - A stream that was never created, is gone, or is being captured is refused; so is a stream, a kernel or memory of the device whose context is
//   not current.
// - A kernel that fails leaves an error that every later call returns, until emulated_reset.
//
// A module is text: "//emulated " and the path of a library of kernels (simt.hpp). Settings, planned failures and what is left of a failed
// kernel belong to the calling thread, so that tests next to each other do not meet.
#include "engine.hpp"

#include <atomic>
#include <cstring>
#include <deque>
#include <dlfcn.h>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <sys/mman.h>
#include <unistd.h>
#include <vector>

namespace {

enum Code {
    Success = 0, InvalidValue = 1, OutOfMemory = 2, NotInitialized = 3, NoDevice = 100, InvalidDevice = 101, InvalidImage = 200, InvalidContext = 201,
    InvalidPtx = 218, UnsupportedPtxVersion = 222, InvalidHandle = 400, NotFound = 500, IllegalAddress = 700, MisalignedAddress = 716, LaunchFailed = 719,
    CaptureUnsupported = 900, CaptureInvalidated = 901,
};

const std::map<int, const char*> names = {
    {Success, "CUDA_SUCCESS"}, {InvalidValue, "CUDA_ERROR_INVALID_VALUE"}, {OutOfMemory, "CUDA_ERROR_OUT_OF_MEMORY"},
    {NotInitialized, "CUDA_ERROR_NOT_INITIALIZED"}, {NoDevice, "CUDA_ERROR_NO_DEVICE"}, {InvalidDevice, "CUDA_ERROR_INVALID_DEVICE"},
    {InvalidImage, "CUDA_ERROR_INVALID_IMAGE"}, {InvalidContext, "CUDA_ERROR_INVALID_CONTEXT"}, {InvalidPtx, "CUDA_ERROR_INVALID_PTX"},
    {UnsupportedPtxVersion, "CUDA_ERROR_UNSUPPORTED_PTX_VERSION"}, {InvalidHandle, "CUDA_ERROR_INVALID_HANDLE"}, {NotFound, "CUDA_ERROR_NOT_FOUND"},
    {IllegalAddress, "CUDA_ERROR_ILLEGAL_ADDRESS"}, {MisalignedAddress, "CUDA_ERROR_MISALIGNED_ADDRESS"}, {LaunchFailed, "CUDA_ERROR_LAUNCH_FAILED"},
    {CaptureUnsupported, "CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED"}, {CaptureInvalidated, "CUDA_ERROR_STREAM_CAPTURE_INVALIDATED"},
};

typedef unsigned long long Address;
// Whom a failure is told: the thread that gave the work, whichever does it.
struct Caller {
    std::atomic<int> sticky = Success;
    std::string report; // written before sticky is
    int fails(int code, const std::string& why)
    {
        report = why;
        return sticky = code;
    }
};

struct Work {
    std::shared_ptr<Caller> caller;
    std::function<int(std::string&)> act;
};

struct Allocation { char* mapping; size_t mapped, bytes, padded; void* context; };
struct Function { const simt::Kernel& kernel; void* context; };
struct Module { void *library, *context; std::map<std::string, Function> functions; };
typedef std::pair<void*, void*> Stream; // its context and its handle: each device has default streams of its own

constexpr size_t Alignment = 256;
constexpr int Devices = 2;
char contexts[Devices]; // their addresses are the contexts
bool is_initialized;
std::mutex lock_of_memory, lock_of_streams, lock_of_device;
std::map<Address, Allocation> allocations;
std::map<Stream, std::deque<Work>> streams;
std::set<Stream> created_streams;
std::map<Stream, int> captures; // how they stand

struct Plan { std::string call; int code, skip; bool is_sticky; };

thread_local void* current_context;
thread_local std::shared_ptr<Caller> caller = std::make_shared<Caller>();
thread_local Plan plan;
thread_local std::map<std::string, int> calls;
thread_local int multiprocessors = 4;
thread_local unsigned long long seed;
thread_local int version = 13000; // 1000 times the major number plus 10 times the minor one
thread_local size_t memory_left = (size_t)1 << 40;

// What every call begins with: what is planned for it, and what an earlier one has left.
int begin(const char* call, bool needs_context)
{
    calls[call]++;
    if (plan.call == call && plan.skip-- == 0) {
        int code = plan.code;
        if (plan.is_sticky) caller->sticky = code;
        plan = {};
        return code;
    }
    if (int code = caller->sticky) return code;
    if (!is_initialized) return NotInitialized;
    return needs_context && (current_context < contexts || current_context >= contexts + Devices) ? InvalidContext : Success;
}

#define BEGIN(needs_context) if (int code = begin(__func__, needs_context)) return code

bool is_allocated(Address address, size_t bytes)
{
    std::lock_guard<std::mutex> lock(lock_of_memory);
    auto next = allocations.upper_bound(address);
    if (next == allocations.begin()) return false;
    --next;
    return address + bytes <= next->first + next->second.bytes && next->second.context == current_context;
}

void give(void* stream, std::function<int(std::string&)> act)
{
    std::lock_guard<std::mutex> lock(lock_of_streams);
    streams[{current_context, stream}].push_back({caller, std::move(act)});
}

// The default streams, and those that were created and are not gone. A driver may crash at any other.
bool is_stream(void* stream)
{
    std::lock_guard<std::mutex> lock(lock_of_streams);
    return (size_t)stream <= 2 || created_streams.count({current_context, stream}) > 0;
}

// Why a stream is given nothing. A capture fails with the first that its stream is given, so that graphs are empty.
int refusal(void* stream)
{
    if (!is_stream(stream)) return InvalidHandle;
    std::lock_guard<std::mutex> lock(lock_of_streams);
    auto capture = captures.find({current_context, stream});
    if (capture == captures.end()) return Success;
    capture->second = CaptureInvalidated;
    return CaptureUnsupported;
}

// Stream 0 waits for all. One thread at a time does what is to be done: others find it done when they have waited for it. Of a caller whose
// work has failed nothing more is done.
int run(void* stream)
{
    std::lock_guard<std::mutex> device(lock_of_device);
    for (;;) {
        std::deque<Work> queue;
        {
            std::lock_guard<std::mutex> lock(lock_of_streams);
            for (auto& [key, pending] : streams) {
                if (key.first != current_context || (stream != nullptr && key.second != stream) || pending.empty()) continue;
                queue.swap(pending);
                break;
            }
        }
        if (queue.empty()) return caller->sticky;
        for (Work& work : queue) {
            if (work.caller->sticky != Success) continue;
            std::string why;
            if (int code = work.act(why)) work.caller->fails(code, why);
        }
    }
}

} // namespace

extern "C" {

int cuInit(unsigned)
{
    calls[__func__]++;
    if (plan.call == __func__) return plan.code;
    is_initialized = true;
    return Success;
}

int cuDriverGetVersion(int* version_of_driver)
{
    calls[__func__]++;
    *version_of_driver = version;
    return Success;
}

int cuGetErrorName(int code, const char** name)
{
    auto known = names.find(code);
    if (known == names.end()) return InvalidValue;
    *name = known->second;
    return Success;
}

int cuDeviceGetCount(int* count)
{
    BEGIN(false);
    *count = Devices;
    return Success;
}

int cuDeviceGet(int* device, int ordinal)
{
    BEGIN(false);
    if (ordinal < 0 || ordinal >= Devices) return InvalidDevice;
    *device = ordinal;
    return Success;
}

int cuDeviceGetName(char* name, int length, int)
{
    BEGIN(false);
    strncpy(name, "emulated device", length);
    return Success;
}

int cuDeviceGetAttribute(int* value, int attribute, int)
{
    BEGIN(false);
    switch (attribute) {
    case 16: *value = multiprocessors; break;
    case 75: *value = 9; break; // compute capability
    case 76: *value = 0; break;
    default: return InvalidValue;
    }
    return Success;
}

int cuDevicePrimaryCtxRetain(void** context, int device)
{
    BEGIN(false);
    *context = &contexts[device];
    return Success;
}

int cuCtxGetCurrent(void** context)
{
    BEGIN(false);
    *context = current_context;
    return Success;
}

int cuCtxSetCurrent(void* context)
{
    BEGIN(false);
    current_context = context;
    return Success;
}

int cuModuleLoadData(void** module, const void* image)
{
    BEGIN(true);
    const char mark[] = "//emulated ", *text = (const char*)image;
    if (strncmp(text, mark, sizeof mark - 1) != 0) return InvalidPtx;
    text += sizeof mark - 1;
    void* library = dlopen(std::string(text, strcspn(text, "\n")).c_str(), RTLD_NOW | RTLD_LOCAL);
    if (!library) {
        caller->report = dlerror();
        return InvalidImage;
    }
    *module = new Module{library, current_context, {}};
    return Success;
}

int cuModuleLoadDataEx(void** module, const void* image, unsigned, int*, void**)
{
    BEGIN(true);
    return cuModuleLoadData(module, image);
}

int cuModuleUnload(Module* module)
{
    BEGIN(true);
    if (int code = run(nullptr)) return code;
    dlclose(module->library);
    delete module;
    return Success;
}

int cuModuleGetFunction(void** function, Module* module, const char* name)
{
    BEGIN(true);
    void* kernel = dlsym(module->library, (std::string("emulated_") + name).c_str());
    if (!kernel) return NotFound;
    *function = &module->functions.try_emplace(name, Function{*(const simt::Kernel*)kernel, module->context}).first->second;
    return Success;
}

int cuLaunchKernel(
    const Function* function, unsigned grid_x, unsigned grid_y, unsigned grid_z, unsigned block_x, unsigned block_y, unsigned block_z, unsigned shared_bytes,
    void* stream, void** arguments, void** extra)
{
    BEGIN(true);
    if (function && function->context != current_context) return InvalidHandle;
    if (int code = refusal(stream)) return code;
    if (!function || grid_x == 0 || grid_x > 0x7FFFFFFF || block_x == 0 || block_x > 1024) return InvalidValue;
    if (grid_y != 1 || grid_z != 1 || block_y != 1 || block_z != 1 || shared_bytes != 0 || extra) return InvalidValue; // not emulated

    const simt::Kernel& kernel = function->kernel;
    auto copies = std::make_shared<std::vector<std::unique_ptr<char[]>>>();
    for (int i = 0; kernel.argument_sizes[i] != 0; i++) {
        copies->emplace_back(new char[kernel.argument_sizes[i]]);
        memcpy(copies->back().get(), arguments[i], kernel.argument_sizes[i]);
    }
    give(stream, [=, &kernel, order = seed](std::string& why) {
        std::vector<void*> places;
        for (auto& copy : *copies) places.push_back(copy.get());
        return simt::launch(kernel, places.data(), {grid_x, 1, 1}, {block_x, 1, 1}, order, why);
    });
    return Success;
}

int cuMemAlloc_v2(Address* address, size_t bytes)
{
    BEGIN(true);
    if (bytes == 0) return InvalidValue;
    const size_t page = sysconf(_SC_PAGESIZE), padded = (bytes + Alignment - 1) / Alignment * Alignment, inner = (padded + page - 1) / page * page;
    if (padded > memory_left) return OutOfMemory;
    void* mapping = mmap(nullptr, inner + 2 * page, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (mapping == MAP_FAILED) return OutOfMemory;
    mprotect((char*)mapping + page, inner, PROT_READ | PROT_WRITE);
    memset((char*)mapping + page, 0xFF, inner);
    memory_left -= padded;
    *address = (Address)mapping + page + inner - padded;
    std::lock_guard<std::mutex> lock(lock_of_memory);
    allocations[*address] = {(char*)mapping, inner + 2 * page, bytes, padded, current_context};
    return Success;
}

int cuMemFree_v2(Address address)
{
    BEGIN(true);
    if (int code = run(nullptr)) return code;
    std::lock_guard<std::mutex> lock(lock_of_memory);
    auto known = allocations.find(address);
    if (known == allocations.end()) return InvalidValue;
    const Allocation& allocation = known->second;
    bool is_intact = true;
    for (size_t i = allocation.bytes; i < allocation.padded; i++) is_intact &= ((unsigned char*)address)[i] == 0xFF;
    munmap(allocation.mapping, allocation.mapped);
    memory_left += allocation.padded;
    allocations.erase(known);
    if (is_intact) return Success;
    return caller->fails(IllegalAddress, "bytes behind an allocation were written");
}

int cuMemGetInfo_v2(size_t* free, size_t* total)
{
    BEGIN(true);
    *free = *total = memory_left;
    return Success;
}

int cuMemcpyHtoDAsync_v2(Address destination, const void* source, size_t bytes, void* stream)
{
    BEGIN(true);
    if (int code = refusal(stream)) return code;
    if (!is_allocated(destination, bytes)) return InvalidValue;
    give(stream, [=](std::string&) { memcpy((void*)destination, source, bytes); return Success; });
    return Success;
}

int cuMemcpyDtoHAsync_v2(void* destination, Address source, size_t bytes, void* stream)
{
    BEGIN(true);
    if (int code = refusal(stream)) return code;
    if (!is_allocated(source, bytes)) return InvalidValue;
    give(stream, [=](std::string&) { memcpy(destination, (void*)source, bytes); return Success; });
    return Success;
}

int cuMemcpyDtoDAsync_v2(Address destination, Address source, size_t bytes, void* stream)
{
    BEGIN(true);
    if (int code = refusal(stream)) return code;
    if (!is_allocated(destination, bytes) || !is_allocated(source, bytes)) return InvalidValue;
    give(stream, [=](std::string&) { memcpy((void*)destination, (void*)source, bytes); return Success; });
    return Success;
}

int cuStreamCreate(void** stream, unsigned)
{
    BEGIN(true);
    *stream = new char;
    std::lock_guard<std::mutex> lock(lock_of_streams);
    created_streams.insert({current_context, *stream});
    return Success;
}

int cuStreamDestroy_v2(char* stream)
{
    BEGIN(true);
    if (!is_stream(stream)) return InvalidHandle;
    int code = run(stream);
    std::lock_guard<std::mutex> lock(lock_of_streams);
    created_streams.erase({current_context, stream});
    delete stream;
    return code;
}

int cuStreamSynchronize(void* stream)
{
    BEGIN(true);
    if (int code = refusal(stream)) return code;
    return run(stream);
}

int cuStreamBeginCapture_v2(void* stream, int)
{
    BEGIN(true);
    if (int code = refusal(stream)) return code;
    std::lock_guard<std::mutex> lock(lock_of_streams);
    captures[{current_context, stream}] = Success;
    return Success;
}

int cuStreamIsCapturing(void* stream, int* status)
{
    BEGIN(true);
    if (!is_stream(stream)) return InvalidHandle;
    std::lock_guard<std::mutex> lock(lock_of_streams);
    auto capture = captures.find({current_context, stream});
    *status = capture == captures.end() ? 0 : capture->second == Success ? 1 : 2; // none, active, invalidated
    return Success;
}

int cuStreamEndCapture(void* stream, void** graph)
{
    BEGIN(true);
    std::lock_guard<std::mutex> lock(lock_of_streams);
    auto capture = captures.extract({current_context, stream});
    if (!capture) return InvalidValue;
    *graph = nullptr;
    return capture.mapped();
}

int cuGraphDestroy(void*) { return Success; }

// ---- for tests ----

// What the calling thread's launches are like from now on, and devices that it asks about.
void emulated_configure(int multiprocessors_of_device, unsigned long long seed_of_order)
{
    multiprocessors = multiprocessors_of_device;
    seed = seed_of_order;
}

// How much memory the calling thread may allocate from now on.
void emulated_limit(size_t bytes) { memory_left = bytes; }

// The version of CUDA that the driver is for, as the calling thread hears it from now on.
void emulated_version(int version_of_driver) { version = version_of_driver; }

// The call of that name fails, after it was let pass a number of times; if the error is sticky, so does every later call.
void emulated_plan(const char* call, int code, int skip, int is_sticky) { plan = {call, code, skip, is_sticky != 0}; }

// How often the calling thread has made a call.
int emulated_calls(const char* call) { return calls[call]; }

// What the last failed kernel that the calling thread has launched had to say.
const char* emulated_report() { return caller->report.c_str(); }

// The calling thread begins anew; what is left of work that has failed is not done.
void emulated_reset()
{
    caller = std::make_shared<Caller>();
    plan = {};
    calls.clear();
}

} // extern "C"
