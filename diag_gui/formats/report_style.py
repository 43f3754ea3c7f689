"""The look of the report: the roles and colours of the window, in light and in dark, without anything from outside."""

from __future__ import annotations

ERROR_COLOURS = {
    "missed": "#e0662f",
    "background": "#e8a33d",
    "localization": "#58b4e9",
    "classification": "#d07fb0",
    "both": "#c9bd2b",
    "duplicate": "#9a9a9a",
}
RUN_COLOURS = ("#4c9aff", "#e0662f", "#22a884", "#d07fb0", "#e8a33d", "#6f4bd8", "#58b4e9", "#9a9a9a")

STYLE = """
:root { color-scheme: light dark; --ground: #f5f6f7; --panel: #ffffff;
  --raised: #eceef0; --line: #d4d8dd; --text: #1d2024;
  --second: #5c646d; --accent: #1a66c9; --bar: #b9d2f3; --heat: 26, 102, 201; }
@media (prefers-color-scheme: dark) { :root {
  --ground: #1b1d20; --panel: #232529; --raised: #2d3035; --line: #3a3e45; --text: #e6e7e9;
  --second: #9aa0a8; --accent: #4c9aff; --bar: #2d4f7c; --heat: 76, 154, 255; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--ground); color: var(--text);
  font: 14px/1.5 system-ui, -apple-system, "Segoe UI", sans-serif; }
main { max-width: 1240px; margin: 0 auto; padding: 28px 24px 64px; }
h1 { font-size: 22px; margin: 0 0 2px; } h2 { font-size: 15px; margin: 0 0 12px; } h3 { font-size: 13px; margin: 18px 0 8px; }
p { margin: 0 0 8px; } .second { color: var(--second); } .small { font-size: 12px; }
section { background: var(--panel); border-radius: 8px; padding: 18px 20px; margin-top: 14px; overflow-x: auto; }
.grid { display: grid; gap: 14px; grid-template-columns: repeat(auto-fit, minmax(420px, 1fr)); } .grid section { margin-top: 0; }
.grid { margin-top: 14px; align-items: start; } .legend { margin-right: 14px; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; font-size: 13px; width: 100%; }
th { color: var(--second); font-weight: 500; text-align: right; white-space: nowrap; border-bottom: 1px solid var(--line); }
th, td { padding: 4px 8px; } td { text-align: right; white-space: nowrap; }
th:first-child, td:first-child { text-align: left; padding-left: 0; }
td.name { max-width: 260px; overflow: hidden; text-overflow: ellipsis; }
tr + tr td { border-top: 1px solid color-mix(in srgb, var(--line) 45%, transparent); }
tr.total td { font-weight: 600; } td.best { color: var(--accent); font-weight: 600; }
.bar { display: inline-block; height: 9px; border-radius: 2px; background: var(--bar); vertical-align: middle; min-width: 1px; }
.track { display: inline-block; width: 130px; text-align: left; } .few { color: var(--second); }
.dot { display: inline-block; width: 9px; height: 9px; border-radius: 2px; margin-right: 7px; }
svg text { fill: var(--second); font: 11px system-ui, sans-serif; } svg .axis { stroke: var(--line); stroke-width: 1; }
.matrix { width: auto; } .matrix td, .matrix th { text-align: center; padding: 3px 5px; font-size: 12px; border: 0; }
.matrix th:first-child { text-align: right; } .matrix thead th { vertical-align: bottom; height: 84px; }
.matrix thead th span { writing-mode: vertical-rl; transform: rotate(180deg); }
.gallery { display: grid; gap: 12px; grid-template-columns: repeat(auto-fill, minmax(168px, 1fr)); }
figure { margin: 0; } figure svg { width: 100%; display: block; border-radius: 6px; background: var(--raised); }
figcaption { font-size: 12px; margin-top: 5px; overflow-wrap: anywhere; } summary { cursor: pointer; font-weight: 600; }
details + details { margin-top: 12px; } details > table { margin: 8px 0; }
"""
