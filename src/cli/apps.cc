// SPDX-License-Identifier: Apache-2.0
// capid apps list|check|new
#include <fcntl.h>
#include <sys/stat.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstring>
#include <iomanip>
#include <iostream>
#include <set>

#include "apps/registry.h"
#include "base/fd.h"
#include "base/text.h"
#include "cli/app_template.h"
#include "cli/cli.h"
#include "cli/terminal.h"
#include "cli/value_names.h"
#include "doctor/command_trial.h"
#include "runs/host_view.h"
#include "runs/not_found.h"
#include "secrets/secrets.h"
#include "store/secrets.h"

namespace capid::cli {
namespace {

struct Read {
  std::string app;
  Result<apps::Manifest> manifest;
  std::vector<std::string> warnings;   // what would fail its runs as things are now
};

// The names of the secrets that are set; none where no server has set the data folder up.
Result<std::set<std::string>> secrets_that_are_set(const Workplace& workplace) {
  std::set<std::string> names;
  auto database = workplace.folder.open_database(store::Database::Mode::kReadOnly);
  if (!database && database.error().code == Code::kInvalidParameter) return names;
  if (!database) return std::move(database).error();
  for (const store::Secret& secret : TRY(store::list_secrets(*database))) names.insert(secret.name);
  return names;
}

// What a prompt needs of the config.
void warn_of_missing_parts(const apps::Manifest& manifest, const config::Config& config,
                           std::vector<std::string>& warnings) {
  const std::string& model = manifest.model.empty() ? config.default_model : manifest.model;
  const bool is_known = std::any_of(config.models.begin(), config.models.end(),
                                    [&](const config::Model& each) { return each.id == model; });
  if (!is_known)
    warnings.push_back(model.empty() ? "no model: name one as agent.model, or as default_model in capid's config"
                                     : "the model \"" + model + "\" is not among models in capid's config");
  if (manifest.prompt->tools.contains(apps::Tool::kWebSearch) && config.searxng.empty())
    warnings.emplace_back("web_search has no search engine: set web_search.searxng in capid's config");
  if (manifest.prompt->tools.contains(apps::Tool::kWebFetch) && manifest.network_allow.empty())
    warnings.emplace_back("web_fetch reaches no host: name some in network.allow");
}

std::vector<std::string> warnings_of(const apps::Manifest& manifest, const Workplace& workplace,
                                     const apps::HostRules& rules, const std::set<std::string>& set_secrets) {
  std::vector<std::string> warnings;
  if (manifest.prompt) warn_of_missing_parts(manifest, workplace.config, warnings);
  for (const apps::SecretUse& use : manifest.secrets) {
    if (!set_secrets.contains(use.name)) warnings.push_back(secrets::not_set_message(use.name));
  }
  if (const auto view = runs::host_view(manifest, rules); !view) warnings.push_back(view.error().message);
  return warnings;
}

// The command is looked for as it would be run, but for the app's folder, of which a run has a snapshot.
sandbox::Spec spec_for(const apps::Manifest& manifest, const std::string& folder, const runs::HostView& view) {
  sandbox::Spec spec;
  spec.argv = manifest.command;
  spec.env = {{"PATH", sandbox::kPath}};
  spec.env.insert(spec.env.end(), manifest.env.begin(), manifest.env.end());
  spec.mounts = view.mounts;
  spec.mounts.push_back({.host = folder, .at = "/app"});
  spec.rootfs = view.rootfs;
  return spec;
}

// Warns of commands that no run would find. Where that cannot be tried here, nothing is said: doctor does.
void look_for_commands(const Workplace& workplace, const apps::HostRules& rules, std::vector<Read>& apps) {
  std::vector<sandbox::Spec> specs;
  std::vector<Read*> looked_for;
  for (Read& app : apps) {
    const auto view = app.manifest ? runs::host_view(*app.manifest, rules) : Result<runs::HostView>(runs::HostView{});
    if (!app.manifest || !view || app.manifest->prompt) continue;   // the built-in agent is always there
    specs.push_back(spec_for(*app.manifest, workplace.apps_folder() + "/" + app.app, *view));
    looked_for.push_back(&app);
  }
  const auto looked = doctor::look_for_commands(std::move(specs));
  for (size_t i = 0; i < looked.size(); ++i) {
    if (looked[i].end == sandbox::End::kCommandNotFound)
      looked_for[i]->warnings.push_back(runs::not_found_message(*looked_for[i]->manifest, looked[i].error));
    if (looked[i].end == sandbox::End::kSetupFailed)
      looked_for[i]->warnings.push_back("its command could not be looked for: step " + looked[i].failed_step +
                                        " of the sandbox failed (" + std::strerror(looked[i].error) +
                                        "); capid doctor says more");
  }
}

apps::HostRules rules_of(const Workplace& workplace) {
  return {.allow = workplace.config.sandbox.mount_allow, .own = workplace.folder.path()};
}

Result<std::vector<Read>> read_apps(const Workplace& workplace, const std::string& only) {
  const auto ids = TRY(apps::app_ids(workplace.apps_folder()));
  const auto set_secrets = TRY(secrets_that_are_set(workplace));
  const apps::HostRules rules = rules_of(workplace);
  std::vector<Read> read;
  for (const std::string& id : ids) {
    if (!only.empty() && id != only) continue;
    auto manifest = apps::read_manifest(workplace.apps_folder() + "/" + id, id, &rules);
    auto warnings = manifest ? warnings_of(*manifest, workplace, rules, set_secrets) : std::vector<std::string>{};
    read.push_back({id, std::move(manifest), std::move(warnings)});
  }
  if (read.empty() && !only.empty()) {
    return Error{Code::kInvalidParameter,
                 "there is no app \"" + only + "\" in " + workplace.apps_folder() + base::did_you_mean(only, ids)};
  }
  return read;
}

OrderedJson app_json(const Read& app) {
  OrderedJson json{{"id", app.app}, {"status", app.manifest ? "ready" : "disabled"}};
  if (app.manifest) json["name"] = app.manifest->name;
  if (!app.manifest) json["problem"] = app.manifest.error().message;
  if (!app.warnings.empty()) json["warnings"] = app.warnings;
  return json;
}

int list(const Place& place, bool as_json) {
  auto workplace = enter(place);
  if (!workplace) return complain(workplace.error());
  const auto apps = read_apps(*workplace, "");
  if (!apps) return complain(apps.error());
  OrderedJson listed = OrderedJson::array();
  for (const Read& app : *apps) {
    listed.push_back(app_json(app));
    if (as_json) continue;
    std::cout << std::left << std::setw(24) << app.app << "  "
              << (app.manifest ? app.manifest->name : "disabled: see  capid apps check " + app.app) << "\n";
  }
  if (as_json) std::cout << listed.dump(2) << std::endl;
  if (!as_json && apps->empty())
    std::cerr << "There are no apps yet: put a folder with an app.yaml into " << workplace->apps_folder() << "\n";
  return kDone;
}

int check(const Place& place, const std::string& only, bool as_json) {
  auto workplace = enter(place);
  if (!workplace) return complain(workplace.error());
  auto apps = read_apps(*workplace, only);
  if (!apps) return complain(apps.error());
  look_for_commands(*workplace, rules_of(*workplace), *apps);
  int code = kDone;
  OrderedJson listed = OrderedJson::array();
  for (const Read& app : *apps) {
    listed.push_back(app_json(app));
    if (!app.manifest) code = kNotDone;
    if (as_json) continue;
    if (app.manifest) {
      std::cout << app.app << ": sound\n";
      for (const std::string& warning : app.warnings)
        std::cout << "  warning: " << base::join(base::split(warning, '\n'), "\n    ") << "\n";
    } else {
      std::cout << app.app << ": disabled\n";
      for (const std::string& line : base::split(app.manifest.error().message, '\n')) std::cout << "  " << line << "\n";
    }
  }
  if (as_json) std::cout << listed.dump(2) << std::endl;
  return code;
}

int make(const Place& place, const std::string& name, bool as_json) {
  auto workplace = enter(place);
  if (!workplace) return complain(workplace.error());
  if (!apps::is_app_id(name))
    return complain(
        {Code::kInvalidParameter, "\"" + name +
                                      "\" is no name for an app: 1 to 64 letters, digits, '.', '_' and '-', "
                                      "beginning with a letter or digit"});
  const std::string folder = workplace->apps_folder() + "/" + name, file = folder + "/" + apps::kManifestName;
  std::error_code ignored;
  std::filesystem::create_directories(workplace->apps_folder(), ignored);
  if (::mkdir(folder.c_str(), 0755) != 0)
    return complain(errno == EEXIST ? Error{Code::kInvalidParameter, folder + " is there already"}
                                    : base::system_error("no folder could be made for the app", folder.c_str()));
  const auto made = base::open_file(file, O_WRONLY | O_CREAT | O_EXCL, 0644);
  const auto written = made ? base::write_all(made->get(), app_template(name)) : Result<void>(made.error());
  if (!written) return complain(written.error());
  if (as_json) {
    print_json(base::dump(OrderedJson{{"id", name}, {"file", file}}));
  } else {
    print_data(file + "\n");
  }
  std::cerr << "Edit it, then:\n  capid apps check " << name << "\n  capid run " << name << " -f FILE --wait\n";
  return kDone;
}

}   // namespace

void add_apps(CLI::App& root, Action& action) {
  CLI::App* apps = root.add_subcommand("apps", "List the apps, check their manifests, and begin a new one");
  apps->require_subcommand(1);
  struct Options {
    Place place;
    std::string app;
    bool as_json = false;
  };
  for (const bool checks : {false, true}) {
    CLI::App* command = apps->add_subcommand(
        checks ? "check" : "list", checks ? "Check the manifests; exit code 1 where one is broken" : "List the apps");
    auto options = std::make_shared<Options>();
    add_place_options(*command, options->place);
    command->add_flag("--json", options->as_json, "as JSON");
    if (checks) command->add_option("app", options->app, "one app alone")->type_name(kAppWord);
    command->callback([&action, options, checks] {
      action = [=] {
        return checks ? check(options->place, options->app, options->as_json) : list(options->place, options->as_json);
      };
    });
  }
  CLI::App* command = apps->add_subcommand("new", "Write an app that is a prompt, to begin with");
  auto options = std::make_shared<Options>();
  add_place_options(*command, options->place);
  command->add_option("name", options->app, "the app's id, which is its folder's name")->type_name("NAME")->required();
  command->add_flag("--json", options->as_json, "as JSON");
  command->callback(
      [&action, options] { action = [=] { return make(options->place, options->app, options->as_json); }; });
}

}   // namespace capid::cli
