// SPDX-License-Identifier: Apache-2.0
// Forms of a webhookUrl that are well written: what is taken, and how, and what leads to nowhere public. What is refused
// before anybody asks where it leads stands in refused_webhook_urls.h.
#pragma once

#include <string_view>

namespace capid::net::test {

using namespace std::string_view_literals;

struct Form {
  std::string_view url;
  std::string_view verdict;   ///< receiver and path, or a part of the message that only its kind of reason has
};

constexpr Form kTaken[] = {
    {"http://1.1.1.1", "http://1.1.1.1:80/"},
    {"https://8.8.8.8/", "https://8.8.8.8:443/"},
    {"http://11.0.0.0/", "http://11.0.0.0:80/"},
    {"http://9.255.255.255/", "http://9.255.255.255:80/"},
    {"http://100.63.255.255/", "http://100.63.255.255:80/"},
    {"http://100.128.0.0/", "http://100.128.0.0:80/"},
    {"http://172.15.255.255/", "http://172.15.255.255:80/"},
    {"http://172.32.0.0/", "http://172.32.0.0:80/"},
    {"https://[2606:4700:4700::1111]/", "https://[2606:4700:4700::1111]:443/"},
    {"https://[2606:4700:4700::1111]:8443/x", "https://[2606:4700:4700::1111]:8443/x"},
    {"http://[2001:4860:4860:0:1:1:1:8888]", "http://[2001:4860:4860:0:1:1:1:8888]:80/"},
    {"https://example.org", "https://example.org:443/"},
    {"https://example.org/hooks/1", "https://example.org:443/hooks/1"},
    {"HTTPS://Hooks.EXAMPLE.org/Path", "https://hooks.example.org:443/Path"},
    {"hTTp://example.org", "http://example.org:80/"},
    {"http://example.org.", "http://example.org:80/"},
    {"http://example.org.:8080/a", "http://example.org:8080/a"},
    {"http://example.org:1/", "http://example.org:1/"},
    {"http://example.org:80/", "http://example.org:80/"},
    {"https://example.org:80/", "https://example.org:80/"},
    {"https://example.org:443", "https://example.org:443/"},
    {"http://example.org:65535", "http://example.org:65535/"},
    {"http://example.org?token=1", "http://example.org:80/?token=1"},
    {"http://example.org:81?a", "http://example.org:81/?a"},
    {"http://example.org/?", "http://example.org:80/?"},
    {"http://example.org/a?b=c&d=e/f?g", "http://example.org:80/a?b=c&d=e/f?g"},
    {"http://example.org/-._~!$&'()*+,;=:@", "http://example.org:80/-._~!$&'()*+,;=:@"},
    {"http://example.org/?q=-._~!$&'()*+,;=:@/?", "http://example.org:80/?q=-._~!$&'()*+,;=:@/?"},
    {"http://example.org/user@good", "http://example.org:80/user@good"},
    {"http://example.org/http://127.0.0.1/", "http://example.org:80/http://127.0.0.1/"},
    {"http://example.org//a//b", "http://example.org:80//a//b"},
    {"http://example.org/a/../b/./c", "http://example.org:80/a/../b/./c"},   // the receiver's to make sense of
    {"http://example.org/%2e%2E/%00%0d%0A%25", "http://example.org:80/%2e%2E/%00%0d%0A%25"},
    {"http://example.org/%E3%80%82", "http://example.org:80/%E3%80%82"},
    {"http://xn--bcher-kva.example/", "http://xn--bcher-kva.example:80/"},
    {"http://XN--BCHER-KVA.example/", "http://xn--bcher-kva.example:80/"},
    {"http://build_host.example/", "http://build_host.example:80/"},
    {"http://_dmarc.example/", "http://_dmarc.example:80/"},
    {"http://a--b.example/", "http://a--b.example:80/"},
    {"http://3com.example/", "http://3com.example:80/"},
    {"http://127.0.0.1.example/", "http://127.0.0.1.example:80/"},
    {"http://0x7f.example/", "http://0x7f.example:80/"},
    {"http://1.0xfg/", "http://1.0xfg:80/"},
    {"http://localhost/", "http://localhost:80/"},   // a name: what it leads to is checked when it was looked up
    {"http://x/", "http://x:80/"},
};

// Well written, and nowhere where a stranger may send anything.
constexpr std::string_view kNotPublic[] = {
    "http://127.0.0.1",
    "http://127.0.0.1:8080/x?y",
    "https://127.255.255.255/",
    "http://0.0.0.0/",
    "http://10.0.0.1/",
    "http://172.16.0.1/",
    "http://192.168.0.1/",
    "http://100.64.0.1/",
    "http://169.254.169.254/latest/meta-data/",
    "http://100.100.100.200/latest/meta-data/",
    "http://168.63.129.16/machine?comp=goalstate",
    "http://192.0.0.192/opc/v1/",
    "http://[fd00:ec2::254]/latest/meta-data/",
    "http://[fd20:ce::254]/",
    "http://255.255.255.255/",
    "http://[::]/",
    "http://[::1]/",
    "http://[::127.0.0.1]/",
    "http://[::ffff:127.0.0.1]/",
    "http://[::ffff:8.8.8.8]/",
    "http://[::ffff:0:7f00:1]/",
    "http://[64:ff9b::7f00:1]/",
    "http://[64:ff9b::808:808]/",
    "http://[64:ff9b:1::1]/",
    "http://[2002:7f00:1::]/",
    "http://[2002:808:808::1]/",
    "http://[2001::1]/",
    "http://[2001:db8::1]/",
    "http://[fe80::1]/",
    "http://[fe80::5efe:7f00:1]/",
    "http://[fec0::1]/",
    "http://[fc00::1]/",
    "http://[ff02::1]/",
    "http://[5f00::1]/",
};

}   // namespace capid::net::test
