"""A copy of LibTorch 1.13's ATen/core/List.h that clang compiles as C++20.

The original uses std::vector<IValue> before IValue is complete, which C++20's constexpr vector does not
allow. The three places move out of the class; a LibTorch without these texts gets no copy.
"""

_CONSTRUCTOR = """  explicit ListImpl(list_type list_, TypePtr elementType_)
  : list(std::move(list_))
  , elementType(std::move(elementType_)) {}
"""

_COPY = """  intrusive_ptr<ListImpl> copy() const {
    return make_intrusive<ListImpl>(list, elementType);
  }
"""

_FIRST_ELEMENT = """inline const IValue* ptr_to_first_element(const GenericList& list) {
  return &list.impl_->list[0];
}
"""

_OUT_OF_LINE = """
namespace c10 {
namespace detail {
inline ListImpl::ListImpl(list_type list_, TypePtr elementType_)
    : list(std::move(list_)), elementType(std::move(elementType_)) {}
inline intrusive_ptr<ListImpl> ListImpl::copy() const {
  return make_intrusive<ListImpl>(list, elementType);
}
}
namespace impl {
""" + _FIRST_ELEMENT + """}
}
"""

def shadow_list_h(rctx, include):
    """Writes shadow/ATen/core/List.h into the repository if the header in `include` needs it."""
    text = rctx.read(include + "/ATen/core/List.h")
    if not (_CONSTRUCTOR in text and _COPY in text and _FIRST_ELEMENT in text):
        return
    text = text.replace(_CONSTRUCTOR, "  explicit ListImpl(list_type list_, TypePtr elementType_);\n")
    text = text.replace(_COPY, "  intrusive_ptr<ListImpl> copy() const;\n")
    rctx.file("shadow/ATen/core/List.h", text.replace(_FIRST_ELEMENT, "") + _OUT_OF_LINE)
