#ifndef TORCHHUB_TESTS_SUPPORT_ERRORS_H_
#define TORCHHUB_TESTS_SUPPORT_ERRORS_H_
// What a call threw, for EXPECT_EQ and EXPECT_THAT.
//
//   const tests::Failure failure = tests::failure_of([&] { open(path); });
//   EXPECT_EQ(failure.code, archive::errc::not_a_zip);
//   EXPECT_THAT(failure.sentence, HasSubstr("model.pth"));

#include <boost/system/system_error.hpp>

#include <string>

namespace torchhub::tests {

struct Failure {
  boost::system::error_code code;
  std::string sentence;  ///< "(nothing was thrown)" if nothing was
};

template <class Call>
Failure failure_of(Call call) {
  try {
    call();
  } catch (const boost::system::system_error& error) {
    return {error.code(), error.what()};
  }
  return {{}, "(nothing was thrown)"};
}

}  // namespace torchhub::tests

#endif  // TORCHHUB_TESTS_SUPPORT_ERRORS_H_
