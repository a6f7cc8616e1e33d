/** How to fix a sandbox that does not start: derived from its error output and this machine's kernel settings. */
import { readFileSync } from 'node:fs';

/** The value of a kernel setting; empty if it does not exist. */
export type ReadSetting = (name: string) => string;

/** Settings that can forbid user namespaces to ordinary users: the values that do, and the value that allows them. */
const settings: readonly (readonly [name: string, isClosed: RegExp, open: number])[] = [
  ['kernel.unprivileged_userns_clone', /^0/, 1],
  ['kernel.apparmor_restrict_unprivileged_userns', /^[1-9]/, 0],
  ['user.max_user_namespaces', /^0/, 15_000],
];

const missing = /spawn \S+ ENOENT|failed to execute|: not found/;

const install = 'Install bubblewrap and util-linux: apt-get install bubblewrap util-linux.';

/** What bubblewrap needs and containers usually forbid: clone(2) with new namespaces, and an unmasked /proc. */
const allow = [
  'Allow unprivileged user namespaces and an unmasked /proc.',
  'Docker: --security-opt seccomp=unconfined --security-opt apparmor=unconfined --security-opt systempaths=unconfined.',
  'Kubernetes: hostUsers: false, and in the securityContext procMount: Unmasked, seccompProfile.type: Unconfined and appArmorProfile.type: Unconfined.',
].join(' ');

const asRoot = 'Root does not have CAP_SYS_ADMIN here: start jvagent as an ordinary user.';

function readSetting(name: string): string {
  try {
    return readFileSync(`/proc/sys/${name.replaceAll('.', '/')}`, 'utf8').trim();
  } catch {
    return '';
  }
}

/** The fix, with the exact kernel setting if one is the cause; `said` is what the sandbox wrote to stderr. */
export function fixFor(said: string, read: ReadSetting = readSetting): string {
  if (missing.test(said)) return install;
  const closed = settings.filter(([name, isClosed]) => isClosed.test(read(name)));
  if (closed.length === 0) return /^(unshare|mount):/m.test(said) ? `${asRoot} ${allow}` : allow;
  const lines = closed.map(([name, , open]) => `${name}=${open}`);
  return `Run as root ${lines.map((line) => `\`sysctl -w ${line}\``).join(' and ')}, and add it to /etc/sysctl.d to keep it after a restart.`;
}
