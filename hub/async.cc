#include <torchhub/hub/async.h>
#include <torchhub/hub/detail/in_thread.h>

namespace torchhub {

namespace asio = boost::asio;

asio::awaitable<DownloadedFile> async_download_url_to_file(std::string url,
                                                           std::filesystem::path dst,
                                                           DownloadToFileOptions options,
                                                           Context context) {
  auto work = [=](std::stop_token stop) {
    return download_url_to_file(url, dst, DownloadToFileOptions(options).stop(std::move(stop)),
                                context);
  };
  co_return co_await detail::in_thread(std::move(work));
}

asio::awaitable<StateDict> async_load_state_dict_from_url(std::string url, StateDictOptions options,
                                                          Context context) {
  auto work = [=](std::stop_token stop) {
    CheckpointFileOptions file = options.file();
    return load_state_dict_from_url(url, StateDictOptions(options).file(file.stop(std::move(stop))),
                                    context);
  };
  co_return co_await detail::in_thread(std::move(work));
}

asio::awaitable<std::vector<python::EntryPoint>> async_list(std::string repo, ListOptions options,
                                                            Context context) {
  auto work = [=](std::stop_token stop) {
    FetchOptions fetch = options.fetch();
    return list(repo, ListOptions(options).fetch(fetch.stop(std::move(stop))), context);
  };
  co_return co_await detail::in_thread(std::move(work));
}

asio::awaitable<std::string> async_help(std::string repo, std::string entry, ListOptions options,
                                        Context context) {
  auto work = [=](std::stop_token stop) {
    FetchOptions fetch = options.fetch();
    return help(repo, entry, ListOptions(options).fetch(fetch.stop(std::move(stop))), context);
  };
  co_return co_await detail::in_thread(std::move(work));
}

asio::awaitable<Model> async_load(std::string repo, std::string entry, Arguments arguments,
                                  LoadOptions options, Context context) {
  auto work = [=](std::stop_token stop) {
    FetchOptions fetch = options.fetch();
    return load(repo, entry, arguments, LoadOptions(options).fetch(fetch.stop(std::move(stop))),
                context);
  };
  co_return co_await detail::in_thread(std::move(work));
}

}  // namespace torchhub
