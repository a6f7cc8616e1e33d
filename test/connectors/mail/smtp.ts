/** A mail server for tests: it takes what it is given on loopback, or says no, or goes away in the middle. */
import { createServer, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';

export interface TestSmtp {
  url: string;
  /** Whole mails with their envelope, in the order of their arrival. */
  mails: { from: string; to: string[]; text: string }[];
}

interface Ways {
  /** What it answers to a command, in place of the usual. */
  answers?: Readonly<Record<string, string>>;
  /** It hangs up once it has the text. */
  leavesAfterText?: boolean;
}

export async function startSmtp({ answers = {}, leavesAfterText = false }: Ways = {}): Promise<TestSmtp> {
  const mails: TestSmtp['mails'] = [];
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    const say = (line: string) => void socket.write(`${line}\r\n`);
    let mail = { from: '', to: [] as string[], text: '' };
    let isText = false;
    let left = '';
    const take = (line: string) => {
      if (isText && line !== '.') mail.text += `${line.replace(/^\.\./, '.')}\n`;
      else if (isText) {
        isText = false;
        mails.push(mail);
        mail = { from: '', to: [], text: '' };
        if (leavesAfterText) socket.destroy();
        else say('250 ok');
      } else {
        const word = line.split(' ')[0]?.toUpperCase() ?? '';
        const address = /<([^>]*)>/.exec(line)?.[1] ?? '';
        if (word === 'MAIL') mail.from = address;
        if (word === 'RCPT') mail.to.push(address);
        isText = word === 'DATA' && answers.DATA === undefined;
        const usual = word === 'DATA' ? '354 go on' : word === 'AUTH' ? '235 ok' : '250 ok';
        say(answers[word] ?? (word === 'EHLO' ? '250-localhost\r\n250 AUTH PLAIN' : usual));
      }
    };
    socket.on('error', () => {});
    socket.on('data', (chunk) => {
      const lines = (left + chunk.toString()).split('\r\n');
      left = lines.pop() ?? '';
      for (const line of lines) take(line);
    });
    say('220 ready');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : 0;
  return { url: `smtp://agent:pass-of-the-mail@127.0.0.1:${port}`, mails };
}
