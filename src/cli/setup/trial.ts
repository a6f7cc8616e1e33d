/** Tries an answer before it is written: the agent that would follow from it, its faults, and its real connections. */
import { mkdtempSync, rmSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CodeChangeAgent } from '../../agents/agent.ts';
import type { Fault } from '../../agents/fault.ts';
import { loadAgent } from '../../agents/load-agent.ts';
import { secretsToHide } from '../../agents/secrets/credentials.ts';
import { createRedact } from '../../base/redact.ts';
import type { Connected, OwnAgent } from '../../checks/own-agent.ts';
import type { Outbound } from '../../outbound/outbound.ts';
import { isRefusal, type Refusal, refuse } from '../../refusal.ts';
import { connectOwn, unlessOutside } from '../own-connections.ts';
import { type Answers, draftOptionsOf, isEmulated } from './answers.ts';
import { draftAgent, type Setting } from './draft.ts';
import { writeNew } from './write-new.ts';

/** A token that is not known yet. Nothing that needs it is asked. */
const unknownToken = 'not-answered-yet';

/** The answers with something in every place that connections need. */
function filled(answers: Answers): Answers {
  const emulated = isEmulated(answers);
  const board = answers.board ?? { organization: 'unknown', ...(emulated ? { baseUrl: 'http://127.0.0.1:1' } : {}) };
  const remote = emulated ? 'http://127.0.0.1:1/unknown/unknown.git' : 'https://github.com/unknown/unknown.git';
  const tokens = { AZDO_PAT: unknownToken, GIT_TOKEN: unknownToken };
  return {
    ...answers,
    board,
    repository: answers.repository ?? { remote, provider: 'github' },
    secrets: { ...tokens, ...answers.secrets },
  };
}

type Loaded = OwnAgent<CodeChangeAgent> | readonly Pick<Fault, 'code' | 'message' | 'fix' | 'path'>[];

const asFault = ({ refused: code, why: message, fix }: Refusal) => [{ code, message, fix }];

/** The agent as its files would say it, read from a private folder that is removed at once; or its faults. */
function load(answers: Answers, settings: readonly Setting[] = []): Loaded {
  const root = mkdtempSync(join(tmpdir(), 'jvagent-'));
  try {
    const draft = draftAgent({ ...draftOptionsOf(answers, root), settings });
    if (isRefusal(draft)) return asFault(draft);
    writeNew(root, draft.files);
    const loaded = loadAgent({ root, home: homedir(), id: draft.id, agentFolders: [join(root, draft.id)] });
    if ('faults' in loaded) return loaded.faults;
    const { agent, secrets } = loaded;
    if (agent.kind === 'conversation') return asFault(refuse('CONFIG_INVALID', `${agent.id} has no board`));
    return { agent, secrets, redact: createRedact(secretsToHide(secrets, agent.config)) };
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

/** What would be wrong with the agent's files; `settings` are more values of its jvAgent.json. */
export function faultsOf(
  answers: Answers,
  settings?: readonly Setting[],
): readonly Pick<Fault, 'code' | 'message' | 'fix' | 'path'>[] {
  const loaded = load(filled(answers), settings);
  return 'agent' in loaded ? [] : loaded;
}

/** Reads the real systems of the agent that would follow from the answers; why it cannot, if it cannot. */
export type LookOutside = <T>(answers: Answers, look: (own: Connected) => Promise<T | Refusal>) => Promise<T | Refusal>;

/** Work items of others are looked at too. */
export function lookOver(outbound: Outbound): LookOutside {
  return async (answers, look) => {
    const loaded = load(filled(answers));
    if (!('agent' in loaded)) {
      const [first] = loaded;
      return refuse(first?.code ?? 'CONFIG_INVALID', first?.message ?? '', first?.fix);
    }
    const { agent } = loaded;
    const own = { ...loaded, agent: { ...agent, devops: { ...agent.devops, requiredTag: undefined } } };
    const way = { allowLoopback: isEmulated(answers), outbound };
    return unlessOutside(
      agent.id,
      connectOwn(own, way, async (connections) =>
        isRefusal(connections) ? connections : look({ ...own, connections }),
      ),
    );
  };
}
