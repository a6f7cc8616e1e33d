/** How PostgreSQL would find the rows of statements, where it may read a whole table only if nothing else is possible. */
import { randomBytes } from 'node:crypto';
import { Client } from 'pg';
import type { ProvidedPostgres } from '../../postgres/database.ts';
import { isAllowed, isSmall } from './statements.ts';

interface PlanNode {
  'Node Type': string;
  'Relation Name'?: string;
  Plans?: PlanNode[];
}

const nodesOf = (node: PlanNode): PlanNode[] => [node, ...(node.Plans ?? []).flatMap(nodesOf)];

async function faultOf(client: Client, sql: string): Promise<string | undefined> {
  const { rows } = await client.query(`explain (generic_plan, format json) ${sql}`);
  const nodes = nodesOf(rows[0]['QUERY PLAN'][0].Plan);
  const whole = nodes.find((node) => node['Node Type'] === 'Seq Scan' && !isSmall(node['Relation Name'] ?? ''));
  return whole && `reads all of ${whole['Relation Name']}: ${sql}`;
}

/** What is wrong with them, asked of a database of the current schema. */
export async function postgresFaults(
  { url, template }: ProvidedPostgres,
  statements: Iterable<string>,
): Promise<string[]> {
  const name = `plans_${randomBytes(6).toString('hex')}`;
  const owner = new Client({ connectionString: url });
  await owner.connect();
  await owner.query(`create database ${name} template ${template}`);
  const client = new Client({ connectionString: Object.assign(new URL(url), { pathname: `/${name}` }).href });
  const faults: string[] = [];
  try {
    await client.connect();
    await client.query('set enable_seqscan = off');
    for (const sql of statements) {
      const fault = isAllowed(sql) ? undefined : await faultOf(client, sql);
      if (fault) faults.push(fault);
    }
  } finally {
    await client.end();
    await owner.query(`drop database ${name} with (force)`);
    await owner.end();
  }
  return faults;
}
