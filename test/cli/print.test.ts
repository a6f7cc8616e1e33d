import { afterEach, expect, test, vi } from 'vitest';
import { createPrint, timeText, usdText } from '../../src/cli/print.ts';

afterEach(() => {
  vi.useRealTimers();
});

const hostile = '\u001b[2J\u001b]0;owned\u0007red\u001b[31m \u009b2Jback\u202egnorw\u0000';

function printed(use: (print: ReturnType<typeof createPrint>) => void): string {
  const chunks: string[] = [];
  const keep = (chunk: string) => void chunks.push(chunk);
  use(createPrint({ out: keep, err: keep }));
  return chunks.join('');
}

function isHarmless(text: string): boolean {
  return !/(?!\n)[\p{Cc}\u202a-\u202e]/u.test(text);
}

test('no line, note or table cell can control a terminal', () => {
  const text = printed((print) => {
    print.line(hostile);
    print.note(hostile);
    print.table(['A'], [[hostile]]);
  });
  expect(isHarmless(text)).toBe(true);
  expect(text).toContain('red');
});

test('JSON says the same and controls nothing', () => {
  const text = printed((print) => print.json({ title: hostile }));
  expect(isHarmless(text)).toBe(true);
  expect(JSON.parse(text)).toEqual({ title: hostile });
  expect(JSON.parse(printed((print) => print.jsonLine(`${JSON.stringify(hostile)}\n`)))).toBe(hostile);
});

test('a cell with a newline cannot forge a row', () => {
  expect(printed((print) => print.table(['A', 'B'], [['one\ntwo', 'x']]))).toBe('A        B\none two  x\n');
});

test('columns begin at the same place, whatever the width of what is before them', () => {
  const rows = [
    ['abcd', 'x'],
    ['日本', 'x'],
    ['😀😀', 'x'],
    ['e\u0301e\u0301', 'x'],
    ['\u001b[31mred\u001b[0m', 'x'],
    ['', 'x'],
  ];
  expect(printed((print) => print.table(['A', 'B'], rows)).split('\n')).toEqual([
    'A     B',
    'abcd  x',
    '日本  x',
    '😀😀  x',
    'e\u0301e\u0301    x',
    'red   x',
    '      x',
    '',
  ]);
});

test('a cell that runs from right to left is kept apart from its neighbours', () => {
  expect(printed((print) => print.table(['A', 'B', 'C'], [['1', 'שלום', '2']]))).toBe(
    'A  B     C\n1  \u2068שלום\u2069  2\n',
  );
});

test('times are UTC, and small sums keep their cents', () => {
  expect([timeText(Date.UTC(2026, 10, 20, 12, 0, 5)), timeText(undefined)]).toEqual(['2026-11-20 12:00:05', '-']);
  expect([usdText(0.0312), usdText(12)]).toEqual(['$0.0312', '$12.00']);
});

/** What is drawn on stderr while something takes `ms`, and a line is printed at the end of it. */
async function drawn(ms: number, more: { isQuiet?: boolean; isPiped?: boolean } = {}): Promise<string[]> {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  const chunks: string[] = [];
  const terminal = { columns: () => 30, rows: () => 24, hasColours: false, showsErrors: !more.isPiped };
  const print = createPrint({ out: (text) => chunks.push(text), err: (text) => chunks.push(text), terminal, ...more });
  await print.during(`Asking the board\n${hostile}`, async () => {
    vi.advanceTimersByTime(ms);
    print.line('a line');
  });
  vi.advanceTimersByTime(60_000);
  return chunks;
}

test('what takes longer than a second is shown on a terminal, on one line that is gone before anything else is printed', async () => {
  const chunks = await drawn(2_000);
  const frames = chunks.slice(0, -2);
  expect(frames.length).toBeGreaterThan(2);
  for (const frame of frames) {
    expect(frame.startsWith('\r\u001b[K')).toBe(true);
    expect(frame.slice(4)).toMatch(/^[-|/\\] Asking the board .{0,11}$/);
  }
  expect(chunks.slice(-2)).toEqual(['\r\u001b[K', 'a line\n']);
});

test('what is quick, piped or asked for as JSON shows no progress', async () => {
  expect(await drawn(700)).toEqual(['a line\n']);
  expect(await drawn(2_000, { isPiped: true })).toEqual(['a line\n']);
  expect(await drawn(2_000, { isQuiet: true })).toEqual(['a line\n']);
});
