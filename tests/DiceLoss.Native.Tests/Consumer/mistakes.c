/* Every kind of mistake, a line each: a name, the status, the message. The program goes on after each of them. */
#include "consumer.h"

#include <stdio.h>
#include <string.h>

static float logits[LOGITS], gradient[LOGITS];
static int64_t labels[LABELS];
static int64_t logits_shape[] = {SAMPLES, CHANNELS, HEIGHT, WIDTH}, labels_shape[] = {SAMPLES, HEIGHT, WIDTH};
static diceloss_tensor x, y, g;
static diceloss_result *result;

static void reset(void) {
    for (int i = 0; i < LOGITS; i++) logits[i] = (float)logit(i);
    for (int i = 0; i < LABELS; i++) labels[i] = i % CHANNELS;
    x = tensor(logits, 2, 32, 4, logits_shape, NULL);
    y = tensor(labels, 0, 64, 3, labels_shape, NULL);
    g = tensor(gradient, 2, 32, 4, logits_shape, NULL);
}

static void print(const char *name, diceloss_status status) {
    check(status != DICELOSS_OK, name);
    printf("%s %d %s\n", name, (int)status, diceloss_last_error());
    reset();
}

static void options(const char *name, const char *json) {
    diceloss_options *none = NULL;
    print(name, diceloss_options_create(json, &none));
    check(none == NULL, "a failed call gives nothing");
}

static void forward(const char *name) {
    diceloss_result *none = NULL;
    print(name, diceloss_forward(NULL, &x, &y, NULL, NULL, NULL, &none));
    check(none == NULL, "a failed call gives nothing");
}

static void backward(const char *name) {
    gradient[0] = 42;
    diceloss_status status = diceloss_backward(result, &x, &y, NULL, NULL, &g, NULL);
    check(gradient[0] == 42, "a failed call changes nothing");
    print(name, status);
}

static void of_options(void) {
    options("options.syntax", "{\"smooth\": ");
    options("options.list", "[1]");
    options("options.unknown", "{\"smoth\": 1}");
    options("options.twice", "{\"smooth\": 1, \"smooth\": 2}");
    options("options.kind", "{\"smooth\": \"one\"}");
    options("options.value", "{\"smooth\": -1}");
    options("options.word", "{\"reduction\": \"average\"}");
    options("options.integer", "{\"exponent\": 1.5}");
    options("options.element", "{\"class_weights\": [1, \"two\"]}");
    options("options.inner_unknown", "{\"focal\": {\"beta\": 1}}");
    options("options.inner_value", "{\"cross_entropy\": {\"label_smoothing\": 2}}");
    options("options.overlap", "{\"overlap\": {\"tversky\": {\"alpha\": 1}}}");
    print("options.nowhere", diceloss_options_create("{}", NULL));
}

static void of_tensors(void) {
    int64_t negative[] = {SAMPLES, -1, HEIGHT, WIDTH}, huge[] = {INT64_MAX, CHANNELS, HEIGHT, WIDTH}, short_labels[] = {SAMPLES, HEIGHT, WIDTH - 1};
    print("tensor.null", diceloss_forward(NULL, NULL, &y, NULL, NULL, NULL, &result));
    x.data = NULL, forward("tensor.data");
    x.ndim = -1, forward("tensor.ndim");
    x.ndim = 65, forward("tensor.ndim_large");
    x.shape = NULL, forward("tensor.shape_null");
    x.shape = negative, forward("tensor.shape_negative");
    x.shape = huge, forward("tensor.shape_huge");
    x.dtype.lanes = 4, forward("tensor.lanes");
    x.dtype.bits = 24, forward("tensor.bits");
    x.dtype.code = 5, forward("tensor.code");
    x.byte_offset = 2, forward("tensor.unaligned");
    x.byte_offset = UINT64_MAX - 3, forward("tensor.offset");
    x.data = NULL, x.byte_offset = 4, forward("tensor.offset_null");
    x.device.device_type = 7, forward("tensor.device_type");
    x.device.device_type = 2, x.device.device_id = -1, forward("tensor.device_id");
    x.device.device_type = 2, forward("tensor.other_device");
    x.dtype.code = 0, forward("logits.type");
    x.ndim = 1, forward("logits.shape");
    y.shape = short_labels, forward("labels.shape");
    y.dtype.code = 2, forward("labels.type");
    labels[4] = 9, forward("labels.value");
}

static void of_forward(void) {
    float weights[LABELS] = {0};
    uint8_t annotated[SAMPLES * CHANNELS] = {0};
    int64_t annotated_shape[] = {CHANNELS, SAMPLES}, few_shape[] = {SAMPLES, CHANNELS - 1}, negative_shape[] = {-SAMPLES, -CHANNELS};
    diceloss_tensor w = tensor(weights, 2, 32, 3, labels_shape, NULL), a = tensor(annotated, 6, 8, 2, annotated_shape, NULL);
    diceloss_options *wrong;
    diceloss_result *none = NULL;
    need(diceloss_options_create("{\"class_weights\": [1, 2]}", &wrong));
    print("forward.options", diceloss_forward(wrong, &x, &y, NULL, NULL, NULL, &none));
    need(diceloss_options_free(wrong));
    print("forward.options_freed", diceloss_forward(wrong, &x, &y, NULL, NULL, NULL, &none));
    print("forward.nowhere", diceloss_forward(NULL, &x, &y, NULL, NULL, NULL, NULL));
    weights[3] = -1;
    print("forward.weight", diceloss_forward(NULL, &x, &y, &w, NULL, NULL, &none));
    w.dtype.code = 0;
    print("forward.weights_type", diceloss_forward(NULL, &x, &y, &w, NULL, NULL, &none));
    w.data = NULL, w.ndim = 0;
    print("forward.weights_data", diceloss_forward(NULL, &x, &y, &w, NULL, NULL, &none));
    print("forward.annotated_shape", diceloss_forward(NULL, &x, &y, NULL, &a, NULL, &none));
    a.shape = few_shape;
    print("forward.annotated_classes", diceloss_forward(NULL, &x, &y, NULL, &a, NULL, &none));
    a.shape = negative_shape;
    print("forward.annotated_negative", diceloss_forward(NULL, &x, &y, NULL, &a, NULL, &none));
    a.shape = few_shape, a.data = weights, a.dtype.code = 2, a.dtype.bits = 32;
    print("forward.annotated_type", diceloss_forward(NULL, &x, &y, NULL, &a, NULL, &none));
    check(none == NULL, "a failed call gives nothing");
}

static void of_backward(void) {
    int64_t one_shape[] = {1}, other_shape[] = {SAMPLES, CHANNELS, WIDTH, HEIGHT}, shared[] = {CHANNELS * VOXELS, 0, WIDTH, 1};
    float upstream[] = {1};
    diceloss_tensor u = tensor(upstream, 2, 32, 1, one_shape, NULL);
    need(diceloss_forward(NULL, &x, &y, NULL, NULL, NULL, &result));
    print("backward.result", diceloss_backward(NULL, &x, &y, NULL, NULL, &g, NULL));
    print("backward.nowhere", diceloss_backward(result, &x, &y, NULL, NULL, NULL, NULL));
    print("backward.upstream_shape", diceloss_backward(result, &x, &y, NULL, &u, &g, NULL));
    u.ndim = 0, u.data = NULL;
    print("backward.upstream_null", diceloss_backward(result, &x, &y, NULL, &u, &g, NULL));
    u = tensor(upstream, 2, 32, 1, one_shape, NULL);
    print("backward.made_for_shape", diceloss_backward_unless_made(result, &x, &y, NULL, NULL, &u, &g, NULL));
    u.ndim = 0;
    print("backward.made_for_in_place", diceloss_backward_unless_made(result, &x, &y, NULL, NULL, &u, &x, NULL));
    g.shape = other_shape, backward("backward.shape");
    g.dtype.bits = 64, backward("backward.type");
    g.strides = shared, backward("backward.strides");
    g.data = logits, backward("backward.overlap");
    g.device.device_type = 2, backward("backward.device");
    int64_t kept = labels[4];
    labels[4] = 9;
    print("backward.changed", diceloss_backward(result, &x, &y, NULL, NULL, &g, NULL));
    labels[4] = kept;
}

static void of_result(void) {
    double loss, sums[128];
    uint8_t annotated[SAMPLES * CHANNELS] = {1, 1, 0, 1, 1, 1};
    int64_t annotated_shape[] = {SAMPLES, CHANNELS};
    diceloss_tensor a = tensor(annotated, 6, 8, 2, annotated_shape, NULL);
    diceloss_result *part, *none = NULL;
    int64_t count = -1;
    print("result.name", diceloss_result_read(result, "loss", &loss, 1, NULL));
    print("result.no_name", diceloss_result_read(result, NULL, &loss, 1, NULL));
    print("result.not_counted", diceloss_result_read(result, "dice", NULL, 0, NULL));
    print("result.capacity", diceloss_result_read(result, "label_mass", &loss, 1, &count));
    check(count == SAMPLES * CHANNELS, "the count is told where the room is too small");
    print("result.no_values", diceloss_result_read(result, "losses", NULL, 1, NULL));
    print("evaluate.part", diceloss_evaluate(NULL, &loss, 1, &none));
    print("evaluate.no_sums", diceloss_evaluate(result, NULL, 1, &none));
    print("evaluate.count", diceloss_evaluate(result, &loss, 1, &none));
    print("evaluate.nowhere", diceloss_evaluate(result, &loss, 1, NULL));
    need(diceloss_forward(NULL, &x, &y, NULL, &a, NULL, &part));
    need(diceloss_result_read(part, "sums", sums, 128, &count));
    print("evaluate.annotated", diceloss_evaluate(part, sums, count, &none));
    check(none == NULL, "a failed call gives nothing");
    need(diceloss_result_free(part));
    print("result.as_options", diceloss_options_free((diceloss_options *)result));
    need(diceloss_result_free(result));
    print("result.freed", diceloss_result_read(result, "losses", &loss, 1, NULL));
    print("result.twice", diceloss_result_free(result));
    print("result.invented", diceloss_result_free((diceloss_result *)&loss));
    need(diceloss_result_free(NULL));
    need(diceloss_options_free(NULL));
}

void print_mistakes(void) {
    reset();
    print("threads", diceloss_set_cpu_threads(-1));
    of_options();
    of_tensors();
    of_forward();
    of_backward();
    of_result();

    /* And after all of that, everything works. */
    need(diceloss_forward(NULL, &x, &y, NULL, NULL, NULL, &result));
    check(strncmp(diceloss_last_error(), "result: ", 8) == 0, "calls that succeed leave the error as it is");
    need(diceloss_result_free(result));
}
