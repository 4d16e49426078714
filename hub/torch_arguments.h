#ifndef TORCHHUB_HUB_TORCH_ARGUMENTS_H_
#define TORCHHUB_HUB_TORCH_ARGUMENTS_H_
// LibTorch's values as arguments of Python's, and back.
//
//   torchhub::Arguments arguments(image, at::kHalf, at::Device("cpu"), torchhub::keyword("mask", mask));
//   torchhub::Argument batch = torchhub::Argument::List{image, image};
//   torchhub::Argument array = torchhub::numpy_argument(image);          // the same bytes
//
// Tensors cross between C++ and Python without a copy: the two worlds share them.
// What is made first has Python start, in the environment that TORCHHUB_VENV or VIRTUAL_ENV names; for a context that names
// another, use_python(context.python()) comes before.
// Throws, all of it: python::PythonException for what Python raises; what has Python start also as use_python().

#include <torchhub/hub/export.h>
#include <torchhub/python/arguments.h>
#include <torchhub/python/conversion.h>
#include <torchhub/python/object.h>

#include <ATen/core/Tensor.h>

namespace torchhub {

using python::Argument;
using python::Arguments;
using python::Bytes;
using python::Callable;
using python::Keyword;
using python::keyword;

/// A tensor as an argument of a call.
TORCHHUB_EXPORT Argument tensor_argument(const at::Tensor& tensor);

/// The tensor as a numpy array that shares its elements, as tensor.numpy() does.
/// Throws: Python's own reason where numpy is missing, where the tensor requires gradients, does not lie in the CPU's
/// memory, or is of a dtype that numpy lacks.
TORCHHUB_EXPORT Argument numpy_argument(const at::Tensor& tensor);

}  // namespace torchhub

namespace torchhub::python {

/// From an object: a tensor as it is; a numpy array as a tensor that shares its elements, as torch.from_numpy() has
/// it.
template <>
struct Conversion<at::Tensor> {
  TORCHHUB_EXPORT static Argument to_argument(const at::Tensor& value);
  TORCHHUB_EXPORT static at::Tensor from_object(const Object& object);
};

template <>
struct Conversion<c10::Device> {
  TORCHHUB_EXPORT static Argument to_argument(const c10::Device& value);
  TORCHHUB_EXPORT static c10::Device from_object(const Object& object);
};

/// at::kCPU, at::kCUDA and so on: the device of that kind without a number.
template <>
struct Conversion<c10::DeviceType> {
  TORCHHUB_EXPORT static Argument to_argument(const c10::DeviceType& value);
};

/// A torch.dtype.
template <>
struct Conversion<c10::ScalarType> {
  TORCHHUB_EXPORT static Argument to_argument(const c10::ScalarType& value);
  TORCHHUB_EXPORT static c10::ScalarType from_object(const Object& object);
};

template <>
struct Conversion<c10::MemoryFormat> {
  TORCHHUB_EXPORT static Argument to_argument(const c10::MemoryFormat& value);
};

}  // namespace torchhub::python

#endif  // TORCHHUB_HUB_TORCH_ARGUMENTS_H_
