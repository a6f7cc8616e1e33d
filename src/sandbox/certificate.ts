/**
 * A certificate authority that lives in memory, for the hosts whose TLS the proxy ends; only its certificate is shown to anyone.
 *
 * X.509 version 3 in DER (RFC 5280), with ECDSA on P-256: an authority, and below it one certificate a host.
 */
import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';

export interface Authority {
  /** PEM, for those who shall trust it. */
  certificate: string;
  /** Both PEM. */
  issue(host: string): { key: string; cert: string };
}

const dayMs = 86_400_000;
const validDays = 365;

function der(tag: number, ...parts: readonly Buffer[]): Buffer {
  const body = Buffer.concat(parts);
  if (body.length < 128) return Buffer.concat([Buffer.from([tag, body.length]), body]);
  const hex = body.length.toString(16);
  const length = Buffer.from(hex.padStart(hex.length + (hex.length % 2), '0'), 'hex');
  return Buffer.concat([Buffer.from([tag, 0x80 | length.length]), length, body]);
}

const sequence = (...parts: readonly Buffer[]) => der(0x30, ...parts);
const octets = (bytes: Buffer) => der(0x04, bytes);
/** The leading byte counts unused bits. */
const bits = (bytes: Buffer, unused = 0) => der(0x03, Buffer.from([unused]), bytes);
const oid = (hex: string) => der(0x06, Buffer.from(hex, 'hex'));
const yes = der(0x01, Buffer.from([0xff]));

const ecdsaWithSha256 = sequence(oid('2a8648ce3d040302'));
const commonName = '550403';
const serverAuth = '2b06010505070301';

const nameOf = (text: string) => sequence(der(0x31, sequence(oid(commonName), der(0x0c, Buffer.from(text)))));

/** `YYMMDDHHMMSSZ`. */
const utcTime = (at: number) =>
  der(0x17, Buffer.from(`${new Date(at).toISOString().replace(/[-:T]/g, '').slice(2, 14)}Z`));

const extension = (id: string, value: Buffer, ...critical: readonly Buffer[]) =>
  sequence(oid(id), ...critical, octets(value));

const spkiOf = (key: KeyObject) => key.export({ type: 'spki', format: 'der' });
const keyIdOf = (key: KeyObject) => createHash('sha1').update(spkiOf(key)).digest();

const authorityExtensions = (key: KeyObject) => [
  extension('551d13', sequence(yes), yes),
  // keyCertSign alone.
  extension('551d0f', bits(Buffer.from([0x04]), 2), yes),
  extension('551d0e', octets(keyIdOf(key))),
];

const hostExtensions = (host: string, authorityKey: KeyObject) => [
  extension('551d13', sequence(), yes),
  // digitalSignature alone.
  extension('551d0f', bits(Buffer.from([0x80]), 7), yes),
  extension('551d25', sequence(oid(serverAuth))),
  extension('551d11', sequence(der(0x82, Buffer.from(host)))),
  extension('551d23', sequence(der(0x80, keyIdOf(authorityKey)))),
];

interface Stated {
  subject: string;
  issuer: string;
  key: KeyObject;
  extensions: readonly Buffer[];
  signer: KeyObject;
  now: number;
}

function certify({ subject, issuer, key, extensions, signer, now }: Stated): string {
  const version3 = der(0xa0, der(0x02, Buffer.from([2])));
  // Positive, whatever the random bytes are.
  const serial = der(0x02, Buffer.from([0x01]), randomBytes(15));
  const valid = sequence(utcTime(now - dayMs), utcTime(now + validDays * dayMs));
  const stated = sequence(
    ...[version3, serial, ecdsaWithSha256, nameOf(issuer), valid, nameOf(subject), spkiOf(key)],
    der(0xa3, sequence(...extensions)),
  );
  const whole = sequence(stated, ecdsaWithSha256, bits(sign('sha256', stated, signer)));
  const lines = whole.toString('base64').replace(/.{64}/g, '$&\n').trimEnd();
  return `-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n`;
}

const newKeys = () => generateKeyPairSync('ec', { namedCurve: 'P-256' });

/** `now` in milliseconds; what it issues is valid for a year from then. */
export function createAuthority(now: number): Authority {
  const issuer = `Sandbox proxy ${randomBytes(4).toString('hex')}`;
  const own = newKeys();
  const signed = { issuer, signer: own.privateKey, now };
  return {
    certificate: certify({
      ...signed,
      subject: issuer,
      key: own.publicKey,
      extensions: authorityExtensions(own.publicKey),
    }),
    issue(host) {
      const { publicKey, privateKey } = newKeys();
      const extensions = hostExtensions(host, own.publicKey);
      return {
        key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
        cert: certify({ ...signed, subject: host.slice(0, 64), key: publicKey, extensions }),
      };
    },
  };
}
