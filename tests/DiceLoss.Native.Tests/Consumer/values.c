/* Losses, sums, scores and gradients of the example, a line each: a name, then the numbers. */
#include "consumer.h"

#include <stdio.h>
#include <string.h>

static int64_t logits_shape[] = {SAMPLES, CHANNELS, HEIGHT, WIDTH};
static int64_t labels_shape[] = {SAMPLES, HEIGHT, WIDTH};

static void print(const char *test, const char *name, const double *values, int64_t count) {
    printf("%s.%s", test, name);
    for (int64_t i = 0; i < count; i++) printf(" %.17g", values[i]);
    printf("\n");
}

static void print_numbers(const char *test, const diceloss_result *result, const char *name) {
    double values[64];
    int64_t count = -1, again = -1;
    need(diceloss_result_read(result, name, NULL, 0, &count));
    need(diceloss_result_read(result, name, values, 64, &again));
    check(count == again, "the count is the same with and without values");
    print(test, name, values, count);
}

/* float64, contiguous, strides NULL; every kind of number, and a factor for each sample. */
static void doubles(void) {
    double logits[LOGITS], gradient[LOGITS], upstream[] = {2, -0.5};
    int64_t labels[LABELS], upstream_shape[] = {SAMPLES};
    for (int i = 0; i < LOGITS; i++) logits[i] = logit(i);
    for (int i = 0; i < LABELS; i++) labels[i] = label(i);
    diceloss_tensor x = tensor(logits, 2, 64, 4, logits_shape, NULL), y = tensor(labels, 0, 64, 3, labels_shape, NULL);
    diceloss_tensor g = tensor(gradient, 2, 64, 4, logits_shape, NULL), u = tensor(upstream, 2, 64, 1, upstream_shape, NULL);

    diceloss_options *options;
    diceloss_result *result;
    need(diceloss_options_create(
        "{\"smooth\": 0.5, \"exponent\": 2, \"ignore_label\": 255, \"reduction\": \"none\", \"hard_prediction\": \"argmax\"}", &options));
    need(diceloss_forward(options, &x, &y, NULL, NULL, NULL, &result));
    need(diceloss_options_free(options)); /* the result has its own */
    need(diceloss_backward(result, &x, &y, NULL, &u, &g, NULL));
    wait_for(NULL);

    const char *names[] = {"losses", "intersection", "prediction_mass", "label_mass", "voxel_mass", "log_loss", "uniform_log_loss", "complement_log_loss",
        "focal_loss", "complement_focal_loss", "hard_intersection", "hard_prediction_mass", "dice", "iou"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) print_numbers("doubles", result, names[i]);
    print("doubles", "gradient", gradient, LOGITS);
    need(diceloss_result_free(result));
}

/* float32: logits channels last behind an offset, labels every second byte, gradient with columns between its own. */
static void strided(void) {
    enum { BEFORE = 7, ROW = WIDTH + 2 };
    float logits[BEFORE + LOGITS], gradient[SAMPLES * CHANNELS * HEIGHT * ROW];
    uint8_t labels[2 * LABELS];
    int64_t last[] = {CHANNELS * VOXELS, 1, CHANNELS * WIDTH, CHANNELS}, second[] = {2 * VOXELS, 2 * WIDTH, 2};
    int64_t wide[] = {CHANNELS * HEIGHT * ROW, HEIGHT * ROW, ROW, 1};
    for (int i = 0; i < LOGITS; i++) {
        int n = i / (CHANNELS * VOXELS), c = i / VOXELS % CHANNELS, v = i % VOXELS;
        logits[BEFORE + n * CHANNELS * VOXELS + v * CHANNELS + c] = (float)logit(i);
    }
    memset(labels, 77, sizeof labels); /* what lies between is no class */
    for (int i = 0; i < LABELS; i++) labels[2 * i] = (uint8_t)label(i);
    for (size_t i = 0; i < sizeof gradient / sizeof *gradient; i++) gradient[i] = 42;

    diceloss_tensor x = tensor(logits, 2, 32, 4, logits_shape, last), y = tensor(labels, 1, 8, 3, labels_shape, second);
    diceloss_tensor g = tensor(gradient, 2, 32, 4, logits_shape, wide);
    x.byte_offset = BEFORE * sizeof *logits;
    diceloss_options *options;
    diceloss_result *result;
    need(diceloss_options_create("{\"ignore_label\": 255}", &options));
    need(diceloss_forward(options, &x, &y, NULL, NULL, NULL, &result));
    need(diceloss_backward(result, &x, &y, NULL, NULL, &g, NULL));
    wait_for(NULL);
    print_numbers("strided", result, "losses");

    double values[LOGITS];
    for (int row = 0; row < LOGITS / WIDTH; row++) {
        for (int i = 0; i < ROW; i++) {
            if (i < WIDTH) values[row * WIDTH + i] = gradient[row * ROW + i];
            else check(gradient[row * ROW + i] == 42, "what lies between the elements of the gradient is left alone");
        }
    }
    print("strided", "gradient", values, LOGITS);

    /* The same tensor as logits and gradient: in place. */
    need(diceloss_backward(result, &x, &y, NULL, NULL, &x, NULL));
    wait_for(NULL);
    for (int i = 0; i < LOGITS; i++) {
        int n = i / (CHANNELS * VOXELS), c = i / VOXELS % CHANNELS, v = i % VOXELS;
        check(logits[BEFORE + n * CHANNELS * VOXELS + v * CHANNELS + c] == (float)values[i], "in place the gradient has the same bits");
    }
    need(diceloss_result_free(result));
    need(diceloss_options_free(options));
}

/* float32 against masks of bool, with weights for all samples alike, of which one tells nothing about class 1; a factor with stride 0. */
static void masks(void) {
    float logits[LOGITS], weights[VOXELS], gradient[LOGITS], upstream[] = {3};
    uint8_t maps[LOGITS], annotated[] = {1, 1, 1, 1, 0, 1};
    int64_t weights_shape[] = {1, HEIGHT, WIDTH}, annotated_shape[] = {SAMPLES, CHANNELS}, scalar[] = {0};
    for (int i = 0; i < LOGITS; i++) {
        logits[i] = (float)logit(i);
        maps[i] = i % 3 == 0;
    }
    for (int i = 0; i < VOXELS; i++) weights[i] = (float)weight(i);

    diceloss_tensor x = tensor(logits, 2, 32, 4, logits_shape, NULL), y = tensor(maps, 6, 8, 4, logits_shape, NULL);
    diceloss_tensor w = tensor(weights, 2, 32, 3, weights_shape, NULL), a = tensor(annotated, 6, 8, 2, annotated_shape, NULL);
    a.device.device_type = MAIN_MEMORY;
    diceloss_tensor u = tensor(upstream, 2, 32, 0, NULL, scalar), g = tensor(gradient, 2, 32, 4, logits_shape, NULL);
    diceloss_options *options;
    diceloss_result *result;
    need(diceloss_options_create("{\"activation\": \"sigmoid\", \"smooth\": 1}", &options));
    need(diceloss_forward(options, &x, &y, &w, &a, NULL, &result));
    need(diceloss_backward(result, &x, &y, &w, &u, &g, NULL));
    wait_for(NULL);
    print_numbers("masks", result, "losses");

    double values[LOGITS];
    for (int i = 0; i < LOGITS; i++) values[i] = gradient[i];
    print("masks", "gradient", values, LOGITS);

    /* In main memory it is written again, whatever it is made for; on a device not if it is made for that already. */
    gradient[0] = 42;
    need(diceloss_backward_unless_made(result, &x, &y, &w, &u, &u, &g, NULL));
    wait_for(NULL);
    check(gradient[0] == (place == CUDA ? 42 : (float)values[0]), "a gradient is made once more in main memory");
    for (int i = 1; i < LOGITS; i++) check(gradient[i] == (float)values[i], "a gradient that is made once more has the same bits");
    need(diceloss_result_free(result));
    need(diceloss_options_free(options));
}

/* bfloat16, the upper half of a float: options NULL, one thread. */
static void sixteen_bits(void) {
    uint16_t logits[LOGITS], gradient[LOGITS];
    int16_t labels[LABELS];
    for (int i = 0; i < LOGITS; i++) {
        float value = (float)logit(i);
        uint32_t bits;
        memcpy(&bits, &value, sizeof bits);
        logits[i] = (uint16_t)(bits >> 16);
    }
    for (int i = 0; i < LABELS; i++) labels[i] = (int16_t)(label(i) == 255 ? -1 : label(i));

    diceloss_tensor x = tensor(logits, 4, 16, 4, logits_shape, NULL), y = tensor(labels, 0, 16, 3, labels_shape, NULL);
    diceloss_tensor g = tensor(gradient, 4, 16, 4, logits_shape, NULL);
    diceloss_result *result;
    need(diceloss_set_cpu_threads(1));
    need(diceloss_forward(NULL, &x, &y, NULL, NULL, NULL, &result));
    need(diceloss_backward(result, &x, &y, NULL, NULL, &g, NULL));
    wait_for(NULL);
    need(diceloss_set_cpu_threads(0));
    print_numbers("sixteen_bits", result, "losses");

    double values[LOGITS];
    for (int i = 0; i < LOGITS; i++) {
        uint32_t bits = (uint32_t)gradient[i] << 16;
        float value;
        memcpy(&value, &bits, sizeof value);
        values[i] = value;
    }
    print("sixteen_bits", "gradient", values, LOGITS);
    need(diceloss_result_free(result));
}

/* A batch in parts of two samples and of one: the first two rows of both, then the last row of each. */
static void parts(void) {
    enum { PARTS = 3, ROWS = 2, LAST = ROWS * WIDTH };
    double logits[LOGITS], gradient[LOGITS], sums[64], total[64] = {0}, loss, of_part;
    uint8_t labels[LABELS];
    int64_t shapes[PARTS][4] = {{SAMPLES, CHANNELS, ROWS, WIDTH}, {1, CHANNELS, 1, WIDTH}, {1, CHANNELS, 1, WIDTH}};
    int64_t labels_shapes[PARTS][3] = {{SAMPLES, ROWS, WIDTH}, {1, 1, WIDTH}, {1, 1, WIDTH}};
    int64_t strides[] = {CHANNELS * VOXELS, VOXELS, WIDTH, 1}, labels_strides[] = {VOXELS, WIDTH, 1}, count;
    int first[PARTS] = {0, LAST, CHANNELS * VOXELS + LAST}, first_label[PARTS] = {0, LAST, VOXELS + LAST};
    for (int i = 0; i < LOGITS; i++) logits[i] = logit(i);
    for (int i = 0; i < LABELS; i++) labels[i] = (uint8_t)label(i);

    diceloss_tensor x[PARTS], y[PARTS];
    diceloss_options *options;
    diceloss_result *part[PARTS], *whole;
    need(diceloss_options_create("{\"smooth\": 0.5, \"ignore_label\": 255, \"reduction\": \"batch\"}", &options));
    for (int p = 0; p < PARTS; p++) {
        x[p] = tensor(logits + first[p], 2, 64, 4, shapes[p], strides);
        y[p] = tensor(labels + first_label[p], 1, 8, 3, labels_shapes[p], labels_strides);
        need(diceloss_forward(options, &x[p], &y[p], NULL, NULL, NULL, &part[p]));
        need(diceloss_result_read(part[p], "sums", sums, 64, &count));
        for (int64_t i = 0; i < count; i++) total[i] += sums[i];
    }
    for (int p = 0; p < PARTS; p++) {
        diceloss_tensor g = tensor(gradient + first[p], 2, 64, 4, shapes[p], strides);
        need(diceloss_evaluate(part[p], total, count, &whole));
        need(diceloss_backward(whole, &x[p], &y[p], NULL, NULL, &g, NULL));
        wait_for(NULL);
        need(diceloss_result_read(whole, "losses", &of_part, 1, NULL));
        if (p == 0) loss = of_part;
        check(of_part == loss, "all parts have the loss of the whole");
        need(diceloss_result_free(part[p]));
        need(diceloss_result_free(whole));
    }
    print("parts", "losses", &loss, 1);
    print("parts", "gradient", gradient, LOGITS);
    need(diceloss_options_free(options));
}

void print_values(void) {
    doubles();
    strided();
    masks();
    sixteen_bits();
    parts();
}
