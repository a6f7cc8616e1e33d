/**
 * The program inside the tool host's sandbox: loads users' tools and calls them; it stands alone and trusts nobody's output.
 *
 * a line of JSON in -> load | call -> lines of JSON out. What tools print goes to stderr, so that it is never taken for an answer.
 */
import { createInterface } from 'node:readline';
import { pathToFileURL } from 'node:url';
import { format } from 'node:util';

const textCharsMax = 4_000;

const write = process.stdout.write.bind(process.stdout);
process.stdout.write = process.stderr.write.bind(process.stderr);

const send = (event) => write(`${JSON.stringify(event)}\n`);

/** The message alone: causes, configurations and stacks of an error may hold secrets. */
function messageOf(error) {
  if (typeof error === 'string') return error.slice(0, textCharsMax).toWellFormed();
  return typeof error?.message === 'string'
    ? error.message.slice(0, textCharsMax).toWellFormed()
    : 'it threw something that is not an Error';
}

/** `module.exports = {...}`, `export default {...}`, the same compiled, or named exports. */
function toolIn(module) {
  const found = [module.default?.default, module.default, module].find((value) => typeof value?.execute === 'function');
  if (!found) throw new Error('it exports no object with an execute function');
  return found;
}

const tools = new Map();
let setup;

async function load(request) {
  setup = request;
  for (const { name, file } of request.tools) {
    send({ kind: 'loading', name });
    try {
      const tool = toolIn(await import(pathToFileURL(file).href));
      tools.set(name, tool);
      const { name: declaredName = name, description = '', schema = { type: 'object' } } = tool;
      if (typeof schema !== 'object' || schema === null) throw new Error('its schema is no JSON Schema of an object');
      send({ kind: 'loaded', name, declaredName: String(declaredName), description: String(description), schema });
    } catch (error) {
      send({ kind: 'unfit', name, why: messageOf(error) });
    }
  }
  send({ kind: 'ready' });
}

const publishing = new Map();
let published = 0;

function publish(call, message) {
  const id = published++;
  send({ kind: 'publish', call, publish: id, message });
  return new Promise((resolve, reject) => publishing.set(id, { resolve, reject }));
}

function settlePublish({ publish: id, result, error }) {
  const waiting = publishing.get(id);
  publishing.delete(id);
  if (error === undefined) waiting?.resolve(result);
  else waiting?.reject(new Error(error));
}

/** A function, with one more for each level. */
function logOf(call) {
  const at =
    (level) =>
    (...words) =>
      send({
        kind: 'log',
        call,
        level,
        text: format(...words)
          .slice(0, textCharsMax)
          .toWellFormed(),
      });
  return Object.assign(at('info'), { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') });
}

async function resultOf({ call, tool, input, sessionId, agentSecrets }) {
  const context = {
    agentId: setup.agentId,
    sessionId,
    agentConfig: structuredClone(setup.agentConfig),
    agentSecrets,
    projectRoot: setup.projectRoot,
    log: logOf(call),
    messageBroker: { publish: (message) => publish(call, message) },
  };
  const result = JSON.stringify((await tools.get(tool).execute(input, context)) ?? null) ?? 'null';
  const bytes = Buffer.byteLength(result);
  if (bytes <= setup.answerBytesMax) return JSON.parse(result);
  throw new Error(`its answer has ${bytes} bytes, ${setup.answerBytesMax} are allowed: let it answer with less`);
}

async function answer(request) {
  try {
    send({ kind: 'answer', call: request.call, result: await resultOf(request) });
  } catch (error) {
    send({ kind: 'answer', call: request.call, error: messageOf(error) });
  }
}

const kinds = { load, call: answer, published: settlePublish };

createInterface({ input: process.stdin })
  .on('line', (line) => {
    const request = JSON.parse(line);
    kinds[request.kind](request);
  })
  .on('close', () => process.exit());
