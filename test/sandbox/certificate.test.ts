/** Certificates that programs which know nothing of us accept. */
import { X509Certificate } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { runProgram } from '../../src/base/program.ts';
import { createAuthority } from '../../src/sandbox/certificate.ts';

describe('an authority', () => {
  const authority = createAuthority(Date.now());
  const { cert } = authority.issue('registry.example');
  const [root, leaf] = [new X509Certificate(authority.certificate), new X509Certificate(cert)];

  it('vouches for a host and for nothing else', () => {
    expect(root.ca && root.verify(root.publicKey)).toBe(true);
    expect(leaf.verify(root.publicKey) && leaf.checkIssued(root) && !leaf.ca).toBe(true);
    expect(leaf.checkHost('registry.example')).toBe('registry.example');
    expect(leaf.checkHost('other.example')).toBeUndefined();
    expect(createAuthority(Date.now()).issue('registry.example').cert).not.toBe(cert);
  });

  it('passes the strictest check', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'jvagent-certificate-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    writeFileSync(join(folder, 'root.pem'), authority.certificate);
    writeFileSync(join(folder, 'leaf.pem'), cert);
    const args = ['verify', '-x509_strict', '-purpose', 'sslserver', '-CAfile', 'root.pem', 'leaf.pem'];
    const { stdout, stderr } = await runProgram({ file: 'openssl', args, env: {}, cwd: folder, timeoutMs: 5_000 });
    expect(stdout.toString() + stderr).toBe('leaf.pem: OK\n');
  });
});
