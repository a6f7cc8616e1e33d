/** What a person can do where the sandbox does not start: from what it said, and from how this machine's kernel is set. */
import { readFileSync } from 'node:fs';

/** The value of a kernel setting, empty where there is none of that name. */
export type ReadSetting = (name: string) => string;

/** Settings that close user namespaces to ordinary users: when they do, and the value that opens them. */
const settings: readonly (readonly [name: string, isClosed: RegExp, open: number])[] = [
  ['kernel.unprivileged_userns_clone', /^0/, 1],
  ['kernel.apparmor_restrict_unprivileged_userns', /^[1-9]/, 0],
  ['user.max_user_namespaces', /^0/, 15_000],
];

const missing = /spawn \S+ ENOENT|failed to execute|: not found/;

const install = 'Install bubblewrap and util-linux: apt-get install bubblewrap util-linux.';

/** What containers close and bubblewrap needs: clone(2) with new namespaces, and a /proc without covers. */
const allow = [
  'Allow unprivileged user namespaces and a /proc of its own.',
  'Docker: --security-opt seccomp=unconfined --security-opt apparmor=unconfined --security-opt systempaths=unconfined.',
  'Kubernetes: hostUsers: false, and in the securityContext procMount: Unmasked, seccompProfile.type: Unconfined and appArmorProfile.type: Unconfined.',
].join(' ');

const asRoot = 'Root has no CAP_SYS_ADMIN here: start the platform as an ordinary user.';

function readSetting(name: string): string {
  try {
    return readFileSync(`/proc/sys/${name.replaceAll('.', '/')}`, 'utf8').trim();
  } catch {
    return '';
  }
}

/** The fix, with the exact setting where one is found to be closed; `said` is what the sandbox left on stderr. */
export function fixFor(said: string, read: ReadSetting = readSetting): string {
  if (missing.test(said)) return install;
  const closed = settings.filter(([name, isClosed]) => isClosed.test(read(name)));
  if (closed.length === 0) return /^(unshare|mount):/m.test(said) ? `${asRoot} ${allow}` : allow;
  const lines = closed.map(([name, , open]) => `${name}=${open}`);
  return `Run as root ${lines.map((line) => `\`sysctl -w ${line}\``).join(' and ')}; keep it in /etc/sysctl.d.`;
}
