/** `npm run reference`: writes the JSON Schema of jvAgent.json and the tables in docs/configuration.md. */
import { writeFileSync } from 'node:fs';
import { referenceFiles } from './files.ts';

for (const [path, text] of Object.entries(referenceFiles())) writeFileSync(path, text);
