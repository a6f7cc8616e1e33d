/** A scripted model for conversations in Slack: it looks up a word in the documentation, reads a setting, and proposes another value. */
import type { Script } from '../anthropic/script.ts';

type Scenes = Script['scenes'];

/** A question of this form is answered from the folders of the docs agent. */
export const docsQuestion = (word: string): string => `Where do the docs speak of \`${word}\`?`;

const tick = '`';
const said = '\\[jvagent\\] phase=conversation session=slack.*Said now:.*';
const word = `${tick}(?<word>[^${tick}'\\n]{2,60})${tick}`;
const setting = `${tick}(?<path>/[A-Za-z0-9/_-]{1,80})${tick}`;
const setToValue = `[Ss]et ${setting} to ${tick}(?<value>[^${tick}\\n]{1,80})${tick}`;
const reply = (text: string) => [{ tool: 'mcp__jv__reply', input: { text } }];
const over = [{ text: 'The answer is given.' }];

/** The first place of the word in each page, as `page.md:12:the line`. */
const look =
  "cd /dirs/docs && grep -rniF -m 1 -- '{{word}}' . | sed 's|^\\./||' | cut -c 1-200 | head -n 3 | grep . || echo 'nowhere'";

const docsForm = `Ask me with a word in backticks, such as: ${docsQuestion('approval')}`;
const instanceForms = 'Ask me `What is`, or tell me `Set` and `to`, with a path and a value in backticks.';

export function talkScenes(): Scenes {
  const instance = ['mcp__jv__instance-api', 'mcp__jv__reply'];
  const docs = ['mcp__jv__upload', 'mcp__jv__reply'];
  return [
    {
      when: { prompt: `${said}${setToValue}`, toolResult: '"proposed":"(?<id>[^"]+)"', tools: instance },
      otherwise: reply('I proposed it as {{id}}. It happens once somebody who may confirm it has done so.'),
    },
    {
      when: {
        prompt: `${said}${setting}`,
        toolResult: '"status":(?<status>\\d+),"body":(?<body>.*)\\}\\s*\\ndata>>>',
        tools: instance,
      },
      otherwise: reply('The instance answers {{status}} for {{path}}:\n\n```\n{{body}}\n```'),
    },
    {
      when: { prompt: said, toolResult: '"refused".*"why": ?"(?<why>[^"]*)', tools: instance },
      otherwise: reply('That is not possible. {{why}}'),
    },
    {
      when: { prompt: `${said}${setToValue}`, tools: instance },
      replies: [
        [
          {
            tool: 'mcp__jv__instance-api',
            input: {
              method: 'PUT',
              path: '{{path}}',
              body: { value: '{{value}}' },
              why: 'It was asked for in the thread.',
            },
          },
        ],
      ],
      otherwise: over,
    },
    {
      when: { prompt: `${said}${setting}`, tools: instance },
      replies: [[{ tool: 'mcp__jv__instance-api', input: { method: 'GET', path: '{{path}}' } }]],
      otherwise: over,
    },
    {
      when: { prompt: said, tools: instance },
      replies: [reply(`I am a script and not a real model. ${instanceForms}`)],
      otherwise: over,
    },
    {
      when: { prompt: `${said}${word}`, tools: docs },
      replies: [
        [{ tool: 'Bash', input: { command: look } }],
        reply(
          'The docs speak of {{word}} here:\n\n```\n{{toolResult}}\n```\n\nI am a script: a real model would read these pages and answer.',
        ),
      ],
      otherwise: over,
    },
    {
      when: { prompt: said, tools: docs },
      replies: [reply(`I am a script and not a real model. ${docsForm}`)],
      otherwise: over,
    },
  ];
}
