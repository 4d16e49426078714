// What LibTorch tensors, models and exported models cost with torchhub, asked line by line.
//
//   load_tensors < commands
//
// Each line is answered by the seconds that it took, and a number that the work cannot be left out for:
//
//   first FILE                   from the path to one element of the first tensor, nothing copied
//   memory FILE                  from the path to all tensors in memory of their own
//   pread FILE                   all of the file into fresh memory, by as many threads: the bound of that
//   module FILE, assign FILE     from the path into a torch::nn::Module, copied or taken over
//   call FOLDER ENTRY INPUT N    N calls of a model in the embedded Python; the seconds of one
//   threads FOLDER ENTRY INPUT N T
//                                N calls of each of T models, each in a thread of its own, in which torch takes no others;
//                                the seconds of one call of each
//   exported PACKAGE INPUT N     N calls of an exported model; the seconds of one

#include <torchhub/benchmarks/answer_lines.h>
#include <torchhub/hub/hub.h>

#include <ATen/Parallel.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/zeros.h>
#include <torch/nn/module.h>

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <istream>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <vector>

namespace torchhub {
namespace {

using Clock = std::chrono::steady_clock;

double since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

double first_element(const at::Tensor& tensor) {
  return static_cast<double>(*static_cast<const float*>(tensor.data_ptr()));
}

// A module with the parameters of a file.
class Tree : public torch::nn::Module {
 public:
  void add(const std::string& name, const at::Tensor& like) {
    const std::size_t dot = name.find('.');
    if (dot == name.npos) {
      register_parameter(name, at::zeros(like.sizes(), like.options()));
      return;
    }
    std::shared_ptr<Tree>& child = children_[name.substr(0, dot)];
    if (!child) child = register_module(name.substr(0, dot), std::make_shared<Tree>());
    child->add(name.substr(dot + 1), like);
  }

 private:
  std::map<std::string, std::shared_ptr<Tree>> children_;
};

Tree& module_for(const std::string& path) {
  static std::map<std::string, Tree> known;
  const auto [found, is_new] = known.try_emplace(path);
  if (is_new) {
    for (const auto& [name, tensor] : load_state_dict(path))
      found->second.add(std::string(name), tensor);
  }
  return found->second;
}

double read_all(const std::string& path) {
  const auto start = Clock::now();
  const int file = ::open(path.c_str(), O_RDONLY);
  struct stat status;
  ::fstat(file, &status);
  const auto size = static_cast<std::size_t>(status.st_size);
  auto* const memory = static_cast<char*>(
      ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
  constexpr std::size_t kPiece = std::size_t{8} << 20;
  const std::size_t threads = std::clamp(std::thread::hardware_concurrency(), 1u, 8u);
  {
    std::vector<std::jthread> running;
    for (std::size_t i = 0; i < threads; ++i) {
      running.emplace_back([=] {
        for (std::size_t at = i * kPiece; at < size; at += threads * kPiece) {
          const std::size_t end = std::min(at + kPiece, size);
          for (std::size_t done = at; done < end;) {
            const ssize_t got = ::pread(file, memory + done, end - done, static_cast<off_t>(done));
            if (got <= 0) return;
            done += static_cast<std::size_t>(got);
          }
        }
      });
    }
  }
  const double seconds = since(start);
  ::munmap(memory, size);
  ::close(file);
  return seconds;
}

Model load_local(const std::string& folder, const std::string& entry) {
  return load(folder, entry, Arguments(),
              LoadOptions().fetch(FetchOptions().source(Source::local)));
}

// The seconds of one call of each model.
double call_in_threads(const std::string& folder, const std::string& entry, const at::Tensor& input,
                       int count, int threads, double& result) {
  std::vector<Model> models;
  for (int i = 0; i < threads; ++i) models.push_back(load_local(folder, entry));
  const int before = at::get_num_threads();
  at::set_num_threads(1);
  for (const Model& model : models) result += first_element(model.forward(input));
  const auto start = Clock::now();
  {
    std::vector<std::jthread> running;
    for (const Model& model : models) {
      running.emplace_back([&] {
        const at::NoGradGuard no_grad;
        for (int i = 0; i < count; ++i) model.forward(input);
      });
    }
  }
  const double seconds = since(start) / count;
  at::set_num_threads(before);
  return seconds;
}

// The seconds that a line took.
double work(const std::string& verb, std::istream& rest, double& result) {
  std::string path;
  rest >> path;
  if (verb == "pread") return read_all(path);
  if (verb == "call" || verb == "exported") {
    std::string entry, input;
    int count = 0;
    if (verb == "call") rest >> entry;
    rest >> input >> count;
    const at::NoGradGuard no_grad;
    const at::Tensor tensor = load_state_dict(input).begin()->second;
    std::function<at::Tensor()> call;
    if (verb == "call") {
      call = [model = load_local(path, entry), tensor] { return model.forward(tensor); };
    } else {
      call = [model = open_exported_model(path), tensor] { return model.forward(tensor); };
    }
    call();
    const auto start = Clock::now();
    for (int i = 0; i < count; ++i) result += first_element(call());
    return since(start) / count;
  }
  if (verb == "threads") {
    std::string entry, input;
    int count = 0, threads = 0;
    rest >> entry >> input >> count >> threads;
    const at::NoGradGuard no_grad;
    const at::Tensor tensor = load_state_dict(input).begin()->second;
    return call_in_threads(path, entry, tensor, count, threads, result);
  }
  if (verb == "module" || verb == "assign") {
    Tree& module = module_for(path);
    const auto start = Clock::now();
    load_into(module, load_state_dict(path), LoadIntoOptions().assign(verb == "assign"));
    result = first_element(module.named_parameters().front().value());
    return since(start);
  }
  const auto start = Clock::now();
  const StateDict tensors = load_state_dict(
      path, StateDictOptions().storage(verb == "memory" ? Storage::in_memory : Storage::mapped));
  result = first_element(tensors.begin()->second);
  // Without the time that the memory's end takes, as with the peers, which Python's names keep.
  return since(start);
}

}  // namespace
}  // namespace torchhub

int main() {
  torchhub::answer_lines([](const std::string& verb, std::istream& rest) -> torchhub::Answered {
    torchhub::Answered answered;
    answered.seconds = torchhub::work(verb, rest, answered.result);
    return answered;
  });
}
