// SPDX-License-Identifier: Apache-2.0
#include "runs/outlets.h"

#include "runs/network.h"

namespace capid::runs {
namespace {

bool may_search(const apps::Manifest& manifest) {
  return manifest.prompt && manifest.prompt->tools.contains(apps::Tool::kWebSearch);
}

}   // namespace

void Outlets::prepare(const std::shared_ptr<Active>& run, sandbox::Spec& spec, sandbox::Callbacks& callbacks) {
  const auto network = std::make_shared<Network>(network_for(run->version->manifest, run->secrets));
  gateway::Guest guest = guest_for(run);
  if (!options_.models.empty()) add_gateway(*network, run->row.id, guest.model);
  add_network(*network, spec);
  if (run->version->manifest.prompt) add_builtin_agent(options_.program, traits_of(guest.model), spec);
  callbacks.on_listening = [this, run, network, guest = std::move(guest)](std::vector<base::Fd> listeners) {
    if (!options_.models.empty()) {
      run->gateway = gateway_.open(std::move(listeners.back()), guest);
      listeners.pop_back();
    }
    if (listeners.empty()) return;
    run->egress = egress_.open(doors_of(std::move(network->sites), std::move(listeners)),
                               [record = run->record](const egress::Visit& visit) { record->add_connection(visit); });
  };
}

void Outlets::close(const Active& run, std::function<void()> done) {
  if (run.egress != 0) egress_.close(run.egress);   // all of its connections are told of from here on
  if (run.gateway == 0) return done();
  gateway_.close(run.gateway, std::move(done));
}

// One that is not in the catalogue any more answers nobody, and says so.
ModelTraits Outlets::traits_of(const std::string& model) const {
  const auto found = options_.models.find(model);
  return found == options_.models.end() ? ModelTraits{.protocol = "chat_completions"} : found->second;
}

gateway::Guest Outlets::guest_for(const std::shared_ptr<Active>& run) const {
  const std::string& of_app = run->version->manifest.model;
  return {.run = run->row.id,
          .account = run->row.account,
          .thread = run->thread,
          .model = run->row.options.model.value_or(of_app.empty() ? options_.default_model : of_app),
          .max_credits = run->row.options.max_credits,
          .may_search = may_search(run->version->manifest),
          .on_refused = [trouble = run->trouble](const Error& why) { trouble->refuse(why); },
          .on_search =
              [record = run->record](const std::string& words) {
                record->add_step({.type = "web_search", .data = {{"query", words}}});
              },
          .hear_out = [this, run](std::function<void()> done) { sandbox_.hear_out(run->handle, std::move(done)); },
          .hand_over_news = [record = run->record](const auto& submit) { record->hand_over(submit); },
          .on_call =
              [trouble = run->trouble, record = run->record](const std::optional<Error>& problem) {
                trouble->note(problem);
                if (problem) record->add_error(*problem);
              }};
}

}   // namespace capid::runs
