"""The C library as a loss of PyTorch: zero copy, on torch's current stream."""

import ctypes
import json
import os
from pathlib import Path

import torch


class _Tensor(ctypes.Structure):
    """DLPack's DLTensor."""

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
    torch.int8: (0, 8), torch.int16: (0, 16), torch.int32: (0, 32), torch.int64: (0, 64), torch.uint8: (1, 8),
    torch.float16: (2, 16), torch.float32: (2, 32), torch.float64: (2, 64), torch.bfloat16: (4, 16),
}


def _open() -> ctypes.CDLL:
    default = next(iter(sorted((Path(__file__).parent / "built").glob("*.so"))), "eng/gpu/built: run build.sh")
    library = ctypes.CDLL(os.environ.get("DICELOSS_LIBRARY", str(default)))
    library.diceloss_last_error.restype = ctypes.c_char_p
    return library


_library = _open()


def _check(status: int) -> None:
    if status != 0:
        raise RuntimeError(_library.diceloss_last_error().decode())


def _describe(tensor):
    if tensor is None:
        return None
    code, bits = _TYPES[tensor.dtype]
    numbers = ctypes.c_int64 * tensor.dim()
    return ctypes.byref(_Tensor(
        tensor.data_ptr(), 2 if tensor.is_cuda else 1, tensor.device.index or 0, tensor.dim(), code, bits, 1,
        numbers(*tensor.shape), numbers(*tensor.stride()), 0))


def _stream(tensor):
    return ctypes.c_void_p(torch.cuda.current_stream(tensor.device).cuda_stream) if tensor.is_cuda else None


class _Handle:
    """Options or a result, freed with this object."""

    def __init__(self, free):
        self.pointer, self._free = ctypes.c_void_p(), free

    def __del__(self):
        self._free(self.pointer)


class _Function(torch.autograd.Function):
    @staticmethod
    def forward(context, logits, targets, options):
        result = _Handle(_library.diceloss_result_free)
        _check(_library.diceloss_forward(
            options.pointer, _describe(logits), _describe(targets), None, None, _stream(logits), ctypes.byref(result.pointer)))
        count = ctypes.c_int64()
        _check(_library.diceloss_result_read(result.pointer, b"losses", None, ctypes.c_int64(0), ctypes.byref(count)))
        values = (ctypes.c_double * count.value)()
        _check(_library.diceloss_result_read(result.pointer, b"losses", values, count, None))
        context.save_for_backward(logits, targets)
        context.result = result
        kind = torch.float64 if logits.dtype == torch.float64 else torch.float32
        losses = torch.tensor(list(values), dtype=kind, device=logits.device)
        return losses if options.is_vector else losses[0]

    @staticmethod
    def backward(context, upstream):
        logits, targets = context.saved_tensors
        gradient = torch.empty_like(logits)
        _check(_library.diceloss_backward(
            context.result.pointer, _describe(logits), _describe(targets), None, _describe(upstream), _describe(gradient), _stream(logits)))
        return gradient, None, None


class DiceLoss:
    """The loss with the options of diceloss.h."""

    def __init__(self, **options):
        self._options = _Handle(_library.diceloss_options_free)
        self._options.is_vector = options.get("reduction") == "none"
        _check(_library.diceloss_options_create(json.dumps(options).encode(), ctypes.byref(self._options.pointer)))

    def __call__(self, logits, targets):
        return _Function.apply(logits, targets, self._options)
