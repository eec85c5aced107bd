// SPDX-License-Identifier: Apache-2.0
// bare_httplib PORT FILE THREADS: the HTTP library alone, which answers every GET with the bytes of FILE. What capid's own
// GETs are measured against. Prints "listening" once it does.
#include <fstream>
#include <iostream>
#include <sstream>

#include "httplib.h"

int main(int argc, char** argv) {
  if (argc != 4) {
    std::cerr << "usage: bare_httplib PORT FILE THREADS\n";
    return 2;
  }
  std::ostringstream body;
  body << std::ifstream(argv[2], std::ios::binary).rdbuf();
  const auto threads = static_cast<size_t>(std::stoul(argv[3]));

  httplib::Server server;
  server.new_task_queue = [threads] { return new httplib::ThreadPool(threads); };
  server.set_tcp_nodelay(true);
  server.set_keep_alive_max_count(1'000'000);
  server.Get("/.*", [text = body.str()](const httplib::Request&, httplib::Response& response) {
    response.set_content(text, "application/json");
  });
  if (!server.bind_to_port("127.0.0.1", std::stoi(argv[1]))) {
    std::cerr << "port " << argv[1] << " is not to be had\n";
    return 1;
  }
  std::cout << "listening" << std::endl;
  return server.listen_after_bind() ? 0 : 1;
}
