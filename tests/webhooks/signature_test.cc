// SPDX-License-Identifier: Apache-2.0
#include "webhooks/signature.h"

#include <set>

#include "base/crypto.h"
#include "tests/support/test.h"

using namespace capid;
using namespace capid::webhooks;

TEST_CASE("the vector of Standard Webhooks") {
  CHECK(sign("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330,
             R"({"test": 2432232314})")
            .value() == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
}

TEST_CASE("every part that is signed counts") {
  const std::string secret = new_secret();
  const std::set<std::string> all{sign(secret, "a", 1, "body").value(), sign(secret, "b", 1, "body").value(),
                                  sign(secret, "a", 2, "body").value(), sign(secret, "a", 1, "bodY").value(),
                                  sign(new_secret(), "a", 1, "body").value()};
  CHECK(all.size() == 5);
}

TEST_CASE("a new secret is 32 random bytes") {
  const std::string secret = new_secret();
  CHECK(secret.starts_with("whsec_"));
  CHECK(base::from_base64(secret.substr(6)).value().size() == 32);
  CHECK(new_secret() != secret);
}

TEST_CASE("a secret of another form is refused without being told") {
  const std::string bytes24 = base::to_base64(std::string(24, 'x')), bytes64 = base::to_base64(std::string(64, 'x'));
  CHECK(sign("whsec_" + bytes24, "a", 1, ""));
  CHECK(sign("whsec_" + bytes64, "a", 1, ""));
  for (const std::string& wrong :
       {std::string(), std::string("whsec_"), bytes24, "whsec_" + base::to_base64(std::string(23, 'x')),
        "whsec_" + base::to_base64(std::string(65, 'x')), "whsec_" + bytes24 + "!", "whsec_ " + bytes24}) {
    const auto refused = sign(wrong, "a", 1, "");
    REQUIRE_FALSE(refused);
    CHECK(refused.error().message == "a webhook secret is not whsec_ and the base64 of 24 to 64 bytes");
  }
}
