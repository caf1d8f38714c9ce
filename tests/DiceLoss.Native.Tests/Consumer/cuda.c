/*
 * The example on a CUDA device, which an emulated driver and compiler stand for (DICELOSS_CUDA and DICELOSS_NVRTC name them): its memory is main
 * memory. As any program that has tensors there, this one has a context and streams.
 */
#include "consumer.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>

int32_t place = MAIN_MEMORY;

static void *driver, *context;
static int (*current_context)(void **), (*create_stream)(void **, unsigned), (*synchronize)(void *);
static void (*limit_memory)(size_t);

static void find(const char *name, void *function) {
    *(void **)function = dlsym(driver, name);
    check(*(void **)function != NULL, name);
}

void use_cuda(void) {
    int (*initialize)(unsigned), (*retain)(void **, int), (*set_context)(void *);
    driver = dlopen(getenv("DICELOSS_CUDA"), RTLD_NOW);
    check(driver != NULL, "the emulated driver is there");
    find("cuInit", &initialize);
    find("cuDevicePrimaryCtxRetain", &retain);
    find("cuCtxSetCurrent", &set_context);
    find("cuCtxGetCurrent", &current_context);
    find("cuStreamCreate", &create_stream);
    find("cuStreamSynchronize", &synchronize);
    find("emulated_limit", &limit_memory);
    check(initialize(0) == 0 && retain(&context, 0) == 0 && set_context(context) == 0, "there is a context");
    place = CUDA;
}

void wait_for(void *stream) {
    void *still;
    if (place != CUDA) return;
    check(current_context(&still) == 0 && still == context, "the context is the caller's own");
    check(synchronize(stream) == 0, "all work was done");
}

static int64_t logits_shape[] = {SAMPLES, CHANNELS, HEIGHT, WIDTH}, labels_shape[] = {SAMPLES, HEIGHT, WIDTH};
static float logits[LOGITS], gradient[LOGITS];
static uint8_t labels[LABELS];
static diceloss_tensor x, y, g;

static double loss(void *stream) {
    diceloss_result *result;
    double value;
    need(diceloss_forward(NULL, &x, &y, NULL, NULL, stream, &result));
    need(diceloss_result_read(result, "losses", &value, 1, NULL));
    need(diceloss_result_free(result));
    return value;
}

/* Backward on a stream of the caller's: no gradient before somebody waits for that stream, which waiting for another is not. */
static void of_streams(void) {
    void *first, *second;
    diceloss_result *result;
    check(create_stream(&first, 1) == 0 && create_stream(&second, 1) == 0, "there are streams");
    need(diceloss_forward(NULL, &x, &y, NULL, NULL, first, &result));
    gradient[0] = 42;
    need(diceloss_backward(result, &x, &y, NULL, NULL, &g, first));
    wait_for(second);
    check(gradient[0] == 42, "backward does not wait");
    wait_for(first);
    check(gradient[0] != 42, "backward works on the stream that it was given");
    check(loss(first) == loss(second) && loss(second) == loss(NULL), "every stream has the same bits");
    need(diceloss_result_free(result));
}

static void print(const char *name, diceloss_status status) {
    check(status != DICELOSS_OK, name);
    printf("%s %d %s\n", name, (int)status, diceloss_last_error());
}

void print_cuda_mistakes(void) {
    int no_stream;
    diceloss_result *none = NULL;
    for (int i = 0; i < LOGITS; i++) logits[i] = (float)logit(i);
    for (int i = 0; i < LABELS; i++) labels[i] = i % CHANNELS;
    x = tensor(logits, 2, 32, 4, logits_shape, NULL);
    y = tensor(labels, 1, 8, 3, labels_shape, NULL);
    g = tensor(gradient, 2, 32, 4, logits_shape, NULL);

    limit_memory(0);
    print("cuda.memory", diceloss_forward(NULL, &x, &y, NULL, NULL, NULL, &none));
    limit_memory(1 << 30);
    double expected = loss(NULL);
    of_streams();

    labels[4] = 9;
    print("cuda.label", diceloss_forward(NULL, &x, &y, NULL, NULL, NULL, &none));
    labels[4] = 1;
    x.device.device_id = y.device.device_id = 7;
    print("cuda.device", diceloss_forward(NULL, &x, &y, NULL, NULL, NULL, &none));
    x.device.device_id = y.device.device_id = 0;
    print("cuda.stream", diceloss_forward(NULL, &x, &y, NULL, NULL, &no_stream, &none));
    check(loss(NULL) == expected, "after each of them the loss is what it was");

    /* The last: after it the device does nothing more for this process. */
    x.data = (char *)0x1000;
    print("cuda.address", diceloss_forward(NULL, &x, &y, NULL, NULL, NULL, &none));
    x.data = logits;
    print("cuda.after", diceloss_forward(NULL, &x, &y, NULL, NULL, NULL, &none));
    check(none == NULL, "a failed call gives nothing");
}
