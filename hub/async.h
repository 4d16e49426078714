#ifndef TORCHHUB_HUB_ASYNC_H_
#define TORCHHUB_HUB_ASYNC_H_
// torch.hub's functions for programs of coroutines.
//
//   asio::awaitable<void> warm_up(torchhub::Context context) {
//     torchhub::StateDict weights = co_await torchhub::async_load_state_dict_from_url(
//         "https://example.com/resnet18-f37072fd.pth", torchhub::StateDictOptions(), context);
//   }
//
// Each does what the blocking function of its name does, in a thread of its own, and comes back to the
// executor of the coroutine that awaits it, whose context must live until then. Cancelling (terminal or
// total) ends a download, which the next call resumes, and the code of a repository that async_load runs, as
// LoadOptions::stop() does. What they throw is what the blocking functions throw.

#include <torchhub/hub/context.h>
#include <torchhub/hub/download.h>
#include <torchhub/hub/export.h>
#include <torchhub/hub/list.h>
#include <torchhub/hub/load.h>
#include <torchhub/hub/torch_state_dict.h>

#include <boost/asio/awaitable.hpp>

#include <filesystem>
#include <string>
#include <vector>

namespace torchhub {

TORCHHUB_EXPORT boost::asio::awaitable<DownloadedFile> async_download_url_to_file(
    std::string url, std::filesystem::path dst, DownloadToFileOptions options, Context context);

TORCHHUB_EXPORT boost::asio::awaitable<StateDict> async_load_state_dict_from_url(
    std::string url, StateDictOptions options, Context context);

TORCHHUB_EXPORT boost::asio::awaitable<std::vector<python::EntryPoint>> async_list(
    std::string repo, ListOptions options, Context context);

TORCHHUB_EXPORT boost::asio::awaitable<std::string> async_help(std::string repo, std::string entry,
                                                               ListOptions options,
                                                               Context context);

TORCHHUB_EXPORT boost::asio::awaitable<Model> async_load(std::string repo, std::string entry,
                                                         Arguments arguments, LoadOptions options,
                                                         Context context);

}  // namespace torchhub

#endif  // TORCHHUB_HUB_ASYNC_H_
