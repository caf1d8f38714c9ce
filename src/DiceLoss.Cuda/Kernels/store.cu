// Writes numbers to the device from the arguments of a launch: in the order of the stream, without waiting for it and without memory that
// must stay in place until a copy has begun.

struct Numbers { double number[480]; }; // an argument list holds 4096 bytes

extern "C" __global__ void __launch_bounds__(128)
dice_store(const Numbers numbers, double* destination, int count)
{
    for (int i = threadIdx.x; i < count; i += blockDim.x) destination[i] = numbers.number[i];
}
