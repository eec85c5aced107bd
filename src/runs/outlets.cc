// SPDX-License-Identifier: Apache-2.0
#include "runs/outlets.h"

#include "runs/network.h"

namespace capid::runs {

void Outlets::prepare(const std::shared_ptr<Active>& run, sandbox::Spec& spec, sandbox::Callbacks& callbacks) {
  const auto network = std::make_shared<Network>(network_for(run->version->manifest, run->secrets));
  gateway::Guest guest = guest_for(*run);
  if (options_.has_models) add_gateway(*network, run->row.id, guest.model);
  add_network(*network, spec);
  callbacks.on_listening = [this, run, network, guest = std::move(guest)](std::vector<base::Fd> listeners) {
    if (options_.has_models) {
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

gateway::Guest Outlets::guest_for(const Active& run) const {
  const std::string& of_app = run.version->manifest.model;
  return {.run = run.row.id,
          .account = run.row.account,
          .thread = run.thread,
          .model = run.row.options.model.value_or(of_app.empty() ? options_.default_model : of_app),
          .max_credits = run.row.options.max_credits,
          .on_refused = [trouble = run.trouble](const Error& why) { trouble->refuse(why); },
          .take_news = [record = run.record] { return record->take(); },
          .on_call =
              [trouble = run.trouble, record = run.record](const std::optional<Error>& problem) {
                trouble->note(problem);
                if (problem) record->add_error(*problem);
              }};
}

}   // namespace capid::runs
