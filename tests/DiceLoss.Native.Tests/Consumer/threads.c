/* Several threads at once, with the same options and the same result: the same bits for all, and to each its own error. */
#include "consumer.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>

enum { THREADS = 8, ROUNDS = 100, SPACE = 2000, SIZE = CHANNELS * SPACE };

static diceloss_options *options;
static diceloss_result *shared;
static float logits[SIZE], expected[SIZE];
static uint8_t labels[SPACE];
static double expected_loss;
static int64_t logits_shape[] = {1, CHANNELS, SPACE}, labels_shape[] = {1, SPACE};

static void compute(float *gradient, const diceloss_result *given, double *loss) {
    diceloss_tensor x = tensor(logits, 2, 32, 3, logits_shape, NULL), y = tensor(labels, 1, 8, 2, labels_shape, NULL);
    diceloss_tensor g = tensor(gradient, 2, 32, 3, logits_shape, NULL);
    diceloss_result *result;
    need(diceloss_forward(options, &x, &y, NULL, NULL, NULL, &result));
    need(diceloss_result_read(result, "losses", loss, 1, NULL));
    need(diceloss_backward(given != NULL ? given : result, &x, &y, NULL, NULL, &g, NULL));
    need(diceloss_result_free(result));
}

static void *work(void *number) {
    static float gradients[THREADS][SIZE];
    int thread = *(int *)number;
    char json[64], said[64];
    snprintf(json, sizeof json, "{\"ignore_channel\": \"thread %d\"}", thread);
    snprintf(said, sizeof said, "thread %d", thread);
    for (int round = 0; round < ROUNDS; round++) {
        double loss;
        diceloss_options *none;
        check(diceloss_options_create(json, &none) == DICELOSS_INVALID_ARGUMENT, "a word is no channel");
        compute(gradients[thread], round % 2 == 0 ? shared : NULL, &loss);
        check(strstr(diceloss_last_error(), said) != NULL, "each thread has its own last error");
        check(loss == expected_loss, "the loss has the same bits in every thread");
        check(memcmp(gradients[thread], expected, sizeof expected) == 0, "the gradient has the same bits in every thread");
    }
    return NULL;
}

void check_threads(void) {
    pthread_t threads[THREADS];
    int numbers[THREADS];
    for (int i = 0; i < SIZE; i++) logits[i] = (float)logit(i);
    for (int i = 0; i < SPACE; i++) labels[i] = (uint8_t)(i * 5 % CHANNELS);
    need(diceloss_options_create("{\"smooth\": 1, \"cross_entropy\": {}}", &options));
    compute(expected, NULL, &expected_loss);

    diceloss_tensor x = tensor(logits, 2, 32, 3, logits_shape, NULL), y = tensor(labels, 1, 8, 2, labels_shape, NULL);
    need(diceloss_forward(options, &x, &y, NULL, NULL, NULL, &shared));
    for (int i = 0; i < THREADS; i++) {
        numbers[i] = i;
        check(pthread_create(&threads[i], NULL, work, &numbers[i]) == 0, "a thread starts");
    }
    for (int i = 0; i < THREADS; i++) check(pthread_join(threads[i], NULL) == 0, "a thread ends");
    need(diceloss_result_free(shared));
    need(diceloss_options_free(options));
    printf("threads %d rounds %d\n", THREADS, ROUNDS);
}
