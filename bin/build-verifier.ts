/** Runs when the package is made: writes the verifier that is handed to auditors beside the compiled product. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { builtVerifier } from '../src/verifier/build.ts';

const root = join(import.meta.dirname, '..');
const { program, page } = await builtVerifier(root);
writeFileSync(join(root, 'dist/verify.mjs'), program);
writeFileSync(join(root, 'dist/verify.html'), page);
