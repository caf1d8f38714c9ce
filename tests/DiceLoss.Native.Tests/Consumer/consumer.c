/* A program that calls every function of diceloss.h. `consumer PART` prints what comes back, for the tests to judge. */
#include "consumer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void need(diceloss_status status) {
    if (status == DICELOSS_OK) return;
    fprintf(stderr, "status %d: %s\n", (int)status, diceloss_last_error());
    exit(1);
}

void check(int holds, const char *what) {
    if (holds) return;
    fprintf(stderr, "does not hold: %s\n", what);
    exit(1);
}

int main(int count, char **arguments) {
    const char *what = count == 2 ? arguments[1] : "";
    check(strcmp(diceloss_version(), DICELOSS_VERSION) == 0, "the library is of the version of its header");
    check(strcmp(diceloss_last_error(), "") == 0, "no error before the first");

    if (strcmp(what, "values") == 0) print_values();
    else if (strcmp(what, "mistakes") == 0) print_mistakes();
    else if (strcmp(what, "threads") == 0) check_threads();
    else if (strcmp(what, "cuda_values") == 0) use_cuda(), print_values();
    else if (strcmp(what, "cuda_mistakes") == 0) use_cuda(), print_cuda_mistakes();
    else check(0, "one argument: values, mistakes, threads, cuda_values or cuda_mistakes");
    return 0;
}
