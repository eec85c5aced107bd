#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""CAPID_BUILD=DIR api_bench.py [--quick] [--section NAME]...: what the API takes and what it costs, as a Markdown table.

A peer is measured in turn with the server, round by round, under the same load; a ratio is the median of the rounds' own.
Times never make it fail: it ends with a non-zero status only where something did not work.
"""
import argparse

import bench
import bench_agent
import bench_gateway
import bench_get
import bench_growth
import bench_list
import bench_memory
import bench_page
import bench_runs
import bench_sandbox
import bench_start
import bench_submit
import bench_webhooks

SECTIONS = {"start": bench_start, "sandbox": bench_sandbox, "submit": bench_submit, "runs": bench_runs, "get": bench_get, "list": bench_list, "memory": bench_memory, "webhooks": bench_webhooks, "gateway": bench_gateway,
            "agent": bench_agent, "growth": bench_growth, "page": bench_page}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="fewer and shorter rounds, a smaller database")
    parser.add_argument("--section", action="append", choices=SECTIONS, help="only this one; may be given more than once")
    options = parser.parse_args()
    table = bench.Table()
    try:
        for name in options.section or SECTIONS:
            bench.say(f"== {name}")
            SECTIONS[name].run(table, options.quick)
    finally:
        table.print()


if __name__ == "__main__":
    main()
