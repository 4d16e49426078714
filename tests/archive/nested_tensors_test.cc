// Tensors that are made of others: nested, jagged and distributed ones.

#include <torchhub/tests/archive/attack.h>

namespace torchhub::archive {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::string numbers(std::initializer_list<std::int64_t> values) {
  std::string bytes;
  for (const std::int64_t value : values)
    bytes += little_endian(static_cast<std::uint64_t>(value), 8);
  return bytes;
}

// Twelve floats and the numbers of sizes, strides and offsets as the storages 0 to 3.
struct Parts {
  std::string sizes = numbers({2, 3, 1, 3});
  std::string strides = numbers({3, 1, 3, 1});
  std::string offsets = numbers({0, 9});
  std::string shape = tuple(2, 2);
  std::string buffer = tensor(kTwelve, 0, tuple(12), tuple(1));
};

std::string long_tensor(const std::string& key, std::int32_t numel, const std::string& shape,
                        const std::string& stride) {
  return tensor(storage("LongStorage", key, numel), 0, shape, stride);
}

std::string file_of(const Parts& parts, const std::string& body,
                    const std::string& byte_order = "little") {
  return torch_zip(pickle(body), {{.name = "archive/byteorder", .content = byte_order},
                                  {.name = "archive/data/0", .content = twelve_floats()},
                                  {.name = "archive/data/1", .content = parts.sizes},
                                  {.name = "archive/data/2", .content = parts.strides},
                                  {.name = "archive/data/3", .content = parts.offsets}});
}

std::string nested(const Parts& parts) {
  const auto count = [](const std::string& bytes) {
    return static_cast<std::int32_t>(bytes.size() / 8);
  };
  const std::int32_t offsets = count(parts.offsets);
  return global("torch._utils", "_rebuild_nested_tensor") + "(" + parts.buffer +
         long_tensor("1", count(parts.sizes), parts.shape, tuple(2, 1)) +
         long_tensor("2", count(parts.strides), parts.shape, tuple(2, 1)) +
         long_tensor("3", offsets, tuple(offsets), tuple(1)) + "tR";
}

Failure refused(const Parts& parts, const std::string& byte_order = "little") {
  return attack(file_of(parts, nested(parts), byte_order));
}

TEST(NestedTensors, AreTheTensorsThatTheyAreMadeOf) {
  const Parts parts;
  const Checkpoint checkpoint =
      open_bytes(file_of(parts, "}(" + text("n") + nested(parts) + text("w") + kWhole + "u"));
  ASSERT_EQ(checkpoint.tensors().size(), 3u);
  const TensorInfo& first = checkpoint.tensors()[0];
  EXPECT_EQ(first.name, "n.0");
  EXPECT_THAT(first.shape, ElementsAre(2, 3));
  EXPECT_THAT(first.stride, ElementsAre(3, 1));
  const TensorInfo& second = checkpoint.tensors()[1];
  EXPECT_EQ(second.name, "n.1");
  EXPECT_THAT(second.shape, ElementsAre(1, 3));
  float value = 0;
  std::memcpy(&value, checkpoint.bytes("n.1").data(), sizeof value);
  EXPECT_EQ(value, 9);
  EXPECT_EQ(checkpoint.tensors()[2].name, "w");
  // As the root, without a name before theirs.
  EXPECT_EQ(open_bytes(file_of(parts, nested(parts))).tensors()[1].name, "1");
}

TEST(NestedTensors, AreRefusedWhereTheirSizesAreNone) {
  Parts parts;
  parts.offsets = numbers({0, 10});
  EXPECT_EQ(refused(parts).code, errc::damaged_checkpoint);
  EXPECT_THAT(refused(parts).sentence, HasSubstr("reaches beyond its storage"));
  parts.offsets = numbers({0, -1});
  EXPECT_EQ(refused(parts).code, errc::damaged_checkpoint);
  parts = Parts();
  parts.sizes = numbers({2, 3, -1, 3});
  EXPECT_EQ(refused(parts).code, errc::damaged_checkpoint);
  parts.sizes = numbers({std::int64_t{1} << 62, std::int64_t{1} << 62, 1, 3});
  EXPECT_EQ(refused(parts).code, errc::damaged_checkpoint);
  parts = Parts();
  parts.strides = numbers({3, 1, 3, -1});
  EXPECT_EQ(refused(parts).code, errc::damaged_checkpoint);
  // Three offsets for two tensors.
  parts = Parts();
  parts.offsets = numbers({0, 0, 0});
  EXPECT_EQ(refused(parts).code, errc::damaged_checkpoint);
  // A buffer that does not begin where its storage does: torch counts from the storage's beginning.
  parts = Parts();
  parts.buffer = tensor(kTwelve, 1, tuple(11), tuple(1));
  EXPECT_EQ(refused(parts).code, errc::damaged_checkpoint);
  // The sizes would have to be turned around before they are there.
  EXPECT_EQ(refused(Parts(), "big").code, errc::damaged_checkpoint);
  for (const std::string& arguments : {std::string(")"), "(NNNNt"s, kWhole + "\x85"})
    EXPECT_EQ(
        attack_pickle(global("torch._utils", "_rebuild_nested_tensor") + arguments + "R").code,
        errc::damaged_checkpoint);
  // A lenient reader leaves it out, and says so.
  parts = Parts();
  parts.offsets = numbers({0, 10});
  const Checkpoint checkpoint =
      open_bytes(file_of(parts, "}(" + text("n") + nested(parts) + text("w") + kWhole + "u"),
                 OpenOptions().lenient(true));
  ASSERT_EQ(checkpoint.unread().size(), 1u);
  EXPECT_EQ(checkpoint.unread()[0].name, "n");
  EXPECT_EQ(checkpoint.tensors().back().name, "w");
}

std::vector<std::string> names(const std::string& body) {
  const Checkpoint checkpoint = open_bytes(twelve_floats_zip(body));
  std::vector<std::string> names;
  for (const TensorInfo& tensor : checkpoint.tensors()) names.emplace_back(tensor.name);
  return names;
}

std::string floats(std::int32_t size) { return tensor(kTwelve, 0, tuple(size), tuple(1)); }

std::string of_type(const std::string& function, const std::string& cls,
                    const std::string& arguments, const std::string& state) {
  return global("torch._tensor", "_rebuild_from_type_v2") + "(" + function + cls + arguments +
         state + "tR";
}

TEST(JaggedTensors, AreTheirInnerTensors) {
  const auto jagged = [](const std::string& entries) {
    return of_type(global("torch.nested._internal.nested_tensor", "_rebuild_njt"),
                   global("torch.nested._internal.nested_tensor", "NestedTensor"),
                   "}(" + entries + "u\x85", "}");
  };
  EXPECT_THAT(names("}" + text("j") +
                    jagged(text("offsets") + floats(2) + text("values") + floats(3) +
                           text("lengths") + "N" + text("_metadata_cache") + "}") +
                    "s"),
              ElementsAre("j.values", "j.offsets"));
  EXPECT_THAT(names("}" + text("j") +
                    jagged(text("values") + floats(3) + text("offsets") + floats(2) +
                           text("lengths") + floats(1)) +
                    "s"),
              ElementsAre("j.values", "j.offsets", "j.lengths"));
  EXPECT_EQ(attack_pickle(jagged(text("values") + floats(3))).code, errc::damaged_checkpoint);
  EXPECT_EQ(attack_pickle(jagged(text("values") + floats(3) + text("offsets") + integer(1))).code,
            errc::damaged_checkpoint);
}

TEST(DistributedTensors, AreTheWholeOrTheLocalPart) {
  const auto distributed = [](const std::string& shape, const std::string& state) {
    const std::string cls = global("torch.distributed.tensor", "DTensor");
    return of_type(
        global("torch._utils", "_rebuild_wrapper_subclass"), cls,
        "(" + cls + global("torch", "float32") + shape + tuple(1) + integer(0) + "NN\x88t", state);
  };
  const std::string local = "N}(" + text("_local_tensor") + floats(3) + text("_spec") +
                            global("torch.distributed.tensor.placement_types", "Replicate") +
                            ")\x81u\x86";
  EXPECT_THAT(names("}" + text("d") + distributed(tuple(3), local) + "s"), ElementsAre("d"));
  EXPECT_THAT(names("}" + text("d") + distributed(tuple(6), local) + "s"),
              ElementsAre("d._local_tensor"));
  const Checkpoint checkpoint = open_bytes(twelve_floats_zip(distributed(
      tuple(3), "}" + text("_is_param") + "\x88s}" + text("_local_tensor") + floats(3) + "s\x86")));
  EXPECT_TRUE(checkpoint.tensors()[0].is_parameter);
  EXPECT_TRUE(checkpoint.tensors()[0].requires_grad);
  for (const std::string& state :
       {"}"s, "N}\x86"s, "N}" + text("_local_tensor") + "Ns\x86", "NN\x86"s})
    EXPECT_EQ(attack_pickle(distributed(tuple(3), state)).code, errc::damaged_checkpoint);
  // Another class that keeps its tensors inside is refused by name.
  EXPECT_EQ(attack_pickle(of_type(global("torch._utils", "_rebuild_wrapper_subclass"),
                                  global("torch", "Tensor"), ")", "}"))
                .code,
            errc::damaged_checkpoint);
  EXPECT_EQ(attack_pickle(of_type(global("torch._utils", "_rebuild_tensor_v2"),
                                  global("torch.distributed.tensor", "DTensor"), ")", "}"))
                .code,
            errc::damaged_checkpoint);
}

// TorchScript has arguments of its own for the function that makes sparse tensors.
TEST(SparseTensors, OfTorchScript) {
  const auto read = [](const std::string& arguments) {
    const std::string body = global("__torch__", "M") + ")\x81}" + text("s") +
                             global("torch._utils", "_rebuild_sparse_tensor") + "(" + arguments +
                             "tRsb";
    std::string longs;
    for (const int value : {0, 1, 2, 0, 1, 2})
      longs += little_endian(static_cast<std::uint64_t>(value), 8);
    return torch_zip(pickle(body), {{.name = "archive/constants.pkl", .content = pickle(")")},
                                    {.name = "archive/data/0", .content = longs},
                                    {.name = "archive/data/1", .content = twelve_floats()}});
  };
  const std::string hooks = global("collections", "OrderedDict") + ")R";
  const std::string indices = tensor(storage("LongStorage", "0", 6), 0, tuple(2, 3), tuple(3, 1));
  const std::string values = tensor(storage("FloatStorage", "1", 12), 0, tuple(3), tuple(1));
  const Checkpoint coo =
      open_bytes(read(integer(1) + tuple(3, 4) + "\x88" + indices + values + hooks));
  ASSERT_EQ(coo.tensors().size(), 1u);
  EXPECT_EQ(coo.tensors()[0].layout, Layout::sparse_coo);
  EXPECT_THAT(coo.tensors()[0].shape, testing::ElementsAre(3, 4));
  EXPECT_EQ(coo.tensors()[0].dtype, DType::float32);
  EXPECT_TRUE(coo.tensors()[0].requires_grad);
  EXPECT_EQ(coo.tensors()[0].name, "s");
  const std::string rows = tensor(storage("LongStorage", "0", 6), 0, tuple(3), tuple(1));
  const std::string columns = tensor(storage("LongStorage", "0", 6), 0, tuple(2), tuple(1));
  const std::string pair = tensor(storage("FloatStorage", "1", 12), 0, tuple(2), tuple(1));
  const Checkpoint csr =
      open_bytes(read(integer(2) + tuple(2, 4) + "\x89" + rows + columns + pair + hooks));
  ASSERT_EQ(csr.tensors().size(), 1u);
  EXPECT_EQ(csr.tensors()[0].layout, Layout::sparse_csr);
  EXPECT_FALSE(csr.tensors()[0].requires_grad);
  for (const std::string& wrong :
       {integer(3) + tuple(3, 4) + "\x88" + indices + values + hooks,
        integer(2) + tuple(3, 4) + "\x88" + indices + values + hooks,
        integer(1) + tuple(3, 4) + "\x88" + rows + columns + pair + hooks,
        integer(1) + tuple(3, 4) + "N" + indices + values + hooks,
        integer(1) + tuple(2, 4) + "\x88" + indices + pair + hooks})
    EXPECT_EQ(attack(read(wrong)).code, errc::damaged_checkpoint);
}

}  // namespace
}  // namespace torchhub::archive
