"""The one style sheet of our pages; light or dark as the reader's system is."""

STYLE = """
:root{--paper:#fbfbf9;--card:#fff;--ink:#1d2430;--quiet:#5b6472;--rule:#dfe2e6;--first:#1f5fbf;--second:#b4530a;
--shade:#eef1f4}
@media (prefers-color-scheme:dark){:root{--paper:#12161c;--card:#1a2029;--ink:#e8ebf0;--quiet:#a2acba;
--rule:#343d4a;--first:#7fb2ff;--second:#ffae66;--shade:#232b36}}
*{box-sizing:border-box}
body{margin:0;background:var(--paper);color:var(--ink);font:16px/1.5 system-ui,sans-serif}
main{max-width:46rem;margin:0 auto;padding:2rem 1rem 4rem}
h1{margin:0;font-size:2rem;line-height:1.2;overflow-wrap:anywhere}
h2{margin:0 0 .25rem;font-size:1.25rem}
p{margin:.25rem 0 1rem}
.eyebrow{margin:0;color:var(--quiet);font-size:.85rem}
.quiet{color:var(--quiet);font-size:.9rem}
section{margin:1.25rem 0;padding:1.25rem;background:var(--card);border:1px solid var(--rule);
border-radius:10px}
section>p{color:var(--quiet)}
.tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(12rem,1fr));gap:.75rem;margin:1.25rem 0}
.tile{padding:.75rem 1rem;background:var(--card);border:1px solid var(--rule);border-radius:10px}
dt{color:var(--quiet);font-size:.85rem}
dd{margin:0}
dd b{display:block;font-size:1.5rem;line-height:1.3;font-variant-numeric:tabular-nums}
dd span{color:var(--quiet);font-size:.8rem}
figure{margin:0 0 .75rem}
svg{display:block;width:100%;max-width:40rem;height:auto;margin:0 auto;font-family:system-ui,sans-serif}
.tick{fill:var(--quiet);font-size:12px}
.name{fill:var(--ink);font-size:13px}
.hint{fill:var(--quiet);font-size:11px}
.grid{fill:none;stroke:var(--rule);stroke-width:1}
.mark{fill:none;stroke:var(--quiet);stroke-width:1;stroke-dasharray:4 4}
.band{fill:var(--shade)}
.bar{fill:var(--first)}
.bar.later{fill:var(--second)}
.first{fill:none;stroke:var(--first);stroke-width:2}
.second{fill:none;stroke:var(--second);stroke-width:2;stroke-dasharray:6 3}
.thin{stroke-width:1.5;stroke-dasharray:none;opacity:.55}
.first.dot{fill:var(--first);stroke:var(--card)}
.second.dot{fill:var(--second);stroke:var(--card);stroke-dasharray:none}
.legend{display:flex;flex-wrap:wrap;gap:.25rem 1.25rem;margin:0 0 .5rem;font-size:.85rem}
.key::before{content:"";display:inline-block;width:1.5rem;margin-right:.4rem;vertical-align:.25em;
border-top:3px solid var(--first)}
.key.second::before{border-top:3px dashed var(--second)}
summary{cursor:pointer;color:var(--first)}
.scroll{overflow-x:auto;margin-top:.5rem}
.scroll:focus-visible,summary:focus-visible{outline:2px solid var(--first);outline-offset:2px}
table{width:100%;border-collapse:collapse;font-size:.85rem;font-variant-numeric:tabular-nums}
th,td{padding:.35rem .6rem;border-bottom:1px solid var(--rule);text-align:right;white-space:nowrap}
th:first-child,.words td,.words th{text-align:left}
.words td{white-space:normal;min-width:9rem;overflow-wrap:anywhere}
thead th{color:var(--quiet);font-weight:600}
tbody th{font-weight:500}
@media print{body{background:#fff}section{break-inside:avoid}}
""".strip()
