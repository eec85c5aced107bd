# SPDX-License-Identifier: Apache-2.0
# Run by cpack for each of its packages: lays out the tree that is packed.
if(CPACK_GENERATOR STREQUAL "DEB")
  set(script deb-tree.sh)
else()
  set(script tarball-tree.sh)
endif()
execute_process(COMMAND "${CPACK_CAPID_PACKAGING}/${script}" "${CPACK_CAPID_PROGRAM}" "${CPACK_TEMPORARY_DIRECTORY}"
                COMMAND_ERROR_IS_FATAL ANY)
