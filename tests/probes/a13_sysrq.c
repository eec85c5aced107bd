// SPDX-License-Identifier: Apache-2.0
// Act 13: opens sysrq-trigger for writing. It writes nothing: where it could, the machine would act on it.
#include "probe.h"

int main(void) {
  tell(open("/proc/sysrq-trigger", O_WRONLY), "open /proc/sysrq-trigger");
  return 0;
}
