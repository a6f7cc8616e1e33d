/** The house rules, kept by reading the tree. */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { runProgram } from '../src/base/program.ts';
import { type Code, codes } from '../src/refusal.ts';
import { programEnvironment } from '../src/settings.ts';
import { meaningOf } from '../src/work-items/code-meaning.ts';
import { readSources, type Source } from './tidy/sources.ts';
import { readTexts, type Text } from './tidy/texts.ts';
import { foreignLines } from './tidy/words.ts';

const root = join(import.meta.dirname, '..');
const sources = readSources(root);
const texts = readTexts(root);
const at = (...folders: string[]) => sources.filter(({ path }) => folders.some((folder) => path.startsWith(folder)));
const product = at('src/', 'emulators/', 'bench/', 'schema/');
const code = texts.filter(
  ({ path }) => /^(src|emulators|bench|schema)\/.*\.(ts|js)$/.test(path) && !path.includes('/jsonpointer/'),
);
const breaches = (list: Source[], check: (source: Source) => string[]) =>
  list.flatMap((source) => check(source).map((what) => `${source.path}: ${what}`));

/** A folder imports only folders that stand before it. */
const layers =
  'limits waits base refusal outbound settings documents models agents broker work-items conversations status effects store git sandbox tools connectors views operate ops engine ipc triggers connections checkout checks turns worker supervisor web cli main'.split(
    ' ',
  );
const layerOf = (path: string) => path.split('/')[1]?.replace(/\.ts$/, '') ?? '';

/** Where an exception is caught; everywhere else it ends the turn with its stack. */
const catching = readFileSync(join(import.meta.dirname, 'tidy/catching.txt'), 'utf8')
  .trim()
  .split('\n');

const bannedWords = /^(jobs?|executions?|services?|handlers?|helpers?|utils?|managers?)$/;
const wordsOf = (name: string) => name.split(/[^A-Za-z]|(?<=[a-z])(?=[A-Z])/).map((word) => word.toLowerCase());

describe('sizes', () => {
  it('keeps a source file within 300 lines and a test within 400', () => {
    const tooLong = ({ path, lines }: Source) => (lines > (path.startsWith('test/') ? 400 : 300) ? [`${lines}`] : []);
    expect(breaches(sources, tooLong)).toEqual([]);
  });

  it('keeps a function within 70 lines', () => {
    const long = ({ functions }: Source) =>
      functions.filter(({ lines }) => lines > 70).map(({ name, line, lines }) => `${name}, line ${line}: ${lines}`);
    expect(breaches(product, long)).toEqual([]);
  });
});

describe('options', () => {
  const optionsMax = 8;
  const wiring = ['src/worker/worker.ts', 'src/supervisor/supervisor.ts'];
  const bound = at('src/').filter(({ path }) => !wiring.includes(path));

  it('gives a function at most eight parameters, and at most eight names out of one of them', () => {
    const greedy = ({ taken }: Source) =>
      taken.filter(({ count }) => count > optionsMax).map(({ name, line, count }) => `${name}, line ${line}: ${count}`);
    expect(breaches(bound, greedy)).toEqual([]);
  });

  it('gives a factory at most eight options, inherited ones included', () => {
    const shapes = new Map(at('src/').flatMap((source) => source.shapes.map((shape) => [shape.name, shape])));
    const sizeOf = (name: string): number => {
      const { own = 0, parts = [] } = shapes.get(name) ?? {};
      return parts.reduce((sum, { of, only, less = 0 }) => sum + (only ?? Math.max(sizeOf(of) - less, 0)), own);
    };
    const large = ({ shapes: own }: Source) =>
      own
        .filter(({ name }) => name.endsWith('Options') && sizeOf(name) > optionsMax)
        .map(({ name, line }) => `${name}, line ${line}: ${sizeOf(name)}`);
    expect(breaches(bound, large)).toEqual([]);
  });

  it('gives a test whole parts, or parts from `only`, never a cast', () => {
    const filled = /\}\)? as (never\b|unknown as (?!string\b))/;
    const cast = ({ path, text }: Text) =>
      text.split('\n').filter((line) => path.startsWith('test/') && filled.test(line));
    expect(texts.flatMap((each) => cast(each).map((line) => `${each.path}: ${line.trim()}`))).toEqual([]);
  });
});

describe('folders', () => {
  it('keeps a folder of the product within 20 files', () => {
    const counts = new Map<string, number>();
    for (const { path } of code.filter(({ path }) => path.startsWith('src/'))) {
      counts.set(dirname(path), (counts.get(dirname(path)) ?? 0) + 1);
    }
    expect([...counts].filter(([, count]) => count > 20)).toEqual([]);
  });
});

describe('words', () => {
  it('opens each source file with a sentence that says what it is for', () => {
    const firstParagraph = (text: string) =>
      /^(?:#!.*\n)?\/\*\*\s+(?:\* )?(\S.*?)(?:\n \*\n|\*\/)/s.exec(text)?.[1]?.trim();
    const silent = code.filter(({ text }) => !firstParagraph(text)?.endsWith('.'));
    expect(silent.map(({ path }) => path)).toEqual([]);
  });

  it('keeps banned words out of names', () => {
    const banned = ({ path, exports }: Source) =>
      [path, ...exports].filter((name) => wordsOf(name).some((word) => bannedWords.test(word)));
    expect(breaches(product, banned)).toEqual([]);
  });

  it('keeps foreign words out', () => {
    expect(foreignLines(texts)).toEqual([]);
  });

  it('leaves no note to do something later', () => {
    const later = new RegExp(['TO', 'DO|FIX', 'ME'].join(''));
    const left = texts.filter(({ path, text }) => !path.includes('/jsonpointer/') && later.test(text));
    expect(left.map(({ path }) => path)).toEqual([]);
  });

  it("names no path and no package registry of a developer's machine", () => {
    const machine = new RegExp(['(?<![\\w.])/wo', 'rk/|/tmp/', 'w\\b'].join(''));
    const host = /\b(?:registry|npm|mirror|artifactory|nexus)\.(?!npmjs\.org\b|example\b)[\w-]+\.\w+/;
    const named = texts.filter(({ text }) => machine.test(text));
    const hosts = texts.filter(({ path, text }) => path !== 'package-lock.json' && host.test(text));
    expect([...named, ...hosts].map(({ path }) => path)).toEqual([]);
  });

  it('runs every test, or says why not', () => {
    const skips = at('test/').flatMap(({ path, text }) => {
      const lines = text.split('\n');
      const bare = lines.filter((line, n) => {
        if (/\b(it|test|describe)(\.\w+)*\.only\(/.test(line)) return true;
        if (/\b(it|test|describe)\.skip\(/.test(line)) return !/\/\//.test(`${lines[n - 1]}${line}`);
        return /\.skip\(\)/.test(line);
      });
      return bare.map((line) => `${path}: ${line.trim()}`);
    });
    expect(skips).toEqual([]);
  });
});

describe('layers', () => {
  it('lets a folder import only folders before it', () => {
    const upward = ({ path, imports }: Source) => {
      const rank = layers.indexOf(layerOf(path));
      const fits = ({ from }: { from: string }) => !from.startsWith('src/') || layers.indexOf(layerOf(from)) <= rank;
      return rank < 0 ? ['stands in no layer'] : imports.filter((one) => !fits(one)).map(({ from }) => from);
    };
    expect(breaches(at('src/'), upward)).toEqual([]);
  });

  it('has no import cycles', () => {
    const importsOf = new Map(sources.map(({ path, imports }) => [path, imports.map(({ from }) => from)]));
    const done = new Set<string>();
    const circles: string[] = [];
    const visit = (path: string, way: string[]): void => {
      if (way.includes(path)) circles.push([...way.slice(way.indexOf(path)), path].join(' -> '));
      if (way.includes(path) || done.has(path)) return;
      for (const next of importsOf.get(path) ?? []) visit(next, [...way, path]);
      done.add(path);
    };
    for (const { path } of sources) visit(path, []);
    expect(circles).toEqual([]);
  });

  it('keeps supervisor and worker apart', () => {
    const crossing = (from: string, to: string) =>
      breaches(at(from), ({ imports }) => imports.map((one) => one.from).filter((path) => path.startsWith(to)));
    const ways = ['src/worker/', 'src/turns/'].flatMap((one) => [
      ...crossing('src/supervisor/', one),
      ...crossing(one, 'src/supervisor/'),
    ]);
    expect(ways).toEqual([]);
    const naming = at('src/supervisor/').filter(({ text }) => /\.\.\/worker\/main\b/.test(text));
    expect(naming.map(({ path }) => path)).toEqual(['src/supervisor/workers/process.ts']);
  });

  it('keeps work items out of the talk with the engine, and its two callers short', () => {
    const ofItems = ({ imports }: Source) =>
      imports.map(({ from }) => from).filter((from) => /^src\/(work-items|turns\/item)\//.test(from));
    expect(breaches(at('src/turns/talk/'), ofItems)).toEqual([]);
    const conductors = product.filter(({ path }) => /^src\/turns\/(item|conversation)-turn\.ts$/.test(path));
    expect(conductors.filter(({ lines }) => lines >= 150).map(({ path }) => path)).toEqual([]);
  });

  it('keeps worker code out of the commands', () => {
    const inward = ({ imports }: Source) =>
      imports.map(({ from }) => from).filter((from) => /^src\/(worker|turns)\//.test(from));
    expect(breaches(at('src/cli/'), inward)).toEqual([]);
  });

  it('knows Azure DevOps as the tracker in its own folder and three files', () => {
    const folder = 'src/connectors/azure-devops/';
    const seam = ['src/agents/config/devops.ts', 'src/connectors/tracker-of.ts', 'src/triggers/webhooks.ts'];
    // The other half of the same server, and names that programs outside read.
    const beside = { importing: /^src\/connectors\/azure-repos\//, saying: /^src\/broker\/pending-trigger\.ts$/ };
    const outside = at('src/').filter(({ path }) => !path.startsWith(folder) && !seam.includes(path));
    const importing = outside.filter(({ imports }) => imports.some(({ from }) => from.startsWith(folder)));
    const words = /\bSystem\.[A-Z]|Microsoft\.VSTS|\bazdo|wiql|'azure-devops'/;
    const saying = outside.filter(({ path, text }) => !path.startsWith('src/cli/demo/') && words.test(text));
    expect(importing.map(({ path }) => path).filter((path) => !beside.importing.test(path))).toEqual([]);
    expect(saying.map(({ path }) => path).filter((path) => !beside.saying.test(path))).toEqual([]);
  });

  it('keeps emulators and product apart', () => {
    const allowed = /^(?!src\/)|^src\/(base\/|limits\.ts$)/;
    const outward = ({ imports }: Source) => imports.map(({ from }) => from).filter((from) => !allowed.test(from));
    expect(breaches(at('emulators/'), outward)).toEqual([]);
    const inward = ({ imports }: Source) => imports.map(({ from }) => from).filter((from) => /^emulators\//.test(from));
    const others = at('src/').filter(({ path }) => !path.startsWith('src/cli/'));
    expect(breaches(others, inward)).toEqual([]);
  });

  it('exports nothing that the product does not import', () => {
    const used = new Set<string>();
    for (const { from, names } of product.flatMap(({ imports }) => imports)) {
      for (const name of names ?? ['*']) used.add(`${from} ${name}`);
    }
    const unused = ({ path, exports, surface }: Source) =>
      used.has(`${path} *`) ? [] : exports.filter((name) => !used.has(`${path} ${name}`) && !surface.includes(name));
    expect(breaches(product, unused)).toEqual([]);
  });

  it('has no barrel and no state in a module', () => {
    const barrel = ({ text }: Source) =>
      /^export (\*|type \{|\{).* from /m.test(text) ? ["exports what is another file's"] : [];
    expect([...breaches(product, barrel), ...breaches(product, ({ moduleState }) => moduleState)]).toEqual([]);
  });
});

describe('trust', () => {
  const naming = (list: Source[], word: string) =>
    list.filter(({ words }) => words.some((one) => one.word === word)).map(({ path }) => path);

  it('reads the environment in one file', () => {
    const environment = ['process', 'env'].join('.');
    expect(naming(sources, environment).filter((path) => !path.startsWith('test/'))).toEqual(['src/settings.ts']);
    const scripts = code.filter(({ path, text }) => path.endsWith('.js') && text.includes(environment));
    expect(scripts.map(({ path }) => path)).toEqual([]);
  });

  it('mints permits in the gates only', () => {
    const gates = [
      'src/conversations/gate/instance-write.ts',
      'src/conversations/gate/mail-gate.ts',
      'src/conversations/gate/person-decision.ts',
      'src/conversations/gate/say-gate.ts',
      'src/work-items/gate/approval.ts',
    ];
    expect(naming(product, 'Permit.mint').sort()).toEqual(gates);
  });

  it('sends what can change the outside by one function of each of its clients', () => {
    const connectors = at('src/connectors/');
    const clients = connectors.filter(({ imports }) =>
      imports.some(({ from, names }) => /^(@octokit|undici|node:https?)/.test(from) || names?.includes('askDirectly')),
    );
    const files = ['src/connectors/github/octokit.ts', 'src/connectors/http/http-client.ts'];
    expect(clients.map(({ path }) => path)).toEqual(files);
    // The platform's own words to the people who run it, at the address that they chose: no agent acts there.
    const ownWords = 'src/connectors/ops-webhook.ts';
    expect(naming(connectors, 'fetch').filter((path) => !files.includes(path))).toEqual([ownWords]);
    const telling = at('src/').filter(({ imports }) =>
      imports.some(({ from, names }) => from === ownWords && names?.includes('postToWebhook') !== false),
    );
    expect(telling.map(({ path }) => path)).toEqual(['src/supervisor/ops/tell.ts']);
    const spending = connectors.flatMap(({ path, words }) =>
      words.filter(({ word }) => word === 'spend').map(({ inside }) => `${path} ${inside.includes('send')}`),
    );
    expect(spending).toEqual(
      [...files, 'src/connectors/mail/mail.ts', 'src/connectors/slack/send.ts'].map((path) => `${path} true`),
    );
  });

  it('catches in named files only', () => {
    const inTypeScript = at('src/').filter(({ catches }) => catches);
    const inScripts = code.filter(
      ({ path, text }) => path.startsWith('src/') && path.endsWith('.js') && /\bcatch\b/.test(text),
    );
    expect([...inTypeScript, ...inScripts].map(({ path }) => path).sort()).toEqual(catching);
  });
});

describe('pages', () => {
  const page = (path: string) => texts.find((text) => text.path === path)?.text ?? '';

  it('lists each code with who acts next and its fix', () => {
    const rows = [...page('docs/codes.md').matchAll(/^\| `(\w+)` \| (.+?) \| (?:a|the) (\w+) \| (.+) \|$/gm)];
    expect(Object.fromEntries(rows.map(([, name, , , fix]) => [name, fix]))).toEqual(codes);
    const next = (Object.keys(codes) as Code[]).map((refused) => [refused, meaningOf({ refused }).next]);
    expect(Object.fromEntries(rows.map(([, name, , who]) => [name, who]))).toEqual(Object.fromEntries(next));
  });

  it('pins each dependency exactly and says why it is there', () => {
    const packed = JSON.parse(page('package.json')) as Record<
      'dependencies' | 'devDependencies',
      Record<string, string>
    >;
    const wanted = { ...packed.dependencies, ...packed.devDependencies };
    expect(Object.entries(wanted).filter(([, version]) => !/^\d+\.\d+\.\d+(-[a-z0-9.]+)?$/.test(version))).toEqual([]);
    const listed = [...page('docs/dependencies.md').matchAll(/^\| `([^`]+)` \|/gm)].map(([, name]) => name);
    expect(listed.sort()).toEqual(Object.keys(wanted).sort());
  });

  it('names only files that exist', () => {
    const folders = ['src', 'test', 'emulators', 'bench', 'docs', 'examples', 'templates', 'schema'];
    const exists = (path: string) => [path, `src/${path}`].some((one) => existsSync(join(root, one)));
    const missing = texts
      .filter(({ path }) => /^(\w+|docs\/.*)\.md$/.test(path))
      .flatMap(({ path, text }) => {
        const spans = [...text.matchAll(/`([\w./-]+)`/g)].map(([, span = '']) => span);
        const top = (span: string) => span.split('/')[0] ?? '';
        const meant = spans.filter((span) => span.includes('/') && [...folders, ...layers].includes(top(span)));
        const ours = meant.filter((span) => folders.includes(top(span)) || /\.ts$|\/$/.test(span));
        const links = [...text.matchAll(/\]\((?!\w+:|#)([^)#]+)/g)].map(([, link = '']) => join(path, '..', link));
        return [...ours.filter((span) => !exists(span)), ...links.filter((link) => !existsSync(join(root, link)))].map(
          (what) => `${path}: ${what}`,
        );
      });
    expect(missing).toEqual([]);
  });
});

it('says in each commit which area it changes and what', async (context) => {
  if (!existsSync(join(root, '.git'))) return context.skip('this is no git checkout');
  const args = ['-C', root, 'log', '--no-merges', '--format=%s'];
  const log = await runProgram({ file: 'git', args, env: programEnvironment(), timeoutMs: 10_000 });
  if (log.code !== 0) return context.skip(`git log: ${log.stderr.trim()}`);
  const subjects = log.stdout.toString('utf8').trim().split('\n');
  expect(subjects.filter((subject) => subject.length > 60 || !/^[a-z][\w/, .-]*: \S/.test(subject))).toEqual([]);
});
