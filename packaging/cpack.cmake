# SPDX-License-Identifier: Apache-2.0
# CPack: the .deb, and the tarball for other distributions. What lies in them is said by deb-tree.sh and tarball-tree.sh;
# packaging/package.sh makes both.
set(CPACK_GENERATOR DEB TGZ)
set(CPACK_PACKAGE_NAME capid)
set(CPACK_PACKAGE_VERSION "${PROJECT_VERSION}")
set(CPACK_PACKAGE_VENDOR capid)
set(CPACK_PACKAGE_CONTACT "capid maintainers <capid@example.org>" CACHE STRING "who answers for the packages, NAME <ADDRESS>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "turns agents into HTTP endpoints")
set(CPACK_OUTPUT_FILE_PREFIX "${CMAKE_SOURCE_DIR}/build/packages")

# No install() rules: a script lays out the tree of either. CPACK_CAPID_PROGRAM may be another than the one built here.
set(CPACK_CAPID_PROGRAM "${CMAKE_BINARY_DIR}/capid")
set(CPACK_CAPID_PACKAGING "${CMAKE_CURRENT_LIST_DIR}")
set(CPACK_INSTALL_CMAKE_PROJECTS "")
set(CPACK_INSTALL_SCRIPTS "${CMAKE_CURRENT_LIST_DIR}/tree.cmake")
set(CPACK_PROJECT_CONFIG_FILE "${CMAKE_CURRENT_LIST_DIR}/cpack-names.cmake")

# The program is static and depends on no library. What the scripts call is essential, but for sysusers.
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_RELEASE 1)
set(CPACK_DEBIAN_PACKAGE_SECTION net)
set(CPACK_DEBIAN_PACKAGE_PRIORITY optional)
set(CPACK_DEBIAN_PACKAGE_DEPENDS "systemd | systemd-standalone-sysusers | systemd-sysusers")
set(CPACK_DEBIAN_PACKAGE_RECOMMENDS ca-certificates)
set(CPACK_DEBIAN_PACKAGE_SUGGESTS python3)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS OFF)
set(CPACK_DEBIAN_COMPRESSION_TYPE xz)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
foreach(file conffiles postinst prerm postrm)
  list(APPEND CPACK_DEBIAN_PACKAGE_CONTROL_EXTRA "${CMAKE_CURRENT_LIST_DIR}/deb/${file}")
endforeach()
set(CPACK_DEBIAN_PACKAGE_DESCRIPTION
"A server for one machine that gives any executable agent, such as a script
or a coding agent's command line, an HTTP API: make a key, POST inputs and
files, get a structured result back. Runs are confined by namespaces, cgroups,
seccomp and Landlock. It keeps everything in one folder, has a page for people
and needs no other service.")

include(CPack)
