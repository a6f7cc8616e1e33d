/** A commit as a tar, for an instance that takes its files. */
import { type Refusal, refuse } from '../refusal.ts';
import type { Repository } from './repository.ts';

const archiveBytesMax = 512 << 20;

/** Refuses one that is over `bytesMax`: it is held in memory as a whole. */
export async function readArchive(
  { git }: Pick<Repository, 'git'>,
  sha: string,
  bytesMax = archiveBytesMax,
): Promise<Buffer | Refusal> {
  const { stdout, truncated } = await git(['archive', '--format=tar', sha], { outputBytesMax: bytesMax, mayCut: true });
  if (!truncated) return stdout;
  const why = `the files of commit ${sha.slice(0, 12)} are more than ${bytesMax >> 20} MiB as a tar`;
  return refuse('CONFIG_INVALID', why, 'Set instance.deploy.request.body to "sha" in jvAgent.json.');
}
