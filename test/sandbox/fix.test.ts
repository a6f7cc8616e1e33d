/** What is said to do for each way in which a machine closes the sandbox. */
import { expect, test } from 'vitest';
import { fixFor } from '../../src/sandbox/fix.ts';

const denied = 'bwrap: setting up uid map: Permission denied';
const kernel = (settings: Record<string, string>) => (name: string) => settings[name] ?? '';

test.each([
  'spawn /usr/bin/bwrap ENOENT',
  'spawn /usr/bin/unshare ENOENT',
  'setpriv: failed to execute /usr/bin/bwrap: No such file or directory',
  'sandbox: 12: exec: setpriv: not found',
])('"%s" is fixed by installing', (said) => {
  expect(fixFor(said, kernel({}))).toContain('apt-get install bubblewrap util-linux');
});

test.each([
  ['kernel.unprivileged_userns_clone', '0', '1'],
  ['kernel.apparmor_restrict_unprivileged_userns', '1', '0'],
  ['user.max_user_namespaces', '0', '15000'],
])('%s that is %s is named with the value that opens it', (name, closed, open) => {
  expect(fixFor(denied, kernel({ [name]: closed }))).toContain(`sysctl -w ${name}=${open}\``);
  expect(fixFor(denied, kernel({ [name]: open }))).not.toContain(name);
});

test('every closed setting is named', () => {
  const both = { 'kernel.unprivileged_userns_clone': '0', 'kernel.apparmor_restrict_unprivileged_userns': '1' };
  const fix = fixFor(denied, kernel(both));
  for (const name of Object.keys(both)) expect(fix).toContain(name);
});

test('if the kernel allows it, the container is at fault, and its settings are named', () => {
  const fix = fixFor(denied, kernel({}));
  expect(fix).toContain('--security-opt seccomp=unconfined');
  expect(fix).toContain('procMount: Unmasked');
  expect(fix).not.toContain('CAP_SYS_ADMIN');
});

test('root without the right to mount is told to start as another user', () => {
  const said = 'unshare: unshare failed: Operation not permitted';
  expect(fixFor(said, kernel({}))).toContain('start jvagent as an ordinary user');
});
