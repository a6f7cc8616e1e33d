/** The style sheet of the pages. */

export const style = `
:root {
  color-scheme: light dark;
  --ground: light-dark(#f5f6f8, #16181d);
  --surface: light-dark(#ffffff, #1f2229);
  --line: light-dark(#dfe2e8, #343943);
  --text: light-dark(#1b1f27, #e8eaee);
  --quiet: light-dark(#565e6c, #a4acba);
  --accent: light-dark(#0b5cad, #7db8f5);
  --on-accent: light-dark(#ffffff, #10141b);
  --proposed: light-dark(#7a5ea8, #b79ee0);
  --inprogress: light-dark(#0f6cbd, #6fb1f0);
  --completed: light-dark(#22762f, #6ecb7c);
  --resolved: light-dark(#97580a, #e5b166);
  --removed: light-dark(#6b7280, #9aa2af);
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--ground); color: var(--text); font: 15px/1.5 system-ui, sans-serif; }
a { color: var(--accent); }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
header { display: flex; flex-wrap: wrap; gap: .75rem; align-items: center; justify-content: space-between;
  padding: .7rem 1.25rem; background: var(--surface); border-bottom: 1px solid var(--line); }
nav a { font-weight: 600; text-decoration: none; }
main { padding: 1.25rem; max-width: 100rem; margin: 0 auto; }
h1 { font-size: 1.4rem; line-height: 1.25; margin: 0 0 1rem; }
h2 { font-size: 1rem; margin: 0 0 .6rem; }
.quiet, time { color: var(--quiet); font-size: .87rem; }
.card { background: var(--surface); border: 1px solid var(--line); border-radius: 10px; padding: 1rem 1.15rem; }
.card + .card { margin-top: 1rem; }
button, select, input, textarea { font: inherit; color: inherit; border: 1px solid var(--line); border-radius: 7px;
  background: var(--surface); padding: .35rem .7rem; }
button { cursor: pointer; font-weight: 600; }
button:hover { border-color: var(--accent); }
button.primary { background: var(--accent); border-color: var(--accent); color: var(--on-accent); }
button[disabled] { cursor: default; background: var(--ground); color: var(--quiet); border-color: var(--line); }
label { font-weight: 600; font-size: .87rem; }
form.stack { display: grid; gap: .45rem; }
form.stack button { justify-self: start; }
textarea { width: 100%; min-height: 6rem; resize: vertical; }
.acting { display: flex; gap: .5rem; align-items: center; }
.moves { display: flex; flex-wrap: wrap; gap: .4rem; }
.notice { border-left: 4px solid #d13438; margin-bottom: 1rem; }
.board { display: flex; gap: .4rem;
  overflow-x: auto; padding-bottom: 1rem; align-items: start; }
.column { background: color-mix(in srgb, var(--line) 35%, transparent); border-radius: 10px; padding: .5rem; min-height: 8rem; flex: 1 0 auto; }
.column:has(li) { flex: 3 0 11rem; min-width: 0; }
.column h2 { display: flex; justify-content: space-between; gap: .5rem; font-size: .9rem; white-space: nowrap; border-top: 3px solid var(--state); padding-top: .5rem; }
.column ul, .plain { list-style: none; margin: 0; padding: 0; display: grid; gap: .6rem; }
.tile { display: block; background: var(--surface); border: 1px solid var(--line); border-left: 4px solid var(--state);
  border-radius: 8px; padding: .6rem .7rem; color: inherit; text-decoration: none; }
.tile:hover { border-color: var(--accent); }
.tile strong { display: block; font-weight: 600; overflow-wrap: anywhere; }
.state { margin: 0 0 .8rem; display: inline-flex; align-items: center; gap: .4rem; font-weight: 600; }
.state::before { content: ""; width: .65rem; height: .65rem; border-radius: 50%; background: var(--state); }
.tag { display: inline-block; border: 1px solid var(--line); border-radius: 99px; padding: 0 .55rem; font-size: .8rem; }
.category-proposed { --state: var(--proposed); }
.category-inprogress { --state: var(--inprogress); }
.category-completed { --state: var(--completed); }
.category-resolved { --state: var(--resolved); }
.category-removed { --state: var(--removed); }
.item { display: grid; grid-template-columns: minmax(0, 2fr) minmax(16rem, 1fr); gap: 1rem; align-items: start; }
@media (max-width: 56rem) { .item { grid-template-columns: minmax(0, 1fr); } }
.comment { border-top: 1px solid var(--line); padding-top: .8rem; margin-top: .8rem; }
.prose { overflow-wrap: anywhere; }
.prose h3, .prose h4, .prose h5, .prose h6 { font-size: 1rem; margin: .9rem 0 .3rem; }
.prose p, .prose ul, .prose ol { margin: .4rem 0; }
.prose code { background: var(--ground); border-radius: 4px; padding: .05rem .3rem; font: .88em ui-monospace, monospace; }
.prose pre { background: var(--ground); border-radius: 7px; padding: .7rem; white-space: pre-wrap; }
.prose pre code { padding: 0; }
.prose blockquote { margin: .4rem 0; padding-left: .8rem; border-left: 3px solid var(--line); color: var(--quiet); }
.row { display: flex; flex-wrap: wrap; gap: .5rem; align-items: center; }
.diff { background: var(--ground); border-radius: 7px; padding: .7rem; margin: .5rem 0 0; overflow-x: auto;
  font: .85em/1.45 ui-monospace, monospace; }
.diff ins, .diff del { display: block; text-decoration: none; }
.diff ins { background: color-mix(in srgb, var(--completed) 18%, transparent); }
.diff del { background: color-mix(in srgb, #d13438 18%, transparent); }
.plain-text { white-space: pre-wrap; }
`;
