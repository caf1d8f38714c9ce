/*
 * The Dice loss and its relatives, and their gradient, for any tensor library that can be called from C.
 *
 *     diceloss_options *options;
 *     diceloss_result *result;
 *     double loss;
 *     if (diceloss_options_create("{\"smooth\": 1e-3, \"ignore_label\": 255}", &options) ||
 *         diceloss_forward(options, &logits, &labels, NULL, NULL, NULL, &result) ||
 *         diceloss_result_read(result, "losses", &loss, 1, NULL) ||
 *         diceloss_backward(result, &logits, &labels, NULL, NULL, &gradient, NULL))
 *         puts(diceloss_last_error());
 *
 * Forward reads logits and targets once, backward reads them once more. No softmax, no one-hot mask and no copy of a tensor is made in
 * between, and nothing of the size of the tensors is allocated. The same input gives the same bits on every call.
 *
 * Errors     Functions that can fail return a diceloss_status: 0, or a reason, with a message in diceloss_last_error. A failed call has
 *            returned nothing and changed nothing, unless its comment says otherwise. No exception leaves the library and no failure ends
 *            the process, except as under Processors. The library cannot notice a wrong address, of memory or of a stream.
 *            Messages may write names as .NET does: ClassWeights for class_weights, inPlace for a gradient in the place of the logits.
 * Ownership  Tensors are the caller's and are read or written during the call only; on a CUDA device, until the stream has completed the
 *            work that it was given. Options and results belong to the caller, who frees them. A handle that was freed or never returned
 *            is refused.
 * Threads    Every function may be called from any thread at any time, also with the same options and results.
 * Processes  The library starts threads on its first call, and fork() without exec() does not copy them: make the first call in the
 *            process that goes on to use the library. It cannot be unloaded: dlclose has no effect.
 * Processors A build for x86-64 needs AVX2 and FMA, unless it was made for another level; where they are missing, the first call ends the
 *            process.
 * Strings    UTF-8, ending with 0.
 */
#ifndef DICELOSS_H
#define DICELOSS_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * The version of this header. Programs compiled with it work with every library that is not older and has the same first number; before
 * 1.0, the same first two numbers. Between such versions, functions, names and options are added, never changed.
 */
#define DICELOSS_VERSION "0.1.0"

/* The outcome of a call. */
typedef int32_t diceloss_status;
enum {
    DICELOSS_OK = 0,               /* Success. */
    DICELOSS_INVALID_ARGUMENT = 1, /* An argument, or a value in a tensor, is not allowed. Passing another one helps. */
    DICELOSS_NOT_SUPPORTED = 2,    /* Well-formed, but nothing here computes it: another kind of device, a machine without a driver, or a
                                      stream that is being captured into a graph. */
    DICELOSS_OUT_OF_MEMORY = 3,    /* Main memory or device memory is short. The call works again when there is some. */
    DICELOSS_CUDA_ERROR = 4,       /* A call of the CUDA driver, or the compiler of kernels, has failed. The message names the call. */
    DICELOSS_INTERNAL_ERROR = 5    /* Anything else: a mistake in this library. */
};

/*
 * A tensor in the terms of DLPack, with the layout of its DLTensor, which can be passed as it is. If dlpack.h is included before this
 * header, no cast is needed.
 */
#ifdef DLPACK_DLPACK_H_
typedef DLTensor diceloss_tensor;
#else
typedef struct diceloss_tensor {
    void *data;            /* On the device. NULL only if there are no elements. */
    struct {
        int32_t device_type; /* 1: main memory. 2: CUDA. */
        int32_t device_id;   /* Which CUDA device, from 0. In main memory 0. */
    } device;
    int32_t ndim;          /* 0 to 64. */
    struct {
        uint8_t code;      /* 0: signed integer. 1: unsigned integer. 2: IEEE 754. 4: bfloat16. 6: bool. */
        uint8_t bits;      /* Of one element. */
        uint16_t lanes;    /* 1. */
    } dtype;
    int64_t *shape;        /* ndim numbers of elements, in main memory. Not modified. */
    int64_t *strides;      /* ndim distances in elements, in main memory; NULL for row-major order without gaps. Not modified. */
    uint64_t byte_offset;  /* From data to the element whose indices are all 0, which is aligned to its own size. */
} diceloss_tensor;
#endif

/* The definition of the loss. Immutable. */
typedef struct diceloss_options diceloss_options;

/*
 * The outcome of a forward pass, or of diceloss_evaluate: losses, sums, and what backward needs. Immutable; nothing in it has the size of
 * the tensors.
 */
typedef struct diceloss_result diceloss_result;

/* The version of the library, such as "0.1.0". Never NULL; valid for as long as the process. */
const char *diceloss_version(void);

/*
 * The reason for the last failure on this thread: the argument, what was found and what is accepted. Calls that succeed leave it as it is.
 * Never NULL, "" before the first failure; valid until the next call on this thread that fails.
 */
const char *diceloss_last_error(void);

/*
 * Sets the maximum number of threads that work on one call in main memory, including the calling thread; 0, the default, for one per
 * processor. For the whole process and all calls that start afterwards. Changes no bit of any result.
 *
 * DICELOSS_INVALID_ARGUMENT: threads is negative.
 */
diceloss_status diceloss_set_cpu_threads(int32_t threads);

/*
 * Makes options from a JSON object. An option that is not named has the default that its entry below gives. Numbers are finite. Weights are
 * a list of numbers >= 0, one per class.
 *
 *   smooth              number >= 0: added to numerator and denominator of the score. 0.
 *   smooth_numerator    number >= 0 or null: added to the numerator instead of smooth. null.
 *   smooth_denominator  number >= 0 or null: added to the denominator instead of smooth. null.
 *   min_denominator     number >= 0: the least denominator of a score. 0.
 *   exponent            integer >= 1: e in the prediction mass, sum of p^e. 1.
 *   ignore_label        64-bit integer: voxels with this label count nowhere and get gradient exactly 0. -1.
 *   ignore_channel      integer: this class has no loss; its logit still competes in the softmax. -1, or any other number that is no class: none.
 *   included_classes    list of integers or null: the classes that have a loss. null: all.
 *   class_weights       weights or null: sum of w_k L_k instead of the average. null.
 *   class_weighting     "raw", "normalized": whether that is divided by the sum of the weights. "raw".
 *   class_average       "all", "included": whether the average is over all classes, or over those that are not left out. "all".
 *   class_pooling       "none", "uniform", "inverse_label_mass", "inverse_squared_label_mass": one score over the classes. "none".
 *   absent_classes      "as_defined", "zero", "excluded": the loss of classes that no voxel has. "as_defined".
 *   activation          "auto", "softmax", "two_class_sigmoid", "sigmoid", "none". "auto": one channel means two classes through sigmoid,
 *                       background sigmoid(-x) and foreground sigmoid(x), several mean softmax.
 *   overlap             "dice", "jaccard", "matthews", or {"tversky": {"alpha": number >= 0, "beta": number >= 0}}. "dice".
 *   overlap_weight      number >= 0: the factor of the overlap, next to cross_entropy and focal. 1.
 *   form                "complement": 1 - S of the score S; "negative", "negative_logarithm", "log_cosh". "complement".
 *   gamma               number > 0: the exponent of 1 - S. 1.
 *   class_gammas        list of numbers > 0, one per class, or null. null.
 *   min_score           number >= 0: the least score whose logarithm is taken. 0.
 *   intersection        "product", "minimum": how probabilities and soft targets are combined. "product".
 *   cross_entropy       object or null: added to the overlap. null. {} for its defaults:
 *                         weight           number >= 0. 1.
 *                         class_weights    weights or null. null.
 *                         label_smoothing  number from 0 to 1. 0.
 *                         positive_weight  number >= 0 or null: of the foreground in binary cross-entropy. null.
 *   focal               object or null: the focal loss, added likewise. null. {} for its defaults:
 *                         weight           number >= 0. 1.
 *                         gamma            number from 0 to 1e30. 2.
 *                         alpha            number from 0 to 1 or null. null.
 *                         class_weights    weights or null. null.
 *                         included_classes list of integers or null. null.
 *                         average          "elements", "voxels". "elements".
 *   hard_prediction     "none", "argmax", "threshold": whether and how the prediction is counted, for "dice" and "iou" of
 *                       diceloss_result_read. "none".
 *   reduction           how the N losses of the samples become the result. "mean".
 *                         "mean", "sum"  of the samples: one number.
 *                         "batch"        the sums of the samples are added first: one number.
 *                         "none"         N numbers.
 *                         "per_class"    N * K numbers.
 *
 * json     Not kept. NULL for the defaults, like "{}".
 * options  Receives the options. To be freed with diceloss_options_free.
 *
 * DICELOSS_INVALID_ARGUMENT: json is no such object; a name is unknown or occurs twice; a value is not one of those accepted.
 */
diceloss_status diceloss_options_create(const char *json, diceloss_options **options);

/*
 * Frees options; NULL does nothing. Results that were made with them live on.
 *
 * DICELOSS_INVALID_ARGUMENT: they are not alive.
 */
diceloss_status diceloss_options_free(diceloss_options *options);

/*
 * Computes the loss. N samples, C channels, K classes: K = C, or 2 where one channel means two classes. If one channel is one class, with
 * "sigmoid" or "none", label 1 belongs to the class and label 0 does not.
 *
 * options        What to compute; NULL for the defaults.
 * logits         (N, C, *space): float32, float64, float16 or bfloat16, any strides, in main memory or on a CUDA device.
 * targets        On the logits' device, any strides. Labels (N, *space), the class of each voxel: int8, uint8, int16, int32 or int64, for
 *                one or two channels also bool; or maps (N, C, *space), one per class: masks of 0 and 1 of these types or bool, or soft
 *                targets from 0 to 1 of the types of logits.
 * voxel_weights  On the logits' device. (N, *space), or (1, *space) for all samples alike: float32, float64, float16 or bfloat16, finite
 *                and not negative. NULL for 1 each.
 * annotated      In main memory. (N, K): bool or 8-bit integers, 0 where a class is not annotated in a sample; it then has no loss and no
 *                gradient there. With cross_entropy or focal only for the activation sigmoid. NULL for all.
 * stream         For CUDA: the cudaStream_t or CUstream to work on; NULL for the default stream. The call waits for it once, to read the
 *                sums. No effect in main memory.
 * result         Receives the result. To be freed with diceloss_result_free.
 *
 * DICELOSS_INVALID_ARGUMENT: shapes, types, devices or options do not fit; a target or a weight is not one of those above; the message
 * names the first one and its place. DICELOSS_NOT_SUPPORTED, DICELOSS_OUT_OF_MEMORY, DICELOSS_CUDA_ERROR: as above.
 */
diceloss_status diceloss_forward(
    const diceloss_options *options,
    const diceloss_tensor *logits,
    const diceloss_tensor *targets,
    const diceloss_tensor *voxel_weights,
    const diceloss_tensor *annotated,
    void *stream,
    diceloss_result **result);

/*
 * Computes the gradient of the loss with respect to the logits. It can be called for one result as often as wanted.
 *
 * result         The result of a forward pass over these tensors, or of diceloss_evaluate for that result.
 * logits         As in the forward pass, unchanged.
 * targets        As in the forward pass, unchanged.
 * voxel_weights  As in the forward pass, unchanged. The result already holds what is annotated.
 * upstream       The gradient of the final loss with respect to this one: float32, float64, float16 or bfloat16, on the logits' device,
 *                where it is read without a copy. A single number of shape (), or one for each loss: (N) for the reduction "none", (N, K) for
 *                "per_class". Any strides, 0 included. NULL for 1. It is applied before rounding to the type of the gradient.
 * gradient       Overwritten. Shape, type and device of the logits; any strides without overlap. The gradient takes the place of the
 *                logits if this is the argument logits itself, the same address of a diceloss_tensor; otherwise they may not share memory.
 * stream         As for diceloss_forward. The call does not wait: work that the stream is given afterwards finds the gradient complete.
 *
 * DICELOSS_INVALID_ARGUMENT: the tensors do not fit each other or the result, or buffers overlap. In main memory also a target that has
 * become invalid since the forward pass; the gradient is then unspecified. On a CUDA device such voxels get gradient 0.
 * DICELOSS_NOT_SUPPORTED, DICELOSS_OUT_OF_MEMORY, DICELOSS_CUDA_ERROR: as above.
 */
diceloss_status diceloss_backward(
    const diceloss_result *result,
    const diceloss_tensor *logits,
    const diceloss_tensor *targets,
    const diceloss_tensor *voxel_weights,
    const diceloss_tensor *upstream,
    const diceloss_tensor *gradient,
    void *stream);

/*
 * As diceloss_backward, for a gradient that may already have been computed: by an earlier call of one of the two functions with the same
 * arguments for the factor made_for, and not touched since. On a CUDA device the gradient then stays as it is if made_for equals upstream;
 * the device compares them, and nothing waits for the outcome. Otherwise, and in main memory, it is written once more. A caller can thus
 * compute the gradient directly after the loss, for the factor that it expects, before its own backward pass has begun.
 *
 * made_for       As upstream: a single number, or one for each loss. NULL if the gradient has not been computed.
 *
 * DICELOSS_INVALID_ARGUMENT: as for diceloss_backward; or made_for is given and gradient takes the place of the logits, or overlaps made_for.
 * DICELOSS_NOT_SUPPORTED, DICELOSS_OUT_OF_MEMORY, DICELOSS_CUDA_ERROR: as above.
 */
diceloss_status diceloss_backward_unless_made(
    const diceloss_result *result,
    const diceloss_tensor *logits,
    const diceloss_tensor *targets,
    const diceloss_tensor *voxel_weights,
    const diceloss_tensor *upstream,
    const diceloss_tensor *made_for,
    const diceloss_tensor *gradient,
    void *stream);

/*
 * Copies numbers of a result. With p the probability of a class, t its target, w the weight of a voxel and h = 1 where the class is
 * predicted, over the voxels that count:
 *
 *   "losses"                 the loss, in as many numbers as the option reduction says. Unless logits are float64, each is exactly a
 *                            float.
 *   "intersection"           sum w p t, or w min(p, t) (options)     "log_loss"               sum w t (-log p)
 *   "prediction_mass"        sum w p^e                               "uniform_log_loss"       sum w (-log p)
 *   "label_mass"             sum w t^e                               "complement_log_loss"    sum w (1 - t) (-log(1 - p))
 *   "voxel_mass"             sum w                                   "focal_loss"             sum w t (1 - p)^gamma (-log p)
 *   "hard_intersection"      sum w h t                               "complement_focal_loss"  sum w (1 - t) p^gamma (-log(1 - p))
 *   "hard_prediction_mass"   sum w h
 *   "dice", "iou"            of the prediction; NaN where no voxel has the class, or the class is not annotated
 *   "sums"                   all of these sums, one after the other, for diceloss_evaluate; for the reduction batch, added up over the
 *                            samples. How many there are and in which order may differ between versions.
 *
 * All others are (N, K), row-major; N is 1 in a result of diceloss_evaluate for the reduction batch. Sums that the options do not
 * ask for are 0: cross_entropy and focal ask for those with log, hard_prediction for those with h. Without hard_prediction there are
 * no "dice" and "iou" to be read.
 *
 * result    The result.
 * name      One of the names above.
 * values    Receives the numbers; NULL to learn only how many there are.
 * capacity  How many numbers fit in values; 0 if it is NULL.
 * count     Receives how many there are, even if they do not fit; NULL if that is not needed.
 *
 * DICELOSS_INVALID_ARGUMENT: the result is not alive, there is no such name, dice and iou were not counted, or capacity is too small.
 */
diceloss_status diceloss_result_read(const diceloss_result *result, const char *name, double *values, int64_t capacity, int64_t *count);

/*
 * Computes the loss of a whole whose forward pass was made in parts: for the reduction batch, micro-batches, processes or devices, each with
 * any number of samples; for every reduction, pieces of the same volumes. The numbers "sums" of the parts are added up, number by number and
 * by any means, and each part makes its backward pass from the total:
 *
 *     diceloss_forward(options, &logits, &labels, NULL, NULL, NULL, &part);
 *     diceloss_result_read(part, "sums", sums, capacity, &count);
 *     MPI_Allreduce(MPI_IN_PLACE, sums, (int)count, MPI_DOUBLE, MPI_SUM, MPI_COMM_WORLD);
 *     diceloss_evaluate(part, sums, count, &whole);
 *     diceloss_backward(whole, &logits, &labels, NULL, NULL, &gradient, NULL);
 *
 * Every part gets the loss of the whole and the exact gradient with respect to its own logits. For a network that the parts share, their
 * gradients add up to that of the whole; where they are averaged instead, as in most training over several processes, pass the number of
 * parts as a factor in upstream.
 *
 * part    The result of the forward pass of this part; all parts have the same options, and every class is annotated in them.
 * sums    The sums, added up over all parts, including this one. Not modified.
 * count   How many numbers there are: as many as this part has.
 * result  Receives the result. To be freed with diceloss_result_free.
 *
 * DICELOSS_INVALID_ARGUMENT: the part is not alive; there are more or fewer numbers; not every class of the part is annotated.
 */
diceloss_status diceloss_evaluate(const diceloss_result *part, const double *sums, int64_t count, diceloss_result **result);

/*
 * Frees a result; NULL does nothing.
 *
 * DICELOSS_INVALID_ARGUMENT: it is not alive.
 */
diceloss_status diceloss_result_free(diceloss_result *result);

#ifdef __cplusplus
}
#endif

#endif
