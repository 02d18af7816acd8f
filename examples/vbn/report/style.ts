// Style sheet of the report: one set of colours for light, one for dark.
export const STYLE = `
:root { color-scheme: light dark; --back: #ffffff; --panel: #f5f6f8; --text: #1c2026; --soft: #5a6270; --line: #d9dde3; --good: #1a7f4b; --bad: #c0392b;
  --c1: #0b6bcb; --c2: #e0701a; --c3: #1f9d6b; --c4: #c23b7a; --c5: #7a5cd1; --c6: #8a6d00; --c7: #5b6470; }
@media (prefers-color-scheme: dark) {
  :root { --back: #14171c; --panel: #1d2128; --text: #e6e9ee; --soft: #9aa4b2; --line: #343b46; --good: #4cc38a; --bad: #ff7b6b;
    --c1: #5aa9ff; --c2: #ffa052; --c3: #4cc38a; --c4: #ff7eb6; --c5: #b49bff; --c6: #e2c044; --c7: #a7b0bd; }
}
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 1140px; padding: 24px 20px 60px; background: var(--back); color: var(--text); font: 15px/1.5 system-ui, "Segoe UI", "DejaVu Sans", sans-serif; }
h1 { font-size: 26px; margin: 8px 0 4px; } h2 { font-size: 19px; margin: 40px 0 8px; padding-top: 12px; border-top: 1px solid var(--line); } h3 { font-size: 15px; margin: 20px 0 6px; }
p { max-width: 78ch; } .soft { color: var(--soft); }
.verdict { background: var(--panel); border-left: 4px solid var(--good); border-radius: 6px; padding: 6px 18px; } .verdict p { max-width: none; } .verdict.bad { border-color: var(--bad); }
.scroll { overflow-x: auto; } table { border-collapse: collapse; margin: 8px 0 14px; font-variant-numeric: tabular-nums; font-size: 13.5px; }
th, td { text-align: left; padding: 4px 14px 4px 0; border-bottom: 1px solid var(--line); vertical-align: top; } th { color: var(--soft); font-weight: 600; } td:first-child { white-space: nowrap; } @media (max-width: 640px) { td:first-child { white-space: normal; min-width: 9em; } body { padding: 12px 14px 40px; } }
td.n, th.n { text-align: right; } code, .hash { font-family: ui-monospace, "DejaVu Sans Mono", monospace; font-size: 12.5px; }
ul.checks { list-style: none; padding: 0; } ul.checks li { padding: 2px 0 2px 26px; position: relative; } ul.checks li::before { position: absolute; left: 2px; font-weight: 700; }
ul.checks li.yes::before { content: "✓"; color: var(--good); } ul.checks li.no::before { content: "✗"; color: var(--bad); }
.grid { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 440px), 1fr)); gap: 18px 26px; } .grid > div { min-width: 0; } .grid > div:last-child:nth-child(odd) { grid-column: 1 / -1; }
.chart { width: 100%; } .uplot { font-family: inherit; } .u-legend { text-align: left; font-size: 12.5px; } .u-legend .u-marker { border-radius: 2px; width: 12px; height: 4px; border-width: 2px !important; }
.u-legend th, .u-legend td { border: 0; color: var(--text); padding: 1px 3px; font-weight: 400; white-space: normal; } .u-legend .u-value { color: var(--soft); } .u-inline.u-live th::after { content: none; } .u-inline .u-series { margin-right: 6px; } .u-legend .u-series:first-child .u-marker, .u-legend .u-series:first-child:has(.u-value:empty) { display: none; }
.graphs { display: flex; flex-wrap: wrap; gap: 20px; align-items: flex-start; } .graphs figure { flex: 1 1 auto; margin: 0; max-width: 100%; background: var(--panel); border-radius: 8px; padding: 12px; }
figcaption { font-weight: 600; margin-bottom: 8px; width: 0; min-width: 100%; } .graphs svg { display: block; margin: 0 auto; }
svg text { fill: var(--text); font-family: system-ui, "DejaVu Sans", sans-serif; } svg .node path, svg .node polygon, svg .node ellipse { fill: var(--back); stroke: var(--c1); } svg .node.variable path, svg .node.variable polygon { stroke: var(--c2); } svg .node.input ellipse { stroke: var(--c3); }
svg .edge path { stroke: var(--soft); } svg .edge polygon { fill: var(--soft); stroke: var(--soft); } svg .edge.variable path { stroke: var(--c2); } svg .edge.variable polygon { fill: var(--c2); stroke: var(--c2); } svg .edge text { fill: var(--soft); }
svg .cluster path, svg .cluster polygon { fill: none; stroke: var(--line); }
.finding { border-left: 3px solid var(--line); padding-left: 12px; margin: 10px 0 14px; font-size: 13.5px; } .finding.said { border-color: var(--c2); } .finding.refused { border-color: var(--bad); } .finding p { margin: 2px 0; max-width: none; } .finding code { overflow-wrap: anywhere; }
`;
