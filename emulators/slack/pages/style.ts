/** The style sheet of the pages. */

export const style = `
:root {
  color-scheme: light dark;
  --ground: light-dark(#ffffff, #1a1d21);
  --side: light-dark(#f4ede4, #121416);
  --line: light-dark(#dddddd, #383b40);
  --text: light-dark(#1d1c1d, #e4e5e7);
  --quiet: light-dark(#5a5a5a, #ababad);
  --accent: light-dark(#0b5cad, #7db8f5);
  --on-accent: light-dark(#ffffff, #10141b);
  --good: light-dark(#007a5a, #4bbf98);
  --bad: light-dark(#b3123a, #f0718e);
  --mention: light-dark(#e8f0fb, #1d3a5c);
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--ground); color: var(--text); font: 15px/1.5 system-ui, sans-serif;
  display: grid; grid-template: auto 1fr / minmax(11rem, 15rem) minmax(0, 1fr); min-height: 100vh; }
a { color: var(--accent); }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
header { grid-column: 1 / -1; display: flex; flex-wrap: wrap; gap: .75rem; align-items: center; justify-content: space-between;
  padding: .6rem 1.25rem; border-bottom: 1px solid var(--line); }
header strong { font-size: 1.05rem; }
nav { background: var(--side); padding: 1rem; border-right: 1px solid var(--line); }
nav h2 { font-size: .82rem; color: var(--quiet); margin: .8rem 0 .3rem; }
nav ul, ol.messages { list-style: none; margin: 0; padding: 0; }
nav li a { display: block; padding: .2rem .5rem; border-radius: 6px; color: inherit; text-decoration: none; overflow-wrap: anywhere; }
nav li a[aria-current] { background: var(--accent); color: var(--on-accent); }
main { padding: 1rem 1.25rem; max-width: 60rem; width: 100%; }
h1 { font-size: 1.25rem; margin: 0 0 .6rem; }
h2 { font-size: 1rem; margin: 0 0 .5rem; }
.quiet, time { color: var(--quiet); font-size: .85rem; }
.messages > li { padding: .55rem 0; border-top: 1px solid var(--line); overflow-wrap: anywhere; }
.messages > li.secret { background: color-mix(in srgb, var(--mention) 45%, transparent); padding-inline: .6rem; }
.words p { margin: .2rem 0; } .words h3, .words h4, .words h5 { margin: .5rem 0 .2rem; }
pre { background: var(--side); padding: .6rem; border-radius: 6px; overflow-x: auto; }
code { font: .88em ui-monospace, monospace; }
.mention { background: var(--mention); border-radius: 4px; padding: 0 .15rem; }
.row { display: flex; flex-wrap: wrap; gap: .4rem; align-items: center; margin: .35rem 0; }
.row form { display: flex; gap: .3rem; align-items: center; margin: 0; }
button, select, input, textarea, a.button { font: inherit; color: inherit; border: 1px solid var(--line); border-radius: 7px;
  background: var(--ground); padding: .3rem .7rem; }
button, a.button { cursor: pointer; font-weight: 600; text-decoration: none; display: inline-block; }
button:hover, a.button:hover { border-color: var(--accent); }
button.primary { background: var(--good); border-color: var(--good); color: var(--on-accent); }
button.danger { color: var(--bad); border-color: var(--bad); }
button.small { font-weight: 400; font-size: .82rem; padding: .1rem .5rem; }
label { font-weight: 600; font-size: .88rem; }
form.stack { display: grid; gap: .4rem; margin: 1rem 0; }
form.stack button { justify-self: start; }
select { max-width: 100%; }
header form { margin: 0; min-width: 0; }
textarea { width: 100%; min-height: 4.5rem; resize: vertical; }
.working { font-style: italic; color: var(--quiet); }
.notice { border-left: 4px solid var(--bad); padding: .4rem .8rem; }
.modal { border: 2px solid var(--accent); border-radius: 10px; padding: 1rem; margin-bottom: 1rem; }
table { border-collapse: collapse; } td, th { border: 1px solid var(--line); padding: .2rem .5rem; }
@media (max-width: 44rem) { body { grid-template: auto auto 1fr / minmax(0, 1fr); } nav { border-right: 0; } }
`;
