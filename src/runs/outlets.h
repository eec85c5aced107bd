// SPDX-License-Identifier: Apache-2.0
// A run's outlets: the egress proxy and the gateway to models, opened once its listeners are there and closed when it is
// over.
#pragma once

#include <functional>
#include <map>
#include <string>

#include "egress/egress.h"
#include "gateway/gateway.h"
#include "runs/active.h"
#include "runs/builtin_agent.h"
#include "sandbox/sandbox.h"

namespace capid::runs {

class Outlets {
 public:
  struct Options {
    std::map<std::string, ModelTraits> models;   ///< by their ids; where there are any, every run has a gateway
    std::string default_model;                   ///< of runs and apps that name none; empty: none
    std::string program;                         ///< the built-in agent's, see reachable_program()
  };

  Outlets(Options options, sandbox::Sandbox& sandbox, egress::Egress& egress, gateway::Gateway& gateway)
      : options_(std::move(options)), sandbox_(sandbox), egress_(egress), gateway_(gateway) {}

  /// Has the run listen, its agent told, and what it asks for there answered. An app with a prompt gets the built-in agent.
  void prepare(const std::shared_ptr<Active>& run, sandbox::Spec& spec, sandbox::Callbacks& callbacks);

  /// Closes both; `done` is called, on any thread, once everything that went through them is known and paid for.
  void close(const Active& run, std::function<void()> done);

  [[nodiscard]] const std::string& program() const { return options_.program; }

  /// What cannot be paid for, since the store takes nothing, is waited for no longer.
  void give_up() { gateway_.give_up(); }

 private:
  [[nodiscard]] ModelTraits traits_of(const std::string& model) const;
  [[nodiscard]] gateway::Guest guest_for(const std::shared_ptr<Active>& run) const;

  Options options_;
  sandbox::Sandbox& sandbox_;
  egress::Egress& egress_;
  gateway::Gateway& gateway_;
};

}   // namespace capid::runs
