# SPDX-License-Identifier: Apache-2.0
"""The table of families, and the case of a number: the same one for the same seed."""
import random

import bodies
import fields
import heads
import manners
import mutations

FAMILIES = [
    heads.unknown_method, heads.method_without_a_route, heads.missing_parts, heads.huge_line, heads.control_in_the_line,
    heads.encoded_control_in_the_path, heads.absolute_form, heads.strange_target, heads.wide_spaces, heads.tabs_for_spaces,
    heads.wrong_version, heads.old_versions, heads.preface_of_http2, heads.no_http_at_all, heads.empty_lines_first,
    heads.bare_line_feeds,
    heads.header_without_colon, heads.space_before_colon, heads.folded_header, heads.control_in_a_header,
    heads.encoded_control_in_a_header, heads.text_in_a_header, heads.strange_header_name, heads.too_many_headers,
    heads.too_long_header, heads.host,
    heads.lengths_that_agree, heads.lengths_that_differ, heads.length_that_is_none, heads.length_too_large,
    heads.length_of_a_get, heads.no_length, heads.length_and_coding, heads.transfer_coding,
    fields.path, fields.query, fields.query_that_means_nothing, fields.authorization, fields.two_keys, fields.idempotency_key,
    fields.prefer, fields.expectation, fields.accepted_types, fields.range_of_an_artifact, fields.range_of_what_has_none,
    fields.upgrade, fields.connection_options, fields.content_coding, fields.content_coding_that_is_none, fields.media_type,
    fields.other_headers, fields.address_and_body_too_large,
    bodies.broken_json, bodies.truncated_json, bodies.wrong_json, bodies.odd_json, bodies.huge_json, bodies.boundary,
    bodies.broken_form, bodies.thousands_of_parts, bodies.file_name, bodies.nested_form, bodies.form_of_letters,
    manners.half_closed_in_the_body, manners.half_closed_in_the_head, manners.half_closed_behind_it, manners.reset,
    manners.slowly, manners.heap_with_a_bad_one, manners.heap_of_good_ones, manners.line_by_line_then_gone,
    mutations.turned_post, mutations.turned_check, mutations.turned_get,
]

# What takes its time, or much of it, comes seldom; what is turned at random comes often.
WEIGHTS = {manners.slowly: 0.2, bodies.huge_json: 0.2, mutations.turned_post: 4, mutations.turned_check: 8, mutations.turned_get: 8}


def case_of(seed, number, stand):
    """Each family once, then whichever."""
    pick = random.Random(f"{seed}/{number}")
    if number < len(FAMILIES):
        family = FAMILIES[number]
    else:
        family = pick.choices(FAMILIES, [WEIGHTS.get(each, 1) for each in FAMILIES])[0]
    case = family(pick, stand)
    case.family, case.number = f"{family.__module__}.{family.__name__}", number
    return case
