/** What a program in the sandbox can and cannot reach, tried with real programs. */
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { runProgram } from '../../src/base/program.ts';
import type { SandboxSpec } from '../../src/sandbox/layout.ts';
import { runSandboxed } from '../../src/sandbox/run-sandboxed.ts';
import { createSandbox, type Sandbox } from '../../src/sandbox/sandbox.ts';

const isRoot = process.getuid?.() === 0;
const repository = join(import.meta.dirname, '../..');
const sandbox = createSandbox({ sandboxUid: 20001, processesMax: 64, memoryMb: 200 });

async function folderOf(name: string) {
  const folder = await mkdtemp(join(tmpdir(), `jvagent-${name}-`));
  onTestFinished(async () => {
    // What a program inside has closed is its owner's, who may open it.
    execFileSync('/bin/chmod', ['-R', 'u+rwX', folder]);
    await rm(folder, { recursive: true, force: true });
  });
  return folder;
}

/** With bounds that are soon passed. */
const small = createSandbox({
  sandboxUid: 20001,
  processesMax: 64,
  memoryMb: 200,
  disk: { bytesMax: 20 << 20, entriesMax: 200 },
});

/** A folder of the sandbox user's own, mounted writable at /tree. */
async function ownFolder() {
  const source = await folderOf('own');
  await sandbox.own(source);
  return { source, target: '/tree', writable: true };
}

/** What ended a program that fills something and then waits. */
async function overLimitOf(inSandbox: Sandbox, fill: string) {
  const args = ['-c', `${fill}; sleep 14`];
  const spec = { program: '/bin/bash', args, env: { PATH: '/usr/bin:/bin' }, cwd: '/', mounts: [await ownFolder()] };
  return (await runSandboxed(inSandbox, spec, { timeoutMs: 15_000, outputBytesMax: 1_000 })).overLimit;
}

async function shell(script: string, more: Partial<SandboxSpec> = {}, timeoutMs = 10_000) {
  const env = { PATH: '/usr/bin:/bin' };
  const spec = { program: '/bin/bash', args: ['-c', script], env, cwd: '/', mounts: [], ...more };
  return runSandboxed(sandbox, spec, { timeoutMs, outputBytesMax: 64 << 10 });
}

const run = async (script: string, more: Partial<SandboxSpec> = {}) => (await shell(script, more)).output.trim();

describe('a program in the sandbox', () => {
  it('has the environment it was given and nothing of ours', async () => {
    const spec = { program: '/usr/bin/env', args: [], env: { WORD: 'given' }, cwd: '/', mounts: [] };
    const { output } = await runSandboxed(sandbox, spec, { timeoutMs: 5_000, outputBytesMax: 4_096 });
    expect(output.trim().split('\n').sort()).toEqual(['WORD=given']);
    expect(await run("tr '\\0' '\\n' < /proc/1/environ")).not.toMatch(/PATH|HOME|USER/);
  });

  it('inherits no open file of ours', async () => {
    const script = `
      const { createSandbox } = await import('./src/sandbox/sandbox.ts');
      const { runSandboxed } = await import('./src/sandbox/run-sandboxed.ts');
      const sandbox = createSandbox({ sandboxUid: 20001, processesMax: 64, memoryMb: 500 });
      const spec = { program: '/bin/ls', args: ['/proc/self/fd'], env: {}, cwd: '/', mounts: [] };
      console.log((await runSandboxed(sandbox, spec, { timeoutMs: 5000, outputBytesMax: 1000 })).output);`;
    const { stdout, stderr } = await runProgram({
      file: '/bin/bash',
      args: ['-c', 'exec 7< /etc/hostname 251< /etc/hostname; exec "$@"', 'bash', process.execPath, '-e', script],
      env: {},
      cwd: repository,
      timeoutMs: 10_000,
    });
    expect((stdout.toString() || stderr).trim().split('\n')).toEqual(['0', '1', '2', '3']);
  });

  it('is an unprivileged user inside, and cannot gain rights', async () => {
    expect(await run('id -u')).toBe('1000');
    expect(await run('grep -E "^(CapPrm|CapEff|CapBnd|NoNewPrivs)" /proc/self/status | tr -s "\\t0\\n" " "')).toBe(
      'CapPrm: CapEff: CapBnd: NoNewPrivs: 1',
    );
    expect(await run('unshare --user true 2>&1 || echo refused')).toContain('refused');
  });

  it('cannot open a setting of the kernel for writing, even where root started it', async () => {
    expect(await run('(: >> /proc/sys/kernel/core_pattern) 2>/dev/null && echo open || echo closed')).toBe('closed');
    expect(await run('(: >> /proc/sys/vm/drop_caches) 2>/dev/null && echo open || echo closed')).toBe('closed');
  });

  it('cannot change our files of /etc, which are no mounts of their own', async () => {
    const change =
      'chmod u+w $file 2>&1; (: >> $file) 2>&1; rm -f $file 2>&1; mv $file /tmp 2>&1; ln -s /tmp /etc/new 2>&1';
    const output = await run(`for file in /etc/passwd /etc/gitconfig; do ${change}; done; ls /etc; cat /etc/passwd`);
    expect(output.match(/Read-only file system|Permission denied/g)).toHaveLength(10);
    expect(output).toMatch(/gitconfig[\s\S]*passwd[\s\S]*agent:x:1000/);
    expect(await run("cut -d' ' -f5 /proc/self/mountinfo")).not.toMatch(/\/etc\/(passwd|gitconfig)/);
  });

  it('reaches no network, not even what listens on our loopback', async () => {
    const server = createServer((socket) => socket.destroy());
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void server.close());
    const { port } = server.address() as AddressInfo;
    expect(await run(`(: < /dev/tcp/127.0.0.1/${port}) 2>/dev/null && echo open || echo closed`)).toBe('closed');
    expect(await run('tail -n +3 /proc/net/dev | cut -d: -f1')).toBe('lo');
  });

  it('sees no file and no process of the host', async () => {
    const folder = await folderOf('hidden');
    writeFileSync(join(folder, 'secret'), 'x', { mode: 0o644 });
    expect(await run(`ls ${folder} 2>&1 || true`)).toContain('No such file');
    expect(await run('ls /etc')).not.toContain('shadow');
    expect(await run('ls -d /proc/[0-9]* | wc -l')).toMatch(/^[1-4]$/);
  });

  it('is an unprivileged user outside too, and its command line tells nothing', async () => {
    const folder = await folderOf('named');
    const sandboxed = sandbox.spawn({
      program: '/bin/sleep',
      args: ['5'],
      env: { SECRET: 'in-no-command-line' },
      cwd: '/',
      mounts: [{ source: folder, target: '/tree' }],
    });
    onTestFinished(sandboxed.kill);
    await new Promise((resolve) => setTimeout(resolve, 300));
    const line = readFileSync(`/proc/${sandboxed.child.pid}/cmdline`, 'utf8');
    expect(line).toContain('bwrap');
    expect(line).not.toMatch(/jvagent-named|in-no-command-line/);
    const status = readFileSync(`/proc/${sandboxed.child.pid}/status`, 'utf8');
    expect(status).toMatch(new RegExp(`^Uid:(\\s+${sandbox.uid}){4}$`, 'm'));
    if (isRoot) expect(sandbox.uid).toBe(20001);
  });
});

describe('a mount', () => {
  it('can be read but not written, and nothing beside it is there', async () => {
    const folder = await folderOf('tree');
    writeFileSync(join(folder, 'a'), 'content', { mode: 0o644 });
    chmodSync(folder, 0o755);
    const mounts = [{ source: folder, target: '/tree' }];
    expect(await run('cat /tree/a; (: > /tree/b) 2>/dev/null || echo refused', { mounts })).toBe('contentrefused');
    expect(existsSync(join(folder, 'b'))).toBe(false);
  });

  it('can be written if configured, except read-only paths', async () => {
    const folder = await folderOf('tree');
    const odd = 'app/[id] {a,b}*?';
    for (const path of ['.github', odd]) mkdirSync(join(folder, path), { recursive: true });
    symlinkSync('/etc', join(folder, '.husky'));
    await sandbox.own(folder);
    const mounts = [
      { source: folder, target: '/tree', writable: true, readOnlyPaths: ['.github', '.husky', 'no', odd] },
    ];
    const script =
      'echo x > /tree/b; echo x > /tree/.github/w; echo x > "/tree/app/[id] {a,b}*?/w"; mv /tree/.github /tree/c; readlink /tree/.husky';
    const output = await run(script, { mounts });
    expect(output).toMatch(/Read-only[\s\S]*busy[\s\S]*\/etc/);
    expect(readFileSync(join(folder, 'b'), 'utf8')).toBe('x\n');
    for (const path of ['.github', odd]) expect(existsSync(join(folder, path, 'w'))).toBe(false);
  });

  it.runIf(isRoot)("leaves what is the sandbox user's already as it was, to the time of its last change", async () => {
    const folder = await folderOf('owned');
    writeFileSync(join(folder, 'a'), 'x');
    await sandbox.own(folder);
    const changedAt = () => statSync(join(folder, 'a'), { bigint: true }).ctimeNs;
    const before = changedAt();
    writeFileSync(join(folder, 'b'), 'x');
    await sandbox.own(folder);
    expect(changedAt()).toBe(before);
    expect(statSync(join(folder, 'b')).uid).toBe(20001);
  });

  it.runIf(isRoot)('works from a folder that is closed to the sandbox user', async () => {
    const closed = await folderOf('closed');
    mkdirSync(join(closed, 'tree'));
    chmodSync(closed, 0o700);
    await sandbox.own(join(closed, 'tree'));
    const mounts = [{ source: join(closed, 'tree'), target: '/tree', writable: true }];
    expect(await run('echo done > /tree/b; cat /tree/b', { mounts })).toBe('done');
    expect(readFileSync(join(closed, 'tree/b'), 'utf8')).toBe('done\n');
    expect(readFileSync('/proc/self/mountinfo', 'utf8')).not.toContain(closed);
  });

  it('may have any name, whether it is a file or a folder', async () => {
    const folder = await folderOf('odd');
    const names = ['with blank', 'with\ttab', 'with\nnew line', 'with\\backslash', '#hash', '\\040', 'é\u00a0 ,"\'$x'];
    for (const name of names) {
      mkdirSync(join(folder, name, 'inside'), { recursive: true });
      writeFileSync(join(folder, name, 'file'), name, { mode: 0o644 });
    }
    const mounts = names.flatMap((name, at) => [
      { source: join(folder, name), target: `/folders/${at}` },
      { source: join(folder, name, 'file'), target: `/files/${at}` },
    ]);
    const places = names.flatMap((_, at) => [`/folders/${at}/file`, `/files/${at}`]);
    const shown = await run(`for each in ${places.join(' ')}; do cat $each; echo; done`, { mounts });
    expect(shown).toBe(names.flatMap((name) => [name, name]).join('\n'));
  });

  it('may be a unix socket', async () => {
    const folder = await folderOf('socket');
    const socketPath = join(folder, 's');
    const server = createServer((socket) => socket.end('hello'));
    await new Promise<void>((resolve) => server.listen(socketPath, resolve));
    onTestFinished(() => void server.close());
    chmodSync(socketPath, 0o666);
    const mounts = [{ source: socketPath, target: '/run/s', writable: true }];
    expect(await run('socat -u UNIX-CONNECT:/run/s -', { mounts })).toBe('hello');
  });
});

describe('a limit', () => {
  it('ends everything inside when the time is over', async () => {
    const { timedOut, code } = await shell('sleep 77.125 & sleep 77.125', {}, 400);
    expect({ timedOut, code }).toEqual({ timedOut: true, code: null });
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(
      execFileSync('/bin/sh', ['-c', 'cat /proc/[0-9]*/cmdline 2>/dev/null | tr "\\0" " " || true']).toString(),
    ).not.toMatch(/^sleep 77\.125/m);
  });

  it('keeps the end of what was printed', async () => {
    const spec = { program: '/usr/bin/seq', args: ['1', '5000'], env: {}, cwd: '/', mounts: [] };
    const { output, truncated } = await runSandboxed(sandbox, spec, { timeoutMs: 5_000, outputBytesMax: 100 });
    expect({ truncated, end: output.endsWith('4999\n5000\n'), length: output.length }).toEqual({
      truncated: true,
      end: true,
      length: 100,
    });
  });

  it('stops a program that starts too many others, and no other sandbox with it', async () => {
    const many = shell('for i in $(seq 100); do sleep 3 & done 2>&1 | head -1; echo "$BASHPID"', {}, 2_000);
    expect(await run('echo fine')).toBe('fine');
    expect((await many).output).toMatch(/Resource temporarily unavailable/);
  });

  it('ends a program that takes too much memory', async () => {
    const { code, overLimit } = await shell('x=$(head -c 400M /dev/zero | tr "\\0" x); sleep 9', {}, 9_000);
    expect(code).toBe(null);
    expect(overLimit).toMatch(/MB of memory/);
  });

  it('ends a program that fills memory with what no process seems to have', async () => {
    const unlinked = 'for n in 3 4; do eval "exec $n> /tree/f"; rm /tree/f; head -c 150M /dev/zero >&$n; done';
    // The number of memfd_create(2), on x86-64 and on arm64.
    const create = 'syscall($ENV{M} =~ /x86/ ? 319 : 279, my $name = "m", 0)';
    const nameless = `my $fd = ${create}; open my $m, ">&=", $fd; syswrite $m, "x" x 1e6 for 1..300; sleep 9`;
    const fills = {
      'memory file systems': 'head -c 150M /dev/zero > /tmp/a; head -c 150M /dev/zero > /dev/shm/b',
      'files that have lost their name': unlinked,
      'files that never had one': `M=$(uname -m) perl -e '${nameless}'`,
    };
    const over = await Promise.all(Object.values(fills).map((fill) => overLimitOf(sandbox, fill)));
    expect(over).toEqual(over.map(() => expect.stringMatching(/^it used [2-9]\d\d MB of memory/)));
  });

  it('ends no program that stays within its memory limit', async () => {
    expect((await shell('head -c 90M /dev/zero > /tmp/a; sleep 2.5; echo fine')).output).toBe('fine\n');
  });

  it('ends a program that fills the disk, or memory, with files', async () => {
    const many = 'mkdir /tree/d; touch /tree/d/{1..300}';
    const fills: [fill: string, why: RegExp][] = [
      ['head -c 15M /dev/zero | tee /tree/a > /tree/b', /files use \d+ MB of the disk, 20 MB are allowed/],
      [many, /has 30\d files and folders, 200 are allowed/],
      [`${many}; chmod 300 /tree/d`, /has 30\d files and folders, 200 are allowed/],
      ['touch /tmp/{1..300}', /has 30\d files and folders in memory, 200 are allowed/],
    ];
    const over = await Promise.all(fills.map(([fill]) => overLimitOf(small, fill)));
    expect(over).toEqual(fills.map(([, why]) => expect.stringMatching(why)));
  });

  it('looks at folders only after a pause, so that a start has the machine to itself', async () => {
    const mount = await ownFolder();
    for (let at = 0; at < 10; at += 1) writeFileSync(join(mount.source, `${at}`), '');
    const pauses: (() => void)[] = [];
    const sleep = (_: number, signal?: AbortSignal) =>
      new Promise<void>((resolve) => {
        pauses.push(resolve);
        signal?.addEventListener('abort', () => resolve(), { once: true });
      });
    const disk = { bytesMax: 20 << 20, entriesMax: 5 };
    const clock = { now: Date.now, sleep };
    const watched = createSandbox({ sandboxUid: 20001, processesMax: 64, memoryMb: 200, disk, clock });
    const env = { PATH: '/usr/bin:/bin' };
    const spec = { program: '/bin/bash', args: ['-c', 'cat'], env, cwd: '/', mounts: [mount] };
    const { child, overLimit } = watched.spawn(spec);
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(overLimit()).toBeUndefined();
    for (const end of pauses) end();
    await once(child, 'exit');
    expect(overLimit()).toContain('files and folders, 5 are allowed');
  });

  it('limits one file to the size of all, and writes no core dumps', async () => {
    const mounts = [await ownFolder()];
    const args = [
      '-c',
      'head -c 30M /dev/zero > /tree/big; stat -c %s /tree/big; ulimit -c; cat /proc/self/oom_score_adj',
    ];
    const spec = { program: '/bin/bash', args, env: { PATH: '/usr/bin:/bin' }, cwd: '/', mounts };
    const { output } = await runSandboxed(small, spec, { timeoutMs: 9_000, outputBytesMax: 1_000 });
    expect(output).toMatch(new RegExp(`File size limit exceeded[\\s\\S]*\n${20 << 20}\n0\n1000\n$`));
  });
});

describe('an ordinary user', () => {
  const reachable =
    isRoot &&
    (() => {
      try {
        execFileSync('/usr/bin/setpriv', [
          '--reuid=20002',
          '--clear-groups',
          '--',
          process.execPath,
          '--check',
          join(repository, 'src/limits.ts'),
        ]);
        return true;
      } catch {
        return false;
      }
    })();

  it.runIf(reachable)('gets the same sandbox, under their own id', async () => {
    const script = `
      const { createSandbox } = await import('./src/sandbox/sandbox.ts');
      const { probeSandbox } = await import('./src/sandbox/probe.ts');
      const sandbox = createSandbox({ sandboxUid: 20001, processesMax: 64, memoryMb: 500 });
      console.log(JSON.stringify({ uid: sandbox.uid, refusal: (await probeSandbox(sandbox)) ?? 'none' }));`;
    const { stdout, stderr } = await runProgram({
      file: process.execPath,
      args: ['--input-type=module', '-e', script],
      env: { TMPDIR: '/tmp' },
      cwd: repository,
      uid: 20002,
      timeoutMs: 10_000,
    });
    expect(stdout.toString() || stderr).toBe('{"uid":20002,"refusal":"none"}\n');
  });
});
