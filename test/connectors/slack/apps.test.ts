import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { readSlackApps, tokensInEnv, withNewTokens } from '../../../src/connectors/slack/apps.ts';

const bot = 'SLACK_BOT_TOKEN=xoxb-1\n';
const whole = `${bot}SLACK_APP_TOKEN=xapp-1\n`;

function workspace(files: Record<string, string> = {}) {
  const root = mkdtempSync(join(tmpdir(), 'apps-'));
  onTestFinished(() => rmSync(root, { recursive: true }));
  mkdirSync(join(root, 'slack'));
  const write = (name: string, text: string, mode = 0o600) => {
    writeFileSync(join(root, name), text);
    chmodSync(join(root, name), mode);
  };
  for (const [name, text] of Object.entries(files)) write(name, text);
  const none = {
    slackBotToken: undefined,
    slackAppToken: undefined,
    slackSigningSecret: undefined,
    slackApiUrl: undefined,
  };
  const settings = { root, allowLoopback: false, ...none };
  const told = (more = {}) =>
    readSlackApps({ ...settings, ...more }).faults.map(({ app, file, line, message }) => [
      app,
      line ? `${file}:${line}` : file,
      message,
    ]);
  return {
    root,
    settings,
    write,
    told,
    names: (more = {}) => readSlackApps({ ...settings, ...more }).apps.map(({ name }) => name),
  };
}

test('the app of .env is the default one, and each file in slack/ one more', () => {
  const { names, told } = workspace({ 'slack/acme.env': whole, 'slack/notes.txt': 'x' });
  expect(names({ slackBotToken: 'xoxb-0', slackSigningSecret: 's' })).toEqual(['default', 'acme']);
  expect(names()).toEqual(['acme']);
  expect(told()).toEqual([]);
});

test('a workspace without Slack has no apps and no faults', () => {
  const { root, names, told } = workspace();
  rmSync(join(root, 'slack'), { recursive: true });
  expect([names(), told()]).toEqual([[], []]);
});

test.each([
  [
    'nothing that receives',
    bot,
    'slack/bad.env',
    'neither SLACK_APP_TOKEN nor SLACK_SIGNING_SECRET is set, so that nothing can be received',
  ],
  ['no bot token', 'SLACK_APP_TOKEN=xapp-1\n', 'slack/bad.env', 'SLACK_BOT_TOKEN is not set'],
  [
    'tokens in each other’s place',
    'SLACK_BOT_TOKEN=xapp-1\nSLACK_APP_TOKEN=xoxb-1\n',
    'slack/bad.env',
    "the bot token and the app token are in each other's place",
  ],
  ['a name that is not read', `${whole}SLACK_BOTTOKEN=x\n`, 'slack/bad.env:3', 'SLACK_BOTTOKEN is not read here'],
  [
    "another app's token",
    'SLACK_BOT_TOKEN=xoxb-2\nSLACK_APP_TOKEN=xapp-2\n',
    'slack/bad.env',
    'has the bot token of the app acme',
  ],
])('an app with %s is a fault with its place, and the others are connected', (_, text, place, message) => {
  const { names, told } = workspace({ 'slack/acme.env': whole.replaceAll('-1', '-2'), 'slack/bad.env': text });
  expect(told()).toEqual([['bad', place, message]]);
  expect(names()).toEqual(['acme']);
});

test('a file that others can read, a link, or one without a proper name is a fault of its own', () => {
  const { root, write, names, told } = workspace({
    'slack/acme.env': whole,
    'slack/Acme Two.env': whole,
    'slack/default.env': whole,
  });
  write('slack/open.env', whole, 0o644);
  symlinkSync(join(root, 'slack/acme.env'), join(root, 'slack/twin.env'));
  expect(told().map(([app, , message]) => [app, message])).toEqual([
    ['Acme Two.env', 'has no name for an app'],
    ['default', 'has no name for an app'],
    ['open', 'other users can read it'],
    ['twin', 'must be a small regular file without links'],
  ]);
  expect(names()).toEqual(['acme']);
});

test('with the emulators the address of Slack is on this machine, and else it is not', () => {
  const { told, names } = workspace({ 'slack/acme.env': whole });
  expect(told({ allowLoopback: true })).toMatchObject([
    ['acme', 'slack/acme.env', expect.stringContaining('SLACK_API_URL')],
  ]);
  expect(told({ slackApiUrl: 'http://127.0.0.1:1/api/' })).toHaveLength(1);
  expect(names({ allowLoopback: true, slackApiUrl: 'http://127.0.0.1:1/api/' })).toEqual(['acme']);
});

test('a new token in .env takes the place of the one that was read there, and none that the environment gave', () => {
  const { root, settings, write } = workspace({ '.env': whole });
  const atStart = tokensInEnv(root);
  write('.env', 'SLACK_BOT_TOKEN=xoxb-new\nSLACK_APP_TOKEN=xapp-new\n');
  const now = withNewTokens({ ...settings, slackBotToken: 'xoxb-1', slackAppToken: 'xapp-given' }, atStart);
  expect(now).toMatchObject({ slackBotToken: 'xoxb-new', slackAppToken: 'xapp-given' });
});
