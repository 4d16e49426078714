// Attacks 29 to 41: tensors that reach where they should not.

#include <torchhub/archive/tensor_bytes.h>
#include <torchhub/tests/archive/attack.h>

namespace torchhub::archive {
namespace {

using testing::HasSubstr;

errc refused(const std::string& body) {
  const Failure failure = attack_pickle(body);
  EXPECT_TRUE(failure.code) << "(nothing was thrown)";
  return static_cast<errc>(failure.code.value());
}

std::string shape_of(const std::string& integers) { return "(" + integers + "t"; }

const std::string kHuge = "\x8a\x08\xff\xff\xff\xff\xff\xff\xff\x3f"s;  // 2^62 - 1
const std::string kDict = global("collections", "OrderedDict") + ")R";
const std::string kFloat32 = global("torch", "float32");

// A storage of `bytes` untyped bytes, and a tensor of it by _rebuild_tensor_v3.
std::string untyped(std::int32_t bytes, std::int32_t offset, const std::string& shape,
                    const std::string& stride) {
  return global("torch._utils", "_rebuild_tensor_v3") + "((" + text("storage") +
         global("torch.storage", "UntypedStorage") + text("0") + text("cpu") + integer(bytes) +
         "tQ" + integer(offset) + shape + stride + "\x89" + kDict + kFloat32 + "tR";
}

TEST(GeometryAttacks, N29_SizesThatAreNotTheRecords) {
  EXPECT_EQ(refused(tensor(storage("FloatStorage", "0", 13), 0, tuple(1), tuple(1))),
            errc::damaged_checkpoint);
  EXPECT_EQ(refused(tensor(storage("FloatStorage", "0", 11), 0, tuple(1), tuple(1))),
            errc::damaged_checkpoint);
  EXPECT_EQ(refused(tensor(storage("FloatStorage", "0", 40'000'000), 0, tuple(1), tuple(1))),
            errc::damaged_checkpoint);
}

TEST(GeometryAttacks, N30_BytesThatWrapAround) {
  EXPECT_EQ(refused("(" + text("storage") + global("torch", "FloatStorage") + text("0") +
                    text("cpu") + "\x8a\x08\x01\0\0\0\0\0\0\x40"s + "tQ"),
            errc::damaged_checkpoint);
}

TEST(GeometryAttacks, N31_SizesBeyondTheStorage) {
  EXPECT_EQ(refused(tensor(kTwelve, 0, tuple(13), tuple(1))), errc::damaged_checkpoint);
  EXPECT_EQ(refused(tensor(kTwelve, 1, tuple(12), tuple(1))), errc::damaged_checkpoint);
  EXPECT_EQ(refused(tensor(kTwelve, 0, tuple(2), tuple(12))), errc::damaged_checkpoint);
  EXPECT_EQ(refused(tensor(kTwelve, 13, tuple(0), tuple(1))), errc::damaged_checkpoint);
}

TEST(GeometryAttacks, N32_NegativeNumbers) {
  EXPECT_EQ(refused(tensor(kTwelve, -1, tuple(1), tuple(1))), errc::damaged_checkpoint);
  EXPECT_EQ(refused(tensor(kTwelve, 0, tuple(-1), tuple(1))), errc::damaged_checkpoint);
  EXPECT_EQ(refused(tensor(kTwelve, 11, tuple(2), tuple(-1))), errc::damaged_checkpoint);
}

TEST(GeometryAttacks, N33_ReachesThatOverflow) {
  EXPECT_EQ(refused(tensor(kTwelve, 0, shape_of(integer(5)), shape_of(kHuge))),
            errc::damaged_checkpoint);
  EXPECT_EQ(refused(tensor(kTwelve, 0, shape_of(kHuge + kHuge + kHuge), tuple(0, 0, 0))),
            errc::damaged_checkpoint);
  EXPECT_EQ(refused(tensor(kTwelve, 0, tuple(2, 2, 2), shape_of(kHuge + kHuge + kHuge))),
            errc::damaged_checkpoint);
}

// A tensor by _rebuild_qtensor whose elements share bytes, over 48 of them.
std::string packed(const std::string& dtype, const std::string& offset, const std::string& shape,
                   const std::string& stride) {
  return global("torch._utils", "_rebuild_qtensor") + "(" + storage(dtype, "0", 48) + offset +
         shape + stride + "(" + global("torch", "per_tensor_affine") + "G\x3f\xe0\0\0\0\0\0\0"s +
         integer(1) + "t\x89" + kDict + "tR";
}

TEST(GeometryAttacks, N31_ElementsThatShareBytes) {
  const auto bytes_of = [](const std::string& body) {
    const Checkpoint checkpoint = open_bytes(twelve_floats_zip(body));
    std::string bytes;
    for_each_piece(checkpoint, checkpoint.tensors()[0], [&](std::span<const std::byte> piece) {
      bytes.append(reinterpret_cast<const char*>(piece.data()), piece.size());
    });
    EXPECT_EQ(bytes.size(), checkpoint.tensors()[0].bytes());
    return bytes;
  };
  const std::string four = "QUInt4x2Storage";
  const std::string two = "QUInt2x4Storage";
  // Rows of whole bytes: 12 x 8, 16 x 5, 12 x 16 and 16 x 9 take 48 bytes.
  EXPECT_EQ(bytes_of(packed(four, integer(0), tuple(12, 8), tuple(8, 1))), twelve_floats());
  EXPECT_EQ(bytes_of(packed(four, integer(0), tuple(16, 5), tuple(5, 1))), twelve_floats());
  EXPECT_EQ(bytes_of(packed(two, integer(0), tuple(12, 16), tuple(16, 1))), twelve_floats());
  EXPECT_EQ(bytes_of(packed(two, integer(0), tuple(16, 9), tuple(9, 1))), twelve_floats());
  EXPECT_EQ(bytes_of(packed(four, integer(0), "(t", "(t")), twelve_floats().substr(0, 1));
  EXPECT_EQ(bytes_of(packed(four, integer(0), tuple(0, 5), tuple(5, 1))), "");
  // torch counts an offset in bytes.
  EXPECT_EQ(bytes_of(packed(four, integer(8), tuple(8), tuple(1))), twelve_floats().substr(8, 4));

  EXPECT_EQ(refused(packed(four, integer(0), tuple(13, 8), tuple(8, 1))), errc::damaged_checkpoint);
  EXPECT_EQ(refused(packed(four, integer(0), tuple(17, 5), tuple(5, 1))), errc::damaged_checkpoint);
  EXPECT_EQ(refused(packed(two, integer(0), tuple(17, 9), tuple(9, 1))), errc::damaged_checkpoint);
  EXPECT_EQ(refused(packed(four, integer(45), tuple(8), tuple(1))), errc::damaged_checkpoint);
  EXPECT_EQ(refused(packed(four, integer(49), tuple(0), tuple(1))), errc::damaged_checkpoint);
  EXPECT_EQ(refused(packed(four, integer(0), tuple(2, 2), tuple(2))), errc::damaged_checkpoint);
  EXPECT_EQ(refused(packed(four, integer(0), shape_of(kHuge + kHuge), tuple(1, 1))),
            errc::damaged_checkpoint);
  // Rows that begin inside of bytes.
  EXPECT_EQ(refused(packed(four, integer(0), tuple(3, 2), tuple(1, 3))), errc::unsupported_format);
  EXPECT_EQ(refused(packed(two, integer(0), tuple(3, 2), tuple(8, 1))), errc::unsupported_format);
}

TEST(GeometryAttacks, N34_StridesOfAnotherRank) {
  EXPECT_EQ(refused(tensor(kTwelve, 0, tuple(3, 4), tuple(1))), errc::damaged_checkpoint);
  EXPECT_EQ(refused(tensor(kTwelve, 0, tuple(12), tuple(4, 1))), errc::damaged_checkpoint);
}

TEST(GeometryAttacks, N35_TenThousandDimensions) {
  std::string ones;
  for (int i = 0; i < 10'000; ++i) ones += "K\1";
  EXPECT_EQ(refused(tensor(kTwelve, 0, shape_of(ones), shape_of(ones))), errc::damaged_checkpoint);
}

TEST(GeometryAttacks, N36_FewBytesThatSeemMany) {
  const std::string many = shape_of(integer(1 << 25) + integer(1 << 25));
  const Checkpoint checkpoint =
      open_bytes(twelve_floats_zip(tensor(kTwelve, 0, many, tuple(0, 0))));
  EXPECT_EQ(checkpoint.tensors()[0].numel(), std::uint64_t{1} << 50);
  EXPECT_EQ(tests::failure_of([&] {
              for_each_piece(checkpoint, checkpoint.tensors()[0],
                             [](std::span<const std::byte>) {});
            }).code,
            errc::limit_exceeded);
}

TEST(GeometryAttacks, N37_OneStorageInTwoWays) {
  const auto both = [](const std::string& a, const std::string& b) {
    return refused("(" + tensor(a, 0, tuple(1), tuple(1)) + tensor(b, 0, tuple(1), tuple(1)) + "t");
  };
  EXPECT_EQ(both(kTwelve, storage("IntStorage", "0", 12)), errc::damaged_checkpoint);
  EXPECT_EQ(both(kTwelve, storage("FloatStorage", "0", 11)), errc::damaged_checkpoint);
  const std::string elsewhere = "(" + text("storage") + global("torch", "FloatStorage") +
                                text("0") + text("cuda:0") + integer(12) + "tQ";
  EXPECT_EQ(both(kTwelve, elsewhere), errc::damaged_checkpoint);
}

TEST(GeometryAttacks, N38_UntypedBytesThatAreNoElements) {
  EXPECT_FALSE(attack_pickle(untyped(48, 0, tuple(12), tuple(1))).code);
  EXPECT_EQ(refused(untyped(47, 0, tuple(12), tuple(1))), errc::damaged_checkpoint);
  EXPECT_EQ(refused(untyped(48, 12, tuple(1), tuple(1))), errc::damaged_checkpoint);
  // No dtype, or two.
  EXPECT_EQ(refused(tensor("(" + text("storage") + global("torch.storage", "UntypedStorage") +
                               text("0") + text("cpu") + integer(48) + "tQ",
                           0, tuple(12), tuple(1))),
            errc::damaged_checkpoint);
}

TEST(GeometryAttacks, N39_SparseAndQuantizedThatDoNotFit) {
  const std::string layout =
      global("torch.serialization", "_get_layout") + text("torch.sparse_coo") + "\x85R";
  const auto sparse = [&](const std::string& indices, const std::string& values,
                          const std::string& shape) {
    return refused(global("torch._utils", "_rebuild_sparse_tensor") + layout + "(" + indices +
                   values + shape + "t\x86R");
  };
  const std::string longs = tensor(storage("LongStorage", "0", 6), 0, tuple(2, 3), tuple(3, 1));
  const std::string floats = tensor(storage("LongStorage", "0", 6), 0, tuple(3), tuple(1));
  EXPECT_EQ(sparse(longs, kWhole, tuple(3, 3)), errc::damaged_checkpoint);
  EXPECT_EQ(sparse(floats, floats, tuple(3, 3)), errc::damaged_checkpoint);
  EXPECT_EQ(sparse(longs, floats, tuple(3)), errc::damaged_checkpoint);
  EXPECT_EQ(sparse(longs, floats, shape_of(kHuge + kHuge)), errc::damaged_checkpoint);
  EXPECT_EQ(sparse(integer(1), floats, tuple(3, 3)), errc::damaged_checkpoint);

  const std::string bytes = storage("QInt8Storage", "0", 48);
  const auto quantized = [&](const std::string& parameters) {
    return refused(global("torch._utils", "_rebuild_qtensor") + "(" + bytes + integer(0) +
                   tuple(48) + tuple(1) + "(" + parameters + "t\x89" + kDict + "tR");
  };
  const std::string scheme = global("torch", "per_tensor_affine");
  EXPECT_EQ(quantized(scheme + "G\0\0\0\0\0\0\0\0"s + integer(0)), errc::damaged_checkpoint);
  EXPECT_EQ(quantized(scheme + "G\x7f\xf8\0\0\0\0\0\0"s + integer(0)), errc::damaged_checkpoint);
  EXPECT_EQ(quantized(scheme + integer(1)), errc::damaged_checkpoint);
  const std::string per_channel = global("torch", "per_channel_affine");
  const std::string two = tensor(storage("DoubleStorage", "1", 2), 0, tuple(2), tuple(1));
  EXPECT_EQ(quantized(per_channel + two + two + integer(1)), errc::damaged_checkpoint);
  EXPECT_EQ(quantized(per_channel + two + two + integer(0)), errc::damaged_checkpoint);
}

TEST(GeometryAttacks, N40_MetaTensorsWithoutEnd) {
  const std::string rebuild = global("torch._utils", "_rebuild_meta_tensor_no_storage");
  const std::string large = shape_of(integer(1 << 30) + integer(1 << 30));
  const Checkpoint checkpoint =
      open_bytes(twelve_floats_zip(rebuild + "(" + kFloat32 + large + large + "\x89tR"));
  EXPECT_TRUE(checkpoint.tensors()[0].is_meta);
  EXPECT_EQ(checkpoint.tensors()[0].numel(), std::uint64_t{1} << 60);
  EXPECT_EQ(tests::failure_of([&] { checkpoint.bytes(""); }).code, errc::not_contiguous);
  EXPECT_EQ(refused(rebuild + "(" + kFloat32 + shape_of(kHuge + kHuge) + tuple(1, 1) + "\x89tR"),
            errc::damaged_checkpoint);
}

TEST(GeometryAttacks, N40_MetaWeightsOfAProgramWithoutEnd) {
  const auto program = [](const std::string& sizes, const std::string& strides) {
    return tests::build_zip(
        {{.name = "m/archive_format", .content = "pt2"},
         {.name = "m/data/weights/weight_0", .content = ""},
         {.name = "m/data/weights/model_weights_config.json",
          .content = R"({"config": {"w": {"path_name": "weight_0", "is_param": true, )"
                     R"("use_pickle": false, "tensor_meta": {"dtype": 7, "layout": 7, )"
                     R"("requires_grad": true, "device": {"type": "meta", "index": null}, )"
                     R"("storage_offset": {"as_int": 0}, "sizes": [)" +
                     sizes + R"(], "strides": [)" + strides + "]}}}}"}});
  };
  const std::string large = R"({"as_int": 1073741824})";
  const std::string huge = R"({"as_int": 4611686018427387904})";
  const Checkpoint checkpoint = open_bytes(program(large + ", " + large, large + ", " + large));
  ASSERT_EQ(checkpoint.tensors().size(), 1u);
  const TensorInfo& tensor = checkpoint.tensors()[0];
  EXPECT_EQ(tensor.name, "w");
  EXPECT_TRUE(tensor.is_meta && tensor.is_parameter && tensor.requires_grad);
  EXPECT_EQ(tensor.storage, TensorInfo::kNoStorage);
  EXPECT_EQ(tensor.numel(), std::uint64_t{1} << 60);
  EXPECT_EQ(checkpoint.location(tensor), "meta");
  EXPECT_EQ(tests::failure_of([&] { checkpoint.bytes("w"); }).code, errc::not_contiguous);
  EXPECT_EQ(attack(program(huge + ", " + huge, large + ", " + large)).code,
            errc::damaged_checkpoint);
  EXPECT_EQ(attack(program(large, large + ", " + large)).code, errc::damaged_checkpoint);
  EXPECT_EQ(attack(program(R"({"as_int": -1})", large)).code, errc::damaged_checkpoint);
}

TEST(GeometryAttacks, N40_WeightsOfAProgramWhereNobodyLooks) {
  const auto refusal = [](const std::string& name) {
    return attack(tests::build_zip(
        {{.name = "m/archive_format", .content = "pt2"}, {.name = name, .content = "PK"}}));
  };
  EXPECT_EQ(refusal("m/data/weights/model.pt").code, errc::unsupported_format);
  EXPECT_NE(refusal("m/data/weights/model.pt").sentence.find("in a pickle of its own"),
            std::string::npos);
  EXPECT_NE(refusal("m/data/weights/other.pt").sentence.find("holds code alone"),
            std::string::npos);
}

TEST(GeometryAttacks, N41_NumpyThatIsNoPlainNumber) {
  const auto dtype = [](const std::string& name) {
    return global("numpy", "dtype") + text(name) + "\x89\x88\x87R";
  };
  const auto array = [&](const std::string& type, const std::string& shape,
                         const std::string& content) {
    return refused(global("numpy.core.multiarray", "_reconstruct") + global("numpy", "ndarray") +
                   integer(0) + "\x85" + "C\1b\x87R(" + integer(1) + shape + dtype(type) + "\x89" +
                   "C" + static_cast<char>(content.size()) + content + "tb");
  };
  for (const char* type :
       {"O8", "V9", "U4", "S4", "M9", "f3", "i16", "", "f8,f8", "|O", "U", "V-1"})
    EXPECT_EQ(array(type, tuple(1), "12345678"), errc::unsupported_format) << type;
  EXPECT_EQ(array("f8", tuple(2), "12345678"), errc::unsupported_format);
  EXPECT_EQ(array("f8", tuple(-1), "12345678"), errc::unsupported_format);
  EXPECT_EQ(array("f8", shape_of(kHuge + kHuge), "12345678"), errc::unsupported_format);
  const std::string scalar = global("numpy.core.multiarray", "scalar");
  EXPECT_EQ(refused(scalar + dtype("U1") + "C\x01x\x86R"), errc::unsupported_format);
  EXPECT_EQ(refused(scalar + dtype("U1") + "C\x04\xff\xff\xff\xff\x86R"), errc::unsupported_format);
  EXPECT_EQ(refused(scalar + dtype("f8") + "C\x01x\x86R"), errc::unsupported_format);
}

}  // namespace
}  // namespace torchhub::archive
