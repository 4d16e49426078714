#ifndef TORCHHUB_HUB_HUB_H_
#define TORCHHUB_HUB_HUB_H_
// All of torch.hub for a program that wants the whole; LibTorch and Python come along.
//
//   torchhub::Model reader = torchhub::load("acme/digits:v1", "digit_reader",
//                                           torchhub::Arguments().keyword("pretrained", true),
//                                           torchhub::LoadOptions().trust_repo(true));
//   at::Tensor scores = reader.forward(image);
//
// A program that needs a part includes that part's header and links less.

#include <torchhub/cache/hub_dir.h>
#include <torchhub/hub/async.h>
#include <torchhub/hub/context.h>
#include <torchhub/hub/download.h>
#include <torchhub/hub/list.h>
#include <torchhub/hub/load.h>
#include <torchhub/hub/lock.h>
#include <torchhub/hub/torch_evaluate.h>
#include <torchhub/hub/torch_exported_model.h>
#include <torchhub/hub/torch_load_into.h>
#include <torchhub/hub/torch_model.h>
#include <torchhub/hub/torch_save.h>
#include <torchhub/hub/torch_state_dict.h>

namespace torchhub {

using cache::get_dir;
using cache::set_dir;

}  // namespace torchhub

#endif  // TORCHHUB_HUB_HUB_H_
