#include <torchhub/tests/support/temp_folder.h>
#include <torchhub/tests/support/zip_builder.h>

#include <zlib.h>

#include <algorithm>
#include <limits>
#include <stdexcept>

namespace torchhub::tests {
namespace {

constexpr std::uint32_t kMadeByUnix = 3 << 8 | 20;

void put16(std::string& out, std::uint32_t value) {
  out += static_cast<char>(value & 0xFF);
  out += static_cast<char>(value >> 8 & 0xFF);
}

void put32(std::string& out, std::uint32_t value) {
  put16(out, value & 0xFFFF);
  put16(out, value >> 16);
}

std::uint32_t size_of(const std::string& text) { return static_cast<std::uint32_t>(text.size()); }

std::string deflated(const std::string& content) {
  z_stream stream{};
  if (deflateInit2(&stream, Z_BEST_COMPRESSION, Z_DEFLATED, -MAX_WBITS, 9, Z_DEFAULT_STRATEGY) !=
      Z_OK) {
    throw std::runtime_error("deflateInit2");
  }
  std::string out(deflateBound(&stream, content.size()), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(content.data()));
  stream.avail_in = size_of(content);
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = size_of(out);
  if (deflate(&stream, Z_FINISH) != Z_STREAM_END) throw std::runtime_error("deflate");
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

}  // namespace

std::string build_zip(const std::vector<ZipMember>& members, const std::string& comment) {
  std::string archive;
  std::string directory;
  for (const ZipMember& member : members) {
    const std::string data = member.deflate ? deflated(member.content) : member.content;
    const auto content_crc = static_cast<std::uint32_t>(
        crc32_z(0, reinterpret_cast<const Bytef*>(member.content.data()), member.content.size()));
    const std::uint32_t offset = size_of(archive);
    const std::string local_name = member.local_name.value_or(member.name);
    // What both headers have in common, 4.4.4 to 4.4.9.
    std::string common;
    put16(common, member.flags);
    put16(common, member.method.value_or(member.deflate ? 8 : 0));
    put32(common, 0);  // time and date
    put32(common, member.crc32.value_or(content_crc));
    put32(common, size_of(data));
    put32(common, member.size.value_or(size_of(member.content)));

    put32(archive, 0x04034b50);
    put16(archive, 20);
    archive += common;
    put16(archive, size_of(local_name));
    put16(archive, 0);
    archive += local_name + data;

    put32(directory, 0x02014b50);
    put16(directory, member.unix_mode ? kMadeByUnix : 20);
    put16(directory, 20);
    directory += common;
    put16(directory, size_of(member.name));
    put16(directory, 0);
    put16(directory, 0);
    put16(directory, 0);
    put16(directory, 0);
    put32(directory, member.unix_mode << 16);
    put32(directory, member.header_offset.value_or(offset));
    directory += member.name;
  }
  const std::uint32_t directory_offset = size_of(archive);
  archive += directory;
  put32(archive, 0x06054b50);
  put32(archive, 0);
  put16(archive, static_cast<std::uint32_t>(members.size()));
  put16(archive, static_cast<std::uint32_t>(members.size()));
  put32(archive, size_of(directory));
  put32(archive, directory_offset);
  put16(archive, size_of(comment));
  return archive + comment;
}

std::string zip_folder(const std::filesystem::path& folder, const std::string& top,
                       const std::string& comment) {
  std::vector<ZipMember> members = {{.name = top + "/", .unix_mode = 040755}};
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    const std::string name = top + "/" + entry.path().lexically_relative(folder).string();
    if (name.find("__pycache__") != name.npos) continue;
    // Absolute ones are Bazel's, to the files that it runs a test with.
    if (entry.is_symlink() && std::filesystem::read_symlink(entry.path()).is_relative()) {
      const std::string target = std::filesystem::read_symlink(entry.path()).string();
      members.push_back({.name = name, .content = target, .unix_mode = 0120777});
    } else if (entry.is_directory()) {
      members.push_back({.name = name + "/", .unix_mode = 040755});
    } else {
      const bool is_executable =
          (entry.status().permissions() & std::filesystem::perms::owner_exec) !=
          std::filesystem::perms::none;
      members.push_back({.name = name,
                         .content = read_file(entry.path()),
                         .deflate = true,
                         .unix_mode = is_executable ? 0100755U : 0100644U});
    }
  }
  std::sort(members.begin(), members.end(),
            [](const ZipMember& a, const ZipMember& b) { return a.name < b.name; });
  return build_zip(members, comment);
}

}  // namespace torchhub::tests
