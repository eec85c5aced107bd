# SPDX-License-Identifier: Apache-2.0
"""Reads the inputs that capid laid out, writes chart.svg and report.md into the output folder, prints the summary."""
import collections
import csv
import datetime
import decimal
import html
import json
import os
import sys

COLUMNS = ["date", "region", "product", "units", "unit_price"]
MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]


def main():
    with open(os.environ["CAPI_INPUTS"], encoding="utf-8") as file:
        inputs = json.load(file)["inputs"]
    sales = list(read_sales(inputs["sales"], inputs["year"], inputs["region"]))
    if not sales:
        sys.exit(f"the file has no sales of {inputs['year']} in region {inputs['region']}")
    summary = summarize(sales, inputs)
    by_month = revenue_by_month(sales)
    write("chart.svg", draw_chart(by_month, summary))
    write("report.md", write_report(summary, by_month))
    print(json.dumps(summary, ensure_ascii=False))


def read_sales(path, year, region):
    with open(path, encoding="utf-8-sig", newline="") as file:
        rows = csv.DictReader(file)
        missing = [name for name in COLUMNS if name not in (rows.fieldnames or [])]
        if missing:
            sys.exit(f"the file lacks the columns {', '.join(missing)}; it needs {', '.join(COLUMNS)}")
        for number, row in enumerate(rows, start=2):
            try:
                date = datetime.date.fromisoformat(row["date"])
                units, price = int(row["units"]), decimal.Decimal(row["unit_price"])
            except (ValueError, TypeError, decimal.InvalidOperation):
                sys.exit(f"line {number} of the file is not understood: {row}")
            if date.year == year and region in ("all", row["region"]):
                yield {"month": date.month, "region": row["region"], "product": row["product"], "units": units, "revenue": units * price}


def summarize(sales, inputs):
    by_product = collections.Counter()
    for sale in sales:
        by_product[sale["product"]] += sale["revenue"]
    best, best_revenue = by_product.most_common(1)[0]
    return {
        "year": inputs["year"],
        "region": inputs["region"],
        "sales": len(sales),
        "units": sum(sale["units"] for sale in sales),
        "revenue": money(sum(sale["revenue"] for sale in sales)),
        "best_product": best,
        "best_product_revenue": money(best_revenue),
        "products": {product: money(revenue) for product, revenue in by_product.most_common()},
    }


def revenue_by_month(sales):
    by_month = [decimal.Decimal(0)] * 12
    for sale in sales:
        by_month[sale["month"] - 1] += sale["revenue"]
    return by_month


def money(amount):
    return f"{amount:.2f}"


def draw_chart(by_month, summary):
    width, height, base, left = 640, 320, 270, 20
    most = max(by_month)
    bars = []
    for i, revenue in enumerate(by_month):
        size = float(revenue / most) * 200 if most else 0
        x = left + i * 51
        bars.append(f'<rect x="{x}" y="{base - size:.1f}" width="38" height="{size:.1f}" rx="3" fill="#3b6ea8"/>')
        bars.append(f'<text x="{x + 19}" y="{base + 18}" text-anchor="middle">{MONTHS[i]}</text>')
        if revenue:
            bars.append(f'<text x="{x + 19}" y="{base - size - 6:.1f}" text-anchor="middle">{revenue:,.0f}</text>')
    title = html.escape(f"Revenue by month, {summary['year']}, region {summary['region']}")
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" font-family="sans-serif" font-size="11" fill="#333">\n'
        f'<rect width="{width}" height="{height}" fill="#fff"/>\n'
        f'<text x="{left}" y="28" font-size="16">{title}</text>\n' + "\n".join(bars) + "\n</svg>\n"
    )


def write_report(summary, by_month):
    months = "\n".join(f"| {MONTHS[i]} | {money(revenue)} |" for i, revenue in enumerate(by_month) if revenue)
    products = "\n".join(f"| {product} | {revenue} |" for product, revenue in summary["products"].items())
    return (
        f"# Sales report {summary['year']}\n\n"
        f"Region **{summary['region']}**: {summary['sales']} sales, {summary['units']} units, revenue **{summary['revenue']}**. "
        f"The best product is **{summary['best_product']}** with {summary['best_product_revenue']}.\n\n"
        f"![Revenue by month](chart.svg)\n\n"
        f"| Month | Revenue |\n|---|---:|\n{months}\n\n| Product | Revenue |\n|---|---:|\n{products}\n"
    )


def write(name, text):
    with open(os.path.join(os.environ["CAPI_OUT"], name), "w", encoding="utf-8") as file:
        file.write(text)


if __name__ == "__main__":
    main()
