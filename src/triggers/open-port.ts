/** Opens a port of the platform on loopback, or says in a person's words why it cannot be had. */
import { type Listener, listen, type Respond } from '../base/http.ts';
import { type Refusal, refuse } from '../refusal.ts';

export interface WantedPort {
  readonly port: number;
  /** Whether any free port will do where this one is taken. */
  readonly orAnother?: boolean;
  /** Its name in the reason, such as "port 7461 for hooks (JVAGENT_HOOK_PORT)". */
  readonly name: string;
  readonly fix: string;
}

const reasons: Readonly<Record<string, string>> = {
  EADDRINUSE: 'another program uses it',
  EACCES: 'only root may use it',
};

/** CONFIG_INVALID if another program has it, or it needs rights that we do not have. */
export async function openPort(respond: Respond, wanted: WantedPort): Promise<Listener | Refusal> {
  const { port, orAnother = false, name, fix } = wanted;
  return listen(respond, { port, orAnother }).catch((error: NodeJS.ErrnoException) => {
    const reason = reasons[error.code ?? ''];
    if (reason === undefined) throw error;
    return refuse('CONFIG_INVALID', `${name} cannot be opened: ${reason}`, fix);
  });
}
