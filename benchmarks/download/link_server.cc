// A server at the end of a link that nginx cannot play. The scenario is the first part of the path:
//
//   /c1/F   16 MB/s a connection; a ninth one is refused
//   /c2/F   30 MB/s in all; more than six connections bring every one to a crawl for 20 s
//   /s1/F   four fast connections; one of them slows down to a twentieth after its first 2 s
//   /s2/F   every connection is reset after 32 to 96 MiB
//   /w1/F   25 MB/s in all, 10 ms before each answer
//   /w2/F   125 MB/s in all, 80 ms before each answer; a connection's window doubles each 80 ms from 14.6 KB to 6 MB
//   /z1/F   chunked, no length, no ranges
//   /b1/N   N bytes made from their offset
//
// Serves the file named on the command line as F. Prints its port. For each line that it reads it
// prints "sent BYTES" and forgets who was connected: the next client finds a new link.

#include <torchhub/tests/support/fault_server.h>

#include <algorithm>
#include <chrono>
#include <fstream>
#include <iostream>
#include <iterator>
#include <map>
#include <memory>
#include <mutex>
#include <random>
#include <string>
#include <thread>
#include <vector>

namespace torchhub {
namespace {

using std::chrono::steady_clock;
using tests::FaultReply;
using tests::FaultRequest;

constexpr std::chrono::milliseconds round_trip{80};

// A line that carries so many bytes a second, whoever sends.
class Line {
 public:
  explicit Line(double bytes_per_second) : rate_(bytes_per_second) {}

  void carry(std::size_t bytes, double share = 1) {
    steady_clock::time_point due;
    {
      const std::lock_guard lock(mutex_);
      // Who was woken late may catch up.
      free_ = std::max(free_, steady_clock::now() - std::chrono::milliseconds(50));
      free_ += std::chrono::duration_cast<steady_clock::duration>(
          std::chrono::duration<double>(static_cast<double>(bytes) / (rate_ * share)));
      due = free_;
    }
    std::this_thread::sleep_until(due);
  }

 private:
  std::mutex mutex_;
  double rate_;
  steady_clock::time_point free_{};
};

class Links {
 public:
  explicit Links(std::string content) : content_(std::move(content)) {}

  FaultReply answer(const FaultRequest& request) {
    const std::string scenario = request.target.substr(1, request.target.find('/', 1) - 1);
    const std::string name = request.target.substr(request.target.find('/', 1) + 1);
    if (scenario == "b1") {
      const auto content = [](std::uint64_t at) {
        return static_cast<char>(at * 2654435761u >> 24);
      };
      return tests::serve_made(std::stoull(name), content, request);
    }
    FaultRequest asked = request;
    if (scenario == "z1") asked.range.reset();
    FaultReply reply = tests::serve_made(
        content_.size(), [](std::uint64_t) { return '\0'; }, asked);
    reply.view = std::string_view(content_).substr(
        reply.status == 206 ? static_cast<std::size_t>(asked.range->first) : 0,
        static_cast<std::size_t>(reply.made_bytes));
    reply.content = nullptr;
    if (scenario == "w1") {
      reply.delay = std::chrono::milliseconds(10);
      reply.pace = [this](std::size_t bytes) { wan_.carry(bytes); };
    } else if (scenario == "w2") {
      reply.delay = round_trip;
      open_window(request.connection, reply);
    } else if (scenario == "c1") {
      cap_each(request.connection, reply);
    } else if (scenario == "c2") {
      reply.pace = [this, connection = request.connection](std::size_t bytes) {
        punish_many(connection, bytes);
      };
    } else if (scenario == "s1") {
      slow_one(request.connection, reply);
    } else if (scenario == "s2") {
      reset_later(request.connection, reply);
    } else if (scenario == "z1") {
      reply.is_chunked = true;
    }
    return reply;
  }

  void forget() {
    const std::lock_guard lock(mutex_);
    last_sent_.clear();
    punished_until_ = {};
    first_.clear();
    lines_.clear();
    windows_.clear();
    left_.clear();
  }

 private:
  // Connections count that sent in the last second.
  void punish_many(std::size_t connection, std::size_t bytes) {
    bool is_punished = false;
    {
      const std::lock_guard lock(mutex_);
      const auto now = steady_clock::now();
      last_sent_[connection] = now;
      const auto active = std::count_if(
          last_sent_.begin(), last_sent_.end(),
          [&](const auto& each) { return now - each.second < std::chrono::seconds(1); });
      if (active > 6) punished_until_ = now + std::chrono::seconds(20);
      is_punished = now < punished_until_;
    }
    shared_.carry(bytes, is_punished ? 1.0 / 30 : 1);
  }

  // An answer is under way as long as its reply lives.
  void cap_each(std::size_t connection, FaultReply& reply) {
    std::erase_if(under_way_, [](const std::weak_ptr<int>& each) { return each.expired(); });
    if (under_way_.size() >= 8) {
      reply = FaultReply();
      reply.status = 503;
      return;
    }
    const auto line = lines_.try_emplace(connection, std::make_shared<Line>(16e6)).first->second;
    const auto token = std::make_shared<int>(0);
    under_way_.push_back(token);
    reply.pace = [line, token](std::size_t bytes) { line->carry(bytes); };
  }

  // What a sender in slow start and a stock receive window of 6 MB let through, without any loss.
  void open_window(std::size_t connection, FaultReply& reply) {
    const auto line =
        lines_.try_emplace(connection, std::make_shared<Line>(6e6 / 0.08)).first->second;
    const auto sent = windows_.try_emplace(connection, std::make_shared<double>(0)).first->second;
    reply.pace = [this, line, sent](std::size_t bytes) {
      // After n round trips 14.6 KB x (2^n - 1) are sent, so the window is what was sent and 14.6 KB.
      const double window = std::min(6e6, *sent + 14600);
      *sent += static_cast<double>(bytes);
      line->carry(bytes, window / 6e6);
      gigabit_.carry(bytes);
    };
  }

  void slow_one(std::size_t connection, FaultReply& reply) {
    const auto start = first_.try_emplace(connection, steady_clock::now()).first->second;
    const auto line = lines_.try_emplace(connection, std::make_shared<Line>(50e6)).first->second;
    reply.pace = [line, start, is_slow = connection % 4 == 1](std::size_t bytes) {
      const bool now_slow = is_slow && steady_clock::now() - start > std::chrono::seconds(2);
      line->carry(bytes, now_slow ? 0.05 : 1);
    };
  }

  void reset_later(std::size_t connection, FaultReply& reply) {
    auto& left = left_
                     .try_emplace(connection, std::uniform_int_distribution<std::uint64_t>(
                                                  32u << 20, 96u << 20)(random_))
                     .first->second;
    reply.is_reset = true;
    if (reply.view.size() >= left) {
      reply.cut_after = left;
      left = 0;
    } else {
      left -= reply.view.size();
    }
  }

  const std::string content_;
  std::mutex mutex_;
  Line wan_{25e6};
  Line gigabit_{125e6};
  Line shared_{30e6};
  std::map<std::size_t, steady_clock::time_point> last_sent_;
  steady_clock::time_point punished_until_{};
  std::map<std::size_t, steady_clock::time_point> first_;
  std::map<std::size_t, std::shared_ptr<double>> windows_;
  std::map<std::size_t, std::shared_ptr<Line>> lines_;
  std::map<std::size_t, std::uint64_t> left_;
  std::vector<std::weak_ptr<int>> under_way_;
  std::mt19937_64 random_{1};
};

int serve(const char* path) {
  std::ifstream file(path, std::ios::binary | std::ios::ate);
  std::string content(static_cast<std::size_t>(file.tellg()), '\0');
  file.seekg(0);
  file.read(content.data(), static_cast<std::streamsize>(content.size()));
  Links links(std::move(content));
  const tests::FaultServer server(
      [&](const FaultRequest& request) { return links.answer(request); });
  std::cout << server.port() << std::endl;
  for (std::string line; std::getline(std::cin, line);) {
    links.forget();
    std::cout << "sent " << server.sent() << std::endl;
  }
  return 0;
}

}  // namespace
}  // namespace torchhub

int main(int argc, char** argv) {
  if (argc != 2) {
    std::cerr << "usage: link_server FILE\n";
    return 2;
  }
  return torchhub::serve(argv[1]);
}
