// Links that expire while several connections use them: object stores' signed URLs, behind a redirect.

#include <torchhub/net/error.h>
#include <torchhub/tests/net/failure_modes.h>
#include <torchhub/tests/support/download.h>
#include <torchhub/tests/support/errors.h>
#include <torchhub/tests/support/fault_server.h>

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

namespace torchhub::net {
namespace {

using namespace std::chrono_literals;
using tests::download;
using tests::Failure;
using tests::failure_of;
using tests::FaultReply;
using tests::FaultRequest;
using tests::FaultServer;
using tests::large;
using tests::serve;

// A front door that gives links, each good for so many answers.
class Shop {
 public:
  Shop(unsigned answers_of_a_link, unsigned refusal)
      : uses_(answers_of_a_link), refusal_(refusal) {}

  FaultReply operator()(const FaultRequest& request) {
    FaultReply reply;
    if (request.target == "/f") {
      reply.status = 302;
      reply.headers["Location"] = "/signed?g=" + std::to_string(served.size());
      // While it takes its time, the others meet the old link's end.
      if (!served.empty()) reply.delay = 50ms;
      served.push_back(0);
      refused.push_back(0);
      return reply;
    }
    const std::size_t link = std::stoul(request.target.substr(request.target.find('=') + 1));
    if (served[link] == uses_ || link + 1 < served.size()) {
      // Every other one comes when the fresh link is in use already.
      reply.delay = ++refused[link] % 2 == 0 ? 150ms : 0ms;
      reply.status = refusal_;
      reply.body = "expired";
      return reply;
    }
    ++served[link];
    // Short answers, as some stores give: there are many.
    FaultRequest shortened = request;
    if (shortened.range) {
      std::uint64_t& end = shortened.range->second;
      end = std::min(end, shortened.range->first + 4 * tests::kMiB);
    }
    reply = serve(large(), shortened);
    reply.bytes_per_second = 12 << 20;
    return reply;
  }

  std::vector<unsigned> served;   // by link
  std::vector<unsigned> refused;  // by link

 private:
  unsigned uses_;
  unsigned refusal_;
};

void expect_one_refresh_for_each(unsigned uses, unsigned refusal, unsigned connections) {
  Shop shop(uses, refusal);
  const FaultServer server([&](const FaultRequest& request) { return shop(request); });
  // A refusal of an old link is no failed attempt.
  const DownloadOptions options = DownloadOptions().connections(connections).attempts(1);
  EXPECT_EQ(download(server.url() + "/f", options).body, large());
  EXPECT_GE(shop.served.size(), 2u);
  for (std::size_t link = 0; link + 1 < shop.served.size(); ++link) {
    EXPECT_EQ(shop.served[link], uses) << "a fresh link was asked for before it was stale";
    EXPECT_GE(shop.refused[link], 1u);
  }
}

TEST(SignedLink, IsAskedForOnceWhenItHasExpired) {
  for (const unsigned refusal : {400u, 403u}) {
    SCOPED_TRACE(refusal);
    expect_one_refresh_for_each(2, refusal, 8);
  }
}

TEST(SignedLink, IsAskedForOnceByAnyNumberOfConnections) {
  for (const unsigned connections : {1u, 2u, 16u}) {
    SCOPED_TRACE(connections);
    expect_one_refresh_for_each(connections == 1 ? 1 : 3, 403, connections);
  }
}

TEST(SignedLink, ThatIsRefusedFromTheStartIsAskedForOnceMore) {
  for (const unsigned refusal : {400u, 401u, 403u, 404u, 410u}) {
    Shop shop(0, refusal);
    const FaultServer server([&](const FaultRequest& request) { return shop(request); });
    EXPECT_EQ(failure_of([&] { download(server.url() + "/f"); }).code, errc_of_status(refusal));
    EXPECT_EQ(server.requests().size(), 4u);
  }
}

TEST(SignedLink, EndsWhereTheFrontDoorGivesNoMore) {
  Shop shop(1, 403);
  const FaultServer server([&](const FaultRequest& request) {
    FaultReply reply = shop(request);
    if (request.target != "/f" || shop.served.size() <= 2) return reply;
    reply = FaultReply();
    reply.status = 403;
    return reply;
  });
  const Failure failure = failure_of([&] { download(server.url() + "/f"); });
  EXPECT_EQ(failure.code, errc_of_status(403)) << failure.sentence;
  EXPECT_NE(failure.sentence.find("/f: the server answered 403"), std::string::npos)
      << failure.sentence;
  EXPECT_LE(server.requests().size(), 20u);
}

TEST(SignedLink, IsWaitedForWhereTheFrontDoorIsBusy) {
  Shop shop(1, 403);
  unsigned busy = 0;
  const FaultServer server([&](const FaultRequest& request) {
    if (request.target == "/f" && shop.served.size() == 1 && busy < 2) {
      ++busy;
      FaultReply reply;
      reply.status = 502;
      return reply;
    }
    return shop(request);
  });
  EXPECT_EQ(download(server.url() + "/f").body, large());
  EXPECT_EQ(busy, 2u);
}

}  // namespace
}  // namespace torchhub::net
