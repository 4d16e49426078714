#include <torchhub/net/error.h>

#include <gtest/gtest.h>

#include <string>

namespace torchhub::net {
namespace {

namespace conditions = boost::system::errc;

boost::system::error_code code_of(errc code) { return make_error_code(code); }
boost::system::error_code code_of(unsigned status) { return code_of(errc_of_status(status)); }

TEST(Error, HasAStatusForACode) {
  EXPECT_EQ(code_of(404U).value(), 404);
  EXPECT_EQ(code_of(404U).message(), "HTTP status 404");
  EXPECT_EQ(code_of(errc::truncated).message(), "the connection ended before the body did");
  EXPECT_STREQ(error_category().name(), "torchhub.net");
}

TEST(Error, SaysOneSentence) {
  const Error error(errc::too_slow, "http://a/b: too slow");
  EXPECT_STREQ(error.what(), "http://a/b: too slow");
  EXPECT_EQ(error.code(), errc::too_slow);
}

TEST(Error, CanBeJudgedByConditions) {
  for (const unsigned status : {401U, 403U})
    EXPECT_EQ(code_of(status), conditions::permission_denied) << status;
  for (const unsigned status : {404U, 410U})
    EXPECT_EQ(code_of(status), conditions::no_such_file_or_directory) << status;
  for (const unsigned status : {408U, 504U})
    EXPECT_EQ(code_of(status), conditions::timed_out) << status;
  for (const unsigned status : {429U, 503U})
    EXPECT_EQ(code_of(status), conditions::resource_unavailable_try_again) << status;
  EXPECT_NE(code_of(500U), conditions::timed_out);
  for (const errc code : {errc::timed_out, errc::too_slow})
    EXPECT_EQ(code_of(code), conditions::timed_out);
  for (const errc code : {errc::invalid_url, errc::bad_downloader_config})
    EXPECT_EQ(code_of(code), conditions::invalid_argument);
  for (const errc code : {errc::insecure_redirect, errc::certificate_rejected, errc::blocked})
    EXPECT_EQ(code_of(code), conditions::permission_denied);
  EXPECT_EQ(code_of(errc::too_large), conditions::file_too_large);
  EXPECT_EQ(code_of(errc::truncated), conditions::protocol_error);
  EXPECT_EQ(code_of(errc::proxy_refused), conditions::connection_refused);
}

TEST(Error, TellsWhetherNoUsableAnswerCame) {
  for (const unsigned status : {403U, 408U, 429U, 500U, 503U, 599U})
    EXPECT_TRUE(is_transport_failure(code_of(status))) << status;
  for (const unsigned status : {300U, 304U, 400U, 401U, 404U, 410U, 499U})
    EXPECT_FALSE(is_transport_failure(code_of(status))) << status;
  for (const errc code : {errc::truncated, errc::timed_out, errc::certificate_rejected,
                          errc::bad_response, errc::too_slow})
    EXPECT_TRUE(is_transport_failure(code_of(code)));
  for (const errc code :
       {errc::invalid_url, errc::too_large, errc::bad_downloader_config, errc::blocked})
    EXPECT_FALSE(is_transport_failure(code_of(code)));
  EXPECT_TRUE(is_transport_failure(conditions::make_error_code(conditions::connection_refused)));
}

}  // namespace
}  // namespace torchhub::net
