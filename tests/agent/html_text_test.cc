// SPDX-License-Identifier: Apache-2.0
#include "agent/html_text.h"

#include "tests/support/test.h"

using capid::agent::text_of_html;

TEST_CASE("a page becomes lines") {
  CHECK(text_of_html("<title>T</title><h1>One</h1><p>a <b>bold</b>\n  word<p>next<h3>Two</h3>") ==
        "T\n# One\na bold word\nnext\n### Two\n");
  CHECK(text_of_html("<ul><li>a<li>b <a href='https://x.test/y'>link</a></ul><a href='#top'>up</a>") ==
        "- a\n- b link (https://x.test/y)\nup\n");
  CHECK(text_of_html("<table><tr><td>1<td>2<tr><td>3<td>4</table>") == "1 2\n3 4\n");
  CHECK(text_of_html("<pre>a\n  b</pre>c<br>d") == "a\n  b\nc\nd\n");
  CHECK(text_of_html("a &amp; b&nbsp;c &lt;d&gt; <img alt='a picture' src=x>") ==
        "a & b\xc2\xa0"
        "c <d> a picture\n");
}

TEST_CASE("what nobody reads is left out") {
  CHECK(text_of_html(
            "a<script>x()</script><style>b{}</style><noscript>n</noscript><!-- c --><svg><text>s</text></svg>z") ==
        "az\n");
  CHECK(text_of_html("").empty());
}

TEST_CASE("what is no page is no trouble") {
  std::string deep;
  for (int i = 0; i < 100'000; ++i) deep += "<div>";
  CHECK(text_of_html(deep + "x").empty());
  std::string graphic = "a<svg>";
  for (int i = 0; i < 400'000; ++i) graphic += "<g>";
  CHECK(text_of_html(graphic) == "a\n");
  CHECK(text_of_html("</p></div><<<>>&&;") == "<<<>>&&;\n");
  CHECK(text_of_html(std::string("a\0b", 3)) != "");
}
