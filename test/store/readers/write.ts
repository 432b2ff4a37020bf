/**
 * Writes a lake for readers that are tried by hand, and what they have to see. Run by
 * `node test/store/readers/write.ts FOLDER`; then `python3 test/store/readers/read.py spark FOLDER/lake FOLDER/question.json`
 * has to print what is in FOLDER/answer.json. With `compact` behind FOLDER, small files are put together first.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { compactLake, expected, writeLake, writers } from './lake.ts';

const [folder = '', task = 'write'] = process.argv.slice(2);
const path = join(folder, 'lake');
mkdirSync(folder, { recursive: true });
if (task === 'write') await writeLake(path, 60);
else for (const writer of writers) console.log(writer, await compactLake(path, writer));
const { question, answer } = await expected(path);
writeFileSync(join(folder, 'question.json'), JSON.stringify(question));
writeFileSync(join(folder, 'answer.json'), JSON.stringify(answer));
