#ifndef TORCHHUB_ARCHIVE_DETAIL_NUMPY_VALUES_H_
#define TORCHHUB_ARCHIVE_DETAIL_NUMPY_VALUES_H_
// numpy's scalars and arrays, read from what their pickles hold. No numpy is needed: a dtype is a
// letter, a size and a byte order; everything else is bytes, or a list of objects.
//
// Source: numpy/core/src/multiarray/descriptor.c (arraydescr_reduce, arraydescr_setstate) and
// methods.c (array_reduce, array_setstate) of numpy 1.24.

#include <torchhub/archive/detail/arena.h>
#include <torchhub/archive/value.h>

#include <cstdint>
#include <optional>
#include <span>

namespace torchhub::archive::detail {

/// What a numpy.dtype object, made from ('f8', False, True) and the state (3, '<', None, ...), says of
/// an array's elements: `type`, `element_bytes`, the byte order, fields. Nothing for what is no dtype.
std::optional<ArrayInfo> numpy_dtype_of(Value value, Arena& arena);

/// The value in numpy.core.multiarray.scalar's (dtype, bytes): a number, a text, bytes, or an array of no
/// dimension for what is none of these.
std::optional<Value> numpy_scalar(std::span<const Value> arguments, Arena& arena);

/// Fills `array` from an ndarray's state (1, shape, dtype, fortran_order, bytes), or what _frombuffer
/// is called with, put in that order; of objects, `content` is a list. False where they do not fit one
/// another.
bool fill_array(ArrayInfo& array, Value shape, Value dtype, bool fortran_order, Value content,
                Arena& arena);

}  // namespace torchhub::archive::detail

#endif  // TORCHHUB_ARCHIVE_DETAIL_NUMPY_VALUES_H_
