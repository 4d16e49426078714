#ifndef TORCHHUB_PYTHON_OPERATIONS_H_
#define TORCHHUB_PYTHON_OPERATIONS_H_
// What can be done with a Python object, without Python.h.
//
//   python::Object tokenizer = python::item(pair, 1);
//   python::Object ids = python::call(python::attribute(tokenizer, "encode"), python::Arguments().positional("text"));
//   for (const python::Object& id : python::elements(ids)) ... python::to_argument(id) ...
//
// Throws, all of it: PythonException for what Python raises.
// Thread safety: each function takes the interpreter's lock.

#include <torchhub/python/arguments.h>
#include <torchhub/python/export.h>
#include <torchhub/python/object.h>

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace torchhub::python {

/// The object of a value.
TORCHHUB_PYTHON_EXPORT Object to_object(const Argument& value);

/// The value of an object: None, bool, int, float, complex, str, bytes, and lists, tuples and dicts of them. What
/// is none of these stays an Object in it, and so does an int of more than 4300 digits. Never a Callable. Half of a
/// surrogate pair in a str is three bytes ("surrogatepass"), as in to_text(), and such bytes become it again. What holds
/// itself, or lies in itself a thousand times and more, is a RecursionError.
TORCHHUB_PYTHON_EXPORT Argument to_argument(const Object& object);

/// str(object)
TORCHHUB_PYTHON_EXPORT std::string to_text(const Object& object);

/// The class's name, with its module unless that is builtins.
TORCHHUB_PYTHON_EXPORT std::string type_name(const Object& object);

/// `doing` begins the sentence of what is thrown.
TORCHHUB_PYTHON_EXPORT Object call(const Object& callable, const Arguments& arguments,
                                   const std::string& doing = "calling the object");

/// getattr(object, name)
TORCHHUB_PYTHON_EXPORT Object attribute(const Object& object, std::string_view name);

/// object[key]
TORCHHUB_PYTHON_EXPORT Object item(const Object& object, const Argument& key);

/// len(object)
TORCHHUB_PYTHON_EXPORT std::size_t length(const Object& object);

/// list(object): what a loop over it meets; of a dict, its keys.
TORCHHUB_PYTHON_EXPORT std::vector<Object> elements(const Object& object);

/// iter(object)
TORCHHUB_PYTHON_EXPORT Object iterate(const Object& object);

/// next(iterator); empty at the end.
TORCHHUB_PYTHON_EXPORT Object next(const Object& iterator);

TORCHHUB_PYTHON_EXPORT bool is_none(const Object& object);
/// A named tuple is a tuple.
TORCHHUB_PYTHON_EXPORT bool is_list_or_tuple(const Object& object);

/// dir(object)
TORCHHUB_PYTHON_EXPORT std::vector<std::string> dir(const Object& object);

/// What help(object) shows, as plain text.
TORCHHUB_PYTHON_EXPORT std::string help(const Object& object);

}  // namespace torchhub::python

#endif  // TORCHHUB_PYTHON_OPERATIONS_H_
