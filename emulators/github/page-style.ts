/** The style sheet of the emulator's pages. */
export const pageStyle = `
:root { --ink: #1f2328; --muted: #59636e; --line: #d1d9e0; --soft: #f6f8fa; --accent: #0969da; --good: #1a7f37; --bad: #cf222e; --merged: #8250df; }
* { box-sizing: border-box; }
body { margin: 0; background: #fff; color: var(--ink); font: 15px/1.5 system-ui, sans-serif; }
a { color: var(--accent); text-decoration: none; }
a:hover { text-decoration: underline; }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
header { background: #24292f; color: #fff; padding: 10px 24px; display: flex; gap: 16px; align-items: center; flex-wrap: wrap; }
header a { color: #fff; font-weight: 600; }
header form { margin-left: auto; display: flex; gap: 8px; align-items: center; }
main { max-width: 1000px; margin: 24px auto; padding: 0 24px; }
h1 { font-size: 24px; font-weight: 600; margin: 0 0 8px; }
h2 { font-size: 17px; margin: 28px 0 8px; }
.muted { color: var(--muted); }
.state { display: inline-block; border-radius: 999px; padding: 2px 12px; color: #fff; font-weight: 600; font-size: 13px; }
.state.open { background: var(--good); } .state.draft { background: var(--muted); }
.state.merged { background: var(--merged); } .state.closed { background: var(--bad); }
.card { border: 1px solid var(--line); border-radius: 8px; margin: 12px 0; overflow: hidden; }
.card > .head { background: var(--soft); border-bottom: 1px solid var(--line); padding: 6px 14px; font-size: 13px; }
.card > .body { padding: 10px 14px; }
ul.rows { list-style: none; margin: 0; padding: 0; border: 1px solid var(--line); border-radius: 8px; }
ul.rows li { padding: 10px 14px; border-top: 1px solid var(--line); display: flex; gap: 12px; align-items: center; }
ul.rows li:first-child { border-top: 0; }
code, pre { font: 12.5px/1.5 ui-monospace, monospace; }
code { background: var(--soft); border-radius: 4px; padding: 1px 4px; }
.text pre { background: var(--soft); padding: 10px; border-radius: 6px; overflow-x: auto; }
.diff { margin: 0; overflow-x: auto; }
.diff span { display: block; padding: 0 14px; white-space: pre; min-width: max-content; }
.diff .add { background: #dafbe1; } .diff .del { background: #ffebe9; } .diff .hunk { background: #ddf4ff; color: var(--muted); }
.actions { display: flex; gap: 12px; flex-wrap: wrap; align-items: center; margin: 16px 0; }
.actions form { display: flex; gap: 6px; }
textarea { width: 100%; min-height: 80px; font: inherit; padding: 8px; border: 1px solid var(--line); border-radius: 6px; }
button, select { font: inherit; padding: 5px 14px; border: 1px solid var(--line); border-radius: 6px; background: var(--soft); color: var(--ink); }
button { cursor: pointer; font-weight: 500; }
button.main { background: var(--good); border-color: var(--good); color: #fff; }
button.danger { color: var(--bad); }
.alert { border: 1px solid var(--bad); background: #ffebe9; border-radius: 8px; padding: 10px 14px; }
`;
