/* What the parts of the program share. */
#ifndef CONSUMER_H
#define CONSUMER_H

#include <diceloss.h>

/* Two samples, three channels, 3 x 5 voxels. */
enum { SAMPLES = 2, CHANNELS = 3, HEIGHT = 3, WIDTH = 5, VOXELS = HEIGHT * WIDTH, LABELS = SAMPLES * VOXELS, LOGITS = SAMPLES * CHANNELS * VOXELS };

/* The numbers of the example, by row-major position; of few bits, so that every type holds them. */
static inline double logit(int i) { return (i * 37 + 11) % 23 / 4.0 - 2.5; }
static inline int label(int i) { return i % 7 == 3 ? 255 : (i * 5 + 1) % 3; }
static inline double weight(int i) { return i % 4 / 2.0; }

/* Where tensors are, in DLPack's numbers; an emulated device has its memory there too. */
enum { MAIN_MEMORY = 1, CUDA = 2 };
extern int32_t place;

/* A tensor there. */
static inline diceloss_tensor tensor(void *data, uint8_t code, uint8_t bits, int32_t ndim, int64_t *shape, int64_t *strides) {
    diceloss_tensor result = {0};
    result.data = data;
    result.device.device_type = place;
    result.ndim = ndim;
    result.dtype.code = code;
    result.dtype.bits = bits;
    result.dtype.lanes = 1;
    result.shape = shape;
    result.strides = strides;
    return result;
}

/* Ends the program unless a call has succeeded, or something holds. */
void need(diceloss_status status);
void check(int holds, const char *what);

/* From here on tensors are on a CUDA device; what its stream was given is done when somebody waits for it. */
void use_cuda(void);
void wait_for(void *stream);

void print_values(void);
void print_mistakes(void);
void print_cuda_mistakes(void);
void check_threads(void);

#endif
