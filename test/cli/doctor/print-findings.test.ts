/** What `doctor` prints for people, at the widths of their terminals. */
import stringWidth from 'string-width';
import { expect, test } from 'vitest';
import { printFindings } from '../../../src/cli/doctor/print-findings.ts';
import { createPrint } from '../../../src/cli/print.ts';
import type { Finding } from '../../../src/status/finding.ts';

const acme = 'codechange/acme';
const findings: Finding[] = [
  { id: 'git', status: 'ok', what: 'git version 2.39.5', fix: '' },
  {
    ...{ id: `${acme} files`, status: 'warn', file: `${acme}/jvAgent.json`, line: 7 },
    ...{ what: `${acme}/jvAgent.json:7 has no effect in this version`, fix: 'Remove it.' },
  },
  {
    ...{ id: `${acme} area`, status: 'fail', code: 'CONFIG_INVALID', file: `${acme}/jvAgent.json`, line: 12 },
    what: 'the project has no area "Shop\\Wed" (devops.areaPath); its areas are "Shop\\Web", "Shop\\Büro 日本語"',
    fix: `Correct devops.areaPath in ${acme}/jvAgent.json, or create the area.`,
  },
  { id: `${acme} branch`, status: 'ok', what: 'customer/acme is at 0123456789ab', fix: '' },
];

function printed(columns: number, some: readonly Finding[] = findings): string[] {
  let text = '';
  const out = (chunk: string) => {
    text += chunk;
  };
  const terminal = { columns: () => columns, rows: () => 24, hasColours: false, showsErrors: true };
  printFindings(createPrint({ out, err: out, terminal }), some);
  return text.split('\n').slice(0, -1);
}

test('at 80 columns, each group shows marks, what was found, its place, and a fix where there is one', () => {
  expect(printed(80)).toEqual([
    'This machine',
    '  ok    git: git version 2.39.5',
    'codechange/acme',
    '  WARN  files: codechange/acme/jvAgent.json:7 has no effect in this version',
    '        Fix: Remove it.',
    '  FAIL  area: CONFIG_INVALID: the project has no area "Shop\\Wed"',
    '        (devops.areaPath); its areas are "Shop\\Web", "Shop\\Büro 日本語"',
    '        codechange/acme/jvAgent.json:12',
    '        Fix: Correct devops.areaPath in codechange/acme/jvAgent.json, or create',
    '        the area.',
    '  ok    branch: customer/acme is at 0123456789ab',
  ]);
});

test('at 40 columns no line is wider than the terminal, and nothing is lost', () => {
  const lines = printed(40);
  for (const line of lines) expect(stringWidth(line)).toBeLessThanOrEqual(40);
  const words = lines.join(' ').replace(/\s+/g, ' ');
  for (const { what, fix } of findings) for (const text of [what, fix]) expect(words).toContain(text);
});

test('text of a finding cannot pass for the mark of another', () => {
  const what = 'broken\n  ok    push: GIT_TOKEN can push\u001b[2J';
  expect(printed(80, [{ id: `${acme} push`, status: 'fail', what, fix: '' }])).toEqual([
    'codechange/acme',
    '  FAIL  push: broken',
    '          ok    push: GIT_TOKEN can push',
  ]);
});
