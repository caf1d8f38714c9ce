"""The losses of libdiceloss for PyTorch: no copy of a tensor, no softmax or one-hot mask in memory, on torch's current stream.

    criterion = DiceLoss(smooth=1e-3, ignore_label=255, cross_entropy={})
    loss = criterion(logits, labels)
    loss.backward()

The options and what they mean are those of diceloss_options_create in diceloss.h. Mistakes raise ValueError before any work.
"""

import ctypes
import functools
import json
import os
import weakref

import torch


_ALONE = object()


class DiceLoss(torch.nn.Module):
    """Logits (N, C, *space) against labels (N, *space) or maps (N, C, *space), on the CPU or a CUDA device, any strides.

    gradient_with_loss: on a CUDA device, the gradient is made right behind the loss, while Python is still on its way to the backward pass. It
    is made for the factor that the backward pass had last, at first 1, and in the backward pass made once more if that is not the factor. Its
    memory is taken earlier, and in vain if no backward pass follows: turn gradients off where none does.

    group: the processes of torch.distributed whose batches are one, for the reduction "batch"; torch.distributed.group.WORLD for all. They
    call the loss together and all get that of the whole. Gradients are multiplied by their number, since DistributedDataParallel averages."""

    def __init__(self, *, gradient_with_loss=False, group=_ALONE, **options):
        super().__init__()
        if group is None:
            raise ValueError("group is None, as torch.distributed.group.WORLD is before init_process_group; leave it out for one process")
        if group is not _ALONE and options.get("reduction") != "batch":
            raise ValueError('processes of a group have one loss together if the reduction is "batch"')
        if options.get("hard_prediction", "none") != "none":
            raise ValueError("hard_prediction is counted for metrics, which this module does not return")
        self.group = None if group is _ALONE else _Group(group)
        self.options = _Options(options)
        self.gradient_with_loss = gradient_with_loss
        self.factors = _Factors()

    def forward(self, logits, targets, voxel_weights=None, annotated=None):
        """The loss, differentiable by the logits: float64 for float64 logits, else float32; a scalar, or for the reductions "none" and
        "per_class" of shape (N) and (N, K). voxel_weights: (N, *space) or (1, *space). annotated: (N, K), bool."""
        factors = None
        if self.gradient_with_loss and logits.is_cuda and torch.is_grad_enabled():
            factors = self.factors
            if logits.device not in factors:
                factors[logits.device] = torch.ones((), device=logits.device)
        group = None if self.group is None else self.group.processes
        return _DiceFunction.apply(logits, targets, voxel_weights, annotated, self.options, factors, group)


class _Factors(dict):
    """What the gradient was multiplied with in the last backward pass on each device; copies and pickles of a module begin without."""

    def __reduce__(self):
        return _Factors, ()


class _Group:
    """Processes, which copies of a module share: they have no copy themselves, and no pickle."""

    def __init__(self, processes):
        self.processes = processes

    def __deepcopy__(self, memo):
        return self


class _DiceFunction(torch.autograd.Function):
    @staticmethod
    def forward(ctx, logits, targets, voxel_weights, annotated, options, factors, group):
        if ctx.needs_input_grad[1] or ctx.needs_input_grad[2]:
            raise ValueError("targets and voxel_weights are constants of the loss and get no gradient: pass them detached")
        x, y, w = _describe("logits", logits), _describe("targets", targets), _describe("voxel_weights", voxel_weights)
        annotated = None if annotated is None else annotated.cpu()  # kept until the call has returned
        a = _describe("annotated", annotated)
        ctx.save_for_backward(logits, targets, voxel_weights)
        ctx.described, ctx.result, ctx.work_stream = (x, y, w), _Result(), _stream(logits)
        ctx.factors, ctx.gradient, ctx.made_for = factors, None, None
        if factors is not None and ctx.needs_input_grad[0]:
            ctx.gradient, ctx.made_for = torch.empty_like(logits), factors[logits.device].clone()
        g, made_for = _describe("gradient", ctx.gradient), _describe("made_for", ctx.made_for)

        # What is there before the call waits for the device need not be made after it.
        reduction = options.values.get("reduction")
        dtype = torch.float64 if logits.dtype == torch.float64 else torch.float32
        loss = logits.new_empty((), dtype=dtype)
        _forward(options.handle, x, y, w, a, ctx.work_stream, ctypes.byref(ctx.result.handle))
        ctx.parts = 1 if group is None else group.size()
        if group is not None:
            ctx.result = ctx.result.of_all(group, logits.device)
        if g is not None:
            _backward(ctx.result.handle, x, y, w, made_for, None, g, ctx.work_stream)
        if reduction not in ("none", "per_class"):
            return loss.fill_(ctx.result.read("losses", 1)[0])  # by the device, which nobody waits for
        two_classes = logits.shape[1] == 1 and options.values.get("activation", "auto") in ("auto", "two_class_sigmoid")
        shape = [logits.shape[0], 2 if two_classes else logits.shape[1]] if reduction == "per_class" else logits.shape[:1]
        return torch.tensor(ctx.result.read("losses"), dtype=dtype, device=logits.device).reshape(shape)

    @staticmethod
    def backward(ctx, upstream):
        if torch.is_grad_enabled():
            raise NotImplementedError("the gradient of this loss cannot be differentiated: call backward without create_graph")
        logits, targets, voxel_weights = ctx.saved_tensors
        upstream = upstream.resolve_neg()  # complex numbers give lazily negated gradients to their parts
        if ctx.parts > 1:
            upstream = upstream * ctx.parts
        gradient, made_for = ctx.gradient, ctx.made_for
        ctx.gradient = ctx.made_for = None  # it is given away
        if gradient is None:
            gradient = torch.empty_like(logits)
        x, y, w = ctx.described
        x, y, w = _describe("logits", logits, x), _describe("targets", targets, y), _describe("voxel_weights", voxel_weights, w)
        u, m, g = _describe("upstream", upstream), _describe("made_for", made_for), _describe("gradient", gradient)
        _backward(ctx.result.handle, x, y, w, u, m, g, ctx.work_stream)  # which is the current one again
        if ctx.factors is not None and upstream.dim() == 0:
            ctx.factors[logits.device] = upstream.detach()
        return gradient, None, None, None, None, None, None


class _Options:
    def __init__(self, values):
        text = json.dumps(values, default=_numbers_of, allow_nan=False)
        self.values, self.handle = json.loads(text), ctypes.c_void_p()
        _options_create(text.encode(), ctypes.byref(self.handle))
        weakref.finalize(self, _options_free, self.handle)

    def __reduce__(self):  # copies and pickles of a module make their own
        return _Options, (self.values,)


def _numbers_of(value):
    """Class weights may be a tensor, or an array of another library."""
    if hasattr(value, "tolist"):
        return value.tolist()
    raise ValueError(f"an option is {value!r}, a {type(value).__name__}; options are numbers, strings, lists, tensors, dicts, bools and None")


class _Result:
    def __init__(self):
        self.handle = ctypes.c_void_p()
        self._free = _result_free  # which the module may no longer have when the result goes

    def __del__(self):
        if self.handle:
            self._free(self.handle)

    def read(self, name, count=None):
        if count is None:
            known = ctypes.c_int64()
            _result_read(self.handle, name.encode(), None, 0, ctypes.byref(known))
            count = known.value
        values = (ctypes.c_double * count)()
        _result_read(self.handle, name.encode(), values, count, None)
        return list(values)

    def of_all(self, group, device):
        """That of the whole which every process of a group has passed a part of."""
        sums, whole = torch.tensor(self.read("sums"), dtype=torch.float64, device=device), _Result()
        torch.distributed.all_reduce(sums, group=group)
        _evaluate(self.handle, (ctypes.c_double * len(sums))(*sums.tolist()), len(sums), ctypes.byref(whole.handle))
        return whole


class _Tensor(ctypes.Structure):
    """diceloss_tensor, which is DLPack's DLTensor."""

    _fields_ = [
        ("data", ctypes.c_void_p),
        ("device_type", ctypes.c_int32),
        ("device_id", ctypes.c_int32),
        ("ndim", ctypes.c_int32),
        ("code", ctypes.c_uint8),
        ("bits", ctypes.c_uint8),
        ("lanes", ctypes.c_uint16),
        ("shape", ctypes.POINTER(ctypes.c_int64)),
        ("strides", ctypes.POINTER(ctypes.c_int64)),
        ("byte_offset", ctypes.c_uint64),
    ]


_TYPES = {
    torch.int8: (0, 8), torch.int16: (0, 16), torch.int32: (0, 32), torch.int64: (0, 64), torch.uint8: (1, 8), torch.bool: (6, 8),
    torch.float16: (2, 16), torch.float32: (2, 32), torch.float64: (2, 64), torch.bfloat16: (4, 16),
}  # fmt: skip


def _describe(name, tensor, before=None):
    """What the library is told of a tensor: the description from before, if that still holds."""
    if tensor is None:
        return None
    if before is not None and before.data == tensor.data_ptr() and before.strides[: before.ndim] == list(tensor.stride()):
        return before
    if tensor.layout != torch.strided or tensor.device.type not in ("cpu", "cuda") or tensor.is_neg() or tensor.dtype not in _TYPES:
        raise ValueError(
            f"{name}: a {tensor.layout} tensor of {tensor.dtype} on {tensor.device}; it is dense, on the CPU or a CUDA device, no lazily "
            f"negated view, and of {', '.join(str(known)[6:] for known in _TYPES)}"
        )
    device = (2, tensor.get_device()) if tensor.is_cuda else (1, 0)
    return _Tensor(tensor.data_ptr(), *device, tensor.dim(), *_TYPES[tensor.dtype], 1, _numbers(tensor.shape), _numbers(tensor.stride()), 0)


@functools.lru_cache(256)
def _numbers(given):
    return (ctypes.c_int64 * len(given))(*given)


def _stream(tensor):
    return torch.cuda.current_stream(tensor.device).cuda_stream if tensor.is_cuda else None


def _raise(status, function, arguments):
    if status != 0:
        error = {1: ValueError, 2: NotImplementedError, 3: MemoryError}.get(status, RuntimeError)
        raise error(_library.diceloss_last_error().decode())


def _function(name, *arguments):
    function = getattr(_library, "diceloss_" + name)
    function.argtypes, function.restype, function.errcheck = arguments, ctypes.c_int32, _raise
    return function


_library = ctypes.CDLL(os.environ.get("DICELOSS_LIBRARY", "libdiceloss.so"))
_library.diceloss_last_error.restype = ctypes.c_char_p
_handle, _tensor = ctypes.c_void_p, ctypes.POINTER(_Tensor)
_options_create = _function("options_create", ctypes.c_char_p, ctypes.POINTER(_handle))
_options_free = _function("options_free", _handle)
_forward = _function("forward", _handle, _tensor, _tensor, _tensor, _tensor, ctypes.c_void_p, ctypes.POINTER(_handle))
_backward = _function("backward_unless_made", _handle, _tensor, _tensor, _tensor, _tensor, _tensor, _tensor, ctypes.c_void_p)
_result_read = _function(
    "result_read", _handle, ctypes.c_char_p, ctypes.POINTER(ctypes.c_double), ctypes.c_int64, ctypes.POINTER(ctypes.c_int64)
)
_evaluate = _function("evaluate", _handle, ctypes.POINTER(ctypes.c_double), ctypes.c_int64, ctypes.POINTER(_handle))
_result_free = _function("result_free", _handle)
_function("set_cpu_threads", ctypes.c_int32)(torch.get_num_threads())
