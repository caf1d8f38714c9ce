// What the emulated driver asks of the engine.
#pragma once
#include "simt.hpp"

#include <cstdint>
#include <string>

namespace simt {

// Runs a kernel to its end, and returns 0, or the code of the driver for what has kept it from that. Seed 0: threads and blocks in order.
int launch(const Kernel& kernel, void** arguments, dim3 grid, dim3 block_size, uint64_t seed, std::string& why_not);

} // namespace simt
