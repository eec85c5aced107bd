// SPDX-License-Identifier: Apache-2.0
// Act 26: uses the kernel's keyrings, which no namespace separates.
#include "probe.h"

#include <linux/keyctl.h>

int main(void) {
  tell(syscall(SYS_keyctl, KEYCTL_GET_KEYRING_ID, KEY_SPEC_USER_KEYRING, 1), "keyctl");
  tell(syscall(SYS_add_key, "user", "capid-probe", "x", 1, KEY_SPEC_PROCESS_KEYRING), "add_key");
  tell(syscall(SYS_request_key, "user", "capid-probe", NULL, KEY_SPEC_PROCESS_KEYRING), "request_key");
  return 0;
}
