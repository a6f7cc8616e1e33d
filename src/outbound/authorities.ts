/** Certificate authorities: those of a file, and all that we trust. */
import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { isAbsolute } from 'node:path';
import { getCACertificates, rootCertificates } from 'node:tls';

const certificateForm = /-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g;

function isCertificate(pem: string): boolean {
  try {
    return new X509Certificate(pem).subject !== undefined;
  } catch {
    return false;
  }
}

function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

/** The certificates (PEM) in a file, or why they cannot be used, as the end of a sentence about the setting. */
export function readAuthorities(path: string): { authorities: string[] } | { why: string } {
  if (!isAbsolute(path)) return { why: 'must be the whole path of a file, from / on' };
  const text = textOf(path);
  if (text === undefined) return { why: `names the file ${path}, which is missing or cannot be read` };
  const authorities = text.match(certificateForm) ?? [];
  if (authorities.length === 0) return { why: `names the file ${path}, which has no certificate in PEM form` };
  const broken = authorities.findIndex((pem) => !isCertificate(pem));
  if (broken >= 0) return { why: `names the file ${path}, whose certificate ${broken + 1} is broken` };
  return { authorities };
}

/** All authorities that we trust: those that Node brings, those of this machine, and `more`. PEM, each once. */
export function trustedWith(more: readonly string[]): string[] {
  return [...new Set([...rootCertificates, ...getCACertificates('system'), ...more])];
}
