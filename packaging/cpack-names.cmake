# SPDX-License-Identifier: Apache-2.0
# Read by cpack before each of its packages: the tarball's name, by the version that is packed.
execute_process(COMMAND uname -m OUTPUT_VARIABLE machine OUTPUT_STRIP_TRAILING_WHITESPACE COMMAND_ERROR_IS_FATAL ANY)
set(CPACK_PACKAGE_FILE_NAME "capid-${CPACK_PACKAGE_VERSION}-linux-${machine}")
set(CPACK_PACKAGING_INSTALL_PREFIX "/")
